/* read_write.c: reading and writing: streams, datagrams, pipes, and files at their offset. */
#include <errno.h>
#include <poll.h>

#include "descriptor.h"

enum { WINDOW = 32 }; /* pieces of one system call, once a piece has been written in part */

/* ---- reading ---- */

typedef struct weft__reading {
    const struct iovec *pieces;
    int count;
    size_t size; /* of all pieces */
} weft__reading;

/* Nothing has come since a read that got less than it asked for: descriptor.h. */
static bool is_drained(const weft__descriptor *d, uint32_t seen)
{
    const uint32_t drained_at = weft__load_relaxed(&d->drained_at);
    return drained_at != 0 && drained_at == seen + 1 && !weft__load_bool_acquire(&d->last);
}

static ssize_t attempt_read(weft__descriptor *d, uint32_t seen, void *arg)
{
    const weft__reading *const reading = arg;
    if (is_drained(d, seen)) {
        return -EAGAIN;
    }
    const ssize_t n = weft__sys_readv(d->fd, d->kind, reading->pieces, reading->count);
    if (n > 0 && (size_t)n < reading->size && d->kind == WEFT__SYS_STREAM) {
        weft__store_relaxed(&d->drained_at, seen + 1);
    }
    return n;
}

/* What may block the thread: a file. */
typedef struct weft__file_call {
    weft__descriptor *d;
    weft__attempt_fn *attempt;
    void *arg;
    ssize_t result;
} weft__file_call;

static void run_file_call(void *arg)
{
    weft__file_call *const call = arg;
    call->result = call->attempt(call->d, WEFT__SEEN_NONE, call->arg);
}

static ssize_t on_file(weft__g *self, weft__descriptor *d, weft__attempt_fn *attempt, void *arg)
{
    weft__file_call call = {.d = d, .attempt = attempt, .arg = arg};
    weft__blocking(self, run_file_call, &call);
    return call.result;
}

static ssize_t read_pieces(int fd, const struct iovec *pieces, int count, const weft__limit *limit,
                           const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_IN, fd, site);
    weft__descriptor *const d = weft__descriptor_of(&op);
    weft__descriptor_point(self, &op);
    if (count < 0 || count > WEFT_IOV_MAX) {
        return -EINVAL;
    }
    ssize_t n = weft__descriptor_begin(&op);
    if (n != 0) {
        return n;
    }
    weft__reading reading = {
        .pieces = pieces, .count = count, .size = weft__pieces_size(pieces, count)};
    if (d->kind == WEFT__SYS_FILE) {
        n = on_file(self, d, attempt_read, &reading);
    } else if (reading.size != 0) {
        n = weft__descriptor_try(self, &op, WEFT__IN, attempt_read, &reading, limit,
                                 WEFT__WHY_READ);
    }
    weft__descriptor_end(d);
    return n;
}

/* ---- writing ---- */

/* What is left to write. */
typedef struct weft__rest {
    weft__g *self;
    const weft__op *op;
    const struct iovec *pieces;
    int count;
    size_t offset;  /* of the first piece, written already */
    size_t written; /* in all */
} weft__rest;

static ssize_t write_some(const weft__descriptor *d, const weft__rest *rest)
{
    if (rest->offset == 0) {
        return weft__sys_writev(d->fd, d->kind, rest->pieces, rest->count);
    }
    struct iovec window[WINDOW];
    const int count = rest->count < WINDOW ? rest->count : WINDOW;
    window[0].iov_base = (char *)rest->pieces->iov_base + rest->offset;
    window[0].iov_len = rest->pieces->iov_len - rest->offset;
    for (int i = 1; i < count; i++) {
        window[i] = rest->pieces[i];
    }
    return weft__sys_writev(d->fd, d->kind, window, count);
}

