/* http_fuzz.c: the HTTP server (examples/http) on the simulated network, two connections, and a
 * stop while they send.
 *
 * Input: when the server stops; then what the two send: senders.h. What must hold, whatever the
 * schedule and the pieces in which the bytes arrive:
 *   - whatever is sent, what is answered is responses, whole ones unless a deadline has passed, and
 *     the connection ends after all has been sent;
 *   - the server ends after its stop, with nothing left running. */
#include <weft/fuzz.h>

#include <string.h>

#include <http_parser.h>

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
    .grace_ns = 5 * WEFT_SECOND, /* the shortest, but for that of a connection that has ended */
};

static http_serve server;

static void serve(void *arg)
{
    (void)arg;
    WEFT_ASSERT(http_serve_run(&server) == 0);
}

/* ---- Responses ---- */

/* What the two read, response by response. To a HEAD there is no body, and the responses do not say
 * which they are: if one of the two may have sent that, they are followed to the first body only. */
static http_parser read_by[SENDERS];
static bool may_lack_bodies;

static int on_head(http_parser *responses)
{
    if (may_lack_bodies) {
        http_parser_pause(responses, 1);
    }
    return 0;
}

/* At the end of the stream, size is 0, which tells the parser. Once a deadline of the server's can
 * have passed, which are chosen like all else, it may have ended amid a response. */
static void got(int number, const char *bytes, size_t size)
{
    static const http_parser_settings callbacks = {.on_headers_complete = on_head};
    http_parser *const responses = &read_by[number];
    if (HTTP_PARSER_ERRNO(responses) == HPE_OK && (size != 0 || weft_now() < settings.grace_ns)) {
        (void)http_parser_execute(responses, &callbacks, bytes, size);
    }
    const enum http_errno error = HTTP_PARSER_ERRNO(responses);
    WEFT_ASSERT(error == HPE_OK || (may_lack_bodies && error == HPE_PAUSED));
}

/* ---- All of it ---- */

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    weft_waitgroup clients = {0};
    const uint8_t early = size == 0 ? 0 : data[0];
    for (int i = 0; i < SENDERS; i++) {
        http_parser_init(&read_by[i], HTTP_RESPONSE);
    }
    may_lack_bodies = memmem(data, size, "HEAD", 4) != NULL;
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
