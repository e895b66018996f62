/* kv_sim_main.c: the server on a simulated host, which crashes, is cut off and runs out of disk,
 * and three clients: what they see must be linearizable.
 *
 *   sim/kv             passes: what was acknowledged is on the disk
 *   sim/kv_skip_fsync  answers before its fsync: a crash at the wrong moment loses what was told */
#include <stdio.h>
#include <string.h>

#include <weft/sim.h>

#include "kv.h"
#include "linear.h"

enum { CLIENTS = 3, OPS = 4, KEYS = 2, TRIES = 20, LINE = 128, SMALL_DISK = 500 };

static int64_t unix_ms(void)
{
    return INT64_C(1700000000000) + weft_now() / WEFT_MILLISECOND;
}

static void serve(void *arg)
{
    static const char address[] = ":6379";
    kv_options options = kv_defaults;
    (void)arg;
    options.address = address;
    options.unix_ms = unix_ms;
    options.append_only = true;
    options.quiet = true; /* torn ends are nothing new here */
#ifdef SKIP_FSYNC
    options.fsync = KV_FSYNC_NO;
#else
    options.fsync = KV_FSYNC_ALWAYS;
#endif
    WEFT_ALWAYS(kv_serve(&options) == 0, "the server starts from what is on its disk");
}

/* ---- the history ---- */

static struct {
    linear_op ops[CLIENTS * OPS + KEYS];
    size_t count;
    uint64_t clock;
} history;

static linear_op *call(linear_kind kind, uint32_t key, int64_t value)
{
    linear_op *const op = &history.ops[history.count++];
    *op = (linear_op){.kind = kind,
                      .key = key,
                      .value = value,
                      .called = history.clock++,
                      .returned = LINEAR_PENDING};
    return op;
}

static void answered(linear_op *op, int64_t value)
{
    op->value = op->kind == LINEAR_SET ? op->value : value;
    op->returned = history.clock++;
}

/* ---- a client ---- */

typedef struct client {
    int fd; /* below 0: no connection */
    int number;
} client;

/* Whether there is a connection. */
static bool connect_to(client *c)
{
    for (int i = 0; i < TRIES && c->fd < 0; i++) {
        c->fd = weft_dial("server:6379", weft_now() + WEFT_SECOND);
        if (c->fd < 0) {
            weft_sleep(WEFT_SECOND / 2);
        }
    }
    return c->fd >= 0;
}

static void hang_up(client *c)
{
    (void)weft_close(c->fd);
    c->fd = -1;
}

/* One answer: a line, and for `$n` another one. false: it did not come. */
static bool read_answer(client *c, char *answer)
{
    size_t there = 0;
    for (;;) {
        const char *const end = there == 0 ? NULL : memchr(answer, '\n', there);
        const bool bulk = answer[0] == '$' && answer[1] != '-';
        if (end != NULL && (!bulk || memchr(end + 1, '\n', there - (size_t)(end + 1 - answer)))) {
            return true;
        }
        const ssize_t n =
            weft_read(c->fd, answer + there, LINE - 1 - there, weft_now() + 2 * WEFT_SECOND);
        if (n <= 0) {
            return false;
        }
        there += (size_t)n;
        answer[there] = '\0';
    }
}

static int64_t value_of(const char *answer)
{
    long long value = 0;
    const char *const text = answer[0] == '$' ? strchr(answer, '\n') : answer;
    if (answer[0] == '$' && answer[1] == '-') {
        return LINEAR_ABSENT;
    }
    return text != NULL && sscanf(text + 1, "%lld", &value) == 1 ? value : 0;
}

static void perform(client *c, linear_kind kind, uint32_t key, int64_t value)
{
    static const char *const names[] = {"GET", "SET", "INCR", "DEL"};
    char line[LINE] = "";
    if (!connect_to(c)) {
        return;
    }
    const int size = kind == LINEAR_SET
                         ? snprintf(line, sizeof line, "SET k%u %lld\r\n", key, (long long)value)
                         : snprintf(line, sizeof line, "%s k%u\r\n", names[kind], key);
    linear_op *const op = call(kind, key, value);
    const ssize_t n = weft_write(c->fd, line, (size_t)size, weft_now() + WEFT_SECOND);
    if (n != size || !read_answer(c, line)) {
        hang_up(c); /* it may have happened, or not */
        return;
    }
    if (line[0] == '-') {
        WEFT_ALWAYS(strncmp(line, "-MISCONF", 8) == 0,
                    "requests are refused when the disk is full");
        *op = (linear_op){.kind = LINEAR_GET, .returned = LINEAR_PENDING}; /* it has not happened */
        return;
    }
    answered(op, value_of(line));
}

static void run_client(void *arg)
{
    client c = {.fd = -1, .number = (int)(intptr_t)arg};
    for (int i = 0; i < OPS; i++) {
        const linear_kind kind = (linear_kind)weft_choose(LINEAR_DEL + 1);
        perform(&c, kind, weft_choose(KEYS), 100 * c.number + i);
    }
    if (c.fd >= 0) {
        hang_up(&c);
    }
}

/* ---- */

static void run(void *arg)
{
    (void)arg;
    weft_waitgroup clients = {0};
    weft_faults_set(&(weft_faults){.short_transfers = 1,
                                   .crashes = 2,
                                   .partitions = 1,
                                   .resets = 1,
                                   .partition_ns = WEFT_SECOND});
    weft_host_add("server");
    weft_host_disk_size("server", weft_choose(4) == 0 ? SMALL_DISK : 0);
    WEFT_ASSERT(weft_host_start("server", serve, NULL) == 0);
    for (intptr_t i = 1; i <= CLIENTS; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&clients, run_client, (void *)i) == 0);
    }
    weft_waitgroup_wait(&clients);
    client last = {.fd = -1};
    for (uint32_t key = 0; key < KEYS; key++) {
        perform(&last, LINEAR_GET, key, 0);
    }
    WEFT_ALWAYS(linear_check(history.ops, history.count, NULL) == 1, "the history is linearizable");
}

int main(void)
{
    return weft_run_with(&(weft_options){.name = "kv"}, run, NULL);
}