static void advance(weft__rest *rest, size_t n)
{
    rest->written += n;
    rest->offset += n;
    while (rest->count > 0 && rest->offset >= rest->pieces->iov_len) {
        rest->offset -= rest->pieces->iov_len;
        rest->pieces++;
        rest->count--;
    }
}

/* Until all is written, which is 0, or nothing more can be for now. */
static ssize_t attempt_write(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    weft__rest *const rest = arg;
    for (;;) {
        const ssize_t n = write_some(d, rest);
        if (n < 0) {
            return n;
        }
        advance(rest, (size_t)n);
        if (rest->count == 0) {
            return 0;
        }
        weft__descriptor_point(rest->self, rest->op);
    }
}

static ssize_t attempt_packet(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    const weft__rest *const rest = arg;
    return weft__sys_writev(d->fd, d->kind, rest->pieces, rest->count);
}

static ssize_t write_stream(weft__descriptor *d, weft__rest *rest, const weft__limit *limit)
{
    ssize_t status = weft__descriptor_take_turn(rest->self, d, limit);
    if (status == 0) {
        status = weft__descriptor_try(rest->self, rest->op, WEFT__OUT, attempt_write, rest, limit,
                                      WEFT__WHY_WRITE);
        weft__descriptor_pass_turn(d);
    }
    return status;
}

/* 0: all of it, or, of a datagram, its size. */
static ssize_t write_to(weft__descriptor *d, weft__rest *rest, const weft__limit *limit)
{
    switch (d->kind) {
    case WEFT__SYS_FILE:
        return on_file(rest->self, d, attempt_write, rest);
    case WEFT__SYS_PACKET:
        return weft__descriptor_try(rest->self, rest->op, WEFT__OUT, attempt_packet, rest, limit,
                                    WEFT__WHY_WRITE);
    default:
        return write_stream(d, rest, limit);
    }
}

static ssize_t write_pieces(int fd, const struct iovec *pieces, int count, const weft__limit *limit,
                            const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_OUT, fd, site);
    weft__descriptor_point(self, &op);
    if (count < 0 || count > WEFT_IOV_MAX) {
        return -EINVAL;
    }
    ssize_t n = weft__descriptor_begin(&op);
    if (n != 0) {
        return n;
    }
    weft__rest rest = {.self = self, .op = &op, .pieces = pieces, .count = count};
    n = write_to(weft__descriptor_of(&op), &rest, limit);
    weft__descriptor_end(weft__descriptor_of(&op));
    return rest.written != 0 ? (ssize_t)rest.written : n;
}

/* ---- datagrams ---- */

typedef struct weft__packet {
    void *buffer;
    size_t size;
    weft_address *from;
    const weft_address *to;
} weft__packet;

static ssize_t attempt_recvfrom(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    const weft__packet *const packet = arg;
    return weft__sys_recvfrom(d->fd, packet->buffer, packet->size, packet->from);
}

static ssize_t attempt_sendto(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    const weft__packet *const packet = arg;
    return weft__sys_sendto(d->fd, packet->buffer, packet->size, packet->to);
}

static ssize_t transfer_packet(int fd, bool out, weft__packet *packet, const weft__limit *limit,
                               const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(out ? WEFT__OP_OUT : WEFT__OP_IN, fd, site);
    weft__descriptor_point(self, &op);
    ssize_t n = weft__descriptor_begin(&op);
    if (n != 0) {
        return n;
    }
    n = out ? weft__descriptor_try(self, &op, WEFT__OUT, attempt_sendto, packet, limit,
                                   WEFT__WHY_WRITE)
            : weft__descriptor_try(self, &op, WEFT__IN, attempt_recvfrom, packet, limit,
                                   WEFT__WHY_READ);
    weft__descriptor_end(weft__descriptor_of(&op));
    return n;
}

/* ---- waiting ---- */

static ssize_t attempt_poll(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    const int ready = weft__sys_poll(d->fd, *(const short *)arg);
    return ready == 0 ? -EAGAIN : ready;
}

