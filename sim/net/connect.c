/* connect.c: binding, listening, connecting and accepting. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <io/address.h>

#include "kernel.h"

enum { FIRST_PORT = 32768, LAST_PORT = 60999 }; /* of those that are chosen: Linux's range */

static int family_of(const weft_address *address)
{
    return weft__sockaddr_const(address)->sa_family;
}

static uint16_t port_of(const weft_address *address)
{
    struct sockaddr_in in; /* sin6_port is at the same place */
    memcpy(&in, address->bytes, sizeof in);
    return ntohs(in.sin_port);
}

static void set_port(weft_address *address, uint16_t port)
{
    struct sockaddr_in in;
    memcpy(&in, address->bytes, sizeof in);
    in.sin_port = htons(port);
    memcpy(address->bytes, &in, sizeof in);
}

weft_address weft__unnamed_unix(void)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    weft_address address = {.size = sizeof un.sun_family, .type = SOCK_STREAM};
    memcpy(address.bytes, &un, sizeof un.sun_family);
    return address;
}

/* ---- bound sockets ---- */

static bool same_bytes(const weft_address *a, const weft_address *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* Where bound sockets are found: by port, or by the name of a Unix socket. */
static weft__node **bucket_of(const weft_address *address)
{
    uint32_t hash = 0;
    if (family_of(address) != AF_UNIX) {
        hash = port_of(address);
    } else {
        const unsigned char *const bytes = (const void *)address->bytes;
        for (uint32_t i = 0; i < address->size; i++) {
            hash = (hash ^ bytes[i]) * UINT32_C(16777619);
        }
        hash ^= hash >> 16;
    }
    return &weft__the_kernel()->bound[hash & (WEFT__BOUND_BUCKETS - 1)];
}

/* "::" takes the connections of IPv4 as well, as on Linux by default. */
static bool takes(const weft_address *at, const weft_address *to)
{
    if (port_of(at) != port_of(to)) {
        return false;
    }
    if (weft__address_is_any(at)) {
        return family_of(at) == AF_INET6 || family_of(to) == AF_INET;
    }
    return same_bytes(at, to);
}

/* The socket on this host that what is sent to this address reaches. */
weft__node *weft__bound_at(uint32_t host, const weft_address *to)
{
    weft__node *any = NULL;
    for (weft__node *node = *bucket_of(to); node != NULL; node = node->next_bound) {
        if (node->host != host || node->type != to->type || family_of(&node->local) == AF_UNIX ||
            !takes(&node->local, to)) {
            continue;
        }
        if (!weft__address_is_any(&node->local)) {
            return node;
        }
        any = node;
    }
    return any;
}

static weft__node *abstract_at(uint32_t host, const weft_address *to)
{
    for (weft__node *node = *bucket_of(to); node != NULL; node = node->next_bound) {
        if (node->host == host && same_bytes(&node->local, to)) {
            return node;
        }
    }
    return NULL;
}

/* Whether an address can not be bound as well. */
static bool is_taken(uint32_t host, const weft_address *address)
{
    for (const weft__node *node = *bucket_of(address); node != NULL; node = node->next_bound) {
        if (node->host == host && node->type == address->type &&
            family_of(&node->local) != AF_UNIX &&
            (takes(&node->local, address) || takes(address, &node->local))) {
            return true;
        }
    }
    return false;
}

/* 0: none is free. */
static uint16_t choose_port(uint32_t host, weft_address *address)
{
    weft__host *const h = weft__the_kernel()->hosts[host];
    for (int i = FIRST_PORT; i <= LAST_PORT; i++) {
        h->next_port = h->next_port < FIRST_PORT || h->next_port == LAST_PORT
                           ? FIRST_PORT
                           : (uint16_t)(h->next_port + 1);
        set_port(address, h->next_port);
        if (!is_taken(host, address)) {
            return h->next_port;
        }
    }
    return 0;
}

static void enter_bound(weft__node *node)
{
    weft__node **const bucket = bucket_of(&node->local);
    node->next_bound = *bucket;
    *bucket = node;
}

void weft__release_name(weft__node *node)
{
    weft__node **link = bucket_of(&node->local);
    while (*link != NULL && *link != node) {
        link = &(*link)->next_bound;
    }
    if (*link != NULL) {
        *link = node->next_bound;
    }
    if (node->inode != NULL && node->kind != WEFT__SYS_FILE) {
        weft__disk_unbind(node);
    }
}

static const char *path_of(const weft_address *address)
{
    const struct sockaddr_un *const un = (const void *)address->bytes;
    return un->sun_path;
}

static int bind_unix(weft__node *node, const weft_address *address)
{
    if (path_of(address)[0] == '\0') {
        return abstract_at(node->host, address) != NULL ? -EADDRINUSE : 0;
    }
    return weft__disk_bind(node, path_of(address));
}

static bool is_own_address(uint32_t host, const weft_address *address)
{
    return weft__address_is_any(address) || weft__host_at(address, host) == host;
}

int weft__node_bind(weft__node *node, const weft_address *address)
{
    weft_address at = *address;
    if (family_of(address) == AF_UNIX) {
        const int status = bind_unix(node, address);
        if (status != 0) {
            return status;
        }
    } else if (!is_own_address(node->host, address)) {
        return -EADDRNOTAVAIL;
    } else if (port_of(address) == 0 ? choose_port(node->host, &at) == 0
                                     : is_taken(node->host, address)) {
        return -EADDRINUSE;
    }
    node->local = at;
    enter_bound(node);
    return 0;
}

/* ---- connecting ---- */

/* The address of node's end of a connection to this one. */
static weft_address own_address(weft__node *node, const weft_address *to, uint32_t host)
{
    weft_address own = host == node->host ? *to : weft__host_address(node->host, to->type, 0);
    (void)choose_port(node->host, &own);
    return own;
}

static weft__node *make_server_end(weft__node *listener, weft__node *client)
{
    weft__node *const end = weft__node_make(WEFT__SYS_STREAM, listener->host);
    end->type = SOCK_STREAM;
    end->local = client->peer;
    end->peer = client->local;
    end->group = client->group;
    weft__stream_pair(client, end);
    return end;
}

static void push(weft__node **queue, weft__node *node)
{
    while (*queue != NULL) {
        queue = &(*queue)->next_queued;
    }
    node->next_queued = NULL;
    *queue = node;
}

static weft__node *pop(weft__node **queue)
{
    weft__node *const node = *queue;
    if (node != NULL) {
        *queue = node->next_queued;
    }
    return node;
}

/* The listener's host has the connection from here on; the client learns of it at once, or
 * later. */
static void admit(weft__node *listener, weft__node *client)
{
    if (listener->queued > listener->backlog) {
        push(&listener->hopeful, client);
        return;
    }
    const bool here = client->host == listener->host;
    weft__node *const end = make_server_end(listener, client);
    if (!here) {
        client->state = WEFT__NODE_CONNECTING;
        end->wire = client->back;
        end->wire->sender = end;
        weft__send(end->wire, weft__parcel_make(WEFT__PARCEL_ACCEPT, end, client));
    } else {
        weft__node_ready(client, WEFT__READY_OUT);
    }
    push(&listener->queue, end);
    listener->queued++;
    weft__node_ready(listener, WEFT__READY_IN);
}

static void refuse(uint32_t host, weft__node *client)
{
    weft__parcel *const parcel = weft__parcel_make(WEFT__PARCEL_RESET, NULL, client);
    weft__send(host == client->host ? NULL : client->back, parcel);
}

void weft__connect_arrive(const weft__parcel *parcel)
{
    weft__node *const client = parcel->kind == WEFT__PARCEL_CONNECT ? parcel->from : parcel->to;
    if (parcel->kind == WEFT__PARCEL_CONNECT) {
        const uint32_t host = client->wire->to;
        weft__node *const listener = weft__bound_at(host, &client->peer);
        if (listener == NULL || !listener->listens) {
            refuse(host, client);
        } else {
            admit(listener, client);
        }
        return;
    }
    if (client->closed) {
        weft__send(client->wire, weft__parcel_make(WEFT__PARCEL_RESET, client, parcel->from));
    } else if (client->state == WEFT__NODE_CONNECTING) {
        client->state = WEFT__NODE_CONNECTED;
        weft__node_ready(client, WEFT__READY_OUT);
    }
}

static int connect_here(weft__node *node, weft__node *listener)
{
    if (listener == NULL || !listener->listens) {
        return -ECONNREFUSED;
    }
    node->state = WEFT__NODE_CONNECTING;
    admit(listener, node);
    return node->state == WEFT__NODE_CONNECTED ? 0 : -EINPROGRESS;
}

static int connect_unix(weft__node *node, const weft_address *address)
{
    int error = 0;
    weft__node *const listener = path_of(address)[0] == '\0'
                                     ? abstract_at(node->host, address)
                                     : weft__disk_socket(node->host, path_of(address), &error);
    if (error != 0) {
        return error;
    }
    if (listener != NULL && (listener->queued > listener->backlog || listener->read_shut)) {
        return -ECONNREFUSED;
    }
    node->local = weft__unnamed_unix();
    return connect_here(node, listener);
}

static int connect_there(weft__node *node, uint32_t host)
{
    if (weft__fault(WEFT__MISHAP_REFUSAL, &weft__the_kernel()->faults.refusals, 2) != 0) {
        return -ECONNREFUSED;
    }
    node->state = WEFT__NODE_CONNECTING;
    node->wire = weft__wire_make(node, node->host, host, false);
    node->back = weft__wire_make(NULL, host, node->host, false);
    weft__send(node->wire, weft__parcel_make(WEFT__PARCEL_CONNECT, node, NULL));
    return -EINPROGRESS;
}

int weft__node_connect(weft__node *node, const weft_address *address)
{
    node->peer = *address;
    if (family_of(address) == AF_UNIX) {
        return connect_unix(node, address);
    }
    const uint32_t host = weft__host_at(address, node->host);
    if (host == UINT32_MAX) {
        return -ENETUNREACH;
    }
    node->local = own_address(node, address, host);
    if (node->kind == WEFT__SYS_PACKET) {
        node->state = WEFT__NODE_CONNECTED;
        enter_bound(node);
        return 0;
    }
    return host == node->host ? connect_here(node, weft__bound_at(host, address))
                              : connect_there(node, host);
}

/* ---- accepting ---- */

int weft__node_accept(weft__node *listener)
{
    if (!listener->listens) {
        return listener->type == 0            ? -ENOTSOCK
               : listener->type == SOCK_DGRAM ? -EOPNOTSUPP
                                              : -EINVAL;
    }
    if (listener->queue == NULL) {
        return -EAGAIN;
    }
    const int fd = weft__node_number(listener->queue);
    if (fd < 0) {
        return fd;
    }
    (void)pop(&listener->queue);
    listener->queued--;
    weft__node *const next = pop(&listener->hopeful);
    if (next != NULL) {
        admit(listener, next);
    }
    return fd;
}

void weft__listener_close(weft__node *listener)
{
    weft__node *node = NULL;
    while ((node = pop(&listener->queue)) != NULL) {
        node->closed = true;
        weft__stream_close(node, true);
    }
    while ((node = pop(&listener->hopeful)) != NULL) {
        refuse(listener->host, node);
    }
}

/* A listener of TCP that is not to read any more does not listen any more; a Unix socket's accepts
 * what it has. As Linux's inet_shutdown and unix_shutdown. */
int weft__listener_shutdown(weft__node *listener, int how)
{
    const bool was_over = !listener->listens;
    const bool ends = family_of(&listener->local) != AF_UNIX && how != SHUT_WR;
    if (ends && listener->listens) {
        listener->listens = false;
        weft__listener_close(listener);
        weft__release_name(listener);
        return 0;
    }
    if (was_over || family_of(&listener->local) == AF_UNIX) {
        listener->read_shut = listener->read_shut || how != SHUT_WR;
        listener->out_ended = listener->out_ended || how != SHUT_RD;
    }
    return was_over ? -ENOTCONN : 0;
}
