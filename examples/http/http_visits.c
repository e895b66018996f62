/* http_visits.c: the server of this folder on a simulated host, two clients, and a stop, in any
 * order, over a network that is slow and resets a connection now and then. Whatever comes of it, a
 * client reads the answer to its request, or a beginning of it if the connection ended early, or
 * that it was too late; and all ends.
 *
 *   sim/http    passes
 *
 * INVARIANTS
 *   - Nobody here waits with a deadline: what does not end is a deadlock, and reported. */
#include <string.h>
#include <weft/sim.h>

#include "http_serve.h"

#define ANSWER(type, size, body)                                                                   \
    "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\n" size "\r\nConnection: close\r\n\r\n" body

enum { PIECES = 3 };
static const char late[] = "HTTP/1.1 408 Request Timeout\r\n";

typedef struct visit {
    const char *pieces[PIECES]; /* of the request */
    const char *answer;
    bool whole; /* out */
} visit;

static visit visits[] = {
    {{"GET / HT", "TP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", ""},
     ANSWER("text/plain; charset=utf-8", "Content-Length: 13", "Hello, World!"),
     false},
    {{"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
      "2\r\nhe", "\r\n3\r\nllo\r\n0\r\n\r\n"},
     ANSWER("application/octet-stream", "Transfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
     false},
};
enum { VISITS = sizeof visits / sizeof visits[0] };

static const http_settings settings = {
    .address = ":80",
    .directory = "/",
    .connection_limit = 1, /* the second visitor waits */
    .body_max = 100,
    .idle_ns = 10 * WEFT_SECOND,
    .request_ns = WEFT_SECOND,
    .write_ns = WEFT_SECOND,
    .grace_ns = WEFT_SECOND,
};
static http_serve server;
static weft_chan *stop;
static weft_chan *stopped;

static void stop_server(void *arg)
{
    (void)arg;
    (void)weft_chan_recv(stop, NULL);
    http_serve_stop(&server);
}

static void serve(void *arg)
{
    (void)arg;
    WEFT_ASSERT(http_serve_begin(&server, &settings) == 0);
    WEFT_ASSERT(weft_go(stop_server, NULL) == 0);
    WEFT_ASSERT(http_serve_run(&server) == 0);
    weft_chan_close(stopped);
}

static bool is_beginning(const char *text, size_t size, const char *of)
{
    return memcmp(text, of, size < strlen(of) ? size : strlen(of)) == 0;
}

/* However long it takes: that it ends is the server's matter. */
static void read_answer(int fd, visit *v)
{
    char text[512];
    size_t size = 0;
    ssize_t n = 1;
    while (n > 0 && size < sizeof text) {
        n = weft_read(fd, text + size, sizeof text - size, WEFT_NEVER);
        size += n > 0 ? (size_t)n : 0;
    }
    WEFT_ALWAYS(is_beginning(text, size, v->answer) || is_beginning(text, size, late),
                "a client reads its answer, or its beginning, or that it was late");
    v->whole = size == strlen(v->answer);
}

static void pay_visit(void *arg)
{
    visit *const v = arg;
    const int fd = weft_dial("server:80", WEFT_NEVER);
    bool goes_on = fd >= 0;
    for (int i = 0; goes_on && i < PIECES; i++) {
        const ssize_t size = (ssize_t)strlen(v->pieces[i]);
        goes_on = weft_write(fd, v->pieces[i], (size_t)size, WEFT_NEVER) == size;
    }
    if (fd >= 0) {
        read_answer(fd, v);
        (void)weft_close(fd);
    }
}

static void visit_server(void *arg)
{
    weft_waitgroup clients = {0};
    (void)arg;
    weft_faults_set(&(weft_faults){.short_transfers = 2, .resets = 1});
    stop = weft_chan_make(0, 0);
    stopped = weft_chan_make(0, 0);
    weft_host_add("server");
    WEFT_ASSERT(weft_host_start("server", serve, NULL) == 0);
    weft_sleep(WEFT_MILLISECOND);
    for (int i = 0; i < VISITS; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&clients, pay_visit, &visits[i]) == 0);
    }
    if (weft_choose(2) == 0) {
        weft_waitgroup_wait(&clients);
    }
    weft_chan_close(stop);
    weft_waitgroup_wait(&clients);
    (void)weft_chan_recv(stopped, NULL);
    WEFT_SOMETIMES(visits[0].whole && visits[1].whole, "both are served");
    weft_chan_release(stop);
    weft_chan_release(stopped);
}

int main(void)
{
    return weft_run_with(&(weft_options){.name = "http"}, visit_server, NULL);
}
