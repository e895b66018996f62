/* wires.h: what the tests of input and output share: names that nobody else has, connected streams
 * of each kind, and goroutines that make one call each and note its result.
 *
 * The same source runs on real sockets and in the simulator's network. So a test must not know how
 * much a buffer holds, how many bytes one read gets, or whether a peer has begun to wait; and a
 * deadline, however far, may have passed whenever the schedule says so. */
#ifndef WEFT_TESTS_WIRES_H
#define WEFT_TESTS_WIRES_H

#include <weft/cmocka.h>

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* Long enough for a timer, short enough for a test under the runtime. */
#define SHORT_NS (100 * WEFT_MICROSECOND)

/* More than a pipe or a pair of sockets holds. */
enum { BIG = 1 << 20, NAME_SIZE = 64 };

#define START(waitgroup, fn, arg) assert_int_equal(0, weft_waitgroup_go(waitgroup, fn, arg))

static inline int64_t soon(void)
{
    return weft_now() + SHORT_NS;
}

/* Fail with the error in place of a descriptor. */
static inline int opened(int fd)
{
    assert_int_equal(fd < 0 ? fd : 0, 0);
    return fd;
}

static inline void shut(int fd)
{
    assert_int_equal(weft_close(fd), 0);
}

static inline void shut_both(const int ends[2])
{
    shut(ends[0]);
    shut(ends[1]);
}

/* A name with `prefix` in front, that is used once. */
static inline void fresh(char name[NAME_SIZE], const char *prefix)
{
    (void)snprintf(name, NAME_SIZE, "%s%016" PRIx64, prefix, weft_random());
}

/* ---- bytes ---- */

static inline char *bytes(size_t size)
{
    char *const buffer = calloc(1, size);
    assert_non_null(buffer);
    return buffer;
}

/* What stands at each place of a long stream. */
enum { PERIOD = 251 };

static inline char byte_at(size_t offset)
{
    return (char)(offset % PERIOD);
}

/* Two periods: one starts wherever in the first. By the C library's functions, which cost less than
 * loops where each access is looked at. */
static inline void two_periods(char into[2 * PERIOD])
{
    for (size_t i = 0; i < 2 * PERIOD; i++) {
        into[i] = byte_at(i);
    }
}

static inline char *pattern(size_t size)
{
    char periods[2 * PERIOD];
    char *const buffer = bytes(size);
    two_periods(periods);
    for (size_t i = 0; i < size; i += PERIOD) {
        memcpy(buffer + i, periods, size - i < PERIOD ? size - i : PERIOD);
    }
    return buffer;
}

static inline void check_pattern(const char *buffer, size_t size, size_t offset)
{
    char periods[2 * PERIOD];
    two_periods(periods);
    for (size_t i = 0; i < size; i += PERIOD) {
        const size_t part = size - i < PERIOD ? size - i : PERIOD;
        assert_memory_equal(buffer + i, periods + (offset + i) % PERIOD, part);
    }
}

static inline void write_all(int fd, const void *buffer, size_t size)
{
    assert_int_equal(weft_write(fd, buffer, size, WEFT_NEVER), size);
}

static inline void write_text(int fd, const char *text)
{
    write_all(fd, text, strlen(text));
}

/* Reads until there are `size` bytes. */
static inline void read_all(int fd, void *buffer, size_t size)
{
    for (size_t got = 0; got < size;) {
        const ssize_t n = weft_read(fd, (char *)buffer + got, size - got, WEFT_NEVER);
        assert_int_equal(n < 0 ? n : 0, 0);
        assert_int_not_equal(n, 0);
        got += (size_t)n;
    }
}

static inline void expect_text(int fd, const char *text)
{
    char got[NAME_SIZE] = "";
    assert_true(strlen(text) < sizeof got);
    read_all(fd, got, strlen(text));
    assert_string_equal(got, text);
}

static inline void expect_end(int fd)
{
    char byte = 0;
    assert_int_equal(weft_read(fd, &byte, 1, WEFT_NEVER), 0);
}

/* Write until no more is taken at once; how many bytes were. */
static inline size_t fill(int fd)
{
    static const char block[4096];
    size_t size = 0;
    ssize_t n = 0;
    while ((n = weft_write(fd, block, sizeof block, 0)) > 0) {
        size += (size_t)n;
    }
    assert_int_equal(n, -ETIMEDOUT);
    return size;
}