static int poll_events(int fd, short events, const weft__limit *limit, const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_POLL, fd, site);
    weft__descriptor *const d = weft__descriptor_of(&op);
    weft__descriptor_point(self, &op);
    if (events == 0 || (events & ~(POLLIN | POLLOUT)) != 0) {
        return -EINVAL;
    }
    int ready = weft__descriptor_begin(&op);
    if (ready != 0) {
        return ready;
    }
    const int way = events == POLLIN ? WEFT__IN : events == POLLOUT ? WEFT__OUT : WEFT__ANY;
    ready = events;
    if (d->kind != WEFT__SYS_FILE) {
        ready =
            (int)weft__descriptor_try(self, &op, way, attempt_poll, &events, limit, WEFT__WHY_POLL);
    }
    weft__descriptor_end(d);
    return ready;
}

/* ---- the public calls ---- */

#define PIECE(buffer, size) (&(struct iovec){(void *)(uintptr_t)(buffer), (size)})

ssize_t weft_read(int fd, void *buffer, size_t size, int64_t deadline_ns)
{
    return read_pieces(fd, PIECE(buffer, size), 1, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_read(weft_context *context, int fd, void *buffer, size_t size)
{
    return read_pieces(fd, PIECE(buffer, size), 1, WEFT__WITHIN(context), WEFT__SITE);
}

ssize_t weft_readv(int fd, const struct iovec *pieces, int count, int64_t deadline_ns)
{
    return read_pieces(fd, pieces, count, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_readv(weft_context *context, int fd, const struct iovec *pieces, int count)
{
    return read_pieces(fd, pieces, count, WEFT__WITHIN(context), WEFT__SITE);
}

ssize_t weft_write(int fd, const void *buffer, size_t size, int64_t deadline_ns)
{
    return write_pieces(fd, PIECE(buffer, size), 1, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_write(weft_context *context, int fd, const void *buffer, size_t size)
{
    return write_pieces(fd, PIECE(buffer, size), 1, WEFT__WITHIN(context), WEFT__SITE);
}

ssize_t weft_writev(int fd, const struct iovec *pieces, int count, int64_t deadline_ns)
{
    return write_pieces(fd, pieces, count, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_writev(weft_context *context, int fd, const struct iovec *pieces, int count)
{
    return write_pieces(fd, pieces, count, WEFT__WITHIN(context), WEFT__SITE);
}

ssize_t weft_recvfrom(int fd, void *buffer, size_t size, weft_address *ret_from,
                      int64_t deadline_ns)
{
    weft__packet packet = {.buffer = buffer, .size = size, .from = ret_from};
    return transfer_packet(fd, false, &packet, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_recvfrom(weft_context *context, int fd, void *buffer, size_t size,
                              weft_address *ret_from)
{
    weft__packet packet = {.buffer = buffer, .size = size, .from = ret_from};
    return transfer_packet(fd, false, &packet, WEFT__WITHIN(context), WEFT__SITE);
}

ssize_t weft_sendto(int fd, const void *buffer, size_t size, const weft_address *to,
                    int64_t deadline_ns)
{
    weft__packet packet = {.buffer = (void *)(uintptr_t)buffer, .size = size, .to = to};
    return transfer_packet(fd, true, &packet, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

ssize_t weft_context_sendto(weft_context *context, int fd, const void *buffer, size_t size,
                            const weft_address *to)
{
    weft__packet packet = {.buffer = (void *)(uintptr_t)buffer, .size = size, .to = to};
    return transfer_packet(fd, true, &packet, WEFT__WITHIN(context), WEFT__SITE);
}

int weft_poll(int fd, short events, int64_t deadline_ns)
{
    return poll_events(fd, events, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

int weft_context_poll(weft_context *context, int fd, short events)
{
    return poll_events(fd, events, WEFT__WITHIN(context), WEFT__SITE);
}
