/* select.c: waiting for the first of several channel operations, and the operations with a
 * deadline.
 *
 * All channels are locked, in order of their names, while the cases are looked at and, when none is
 * ready, while a waiter is queued for each: so a select is atomic towards every other operation.
 * A waiter that has lost stays queued until its goroutine has run again and removes it; in between
 * it cannot be claimed and pop drops it, which is why losing early does no harm. */
#include "select.h"

#include <errno.h>

#include "timer.h"

enum { INLINE_CASES = 8 };

static void sort_by_channel(weft__arm **order, size_t count)
{
    for (size_t gap = count / 2; gap > 0; gap /= 2) {
        for (size_t i = gap; i < count; i++) {
            weft__arm *const arm = order[i];
            size_t k = i;
            while (k >= gap &&
                   order[k - gap]->one->chan->object.name > arm->one->chan->object.name) {
                order[k] = order[k - gap];
                k -= gap;
            }
            order[k] = arm;
        }
    }
}

static bool first_of_channel(const weft__select *s, size_t i)
{
    return i == 0 || s->order[i]->one->chan != s->order[i - 1]->one->chan;
}

static void lock_all(const weft__select *s)
{
    for (size_t i = 0; i < s->arm_count; i++) {
        if (first_of_channel(s, i)) {
            weft__object_lock(&s->order[i]->one->chan->object);
        }
    }
}

/* The commit of a parked select: reads what lies on the stack before the last lock is dropped. */
static void unlock_all(weft__g *g, void *arg)
{
    (void)g;
    const weft__select *const s = arg;
    weft__arm *const *const order = s->order;
    for (size_t i = s->arm_count; i-- > 0;) {
        weft_chan *const ch = order[i]->one->chan;
        if (i == 0 || order[i - 1]->one->chan != ch) {
            weft__object_unlock(&ch->object);
        }
    }
}

static void sort_cases(weft__select *s)
{
    for (size_t i = 0; i < s->count; i++) {
        weft_case *const one = &s->cases[i];
        one->ok = false;
        switch (one->kind) {
        case WEFT_CASE_DEFAULT:
            if (s->default_index != s->count) {
                weft__panic_at(s->self, s->site, "select with two defaults");
            }
            s->default_index = i;
            break;
        case WEFT_CASE_UNTIL:
            if (s->until_index == s->count ||
                one->deadline_ns < s->cases[s->until_index].deadline_ns) {
                s->until_index = i;
            }
            break;
        case WEFT_CASE_RECV:
        case WEFT_CASE_SEND:
            if (one->chan != NULL) {
                s->order[s->arm_count] = &s->arms[s->arm_count];
                s->arms[s->arm_count].after = one->chan->after;
                s->arms[s->arm_count++].one = one;
            }
            break;
        default:
            weft__panic_at(s->self, s->site, "select with an unknown kind of case");
        }
    }
    sort_by_channel(s->order, s->arm_count);
}

static weft__arm *nth_ready(const weft__select *s, size_t n)
{
    for (size_t i = 0; i < s->arm_count; i++) {
        if (weft__case_looks_ready(s->arms[i].one) && n-- == 0) {
            return &s->arms[i];
        }
    }
    return NULL;
}

/* Under all locks: execute one of the ready cases. NULL: none is. A case may look ready because of
 * waiters that others have claimed: trying it drops them, so the loop ends. */
static weft__arm *try_ready(const weft__select *s, weft__transfer *ret_result,
                            weft__waiter **ret_wake)
{
    for (;;) {
        uint32_t ready = 0;
        for (size_t i = 0; i < s->arm_count; i++) {
            ready += weft__case_looks_ready(s->arms[i].one) ? 1 : 0;
        }
        if (ready == 0) {
            return NULL;
        }
        const uint32_t n = ready == 1 ? 0 : weft__pick(s->self, ready, WEFT__CHOICE_SELECT);
        weft__arm *const arm = nth_ready(s, n);
        weft_case *const one = arm->one;
        *ret_result = one->kind == WEFT_CASE_SEND
                          ? weft__chan_send_now(one->chan, one->from, ret_wake)
                          : weft__chan_recv_now(one->chan, one->into, ret_wake);
        if (*ret_result != WEFT__TRANSFER_NONE) {
            return arm;
        }
    }
}

/* The transfer of an arm is over, successfully or because its channel is closed. */
static size_t finish(const weft__select *s, const weft__arm *arm, bool transferred)
{
    weft_case *const one = arm->one;
    weft__after *const after = arm->after;
    if (one->kind == WEFT_CASE_SEND && !transferred) {
        weft__panic_send_closed(s->self, s->site);
    }
    one->ok = transferred;
    if (one->kind == WEFT_CASE_RECV && transferred) {
        weft__after_received(after);
    }
    return (size_t)(one - s->cases);
}

/* Try under all locks; returns s->count when nothing is ready, with the locks held. */
static size_t attempt(const weft__select *s)
{
    lock_all(s);
    weft__transfer result = WEFT__TRANSFER_NONE;
    weft__waiter *peer = NULL;
    weft__arm *const arm = try_ready(s, &result, &peer);
    if (arm == NULL) {
        return s->count;
    }
    unlock_all(s->self, (void *)(uintptr_t)s);
    if (peer != NULL) {
        weft__ready(peer->g, WEFT__NEXT);
    }
    return finish(s, arm, result == WEFT__TRANSFER_DONE);
}

static void queue_all(weft__select *s, weft__wait *wait)
{
    for (size_t i = 0; i < s->arm_count; i++) {
        weft__arm *const arm = &s->arms[i];
        weft_case *const one = arm->one;
        weft_chan *const ch = one->chan;
        const bool send = one->kind == WEFT_CASE_SEND;
        arm->waiter = (weft__waiter){.g = s->self, .wait = wait, .n = i};
        arm->waiter.value = send ? (void *)(uintptr_t)one->from : one->into;
        weft__waitq_push(send ? &ch->senders : &ch->receivers, &arm->waiter);
    }
}

