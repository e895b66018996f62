/* byte_stream.c: streams: what was sent and not read, how they end. TCP's and Unix sockets' rules,
 * and those of pipes, which are streams that go one way.
 *
 * A writer is never told that the way is cut: what it writes is on its way, up to the room that the
 * other end has left. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <io/address.h>

#include "kernel.h"

enum { FIRST_SIZE = 256, PIPE_ATOMIC = 4096 /* PIPE_BUF */ };

/* ---- queues of bytes ---- */

static void put_bytes(weft__bytes *q, const char *data, size_t size)
{
    if (q->count + size > q->size) {
        size_t larger = q->size == 0 ? FIRST_SIZE : q->size;
        while (larger < q->count + size) {
            larger *= 2;
        }
        weft__bytes fresh = {.data = weft__sure_alloc(larger), .size = larger};
        for (size_t i = 0; i < q->count; i++) {
            fresh.data[i] = q->data[(q->head + i) & (q->size - 1)];
        }
        fresh.count = q->count;
        weft__free(q->data, q->size);
        *q = fresh;
    }
    const size_t tail = (q->head + q->count) & (q->size - 1);
    const size_t first = size < q->size - tail ? size : q->size - tail;
    if (size != 0) {
        memcpy(q->data + tail, data, first);
        memcpy(q->data, data + first, size - first);
    }
    q->count += size;
}

static void take_bytes(weft__bytes *q, char *into, size_t size)
{
    const size_t first = size < q->size - q->head ? size : q->size - q->head;
    if (size != 0) {
        memcpy(into, q->data + q->head, first);
        memcpy(into + first, q->data, size - first);
        q->head = (q->head + size) & (q->size - 1);
    }
    q->count -= size;
}

/* ---- ends ---- */

static bool is_tcp(const weft__node *node)
{
    return node->local.size != 0 && weft__sockaddr_const(&node->local)->sa_family != AF_UNIX;
}

void weft__stream_pair(weft__node *a, weft__node *b)
{
    a->other = b;
    b->other = a;
    a->state = b->state = WEFT__NODE_CONNECTED;
    b->group = a->group;
}

void weft__stream_fail(weft__node *node, int error)
{
    if (node->state == WEFT__NODE_DEAD) {
        return;
    }
    node->state = WEFT__NODE_DEAD;
    node->error = error;
    node->in_ended = true;
    node->out_ended = true;
    weft__node_ready(node, WEFT__READY_IN | WEFT__READY_OUT | WEFT__READY_LAST);
}

/* A reset comes: whoever has read the end already learns of a broken pipe. As Linux's
 * tcp_reset. */
static void reset(weft__node *node)
{
    weft__stream_fail(node, node->state == WEFT__NODE_CONNECTING ? ECONNREFUSED
                            : is_tcp(node) && node->end_came     ? EPIPE
                                                                 : ECONNRESET);
}

static void end_input(weft__node *node)
{
    node->in_ended = true;
    node->end_came = true;
    weft__node_ready(node, WEFT__READY_IN | WEFT__READY_LAST);
}

/* To the other end, at once or after a while. */
static void tell(weft__node *node, weft__parcel_kind kind)
{
    if (node->other != NULL) {
        weft__send(node->wire, weft__parcel_make(kind, node, node->other));
    }
}

/* Whether what comes is answered by a reset, as nobody will read it. */
static bool refuses(const weft__node *node)
{
    return node->closed ||
           (is_tcp(node) && node->state != WEFT__NODE_DEAD && node->read_shut && node->out_ended);
}

static void bytes_arrive(weft__node *node, const weft__parcel *parcel)
{
    if (refuses(node)) {
        tell(node, WEFT__PARCEL_RESET);
        reset(node);
    } else if (node->state != WEFT__NODE_DEAD) {
        put_bytes(&node->in, parcel->data, parcel->size);
        weft__node_ready(node, WEFT__READY_IN);
    }
}

void weft__stream_arrive(const weft__parcel *parcel)
{
    weft__node *const node = parcel->to;
    if (parcel->kind == WEFT__PARCEL_BYTES) {
        node->coming -= parcel->size;
        bytes_arrive(node, parcel);
    } else if (node->state == WEFT__NODE_DEAD) {
        return;
    } else if (parcel->kind == WEFT__PARCEL_END) {
        end_input(node);
    } else {
        reset(node);
    }
}

