/* http_fuzz.c: the HTTP server (examples/http) on the simulated network, two connections, and a
 * stop while they send.
 *
 * Input: when the server stops; then what the two send: senders.h. What must hold, whatever the
 * schedule and the pieces in which the bytes arrive:
 *   - whatever is sent, what is answered begins with the status line of a response, and the
 *     connection ends after all has been sent;
 *   - the server ends after its stop, with nothing left running. */
#include <weft/fuzz.h>

#include <string.h>

#include <weft/sim.h>

#include "http_serve.h"
#include "senders.h"

static const http_settings settings = {
    .address = ":80",
    .directory = "/",
    .connection_limit = SENDERS,
    .body_max = 256,
    .idle_ns = 60 * WEFT_SECOND,
    .request_ns = 10 * WEFT_SECOND,
    .write_ns = 10 * WEFT_SECOND,
    .grace_ns = 5 * WEFT_SECOND,
};

static http_serve server;

static void serve(void *arg)
{
    (void)arg;
    WEFT_ASSERT(http_serve_run(&server) == 0);
}

/* The beginnings of what the two have read. */
static const char status_line[] = "HTTP/1.1 ";
enum { DIGITS = 3, BEGINNING = sizeof status_line - 1 + DIGITS };
static struct {
    char text[BEGINNING];
    size_t size;
} read_by[SENDERS];

static void got(int number, const char *bytes, size_t size)
{
    const size_t room = BEGINNING - read_by[number].size;
    const size_t part = size < room ? size : room;
    memcpy(read_by[number].text + read_by[number].size, bytes, part);
    read_by[number].size += part;
    const size_t there = read_by[number].size;
    const size_t fixed = sizeof status_line - 1;
    WEFT_ASSERT(memcmp(read_by[number].text, status_line, there < fixed ? there : fixed) == 0);
    for (size_t i = fixed; i < there; i++) {
        WEFT_ASSERT(read_by[number].text[i] >= '0' && read_by[number].text[i] <= '9');
    }
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    weft_waitgroup clients = {0};
    const uint8_t early = size == 0 ? 0 : data[0];
    memset(read_by, 0, sizeof read_by);
    memset(&server, 0, sizeof server);
    senders_share_out(size == 0 ? data : data + 1, size == 0 ? 0 : size - 1, got);
    weft_faults_set(&(weft_faults){.short_transfers = 1, .resets = early >> 4 & 1});
    WEFT_ASSERT(http_serve_begin(&server, &settings) == 0);
    (void)weft_waitgroup_go(&running, serve, NULL);
    senders_start(settings.address, &clients);
    for (int i = early & 15; i > 0 && i < 15; i--) {
        weft_yield();
    }
    if ((early & 15) == 0) {
        weft_waitgroup_wait(&clients);
    }
    http_serve_stop(&server);
    weft_waitgroup_wait(&clients);
    weft_waitgroup_wait(&running);
}

WEFT_FUZZ(target)