static void unqueue_all(weft__select *s)
{
    lock_all(s);
    for (size_t i = 0; i < s->arm_count; i++) {
        weft__arm *const arm = &s->arms[i];
        weft_chan *const ch = arm->one->chan;
        if (arm->waiter.queued) {
            weft__waitq_remove(arm->one->kind == WEFT_CASE_SEND ? &ch->senders : &ch->receivers,
                               &arm->waiter);
        }
    }
    unlock_all(s->self, s);
}

/* With all locks held, which parking drops. */
static size_t wait_for_first(weft__select *s, weft__wait *wait)
{
    queue_all(s, wait);
    const bool never = s->arm_count == 0 && s->until_index == s->count;
    weft__wait_park(wait, s->arm_count == 0 ? NULL : unlock_all, s,
                    never ? WEFT__WHY_SELECT_NONE : WEFT__WHY_SELECT);
    weft__wait_end(wait);
    unqueue_all(s);
    if (wait->winner == NULL) {
        return s->until_index;
    }
    return finish(s, &s->arms[wait->winner->n], wait->winner->ok);
}

/* The same with a deadline: no clock is started under a channel's lock. */
static size_t wait_until(weft__select *s, weft__wait *wait, int64_t deadline_ns)
{
    unlock_all(s->self, s);
    weft__wait_begin(wait, s->self, deadline_ns);
    const size_t chosen = attempt(s);
    if (chosen != s->count) {
        weft__wait_end(wait);
        return chosen;
    }
    return wait_for_first(s, wait);
}

static size_t run_select(weft__select *s)
{
    s->default_index = s->count;
    s->until_index = s->count;
    sort_cases(s);
    const size_t chosen = attempt(s);
    if (chosen != s->count) {
        return chosen;
    }
    if (s->default_index != s->count) {
        unlock_all(s->self, s);
        return s->default_index;
    }
    weft__wait wait;
    if (s->until_index == s->count) {
        weft__wait_begin(&wait, s->self, WEFT_NEVER);
        return wait_for_first(s, &wait);
    }
    return wait_until(s, &wait, s->cases[s->until_index].deadline_ns);
}

static size_t select_inline(weft__g *self, weft_case *cases, size_t count, const void *site)
{
    weft__arm arms[INLINE_CASES];
    weft__arm *order[INLINE_CASES];
    weft__select s = {.self = self, .site = site, .cases = cases, .count = count};
    s.arms = arms;
    s.order = order;
    return run_select(&s);
}

/* What is borrowed for a large select, given back also when it panics. */
typedef struct weft__loan {
    void *memory;
    size_t size;
} weft__loan;

static void give_back(void *arg)
{
    const weft__loan *const loan = arg;
    weft__free(loan->memory, loan->size);
}

static size_t select_large(weft__g *self, weft_case *cases, size_t count, const void *site)
{
    weft__loan loan = {.size = count * (sizeof(weft__arm) + sizeof(weft__arm *))};
    loan.memory = count > SIZE_MAX / 256 ? NULL : weft__alloc(loan.size);
    if (loan.memory == NULL) {
        weft__panic_at(self, site, "select: no memory for its cases");
    }
    WEFT_DEFER(give_back, &loan);
    weft__select s = {.self = self, .site = site, .cases = cases, .count = count};
    s.arms = loan.memory;
    s.order = (weft__arm **)(s.arms + count);
    return run_select(&s);
}

/* One channel and a default, as in weft_chan_try_recv: the default's index without a lock; or
 * `count`. */
static size_t look(weft_case *cases, size_t count)
{
    if (count != 2) {
        return count;
    }
    const size_t other = cases[0].kind == WEFT_CASE_DEFAULT ? 0 : 1;
    weft_case *const one = &cases[1 - other];
    if (cases[other].kind != WEFT_CASE_DEFAULT || one->kind > WEFT_CASE_SEND ||
        (one->chan != NULL && !weft__chan_seen_idle(one->chan, one->kind == WEFT_CASE_SEND))) {
        return count;
    }
    one->ok = false;
    cases[other].ok = false;
    return other;
}

size_t weft_select(weft_case *cases, size_t count)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_SELECT, .object = cases, .n = count, .site = WEFT__SITE);
    const size_t seen = look(cases, count);
    if (seen != count) {
        return seen;
    }
    return count <= INLINE_CASES ? select_inline(self, cases, count, WEFT__SITE)
                                 : select_large(self, cases, count, WEFT__SITE);
}

int weft_chan_send_until(weft_chan *ch, const void *value, int64_t deadline_ns)
{
    weft__g *const self = weft__self();
    weft_case cases[] = {WEFT_SEND(ch, value), WEFT_UNTIL(deadline_ns)};
    WEFT__POINT(self, .kind = WEFT__OP_SELECT, .object = cases, .n = 2, .site = WEFT__SITE);
    return select_inline(self, cases, 2, WEFT__SITE) == 0 ? 0 : -ETIMEDOUT;
}

int weft_chan_recv_until(weft_chan *ch, void *value, int64_t deadline_ns)
{
    weft__g *const self = weft__self();
    weft_case cases[] = {WEFT_RECV(ch, value), WEFT_UNTIL(deadline_ns)};
    WEFT__POINT(self, .kind = WEFT__OP_SELECT, .object = cases, .n = 2, .site = WEFT__SITE);
    if (select_inline(self, cases, 2, WEFT__SITE) != 0) {
        return -ETIMEDOUT;
    }
    return cases[0].ok ? 0 : -EPIPE;
}
