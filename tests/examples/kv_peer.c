/* kv_peer.c: a client of examples/kv for its tests: `kv_peer MODE ADDRESS [NUMBER]`.
 *
 *   malformed    hundreds of inputs that are no requests: each must end in a protocol error or the
 *                end of its connection, while another connection goes on
 *   connections  opens NUMBER connections, says "ready", and keeps them until its input ends
 *   writes       sets keys on NUMBER connections until they break; prints how far each key got
 *
 * Exit status 0: all was well. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <weft.h>

enum { PATIENCE_S = 20, REPLY_MAX = 4096, LORIS_CONNECTIONS = 20, LORIS_BYTES = 60 };

static const char *address;
static int failures;

static void fail(const char *what, int number)
{
    (void)fprintf(stderr, "kv_peer: %s (%d)\n", what, number);
    failures++;
}

static int64_t soon(void)
{
    return weft_now() + PATIENCE_S * WEFT_SECOND;
}

static int dial(void)
{
    const int fd = weft_dial(address, soon());
    if (fd < 0) {
        fail(strerror(-fd), fd);
    }
    return fd;
}

/* Send a request and read its answer of one line. */
static bool ask(int fd, const char *request, const char *answer)
{
    char reply[REPLY_MAX];
    const size_t size = strlen(answer);
    size_t there = 0;
    if (weft_write(fd, request, strlen(request), soon()) != (ssize_t)strlen(request)) {
        return false;
    }
    while (there < size) {
        const ssize_t n = weft_read(fd, reply + there, sizeof reply - there, soon());
        if (n <= 0) {
            return false;
        }
        there += (size_t)n;
    }
    return there == size && memcmp(reply, answer, size) == 0;
}

/* ---- malformed ---- */

typedef struct input {
    char *bytes;
    size_t size;
    bool truncated; /* it ends in the middle: the server may wait until we hang up */
} input;

/* Read to the end; whether the last line was a protocol error. A reset is an end as well. */
static bool read_to_end(int fd, bool *ret_error)
{
    char last[REPLY_MAX] = "";
    ssize_t n = 0;
    *ret_error = false;
    while ((n = weft_read(fd, last, sizeof last - 1, soon())) > 0) {
        last[n] = '\0';
        *ret_error = *ret_error || strstr(last, "-ERR Protocol error: ") != NULL;
    }
    return n != -ETIMEDOUT;
}

static void try_input(const input *in, int number)
{
    bool error = false;
    const int fd = dial();
    (void)weft_write(fd, in->bytes, in->size, soon());
    if (in->truncated) {
        (void)weft_shutdown(fd, SHUT_WR);
    }
    if (!read_to_end(fd, &error)) {
        fail("the connection does not end", number);
    } else if (!in->truncated && !error) {
        fail("no protocol error", number);
    }
    (void)weft_close(fd);
}

static input text(const char *bytes, bool truncated)
{
    const size_t size = strlen(bytes);
    input in = {.bytes = malloc(size), .size = size, .truncated = truncated};
    memcpy(in.bytes, bytes, size);
    return in;
}

static const char *const wrong[] = {
    "*x\r\n",
    "*1x\r\n",
    "* 1\r\n",
    "*+1\r\n",
    "*01\r\n",
    "*1\n$4\r\nPING\r\n\r\n",
    "*1\rx",
    "*99999999999999999999\r\n",
    "*9223372036854775807\r\n",
    "*9223372036854775808\r\n",
    "*1048577\r\n",
    "*2147483647\r\n",
    "*4294967297\r\n",
    "*1\r\nPING\r\n",
    "*1\r\n:4\r\n",
    "*1\r\n+PING\r\n",
    "*1\r\n*1\r\n",
    "*1\r\n\r\n",
    "*1\r\n$-1\r\n",
    "*1\r\n$-2147483648\r\n",
    "*1\r\n$x\r\n",
    "*1\r\n$4x\r\n",
    "*1\r\n$ 4\r\n",
    "*1\r\n$04\r\nPING\r\n",
    "*1\r\n$\r\n",
    "*1\r\n$536870913\r\n",
    "*1\r\n$9223372036854775807\r\n",
    "*1\r\n$99999999999999999999\r\n",
    "*1\r\n$4\r\nPINGxx\r\n",
    "*1\r\n$4\r\nPING\rx",
    "*1\r\n$3\r\nPING\r\n",
    "*2\r\n$3\r\nGET\r\n$1\r\nab\r\n",
    "*2\r\n$3\r\nGET\r\nx\r\n",
    "PING \"x\r\n",
    "PING 'x\r\n",
    "PING \"x\"y\r\n",
    "PING 'x'y\r\n",
    "PING \"x\\\"\r\n",
    "*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n",
};
enum { WRONG = sizeof wrong / sizeof wrong[0] };

/* Good requests, cut off at each byte. */
static const char whole[] =
    "*3\r\n$3\r\nSET\r\n$10\r\n0123456789\r\n$5\r\nvalue\r\n*2\r\n$3\r\nGET\r\n"
    "$10\r\n0123456789\r\nSET \"inline key\" value\r\n";
enum { WHOLE = sizeof whole - 1, GARBAGE = 100, GARBAGE_MAX = 3000 };

