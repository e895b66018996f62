/* kernel.c: descriptor numbers, and which part answers which call. See kernel.h. */
#include "kernel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <io/address.h>

#include "../heap/heap.h"
#include "../memory.h"
#include "../race/happens_before.h"
#include "../race/watch.h"
#include "../report/words.h"
#include "network.h"

enum { FIRST_NODES = 16 };

const int weft__sys_first_fd = WEFT_SIM_FD;

static weft__kernel *kernel;

void *weft__sure_alloc(size_t size)
{
    void *const memory = weft__alloc(size);
    if (memory == NULL) {
        weft__no_memory();
    }
    return memory;
}

weft__kernel *weft__the_kernel(void)
{
    if (kernel == NULL) {
        kernel = weft__sure_alloc(sizeof *kernel);
        kernel->link = (weft_link){.latency_ns = WEFT_MILLISECOND};
        kernel->faults = (weft_faults){.short_transfers = 2};
        weft__faults_complete(&kernel->faults);
        weft__host_make_main(kernel);
    }
    return kernel;
}

bool weft__kernel_exists(void)
{
    return kernel != NULL;
}

void weft__kernel_forget(void)
{
    if (kernel != NULL) { /* else no call has given a descriptor */
        kernel = NULL;
        weft__descriptors_forget();
    }
}

/* ---- numbers ---- */

weft__node *weft__node_make(weft__sys_kind kind, uint32_t host)
{
    weft__node *const node = weft__sure_alloc(sizeof *node);
    node->kind = kind;
    node->host = host;
    node->fd = -1;
    node->room = WEFT__ROOM;
    node->next_made = weft__the_kernel()->made;
    weft__the_kernel()->made = node;
    return node;
}

uint64_t weft__new_name(void)
{
    return weft__name_object(weft__self());
}

static void grow_nodes(weft__kernel *k)
{
    const uint32_t capacity = k->node_capacity == 0 ? FIRST_NODES : k->node_capacity * 2;
    weft__node **const nodes = weft__sure_alloc(capacity * sizeof *nodes);
    if (k->node_count != 0) {
        memcpy(nodes, k->nodes, k->node_count * sizeof *nodes);
    }
    weft__free(k->nodes, k->node_capacity * sizeof *nodes);
    k->nodes = nodes;
    k->node_capacity = capacity;
}

int weft__node_number(weft__node *node)
{
    weft__kernel *const k = weft__the_kernel();
    uint32_t i = k->first_free;
    while (i < k->node_count && k->nodes[i] != NULL) {
        i++;
    }
    if (k->open_count >= k->faults.descriptors) {
        return -EMFILE;
    }
    if (i == k->node_capacity) {
        grow_nodes(k);
    }
    k->nodes[i] = node;
    k->node_count = i == k->node_count ? i + 1 : k->node_count;
    k->first_free = i + 1;
    k->open_count++;
    node->fd = weft__sys_first_fd + (int)i;
    return node->fd;
}

weft__node *weft__node_of(int fd)
{
    const weft__kernel *const k = weft__the_kernel();
    const uint32_t i = (uint32_t)(fd - weft__sys_first_fd);
    return fd < weft__sys_first_fd || i >= k->node_count ? NULL : k->nodes[i];
}

void weft__node_ready(const weft__node *node, unsigned ready)
{
    if (node->d != NULL) {
        weft__descriptor_ready(node->d, ready);
    }
}

void weft__node_close(weft__node *node, bool crash)
{
    weft__kernel *const k = weft__the_kernel();
    const uint32_t i = (uint32_t)(node->fd - weft__sys_first_fd);
    k->nodes[i] = NULL;
    k->first_free = i < k->first_free ? i : k->first_free;
    k->open_count--;
    node->fd = -1;
    node->d = NULL;
    node->closed = true;
    if (node->listens) {
        weft__listener_close(node);
    } else if (node->kind == WEFT__SYS_STREAM || node->kind == WEFT__SYS_PIPE) {
        weft__stream_close(node, crash);
    }
    weft__release_name(node);
}

/* ---- who is not ours ---- */

