/* context_fuzz.c: trees of contexts: some are made first, others by goroutines below them, with
 * cancels, deadlines and releases at any time.
 *
 * Input: the tree; then what each goroutine does. What must hold, whatever the schedule:
 *   - a context is cancelled only if it or an ancestor was, or had a deadline that has passed; err
 *     tells which, never changes, and says so exactly when done is closed;
 *   - who has no cause of its own has its parent's, which is told no later;
 *   - after a cancel, or release, all below are cancelled; and after a deadline, some time;
 *   - deadlines are the earliest on the way up. */
#include <weft/fuzz.h>

#include <errno.h>

#include "input.h"

enum { GOROUTINES = 3, OPS = 8, SHARED = 4, OWN = 3, NODES = SHARED + GOROUTINES * OWN };

typedef struct node {
    weft_context *context; /* NULL: there is none now */
    int parent;            /* a node, or below 0 */
    int64_t deadline_ns;   /* its own, or WEFT_NEVER */
    bool cancelling;       /* a cancel has begun */
    bool cancelled;        /* one has returned */
    int err;               /* as told */
} node;

static node nodes[NODES];
static input parts[GOROUTINES];
static const int numbers[GOROUTINES] = {0, 1, 2};

/* ---- What must hold ---- */

static bool must_be_cancelled(int n)
{
    while (n >= 0 && !nodes[n].cancelled) {
        n = nodes[n].parent;
    }
    return n >= 0;
}

static bool may_be_cancelled(int n)
{
    while (n >= 0 && !nodes[n].cancelling) {
        n = nodes[n].parent;
    }
    return n >= 0;
}

static int64_t earliest_deadline(int n)
{
    int64_t earliest_ns = WEFT_NEVER;
    for (; n >= 0; n = nodes[n].parent) {
        earliest_ns = nodes[n].deadline_ns < earliest_ns ? nodes[n].deadline_ns : earliest_ns;
    }
    return earliest_ns;
}

static bool is_closed(weft_context *context)
{
    const int status = weft_chan_try_recv(weft_context_done(context), NULL);
    WEFT_ASSERT(status == -EPIPE || status == -EAGAIN);
    return status == -EPIPE;
}

/* Whether n is cancelled, which must be right. */
static bool check(int n)
{
    node *const it = &nodes[n];
    const bool must = must_be_cancelled(n);
    const int err = weft_context_err(it->context);
    if (err == 0) {
        WEFT_ASSERT(!must);
        WEFT_ASSERT(it->err == 0);
        return false;
    }
    WEFT_ASSERT(err == -ECANCELED || err == -ETIMEDOUT);
    WEFT_ASSERT(it->err == 0 || it->err == err);
    it->err = err;
    WEFT_ASSERT(err == -ECANCELED ? may_be_cancelled(n) : earliest_deadline(n) <= weft_now());
    WEFT_ASSERT(is_closed(it->context));
    if (!it->cancelling && it->deadline_ns == WEFT_NEVER) {
        WEFT_ASSERT(it->parent >= 0);
        WEFT_ASSERT(weft_context_err(nodes[it->parent].context) == err);
    }
    return true;
}

static void check_deadline(int n)
{
    int64_t deadline_ns = WEFT_NEVER;
    const bool any = weft_context_deadline(nodes[n].context, &deadline_ns);
    WEFT_ASSERT(any == (deadline_ns != WEFT_NEVER));
    WEFT_ASSERT(deadline_ns == earliest_deadline(n));
}

/* ---- What is done ---- */

static weft_context *above(int parent)
{
    return parent < 0 ? NULL : nodes[parent].context;
}

static void make(int n, int parent, uint8_t how)
{
    node *const it = &nodes[n];
    *it = (node){.parent = parent, .deadline_ns = WEFT_NEVER};
    if ((how & 1) != 0) {
        it->deadline_ns = weft_now() + (how >> 4);
        it->context = weft_context_with_deadline(above(parent), it->deadline_ns);
    } else {
        it->context = weft_context_with_cancel(above(parent));
    }
    WEFT_ASSERT(it->context != NULL);
    check_deadline(n);
    const bool late = (how & 1) != 0 && how >> 4 == 0 &&
                      earliest_deadline(parent) > it->deadline_ns;
    WEFT_ASSERT(check(n) || !late);
}

static void cancel(int n)
{
    nodes[n].cancelling = true;
    weft_context_cancel(nodes[n].context);
    nodes[n].cancelled = true;
    WEFT_ASSERT(check(n));
}

/* What lies below keeps it alive for itself only. */
static void release(int n)
{
    nodes[n].cancelling = true;
    weft_context_release(nodes[n].context);
    nodes[n].cancelled = true;
    nodes[n].context = NULL;
}

static bool has_children(int n)
{
    for (int i = 0; i < NODES; i++) {
        if (nodes[i].context != NULL && nodes[i].parent == n) {
            return true;
        }
    }
    return false;
}

static void await(int n, int64_t duration_ns)
{
    const int status =
        weft_chan_recv_until(weft_context_done(nodes[n].context), NULL, weft_now() + duration_ns);
    WEFT_ASSERT(status == -EPIPE || status == -ETIMEDOUT);
    WEFT_ASSERT(check(n) || status == -ETIMEDOUT);
}

/* One of those that everybody may use, or of goroutine g's own. */
static int pick(int g, uint8_t byte)
{
    const int n = byte % (SHARED + OWN);
    return n < SHARED ? n : SHARED + g * OWN + n - SHARED;
}

static void do_op(int g, uint8_t what, uint8_t which)
{
    const int n = pick(g, which);
    if (nodes[n].context == NULL) {
        const int parent = pick(g, what >> 3);
        make(n, nodes[parent].context == NULL ? n % SHARED : parent, which);
        return;
    }
    switch (what & 3) {
    case 0:
        (void)check(n);
        break;
    case 1:
        cancel(n);
        break;
    case 2:
        await(n, what >> 4);
        break;
    default:
        if (n >= SHARED && !has_children(n)) {
            release(n);
        } else {
            check_deadline(n);
        }
        break;
    }
}

static void run_goroutine(void *arg)
{
    const int g = *(const int *)arg;
    input *const in = &parts[g];
    for (int i = 0; i < OPS && !input_ends(in); i++) {
        const uint8_t what = input_byte(in);
        do_op(g, what, input_byte(in));
    }
    for (int n = SHARED + g * OWN; n < SHARED + (g + 1) * OWN; n++) {
        if (nodes[n].context != NULL) {
            release(n); /* also before those below it */
        }
    }
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup running = {0};
    input in = input_of(data, size);
    for (int n = 0; n < NODES; n++) {
        nodes[n] = (node){.context = NULL};
    }
    for (int n = 0; n < SHARED; n++) {
        const uint8_t how = input_byte(&in);
        make(n, (how >> 1) % (n + 1) - 1, how);
    }
    for (int g = 0; g < GOROUTINES; g++) {
        parts[g] = input_part(&in, (size_t)g, GOROUTINES);
        (void)weft_waitgroup_go(&running, run_goroutine, (void *)(uintptr_t)&numbers[g]);
    }
    weft_waitgroup_wait(&running);
    for (int n = 0; n < SHARED; n++) {
        if (must_be_cancelled(n) || earliest_deadline(n) != WEFT_NEVER) {
            WEFT_ASSERT(!weft_chan_recv(weft_context_done(nodes[n].context), NULL));
            WEFT_ASSERT(check(n));
        }
    }
    for (int n = 0; n < SHARED; n++) {
        release(n);
    }
}

WEFT_FUZZ(target)