/* What has no newline and is too long. */
static input oversized(char first, size_t size)
{
    input in = {.bytes = malloc(size), .size = size};
    memset(in.bytes, '1', size);
    in.bytes[0] = first;
    return in;
}

/* Behind a first byte that no request has, random ones: what they are is not known, so that we hang
 * up at their end. */
static input garbage(void)
{
    const size_t size = 1 + weft_random() % GARBAGE_MAX;
    input in = {.bytes = malloc(size), .size = size, .truncated = true};
    for (size_t i = 0; i < size; i++) {
        in.bytes[i] = (char)weft_random();
    }
    return in;
}

/* One byte now and then, and never an end. */
static void loris(void *arg)
{
    (void)arg;
    const int fd = dial();
    for (int i = 0; i < LORIS_BYTES; i++) {
        (void)weft_write(fd, &whole[i % WHOLE], 1, soon());
        weft_sleep(10 * WEFT_MILLISECOND);
    }
    (void)weft_close(fd);
}

/* Many requests, whose answers nobody reads. */
static void flood(void *arg)
{
    const char *const request = arg;
    const int fd = dial();
    const size_t size = strlen(request);
    for (int i = 0; i < 20000; i++) {
        if (weft_write(fd, request, size, weft_now() + WEFT_SECOND / 10) != (ssize_t)size) {
            break;
        }
    }
    (void)weft_close(fd);
}

static int good; /* the connection that goes on */

static void check_good(int number)
{
    if (!ask(good, "*2\r\n$4\r\nECHO\r\n$5\r\nstill\r\n", "$5\r\nstill\r\n")) {
        fail("the good connection does not go on", number);
    }
}

static void malformed(void)
{
    int number = 0;
    good = dial();
    weft_waitgroup floods = {0};
    for (int i = 0; i < LORIS_CONNECTIONS; i++) {
        weft_waitgroup_go(&floods, loris, NULL);
    }
    weft_waitgroup_go(&floods, flood, "PING\r\n");
    weft_waitgroup_go(&floods, flood, "\r\n\r\n\r\n");
    weft_waitgroup_go(&floods, flood, "*1\r\n$4\r\nINFO\r\n");
    for (int i = 0; i < WRONG + WHOLE + GARBAGE + 4 && failures < 10; i++, number++) {
        input in;
        if (i < WRONG) {
            in = text(wrong[i], false);
        } else if (i < WRONG + WHOLE) {
            in = text(whole, true);
            in.size = (size_t)(i - WRONG);
        } else if (i < WRONG + WHOLE + GARBAGE) {
            in = garbage();
        } else {
            in = oversized("*$x\""[i - WRONG - WHOLE - GARBAGE], 100 << 10);
        }
        try_input(&in, number);
        free(in.bytes);
        check_good(number);
    }
    weft_waitgroup_wait(&floods);
    check_good(number);
    printf("%d malformed inputs\n", number);
}

/* ---- connections ---- */

static void connections(int count)
{
    for (int i = 0; i < count && failures == 0; i++) {
        (void)dial();
    }
    const int first = dial();
    if (!ask(first, "PING\r\n", "+PONG\r\n")) {
        fail("no answer beside so many", count);
    }
    puts("ready");
    (void)fflush(stdout);
    char byte = 0;
    (void)weft_adopt(STDIN_FILENO);
    (void)weft_read(STDIN_FILENO, &byte, 1, WEFT_NEVER);
}

/* ---- writes ---- */

typedef struct writer {
    int number;
    int acknowledged;
} writer;

static void write_on(void *arg)
{
    writer *const w = arg;
    const int fd = dial();
    char request[128];
    for (int value = 1;; value++) {
        (void)snprintf(request, sizeof request, "SET key%d %d\r\n", w->number, value);
        if (!ask(fd, request, "+OK\r\n")) {
            break;
        }
        w->acknowledged = value;
    }
    (void)weft_close(fd);
}

static void writes(int count)
{
    enum { MOST = 64 };
    static writer writers[MOST];
    weft_waitgroup running = {0};
    for (int i = 0; i < count && i < MOST; i++) {
        writers[i].number = i;
        weft_waitgroup_go(&running, write_on, &writers[i]);
    }
    weft_waitgroup_wait(&running);
    for (int i = 0; i < count && i < MOST; i++) {
        printf("key%d %d\n", i, writers[i].acknowledged);
    }
}

/* ---- */

static char **arguments;
static int argument_count;

static void run(void *arg)
{
    (void)arg;
    const int number = argument_count > 3 ? atoi(arguments[3]) : 1;
    address = arguments[2];
    if (strcmp(arguments[1], "malformed") == 0) {
        malformed();
    } else if (strcmp(arguments[1], "connections") == 0) {
        connections(number);
    } else {
        writes(number);
    }
}

int main(int argc, char **argv)
{
    arguments = argv;
    argument_count = argc;
    if (argc < 3) {
        (void)fprintf(stderr, "usage: %s malformed|connections|writes ADDRESS [NUMBER]\n", argv[0]);
        return EXIT_FAILURE;
    }
    return weft_run(run, NULL) == 0 && failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