static const char *call_of(weft__op_kind kind)
{
    static const char *const calls[WEFT__OP_COUNT] = {
        [WEFT__OP_OPEN] = "weft_adopt", [WEFT__OP_ACCEPT] = "weft_accept",
        [WEFT__OP_IN] = "weft_read",    [WEFT__OP_OUT] = "weft_write",
        [WEFT__OP_POLL] = "weft_poll",  [WEFT__OP_SHUTDOWN] = "weft_shutdown",
        [WEFT__OP_SHUT] = "weft_close", [WEFT__OP_FILE] = "a call on a file",
        [WEFT__OP_SYNC] = "weft_fsync",
    };
    return calls[kind] == NULL ? weft__op_verb((uint16_t)kind) : calls[kind];
}

int weft__sys_stranger(const weft__op *op)
{
    const int fd = (int)op->n;
    if (fd < 0 || fd >= weft__sys_first_fd) {
        return -EBADF;
    }
    char message[160];
    (void)snprintf(
        message, sizeof message,
        "%s: descriptor %d is a real one: the simulator has a network and disk of its own",
        call_of(op->kind), fd);
    weft__die(weft__self(), WEFT__END_FATAL, op->site, message);
}

/* ---- sockets and pipes ---- */

static weft__sys_kind kind_of_type(uint32_t type)
{
    return type == SOCK_DGRAM ? WEFT__SYS_PACKET : WEFT__SYS_STREAM;
}

int weft__sys_socket(const weft_address *of)
{
    weft__node *const node = weft__node_make(kind_of_type(of->type), weft__own_host());
    node->type = of->type;
    node->group = weft__new_name();
    return weft__node_number(node);
}

int weft__sys_bind(int fd, const weft_address *address)
{
    return weft__node_bind(weft__node_of(fd), address);
}

int weft__sys_listen(int fd, int backlog)
{
    weft__node *const node = weft__node_of(fd);
    node->listens = true;
    node->kind = WEFT__SYS_LISTENER;
    node->backlog = (uint32_t)backlog;
    return 0;
}

int weft__sys_connect(int fd, const weft_address *address)
{
    return weft__node_connect(weft__node_of(fd), address);
}

int weft__sys_connected(int fd)
{
    weft__node *const node = weft__node_of(fd);
    const int error = node->error;
    if (node->state == WEFT__NODE_CONNECTING) {
        return -EAGAIN;
    }
    node->error = 0;
    return -error;
}

int weft__sys_accept(int fd)
{
    return weft__node_accept(weft__node_of(fd));
}

static int number_pair(weft__node *first, weft__node *second, int ret_fds[2])
{
    ret_fds[0] = weft__node_number(first);
    if (ret_fds[0] < 0) {
        return ret_fds[0];
    }
    ret_fds[1] = weft__node_number(second);
    if (ret_fds[1] < 0) {
        weft__node_close(first, false);
        return ret_fds[1];
    }
    return 0;
}

static int make_pair(weft__sys_kind kind, int ret_fds[2])
{
    weft__node *const first = weft__node_make(kind, weft__own_host());
    weft__node *const second = weft__node_make(kind, weft__own_host());
    const int status = number_pair(first, second, ret_fds);
    if (status == 0) {
        first->group = weft__new_name();
        weft__stream_pair(first, second);
        first->one_way = second->one_way = kind == WEFT__SYS_PIPE;
        second->writes = true;
    }
    return status;
}

int weft__sys_pipe(int ret_fds[2])
{
    return make_pair(WEFT__SYS_PIPE, ret_fds);
}

int weft__sys_socketpair(int ret_fds[2])
{
    const int status = make_pair(WEFT__SYS_STREAM, ret_fds);
    for (int i = 0; status == 0 && i < 2; i++) {
        weft__node *const node = weft__node_of(ret_fds[i]);
        node->type = SOCK_STREAM;
        node->local = node->peer = weft__unnamed_unix();
    }
    return status;
}

int weft__sys_shutdown(int fd, int how)
{
    weft__node *const node = weft__node_of(fd);
    if (node->type == 0) {
        return -ENOTSOCK;
    }
    if (how != SHUT_RD && how != SHUT_WR && how != SHUT_RDWR) {
        return -EINVAL;
    }
    switch (node->kind) {
    case WEFT__SYS_LISTENER:
        return weft__listener_shutdown(node, how);
    case WEFT__SYS_PACKET:
        return weft__packet_shutdown(node, how);
    default:
        return weft__stream_shutdown(node, how);
    }
}

