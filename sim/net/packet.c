/* packet.c: datagrams: whole or not at all, lost where there is no room, in any order from host to
 * host, reliable within one. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <io/address.h>

#include "kernel.h"

enum { PACKET_MAX = 65507, PACKET_MAX_IPV6 = 65527, LENGTH_MAX = 65535 };
enum { ROOM = 212992 /* Linux's default, net.core.rmem_default */ };

ssize_t weft__packet_read(weft__node *node, const struct iovec *pieces, int count,
                          weft_address *ret_from)
{
    weft__datagram *const first = node->first;
    if (node->error != 0) {
        const int error = node->error;
        node->error = 0;
        return -error;
    }
    if (first == NULL) {
        return -EAGAIN;
    }
    size_t done = 0;
    for (int i = 0; i < count && done < first->size; i++) {
        const size_t left = first->size - done;
        const size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        if (part != 0) {
            memcpy(pieces[i].iov_base, first->data + done, part);
        }
        done += part;
    }
    if (ret_from != NULL) {
        *ret_from = first->from;
    }
    node->first = first->next;
    node->datagram_bytes -= first->size;
    weft__free(first, sizeof *first + first->size);
    return (ssize_t)done;
}

/* Whether the socket wants what comes from there: one that has dialled only its peer's. */
static bool wants(const weft__node *node, const weft_address *from)
{
    return node->peer.size == 0 || (node->peer.size == from->size &&
                                    memcmp(node->peer.bytes, from->bytes, from->size) == 0);
}

/* Nobody is there: a sender on the same host that has dialled learns of it. */
static void bounce(weft__node *sender, uint32_t host)
{
    if (sender->peer.size != 0 && sender->host == host && !sender->closed) {
        sender->error = ECONNREFUSED;
        weft__node_ready(sender, WEFT__READY_IN | WEFT__READY_OUT);
    }
}

void weft__packet_arrive(const weft__parcel *parcel)
{
    const uint32_t host = weft__host_at(&parcel->address, parcel->from->host);
    weft__node *const node = weft__bound_at(host, &parcel->address);
    if (node == NULL) {
        bounce(parcel->from, host);
        return;
    }
    if (!wants(node, &parcel->source) || node->datagram_bytes + parcel->size > ROOM) {
        return;
    }
    weft__datagram *const one = weft__sure_alloc(sizeof *one + parcel->size);
    one->from = parcel->source;
    one->size = parcel->size;
    if (parcel->size != 0) {
        memcpy(one->data, parcel->data, parcel->size);
    }
    node->datagram_bytes += one->size;
    if (node->first == NULL) {
        node->first = one;
    } else {
        node->last->next = one;
    }
    node->last = one;
    weft__node_ready(node, WEFT__READY_IN);
}

static weft__parcel *pack(weft__node *node, const struct iovec *pieces, int count, size_t size,
                          const weft_address *to)
{
    weft__parcel *const parcel = weft__parcel_make(WEFT__PARCEL_PACKET, node, NULL);
    parcel->address = *to;
    parcel->source = node->local;
    weft__parcel_fill(parcel, pieces, count, size);
    return parcel;
}

/* Each has a wire of its own, so that it may overtake others. */
static void post(weft__node *node, uint32_t host, const struct iovec *pieces, int count,
                 size_t size, const weft_address *to)
{
    weft_faults *const left = &weft__the_kernel()->faults;
    if (weft__route_is_cut(node->host, host) ||
        weft__fault(WEFT__MISHAP_LOSS, &left->losses, 2) != 0) {
        return;
    }
    const uint32_t copies = 1 + weft__fault(WEFT__MISHAP_DUPLICATE, &left->duplicates, 2);
    for (uint32_t i = 0; i < copies; i++) {
        weft__send(weft__wire_make(NULL, node->host, host, true),
                   pack(node, pieces, count, size, to));
    }
}

static size_t largest(const weft_address *to)
{
    return weft__sockaddr_const(to)->sa_family == AF_INET6 ? PACKET_MAX_IPV6 : PACKET_MAX;
}

ssize_t weft__packet_write(weft__node *node, const struct iovec *pieces, int count,
                           const weft_address *to)
{
    const size_t size = weft__pieces_size(pieces, count);
    const weft_address there = to != NULL ? *to : node->peer;
    const bool ipv4 = weft__sockaddr_const(&node->local)->sa_family == AF_INET;
    if (there.size == 0 && !(ipv4 && size > LENGTH_MAX)) {
        return -EDESTADDRREQ;
    }
    const weft_address place = weft__address_to_dial(&there);
    const uint32_t host = weft__host_at(&place, node->host);
    if (size > LENGTH_MAX || (host != UINT32_MAX && size > largest(&there))) {
        return -EMSGSIZE;
    }
    if (host == UINT32_MAX) {
        return -ENETUNREACH;
    }
    if (node->error != 0 || node->out_ended) {
        const int error = node->error != 0 ? node->error : EPIPE;
        node->error = 0;
        return -error;
    }
    if (host == node->host) {
        weft__send(NULL, pack(node, pieces, count, size, &place));
    } else {
        post(node, host, pieces, count, size, &place);
    }
    return (ssize_t)size;
}

/* Without a peer it is an error, and done nevertheless: as Linux's inet_shutdown. */
int weft__packet_shutdown(weft__node *node, int how)
{
    node->read_shut = node->read_shut || how != SHUT_WR;
    node->out_ended = node->out_ended || how != SHUT_RD;
    return node->peer.size != 0 ? 0 : -ENOTCONN;
}

short weft__packet_poll(const weft__node *node)
{
    const bool in = node->first != NULL || node->read_shut;
    return (short)(POLLOUT | (in ? POLLIN : 0) | (node->error != 0 ? POLLERR : 0) |
                   (node->read_shut && node->out_ended ? POLLHUP : 0));
}
