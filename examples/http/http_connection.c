/* http_connection.c: see http_connection.h. */
#include "http_connection.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* What an ending connection still reads, so that the kernel does not answer it with a reset, which
 * could overtake the last response: RFC 9112, 9.6. */
enum { LINGER_BYTES = 256 * 1024 };
#define LINGER_NS WEFT_SECOND

void http_connection_begin(http_connection *c, int fd, const http_settings *settings,
                           const atomic_bool *closing)
{
    c->settings = settings;
    c->closing = closing;
    c->fd = fd;
    c->failed = false;
    c->begin = 0;
    c->end = 0;
    c->out_size = 0;
    atomic_init(&c->idle, false);
}

/* ---- output ---- */

static void send_pieces(http_connection *c, const struct iovec *pieces, int count)
{
    const size_t size = pieces[0].iov_len + (count > 1 ? pieces[1].iov_len : 0);
    if (size != 0 && !c->failed) {
        const int64_t deadline_ns = weft_now() + c->settings->write_ns;
        c->failed = weft_writev(c->fd, pieces, count, deadline_ns) != (ssize_t)size;
    }
    c->out_size = 0;
}

void http_connection_put(http_connection *c, const char *data, size_t size)
{
    if (c->out_size + size > sizeof c->out) {
        const struct iovec pieces[] = {{c->out, c->out_size}, {(void *)(uintptr_t)data, size}};
        send_pieces(c, pieces, 2);
        return;
    }
    memcpy(c->out + c->out_size, data, size);
    c->out_size += size;
}

void http_connection_flush(http_connection *c)
{
    send_pieces(c, &(const struct iovec){c->out, c->out_size}, 1);
}

/* ---- input ---- */

static ssize_t read_until(http_connection *c, int64_t deadline_ns)
{
    http_connection_flush(c);
    if (c->failed) {
        return -EPIPE;
    }
    if (c->begin != 0) {
        memmove(c->in, c->in + c->begin, c->end - c->begin);
        c->end -= c->begin;
        c->begin = 0;
    }
    if (c->end == sizeof c->in) {
        return -ENOBUFS;
    }
    const ssize_t n = weft_read(c->fd, c->in + c->end, sizeof c->in - c->end, deadline_ns);
    c->end += n > 0 ? (size_t)n : 0;
    return n;
}

ssize_t http_connection_fill(http_connection *c)
{
    return read_until(c, c->deadline_ns);
}

bool http_connection_wait(http_connection *c)
{
    if (c->begin == c->end) {
        atomic_store(&c->idle, true);
        const bool some = !atomic_load(c->closing) &&
                          read_until(c, weft_now() + c->settings->idle_ns) > 0;
        atomic_store(&c->idle, false);
        if (!some) {
            return false;
        }
    }
    c->deadline_ns = weft_now() + c->settings->request_ns;
    return true;
}

void http_connection_take(http_connection *c, size_t size)
{
    c->begin += size;
    if (c->begin == c->end) {
        c->begin = 0;
        c->end = 0;
    }
}

void http_connection_end(http_connection *c)
{
    http_connection_flush(c);
    if (!c->failed && weft_shutdown(c->fd, SHUT_WR) == 0) {
        const int64_t deadline_ns = weft_now() + LINGER_NS;
        size_t size = 0;
        ssize_t n = 1;
        while (n > 0 && size < LINGER_BYTES && weft_now() < deadline_ns) {
            n = weft_read(c->fd, c->in, sizeof c->in, deadline_ns);
            size += n > 0 ? (size_t)n : 0;
        }
    }
    (void)weft_close(c->fd);
}