int weft__sys_close(int fd)
{
    weft__node_close(weft__node_of(fd), false);
    return 0;
}

static int name_of(int fd, bool peer, weft_address *ret)
{
    const weft__node *const node = weft__node_of(fd);
    if (node->type == 0) {
        return -ENOTSOCK;
    }
    if (peer &&
        (node->peer.size == 0 || (node->kind == WEFT__SYS_STREAM && weft__stream_is_over(node)))) {
        return -ENOTCONN;
    }
    *ret = peer ? node->peer : node->local;
    return 0;
}

int weft__sys_local_address(int fd, weft_address *ret_address)
{
    return name_of(fd, false, ret_address);
}

int weft__sys_peer_address(int fd, weft_address *ret_address)
{
    return name_of(fd, true, ret_address);
}

/* ---- reading and writing ---- */

/* The program's memory that a call of n bytes has used: for races, and errors of memory. */
static ssize_t used(const struct iovec *pieces, int count, ssize_t n, bool writes)
{
    const void *const site = weft__task_of(weft__self())->op.site;
    for (ssize_t left = n; count > 0 && left > 0; pieces++, count--) {
        const size_t part = pieces->iov_len < (size_t)left ? pieces->iov_len : (size_t)left;
        left -= (ssize_t)part;
        if (weft__heap_bad(pieces->iov_base, part)) {
            weft__heap_report(pieces->iov_base, part, writes, site);
        }
        if (weft__the_watch.orders) {
            weft__hb_buffer(pieces->iov_base, part, writes);
        }
    }
    return n;
}

static ssize_t transfer_file(weft__node *node, bool out, const struct iovec *pieces, int count)
{
    static const struct iovec nothing;
    const bool several = count != 1; /* readv of nothing gets nothing, even of a directory */
    ssize_t total = 0;
    if (count == 0) {
        pieces = &nothing;
        count = 1;
    }
    for (int i = 0; i < count; i++) {
        const ssize_t n = out ? weft__disk_write(node, pieces[i].iov_base, pieces[i].iov_len, -1)
                              : weft__disk_read(node, pieces[i].iov_base, pieces[i].iov_len, -1);
        if (n == -EISDIR && several && pieces[i].iov_len == 0) {
            continue;
        }
        if (n < 0) {
            return total != 0 ? total : n;
        }
        total += n;
        if ((size_t)n < pieces[i].iov_len) {
            break;
        }
    }
    return total;
}

static bool is_unix(const weft__node *node)
{
    return weft__sockaddr_const(&node->local)->sa_family == AF_UNIX;
}

static ssize_t read_from(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    weft__node *const node = weft__node_of(fd);
    switch (kind) {
    case WEFT__SYS_FILE:
        return transfer_file(node, false, pieces, count);
    case WEFT__SYS_PACKET:
        return weft__packet_read(node, pieces, count, NULL);
    case WEFT__SYS_LISTENER:
        return is_unix(node) ? -EINVAL : node->read_shut ? 0 : -ENOTCONN;
    default:
        return weft__stream_read(node, pieces, count);
    }
}

ssize_t weft__sys_readv(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    return used(pieces, count, read_from(fd, kind, pieces, count), true);
}

static ssize_t write_into(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    weft__node *const node = weft__node_of(fd);
    switch (kind) {
    case WEFT__SYS_FILE:
        return transfer_file(node, true, pieces, count);
    case WEFT__SYS_PACKET:
        return weft__packet_write(node, pieces, count, NULL);
    case WEFT__SYS_LISTENER:
        return is_unix(node) ? -ENOTCONN : -EPIPE;
    default:
        return weft__stream_write(node, pieces, count);
    }
}

ssize_t weft__sys_writev(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    return used(pieces, count, write_into(fd, kind, pieces, count), false);
}

ssize_t weft__sys_recvfrom(int fd, void *buffer, size_t size, weft_address *ret_from)
{
    weft__node *const node = weft__node_of(fd);
    const struct iovec piece = {buffer, size};
    if (node->type == 0) {
        return -ENOTSOCK;
    }
    if (node->kind == WEFT__SYS_PACKET) {
        return used(&piece, 1, weft__packet_read(node, &piece, 1, ret_from), true);
    }
    const ssize_t n = weft__sys_readv(fd, node->kind, &piece, 1);
    if (n >= 0 && ret_from != NULL) {
        *ret_from = (weft_address){.type = SOCK_STREAM}; /* the kernel gives none either */
    }
    return n;
}

