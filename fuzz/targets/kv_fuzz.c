/* kv_fuzz.c: the key-value server (examples/kv) on the simulated network, and two connections.
 *
 * Input: what the two send: senders.h. What must hold, whatever the schedule and the pieces in
 * which the bytes arrive:
 *   - whatever is sent, each gets replies of the protocol, until its connection ends, which it does
 *     after it has sent all; the last is whole unless one of them may have stopped the server;
 *   - the server stops when it is told to, with nothing left running. */
#include <weft/fuzz.h>

#include <stdio.h>
#include <string.h>

#include <weft/sim.h>

#include "kv.h"
#include "senders.h"

static const char address[] = ":6379";

static int64_t unix_ms(void)
{
    return INT64_C(1700000000000) + weft_now() / WEFT_MILLISECOND;
}

static void serve(void *arg)
{
    (void)arg;
    kv_options options = kv_defaults;
    options.address = address;
    options.unix_ms = unix_ms;
    options.quiet = true;
    WEFT_ASSERT(kv_serve(&options) == 0);
}

/* ---- Replies ---- */

/* A stream of replies, byte by byte. */
typedef struct replies {
    char line[64]; /* the beginning of the current one */
    size_t length;
    int64_t skip; /* bytes of a string, and its end */
} replies;

/* A line has ended. */
static void check_line(replies *r)
{
    long long size = 0;
    char extra = 0;
    WEFT_ASSERT(r->length >= 2 && r->line[r->length - 1] == '\r');
    r->line[r->length - 1] = '\0';
    WEFT_ASSERT(r->line[0] != '\0' && strchr("+-:$*", r->line[0]) != NULL);
    if (strchr(":$*", r->line[0]) != NULL) {
        WEFT_ASSERT(sscanf(r->line + 1, "%lld%c", &size, &extra) == 1);
        WEFT_ASSERT(size >= -1 || r->line[0] == ':');
    }
    r->skip = r->line[0] == '$' && size >= 0 ? size + 2 : 0;
    r->length = 0;
}

static void check_replies(replies *r, const char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (r->skip != 0) {
            r->skip--;
            WEFT_ASSERT(r->skip > 1 || bytes[i] == (r->skip == 1 ? '\r' : '\n'));
        } else if (bytes[i] == '\n') {
            check_line(r);
        } else if (r->length < sizeof r->line - 1) {
            r->line[r->length++] = bytes[i];
        } else {
            r->line[sizeof r->line - 2] = bytes[i]; /* of a long one, the last */
        }
    }
}

static replies of[SENDERS];
static bool may_stop;

static void got(int number, const char *bytes, size_t size)
{
    replies *const r = &of[number];
    WEFT_ASSERT(size != 0 || may_stop || (r->length == 0 && r->skip == 0));
    check_replies(r, bytes, size);
}

/* ---- All of it ---- */

/* Nobody is there where a client has done so before. */
static void stop_server(void)
{
    static const char request[] = "SHUTDOWN\r\n";
    const int fd = weft_dial(address, WEFT_NEVER);
    if (fd >= 0) {
        (void)weft_write(fd, request, sizeof request - 1, WEFT_NEVER);
        (void)weft_close(fd);
    }
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup server = {0};
    weft_waitgroup clients = {0};
    memset(of, 0, sizeof of);
    senders_share_out(data, size, got);
    may_stop = senders_send("shutdown");
    weft_faults_set(&(weft_faults){.short_transfers = 1});
    (void)weft_waitgroup_go(&server, serve, NULL);
    senders_start(address, &clients);
    weft_waitgroup_wait(&clients);
    stop_server();
    weft_waitgroup_wait(&server);
}

WEFT_FUZZ(target)
