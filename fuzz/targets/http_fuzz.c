/* http_fuzz.c: the HTTP server (examples/http) on the simulated network, two connections, and a
 * stop while they send.
 *
 * Input: when the server stops, whether connections may be reset, and whether both send the same;
 * then what the two send: senders.h. What must hold, whatever the schedule and the pieces in which
 * the bytes arrive:
 *   - whatever is sent, what is answered is responses, whole ones unless a deadline has passed, and
 *     the connection ends after all has been sent;
 *   - two that send the same are answered the same, unless the server was stopped meanwhile;
 *   - the server ends after its stop, with nothing left running. */
#include <weft/fuzz.h>

#include <string.h>

#include <http_parser.h>

#include <weft/sim.h>

#include "http_serve.h"
#include "input.h"
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

/* What the two read, response by response. A HEAD gets no body, and responses do not say which of
 * them that is: if one of the two may have sent it, they are followed to the first body only. */
static http_parser read_by[SENDERS];
static uint64_t digests[SENDERS]; /* of all that each has read */
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
    digests[number] = input_hash(digests[number], bytes, size);
    if (HTTP_PARSER_ERRNO(responses) == HPE_OK && (size != 0 || weft_now() < settings.grace_ns)) {
        (void)http_parser_execute(responses, &callbacks, bytes, size);
    }
    const enum http_errno error = HTTP_PARSER_ERRNO(responses);
    WEFT_ASSERT(error == HPE_OK || (may_lack_bodies && error == HPE_PAUSED));
}

/* ---- All of it ---- */

/* The first byte of the input. */
typedef struct plan {
    uint8_t stop; /* 0: when both have ended; 15: at once; else after so many yields */
    bool resets;
    bool same; /* both send what the first is to send */
} plan;

static plan plan_of(const uint8_t *data, size_t size)
{
    const uint8_t byte = size == 0 ? 0 : data[0];
    return (plan){.stop = byte & 15, .resets = (byte >> 4 & 1) != 0, .same = (byte >> 5 & 1) != 0};
}

static void prepare(const plan *p, const uint8_t *data, size_t size)
{
    for (int i = 0; i < SENDERS; i++) {
        http_parser_init(&read_by[i], HTTP_RESPONSE);
        digests[i] = INPUT_HASH_OF_NONE;
    }
    memset(&server, 0, sizeof server);
    senders_share_out(size == 0 ? data : data + 1, size == 0 ? 0 : size - 1, got);
    for (int i = 1; i < SENDERS && p->same; i++) {
        senders[i].size = senders[0].size;
        memcpy(senders[i].sent, senders[0].sent, senders[0].size);
    }
    may_lack_bodies = senders_send("HEAD");
    weft_faults_set(&(weft_faults){.short_transfers = 1, .resets = p->resets});
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    weft_waitgroup clients = {0};
    const plan p = plan_of(data, size);
    prepare(&p, data, size);
    WEFT_ASSERT(http_serve_begin(&server, &settings) == 0);
    (void)weft_waitgroup_go(&running, serve, NULL);
    senders_start(settings.address, &clients);
    for (int i = p.stop; i > 0 && i < 15; i--) {
        weft_yield();
    }
    if (p.stop == 0) {
        weft_waitgroup_wait(&clients);
        WEFT_ASSERT(!p.same || p.resets || weft_now() >= settings.grace_ns ||
                    digests[0] == digests[1]);
    }
    http_serve_stop(&server);
    weft_waitgroup_wait(&clients);
    weft_waitgroup_wait(&running);
}

WEFT_FUZZ(target)