ssize_t weft__sys_sendto(int fd, const void *buffer, size_t size, const weft_address *to)
{
    weft__node *const node = weft__node_of(fd);
    const struct iovec piece = {(void *)(uintptr_t)buffer, size};
    if (node->type == 0) {
        return -ENOTSOCK;
    }
    if (node->kind == WEFT__SYS_PACKET) {
        return used(&piece, 1, weft__packet_write(node, &piece, 1, to), false);
    }
    if (to != NULL && is_unix(node)) {
        return node->kind == WEFT__SYS_LISTENER ? -EOPNOTSUPP : -EISCONN;
    }
    return weft__sys_writev(fd, node->kind, &piece, 1); /* TCP takes no notice of `to` */
}

int weft__sys_poll(int fd, short events)
{
    const weft__node *const node = weft__node_of(fd);
    short ready = 0;
    if (node->listens) {
        ready = (short)((node->queued != 0 || node->read_shut ? POLLIN : 0) |
                        (node->read_shut && node->out_ended ? POLLHUP : 0));
    } else if (node->kind == WEFT__SYS_PACKET) {
        ready = weft__packet_poll(node);
    } else {
        ready = (short)(weft__stream_poll(node) | (node->read_shut ? POLLIN : 0));
    }
    return ready & (events | POLLERR | POLLHUP);
}

/* ---- watching ---- */

int weft__sys_watch(int fd, weft__descriptor *d)
{
    weft__node *const node = weft__node_of(fd);
    node->d = d;
    if (node->in_ended || node->read_shut) { /* before it was accepted, say */
        weft__node_ready(node, WEFT__READY_LAST);
    }
    return 0;
}

void weft__sys_unwatch(int fd)
{
    weft__node_of(fd)->d = NULL;
}

int weft__sys_kind_of(int fd, weft__sys_kind *ret_kind)
{
    const weft__node *const node = weft__node_of(fd);
    if (node == NULL) {
        return -EBADF;
    }
    *ret_kind = node->kind;
    return 0;
}

int weft__sys_resolve(const char *host, const char *port, uint32_t type,
                      weft_address *ret_addresses, size_t count)
{
    const uint16_t number = (uint16_t)strtoul(port, NULL, 10);
    const bool local = strcmp(host, "localhost") == 0;
    const uint32_t named = local ? weft__own_host() : weft__host_named(host);
    if (named == UINT32_MAX || count == 0) {
        return -ENOENT;
    }
    ret_addresses[0] = weft__host_address(local ? UINT32_MAX : named, type, number);
    return 1;
}

/* ---- files ---- */

int weft__sys_open(const char *path, int flags, unsigned mode)
{
    return weft__disk_open(weft__own_host(), path, flags, mode);
}

ssize_t weft__sys_pread(int fd, void *buffer, size_t size, int64_t offset)
{
    const struct iovec piece = {buffer, size};
    return offset < 0
               ? -EINVAL
               : used(&piece, 1, weft__disk_read(weft__node_of(fd), buffer, size, offset), true);
}

ssize_t weft__sys_pwrite(int fd, const void *buffer, size_t size, int64_t offset)
{
    const struct iovec piece = {(void *)(uintptr_t)buffer, size};
    return offset < 0
               ? -EINVAL
               : used(&piece, 1, weft__disk_write(weft__node_of(fd), buffer, size, offset), false);
}

int weft__sys_fsync(int fd)
{
    return weft__disk_sync(weft__node_of(fd));
}

int weft__sys_ftruncate(int fd, int64_t size)
{
    return size < 0 ? -EINVAL : weft__disk_truncate(weft__node_of(fd), size);
}

int64_t weft__sys_file_size(int fd)
{
    return weft__disk_file_size(weft__node_of(fd));
}

int weft__sys_rename(const char *from, const char *to)
{
    return weft__disk_rename(weft__own_host(), from, to);
}

int weft__sys_unlink(const char *path)
{
    return weft__disk_unlink(weft__own_host(), path);
}

int weft__sys_mkdir(const char *path, unsigned mode)
{
    (void)mode;
    return weft__disk_mkdir(weft__own_host(), path);
}