static inline void drain(int fd, size_t size)
{
    char *const buffer = bytes(size);
    read_all(fd, buffer, size);
    free(buffer);
}

/* ---- addresses ---- */

static inline void local_text(int fd, char text[WEFT_ADDRESS_TEXT])
{
    weft_address address;
    assert_int_equal(weft_local_address(fd, &address), 0);
    assert_in_range(weft_address_text(&address, text, WEFT_ADDRESS_TEXT), 1, WEFT_ADDRESS_TEXT - 1);
}

static inline void peer_text(int fd, char text[WEFT_ADDRESS_TEXT])
{
    weft_address address;
    assert_int_equal(weft_peer_address(fd, &address), 0);
    assert_in_range(weft_address_text(&address, text, WEFT_ADDRESS_TEXT), 1, WEFT_ADDRESS_TEXT - 1);
}

/* A listener; where to dial it. */
static inline int listen_at(const char *address, char ret_text[WEFT_ADDRESS_TEXT])
{
    const int fd = opened(weft_listen(address, 0));
    local_text(fd, ret_text);
    return fd;
}

static inline int listen_here(char ret_text[WEFT_ADDRESS_TEXT])
{
    return listen_at("127.0.0.1:0", ret_text);
}

/* ---- streams of each kind ---- */

/* ends[0] has been dialled, ends[1] accepted. */
static inline void join_at(const char *address, int ends[2])
{
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_at(address, text);
    ends[0] = opened(weft_dial(text, WEFT_NEVER));
    ends[1] = opened(weft_accept(listener, WEFT_NEVER));
    shut(listener);
}

static inline void join_tcp(int ends[2])
{
    join_at("127.0.0.1:0", ends);
}

static inline void join_unix(int ends[2])
{
    char name[NAME_SIZE];
    fresh(name, "unix:@weft-");
    join_at(name, ends);
}

static inline void join_pair(int ends[2])
{
    assert_int_equal(weft_socketpair(ends), 0);
}

/* check gets two connected ends, and closes them. */
typedef void check_ends_fn(const int ends[2]);
static inline void on_each_stream(check_ends_fn *check)
{
    static void (*const joins[])(int ends[2]) = {join_tcp, join_unix, join_pair};
    for (size_t i = 0; i < sizeof joins / sizeof *joins; i++) {
        int ends[2] = {-1, -1};
        joins[i](ends);
        check(ends);
    }
}

static inline void on_tcp(check_ends_fn *check)
{
    int ends[2] = {-1, -1};
    join_tcp(ends);
    check(ends);
}

/* ends[1] reads what ends[0] writes, unlike weft_pipe's. */
static inline void on_pipe(check_ends_fn *check)
{
    int fds[2] = {-1, -1};
    assert_int_equal(weft_pipe(fds), 0);
    check((int[]){fds[1], fds[0]});
}

/* Both kinds of stream of which each end knows at once what the other does. */
static inline void on_pair_and_pipe(check_ends_fn *check)
{
    int ends[2];
    join_pair(ends);
    check(ends);
    on_pipe(check);
}

/* ---- goroutines with one call ---- */

typedef struct io_call {
    int fd;
    void *buffer;
    size_t size;
    short events;
    int64_t deadline_ns;
    weft_context *context;
    ssize_t result;
} io_call;

static inline void call_read(void *arg)
{
    io_call *const c = arg;
    c->result = weft_read(c->fd, c->buffer, c->size, c->deadline_ns);
}

static inline void call_write(void *arg)
{
    io_call *const c = arg;
    c->result = weft_write(c->fd, c->buffer, c->size, c->deadline_ns);
}

static inline void call_accept(void *arg)
{
    io_call *const c = arg;
    c->result = weft_accept(c->fd, c->deadline_ns);
}

static inline void call_poll(void *arg)
{
    io_call *const c = arg;
    c->result = weft_poll(c->fd, c->events, c->deadline_ns);
}

static inline void call_recvfrom(void *arg)
{
    io_call *const c = arg;
    c->result = weft_recvfrom(c->fd, c->buffer, c->size, NULL, c->deadline_ns);
}

static inline void call_close(void *arg)
{
    io_call *const c = arg;
    c->result = weft_close(c->fd);
}

#endif