/* Nothing will be read any more, or written. */
static bool is_silent(const weft__node *node)
{
    return node->in_ended || node->read_shut;
}

static bool is_mute(const weft__node *node)
{
    return node->out_ended || node->peer_deaf;
}

/* A connection of TCP that has ended both ways is gone, as after a reset; a Unix socket knows its
 * peer to the end. */
bool weft__stream_is_over(const weft__node *node)
{
    return is_tcp(node) ? node->state != WEFT__NODE_CONNECTED || (node->in_ended && node->out_ended)
                        : node->state == WEFT__NODE_FRESH;
}

/* Whoever writes to this end, a Unix socket or a pipe, does so in vain. As on Linux one who waits
 * for room is told only when nothing is to be read there, either. */
static void turn_deaf(const weft__node *node)
{
    weft__node *const writer = node->other;
    writer->peer_deaf = true;
    if (is_silent(writer) || node->closed) {
        weft__node_ready(writer, WEFT__READY_IN | WEFT__READY_OUT | WEFT__READY_LAST);
    }
}

int weft__stream_shutdown(weft__node *node, int how)
{
    if (weft__stream_is_over(node)) {
        return -ENOTCONN;
    }
    if (how != SHUT_RD && !node->out_ended) {
        node->out_ended = true;
        tell(node, WEFT__PARCEL_END);
        weft__node_ready(node, WEFT__READY_OUT);
    }
    if (how != SHUT_WR && !node->read_shut) {
        node->read_shut = true;
        weft__node_ready(node, WEFT__READY_IN | WEFT__READY_LAST);
        if (!is_tcp(node)) {
            turn_deaf(node);
        }
    }
    return 0;
}

/* What was not read makes it a reset. */
void weft__stream_close(weft__node *node, bool crash)
{
    if (node->state == WEFT__NODE_CONNECTED && !weft__stream_is_over(node)) {
        if (crash || (node->in.count != 0 && !node->one_way)) {
            tell(node, WEFT__PARCEL_RESET);
            node->state = WEFT__NODE_DEAD;
        } else if (!node->out_ended) {
            tell(node, WEFT__PARCEL_END);
        }
        if (!is_tcp(node)) {
            turn_deaf(node);
        }
    }
    node->out_ended = true;
}

/* ---- reading ---- */

static bool is_reset_by_choice(weft__node *node)
{
    if (!is_tcp(node) ||
        weft__fault(WEFT__MISHAP_RESET, &weft__the_kernel()->faults.resets, 2) == 0) {
        return false;
    }
    tell(node, WEFT__PARCEL_RESET);
    weft__stream_fail(node, ECONNRESET);
    return true;
}

/* How much of `most` is transferred: all, one byte, or half. */
static size_t shortened(size_t most)
{
    if (most < 2) {
        return most;
    }
    switch (weft__fault(WEFT__MISHAP_SHORT, &weft__the_kernel()->faults.short_transfers,
                        most == 2 ? 2 : 3)) {
    case 1:
        return 1;
    case 2:
        return most / 2;
    default:
        return most;
    }
}

static void scatter(weft__node *node, const struct iovec *pieces, int count, size_t size)
{
    for (int i = 0; i < count && size != 0; i++) {
        const size_t part = pieces[i].iov_len < size ? pieces[i].iov_len : size;
        take_bytes(&node->in, pieces[i].iov_base, part);
        size -= part;
    }
}

static size_t room_at(const weft__node *reader)
{
    const size_t used = reader->in.count + reader->coming;
    return used < reader->room ? reader->room - used : 0;
}

/* So much room, at least, makes the end that writes writable. */
static size_t least_room(const weft__node *reader)
{
    return reader->one_way ? PIPE_ATOMIC : 1;
}

/* `size` bytes have been read: who found too little room, in a write or a poll, is told. */
static void make_room(const weft__node *node, size_t size)
{
    const size_t room = room_at(node);
    if (node->other != NULL && room >= least_room(node) && room - size < least_room(node)) {
        weft__node_ready(node->other, WEFT__READY_OUT);
    }
}

static ssize_t nothing_to_read(weft__node *node)
{
    if (node->error != 0 && !(is_tcp(node) && node->end_came)) {
        const int error = node->error;
        node->error = 0;
        return -error;
    }
    return node->in_ended || node->read_shut ? 0 : -EAGAIN;
}

ssize_t weft__stream_read(weft__node *node, const struct iovec *pieces, int count)
{
    if (node->one_way && node->writes) {
        return -EBADF;
    }
    if (node->state == WEFT__NODE_FRESH || node->state == WEFT__NODE_CONNECTING) {
        return -ENOTCONN;
    }
    if (node->state == WEFT__NODE_CONNECTED) {
        (void)is_reset_by_choice(node);
    }
    if (node->in.count == 0) {
        return nothing_to_read(node);
    }
    const size_t wanted = weft__pieces_size(pieces, count);
    const size_t most = wanted < node->in.count ? wanted : node->in.count;
    const size_t size = shortened(most);
    scatter(node, pieces, count, size);
    if (size < most) {
        weft__node_ready(node, WEFT__READY_IN); /* as if the rest had come just now */
    }
    make_room(node, size);
    return (ssize_t)size;
}

/* ---- writing ---- */

static ssize_t cannot_write(weft__node *node)
{
    const int error = is_tcp(node) ? node->error : 0; /* a Unix socket keeps it for a read */
    if (node->one_way && !node->writes) {
        return -EBADF;
    }
    if (node->state == WEFT__NODE_FRESH || node->state == WEFT__NODE_CONNECTING) {
        return -ENOTCONN;
    }
    node->error = is_tcp(node) ? 0 : node->error;
    return error != 0 ? -error : -EPIPE;
}

/* Small writes to a pipe go whole or not at all: POSIX, write. */
static size_t accepted(const weft__node *node, size_t size)
{
    const size_t room = room_at(node->other);
    if (node->one_way && size <= PIPE_ATOMIC) {
        return room < size ? 0 : size;
    }
    const size_t most = size < room ? size : room;
    return shortened(most);
}

ssize_t weft__stream_write(weft__node *node, const struct iovec *pieces, int count)
{
    const size_t size = weft__pieces_size(pieces, count);
    if (node->one_way && node->writes && size == 0) {
        return 0;
    }
    if (node->state != WEFT__NODE_CONNECTED || is_mute(node) || (node->one_way && !node->writes) ||
        is_reset_by_choice(node)) {
        return cannot_write(node);
    }
    const size_t taken = accepted(node, size);
    if (size == 0) {
        return 0;
    }
    if (taken == 0) {
        return -EAGAIN;
    }
    weft__parcel *const parcel = weft__parcel_make(WEFT__PARCEL_BYTES, node, node->other);
    weft__parcel_fill(parcel, pieces, count, taken);
    node->other->coming += taken;
    weft__send(node->wire, parcel);
    return (ssize_t)taken;
}

static short poll_pipe(const weft__node *node)
{
    if (node->writes) {
        return (short)((room_at(node->other) >= least_room(node->other) ? POLLOUT : 0) |
                       (node->peer_deaf ? POLLERR : 0));
    }
    return (short)((node->in.count != 0 ? POLLIN : 0) | (node->in_ended ? POLLHUP : 0));
}

/* As Linux's tcp_poll and unix_poll. */
short weft__stream_poll(const weft__node *node)
{
    short ready = 0;
    if (node->one_way) {
        return poll_pipe(node);
    }
    if (node->state == WEFT__NODE_FRESH) {
        return POLLOUT | POLLHUP;
    }
    if (node->state == WEFT__NODE_CONNECTING) {
        return 0;
    }
    const bool vain = is_tcp(node) ? is_mute(node) : node->other->closed;
    if (node->in.count != 0 || is_silent(node)) {
        ready |= POLLIN;
    }
    if (vain || room_at(node->other) != 0) {
        ready |= POLLOUT;
    }
    if (node->error != 0) {
        ready |= POLLERR;
    }
    if (is_silent(node) && is_mute(node)) {
        ready |= POLLHUP;
    }
    return ready;
}
