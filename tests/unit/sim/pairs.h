/* pairs.h: executing two pending operations in both orders, from one state, with the real core.
 *
 * A situation says how main prepares the objects, which helpers then wait on them, and what the two
 * probes are about to do. A scripted strategy brings it about, asks the relation, lets one probe go
 * first and then the other, and lets an observer write down all there is to see: results, values,
 * buffers, and who waits where in which order. The operations conflict if that differs between the
 * two orders, for some outcome of the free choices. */
#ifndef WEFT_TEST_PAIRS_H
#define WEFT_TEST_PAIRS_H

#include "../../support/explore.h"

#include <inttypes.h>

#include <chan.h>
#include <sync.h>

#include "memory.h"
#include "run.h"
#include "strategy/dependence.h"

enum {
    PAIR_HELPERS_MAX = 5,
    PAIR_SETUP_MAX = 6,
    PAIR_ACTORS_MAX = PAIR_HELPERS_MAX + 2,
    PAIR_DIGEST_MAX = 128,
    PAIR_PANICKED = -1000,
    PAIR_DEADLINE = 9, /* FIRE: of the helper that waits with a deadline */
};

/* One operation. A select has two cases, of channels 0 and 1. */
typedef struct pair_act {
    weft__op_kind kind;
    int object; /* which channel, context or timer */
    int64_t n;  /* delta, units, duration; once: waits on channel 0; select: case 0 sends: 1,
                   case 1 sends: 2 */
    bool has_default;
    bool one_channel; /* select: both cases are of channel 0 */
    int64_t until_ns; /* select, acquire: 0: none */
    uint32_t skip;    /* probe: so many operations go before the one that is meant */
} pair_act;

typedef struct pair_chan {
    size_t capacity;
    size_t fill;
    bool closed;
} pair_chan;

typedef enum pair_world_kind { PAIR_PLAIN, PAIR_CHAIN, PAIR_SIBLINGS, PAIR_TIMERS } pair_world_kind;

typedef struct pair_situation {
    pair_world_kind kind; /* where channels 0 and 1 come from */
    pair_chan chans[2];
    int64_t units; /* of the semaphore */
    pair_act setup[PAIR_SETUP_MAX];
    size_t setup_count;
    pair_act helpers[PAIR_HELPERS_MAX];
    size_t helper_count;
    pair_act probes[2];
} pair_situation;

typedef struct pair_tally {
    uint64_t situations;
    uint64_t real;
    uint64_t predicted;       /* weft__dependent_now */
    uint64_t predicted_kinds; /* weft__dependent */
    uint64_t unsound;
    uint64_t unsound_kinds;
} pair_tally;

typedef struct pair_actor {
    pair_act act;
    uint32_t slot;
    bool done;
    int64_t result;
    int64_t value;
} pair_actor;

static struct {
    pair_situation now;
    weft_chan *chans[2];
    weft_context *contexts[3];
    weft_timer *timers[2];
    weft_mutex mutex;
    weft_rwmutex rwmutex;
    weft_cond cond;
    weft_waitgroup waitgroup;
    weft_once once;
    weft_sema sema;
    pair_actor actors[PAIR_ACTORS_MAX];
    size_t actor_count;
    uint32_t observer_slot;
    /* the script */
    int first;
    int executed; /* probes */
    uint32_t choices[2];
    bool chose;
    bool asked;
    bool dependent;
    bool dependent_kinds;
    bool symmetric;
    /* what was seen */
    int64_t digest[PAIR_DIGEST_MAX];
    size_t digest_length;
} pair;

/* ---- What the goroutines do ---- */

static weft_case pair_case(size_t chan, bool send, int64_t *value)
{
    weft_chan *const ch = pair.chans[chan];
    return send ? WEFT_SEND(ch, value) : WEFT_RECV(ch, value);
}

static int64_t pair_select(const pair_act *act, int64_t value, int64_t *ret_value)
{
    int64_t values[2] = {value, value + 1};
    weft_case cases[3] = {
        pair_case(0, (act->n & 1) != 0, &values[0]),
        pair_case(act->one_channel ? 0 : 1, (act->n & 2) != 0, &values[1]),
        act->has_default ? WEFT_DEFAULT : WEFT_UNTIL(act->until_ns),
    };
    const size_t count = act->has_default || act->until_ns != 0 ? 3 : 2;
    const size_t chosen = weft_select(cases, count);
    if (chosen < 2) {
        *ret_value = values[chosen];
    }
    return (int64_t)(chosen * 2 + (cases[chosen].ok ? 1 : 0));
}

static int64_t pair_do_chan(const pair_act *act, int64_t value, int64_t *ret_value)
{
    weft_chan *const ch = pair.chans[act->object];
    switch (act->kind) {
    case WEFT__OP_SEND:
        weft_chan_send(ch, &value);
        return 0;
    case WEFT__OP_TRY_SEND:
        return weft_chan_try_send(ch, &value);
    case WEFT__OP_RECV:
        return weft_chan_recv(ch, ret_value);
    case WEFT__OP_TRY_RECV:
        return weft_chan_try_recv(ch, ret_value);
    case WEFT__OP_CLOSE:
        weft_chan_close(ch);
        return 0;
    case WEFT__OP_LEN:
        return (int64_t)weft_chan_len(ch);
    default:
        return pair_select(act, value, ret_value);
    }
}

static void pair_call(void *arg)
{
    *(int64_t *)arg = 1;
}

static void pair_call_waiting(void *arg)
{
    (void)weft_chan_recv(pair.chans[0], arg);
}

static int64_t pair_do_rwmutex(const pair_act *act)
{
    switch (act->kind) {
    case WEFT__OP_RLOCK:
        weft_rwmutex_rlock(&pair.rwmutex);
        return 0;
    case WEFT__OP_TRY_RLOCK:
        return weft_rwmutex_try_rlock(&pair.rwmutex);
    case WEFT__OP_RUNLOCK:
        weft_rwmutex_runlock(&pair.rwmutex);
        return 0;
    case WEFT__OP_WLOCK:
        weft_rwmutex_lock(&pair.rwmutex);
        return 0;
    case WEFT__OP_TRY_WLOCK:
        return weft_rwmutex_try_lock(&pair.rwmutex);
    default:
        weft_rwmutex_unlock(&pair.rwmutex);
        return 0;
    }
}

static int64_t pair_do_waiting(const pair_act *act, int64_t *ret_value)
{
    switch (act->kind) {
    case WEFT__OP_COND_WAIT:
        weft_cond_wait(&pair.cond, weft_rwmutex_rlocker(&pair.rwmutex)); /* main has locked it */
        return 0;
    case WEFT__OP_SIGNAL:
        weft_cond_signal(&pair.cond);
        return 0;
    case WEFT__OP_BROADCAST:
        weft_cond_broadcast(&pair.cond);
        return 0;
    case WEFT__OP_WG_ADD:
        weft_waitgroup_add(&pair.waitgroup, act->n);
        return 0;
    case WEFT__OP_WG_WAIT:
        weft_waitgroup_wait(&pair.waitgroup);
        return 0;
    default:
        weft_once_do(&pair.once, act->n == 0 ? pair_call : pair_call_waiting, ret_value);
        return 0;
    }
}

static int64_t pair_do_sema(const pair_act *act)
{
    switch (act->kind) {
    case WEFT__OP_ACQUIRE:
        return weft_sema_acquire_until(&pair.sema, act->n,
                                       act->until_ns == 0 ? WEFT_NEVER : act->until_ns);
    case WEFT__OP_TRY_ACQUIRE:
        return weft_sema_try_acquire(&pair.sema, act->n);
    default:
        weft_sema_release(&pair.sema, act->n);
        return 0;
    }
}

static int64_t pair_do_time(const pair_act *act)
{
    switch (act->kind) {
    case WEFT__OP_CANCEL:
        weft_context_cancel(pair.contexts[act->object]);
        return 0;
    case WEFT__OP_CONTEXT_ERR:
        return weft_context_err(pair.contexts[act->object]);
    case WEFT__OP_TIMER_STOP:
        return weft_timer_stop(pair.timers[act->object]);
    case WEFT__OP_TIMER_RESET:
        return weft_timer_reset(pair.timers[act->object], act->n);
    case WEFT__OP_SLEEP:
        weft_sleep(act->n);
        return 0;
    case WEFT__OP_LOCK:
        weft_mutex_lock(&pair.mutex);
        return 0;
    case WEFT__OP_TRY_LOCK:
        return weft_mutex_try_lock(&pair.mutex);
    case WEFT__OP_UNLOCK:
        weft_mutex_unlock(&pair.mutex);
        return 0;
    default: /* FIRE: not a goroutine's */
        return 0;
    }
}

static int64_t pair_do(const pair_act *act, int64_t value, int64_t *ret_value)
{
    if (act->kind >= WEFT__OP_SEND && act->kind <= WEFT__OP_SELECT) {
        return pair_do_chan(act, value, ret_value);
    }
    if (act->kind >= WEFT__OP_RLOCK && act->kind <= WEFT__OP_WUNLOCK) {
        return pair_do_rwmutex(act);
    }
    if (act->kind >= WEFT__OP_COND_WAIT && act->kind <= WEFT__OP_ONCE) {
        return pair_do_waiting(act, ret_value);
    }
    if (act->kind >= WEFT__OP_ACQUIRE && act->kind <= WEFT__OP_RELEASE) {
        return pair_do_sema(act);
    }
    return pair_do_time(act);
}

static void pair_try(void *arg)
{
    pair_actor *const actor = arg;
    const int64_t own = 100 * (int64_t)(actor - pair.actors + 1);
    actor->result = pair_do(&actor->act, own, &actor->value);
}

static void pair_act_out(void *arg)
{
    pair_actor *const actor = arg;
    if (weft_try(pair_try, actor, NULL) != 0) {
        actor->result = PAIR_PANICKED;
    }
    actor->done = true;
}

/* ---- What there is to see ---- */

static void pair_note(int64_t what)
{
    assert_true(pair.digest_length < PAIR_DIGEST_MAX);
    pair.digest[pair.digest_length++] = what;
}

/* Who waits; unordered where the order has no effect, since all are woken at once. */
static void pair_note_queue(const weft__waitq *q, bool ordered)
{
    int64_t all = 0;
    for (const weft__waiter *w = q->head; w != NULL; w = w->next) {
        const uint32_t slot = weft__task_of(w->g)->slot;
        all = ordered ? all * 64 + (int64_t)(slot * 4 + w->n + 1) : all + (1 << slot);
    }
    pair_note(all);
}

static void pair_note_chan(const weft_chan *ch)
{
    pair_note((int64_t)ch->count * 2 + (ch->closed ? 1 : 0));
    for (size_t i = 0; i < ch->count && ch->elem_size == sizeof(int64_t); i++) {
        int64_t value = 0;
        memcpy(&value, ch->buffer + (ch->head + i) % ch->capacity * ch->elem_size, sizeof value);
        pair_note(value);
    }
    pair_note_queue(&ch->senders, true);
    pair_note_queue(&ch->receivers, true);
}

static void pair_note_sync(void)
{
    const weft__mutex *const mutex = (void *)&pair.mutex;
    pair_note((int64_t)mutex->locked);
    pair_note_queue(&mutex->waiters, true);
    const weft__rwmutex *const rw = (void *)&pair.rwmutex;
    pair_note(rw->reader_count * 2 + rw->writing);
    pair_note_queue(&rw->readers, false);
    pair_note_queue(&rw->writers, true);
    const weft__cond *const cond = (void *)&pair.cond;
    pair_note_queue(&cond->waiters, true);
    const weft__waitgroup *const wg = (void *)&pair.waitgroup;
    pair_note(wg->count);
    pair_note_queue(&wg->waiters, false);
    const weft__once *const once = (void *)&pair.once;
    pair_note((int64_t)once->state);
    pair_note_queue(&once->waiters, false);
    const weft__sema *const sema = (void *)&pair.sema;
    pair_note(sema->held);
    pair_note_queue(&sema->waiters, true);
}

static void pair_note_time(void)
{
    int64_t armed = 0;
    for (uint32_t i = 0; i < weft__the_run.alarm_count; i++) {
        const weft__alarm *const alarm = weft__the_run.alarms[i];
        const bool of_first = pair.timers[0] == (void *)alarm->timer;
        const bool of_second = pair.timers[1] == (void *)alarm->timer;
        armed += (alarm->deadline_ns + 1) * (of_first ? 1000 : of_second ? 1000000 : 1000000000);
    }
    pair_note(armed);
    pair_note(weft__the_run.now_ns);
}

static void pair_observe(void *arg)
{
    (void)arg;
    weft_yield(); /* the script lets it go last */
    for (size_t i = 0; i < pair.actor_count; i++) {
        const pair_actor *const actor = &pair.actors[i];
        pair_note(actor->done ? actor->result : INT64_MAX);
        pair_note(actor->value);
    }
    for (size_t i = 0; i < 2; i++) {
        if (pair.chans[i] != NULL) {
            pair_note_chan(pair.chans[i]);
        }
    }
    pair_note_sync();
    pair_note_time();
}

/* ---- Bringing the situation about ---- */

static void pair_make_contexts(bool siblings)
{
    pair.contexts[2] = weft_context_with_cancel(NULL);
    pair.contexts[0] = weft_context_with_cancel(pair.contexts[2]);
    pair.contexts[1] = weft_context_with_cancel(siblings ? pair.contexts[2] : pair.contexts[0]);
    pair.chans[0] = weft_context_done(pair.contexts[0]);
    pair.chans[1] = weft_context_done(pair.contexts[1]);
}

static void pair_make_objects(void)
{
    const pair_situation *const now = &pair.now;
    pair.sema = WEFT_SEMA(now->units);
    for (size_t i = 0; i < 2; i++) {
        if (now->kind == PAIR_TIMERS) {
            pair.timers[i] = weft_timer_make(10);
            pair.chans[i] = weft_timer_chan(pair.timers[i]);
        } else if (now->kind == PAIR_PLAIN) {
            pair.chans[i] = weft_chan_make(sizeof(int64_t), now->chans[i].capacity);
        }
        for (size_t k = 0; k < now->chans[i].fill; k++) {
            const int64_t value = (int64_t)k + 1;
            assert_int_equal(weft_chan_try_send(pair.chans[i], &value), 0);
        }
    }
    if (now->kind == PAIR_CHAIN || now->kind == PAIR_SIBLINGS) {
        pair_make_contexts(now->kind == PAIR_SIBLINGS);
    }
}

static pair_actor *pair_start(const pair_act *act)
{
    pair_actor *const actor = &pair.actors[pair.actor_count++];
    *actor = (pair_actor){.act = *act, .slot = (uint32_t)pair.actor_count};
    assert_int_equal(weft_go(pair_act_out, actor), 0);
    return actor;
}

static void pair_main(void *arg)
{
    (void)arg;
    const pair_situation *const now = &pair.now;
    int64_t ignored = 0;
    pair_make_objects();
    for (size_t i = 0; i < now->setup_count; i++) {
        (void)pair_do(&now->setup[i], 7, &ignored);
    }
    for (size_t i = 0; i < now->helper_count; i++) {
        (void)pair_start(&now->helpers[i]);
        weft_yield();
    }
    for (size_t i = 0; i < 2; i++) {
        if (now->chans[i].closed) {
            weft_chan_close(pair.chans[i]);
        }
    }
    (void)pair_start(&now->probes[0]);
    (void)pair_start(&now->probes[1]);
    pair.observer_slot = (uint32_t)pair.actor_count + 1;
    assert_int_equal(weft_go(pair_observe, NULL), 0);
}

/* ---- The script ---- */

static uint32_t pair_find(weft__task *const *tasks, uint32_t count, uint32_t from, uint32_t to)
{
    uint32_t best = count;
    for (uint32_t i = 0; i < count; i++) {
        if (!weft__task_is_timer(tasks[i]) && tasks[i]->slot >= from && tasks[i]->slot <= to &&
            (best == count || tasks[i]->slot < tasks[best]->slot)) {
            best = i;
        }
    }
    return best;
}

/* Where the probe is among the tasks; count: nowhere. */
static uint32_t pair_probe(weft__task *const *tasks, uint32_t count, int which)
{
    const pair_act *const act = &pair.now.probes[which];
    const uint32_t slot = pair.observer_slot - 2 + (uint32_t)which;
    if (act->kind != WEFT__OP_FIRE) {
        return pair_find(tasks, count, slot, slot);
    }
    for (uint32_t i = 0; i < count; i++) {
        const void *const timer = tasks[i]->op.object;
        const bool known = timer == pair.timers[0] || timer == pair.timers[1];
        if (weft__task_is_timer(tasks[i]) &&
            (act->object == PAIR_DEADLINE ? !known : timer == pair.timers[act->object])) {
            return i;
        }
    }
    return count;
}

static void pair_ask(const weft__task *a, const weft__task *b)
{
    pair.asked = true;
    pair.dependent = weft__dependent_now(a, b);
    pair.dependent_kinds = weft__dependent(a, b);
    pair.symmetric = pair.dependent == weft__dependent_now(b, a) &&
                     pair.dependent_kinds == weft__dependent(b, a);
}

static uint32_t pair_next_probe(weft__task *const *tasks, uint32_t count)
{
    const uint32_t first = pair_probe(tasks, count, pair.first);
    const uint32_t second = pair_probe(tasks, count, 1 - pair.first);
    for (int i = 0; i < 2 && pair.executed == 0; i++) {
        const uint32_t found = i == pair.first ? first : second;
        if (found != count && tasks[found]->seq <= pair.now.probes[i].skip) {
            return found;
        }
    }
    if (pair.executed == 0) {
        pair.executed = 2; /* unless both are there: not a situation */
        if (first != count && second != count) {
            pair_ask(tasks[first], tasks[second]);
            pair.executed = 1;
            return first;
        }
        return count;
    }
    pair.executed = 2;
    return second;
}

static uint32_t pair_pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                          const weft__task *current)
{
    (void)self;
    (void)current;
    for (uint32_t i = 0; i < count; i++) {
        if (tasks[i]->internal) {
            return i;
        }
    }
    const uint32_t helpers = (uint32_t)pair.now.helper_count;
    uint32_t found = pair.executed == 0 ? pair_find(tasks, count, 1, helpers) : count;
    found = found == count && pair.executed == 0 ? pair_find(tasks, count, 0, 0) : found;
    if (found == count && pair.executed < 2 && pair.observer_slot != 0) {
        found = pair_next_probe(tasks, count);
    }
    found = found == count ? pair_find(tasks, count, 0, UINT32_MAX - 1) : found;
    return found == count ? 0 : found;
}

static bool pair_begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    (void)draws;
    (void)run;
    return true;
}

static uint32_t pair_choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    const uint32_t choice = pair.choices[task->slot % 2];
    pair.chose = true;
    return choice < arity ? choice : arity - 1;
}

static weft__strategy pair_strategy = {
    .name = "script", .begin = pair_begin, .pick = pair_pick, .choose = pair_choose};

/* ---- Asking ---- */

static void pair_run(const pair_situation *situation, int first, uint32_t choices)
{
    static const weft__plan plan = {.main_fn = pair_main,
                                    .strategy = &pair_strategy,
                                    .tail_steps = 10000,
                                    .max_steps = 20000,
                                    .replaying = true};
    memset(&pair, 0, sizeof pair);
    pair.now = *situation;
    pair.first = first;
    pair.choices[0] = choices & 1;
    pair.choices[1] = choices >> 1;
    (void)weft__run_execute(&plan);
    if (weft__the_run.outcome.kind == WEFT_FOUND_FATAL) {
        pair_note(weft__the_run.outcome.culprit);
    } else {
        assert_true(pair.digest_length > 0);
    }
}

/* Whether the two orders differ under these choices; also leaves the relation's answer. */
static bool pair_differ(const pair_situation *situation, uint32_t choices, bool *ret_chose)
{
    int64_t before[PAIR_DIGEST_MAX];
    pair_run(situation, 1, choices);
    const size_t length = pair.digest_length;
    *ret_chose = pair.chose;
    memcpy(before, pair.digest, sizeof before);
    pair_run(situation, 0, choices);
    *ret_chose = *ret_chose || pair.chose;
    return length != pair.digest_length ||
           memcmp(before, pair.digest, length * sizeof before[0]) != 0;
}

static void pair_print_act(const char *role, const pair_act *act)
{
    print_error("  %s: kind %d object %d n %" PRId64 " default %d one %d until %" PRId64
                " skip %u\n",
                role, (int)act->kind, act->object, act->n, act->has_default, act->one_channel,
                act->until_ns, act->skip);
}

static void pair_print(const char *what, const pair_situation *s)
{
    print_error("%s: world %d, channels %zu/%zu%s %zu/%zu%s units %" PRId64 "\n", what,
                (int)s->kind, s->chans[0].fill, s->chans[0].capacity,
                s->chans[0].closed ? " closed" : "", s->chans[1].fill, s->chans[1].capacity,
                s->chans[1].closed ? " closed" : "", s->units);
    for (size_t i = 0; i < s->setup_count; i++) {
        pair_print_act("setup", &s->setup[i]);
    }
    for (size_t i = 0; i < s->helper_count; i++) {
        pair_print_act("helper", &s->helpers[i]);
    }
    pair_print_act("probe", &s->probes[0]);
    pair_print_act("probe", &s->probes[1]);
}

/* Try the situation both ways and count. Does nothing where both probes are not pending. */
static void pair_check(const pair_situation *situation, pair_tally *tally)
{
    bool chose = false;
    bool real = pair_differ(situation, 0, &chose);
    if (!pair.asked) {
        return;
    }
    for (uint32_t choices = 1; choices < 4 && chose && !real; choices++) {
        bool again = false;
        real = pair_differ(situation, choices, &again);
    }
    assert_true(pair.symmetric);
    tally->situations++;
    tally->real += real ? 1 : 0;
    tally->predicted += pair.dependent ? 1 : 0;
    tally->predicted_kinds += pair.dependent_kinds ? 1 : 0;
    if (real && !pair.dependent && tally->unsound++ < 5) {
        pair_print("unsound now", situation);
    }
    if (real && !pair.dependent_kinds && tally->unsound_kinds++ < 5) {
        pair_print("unsound by kind", situation);
    }
    if (!real && pair.dependent && getenv("PAIR_SHOW") != NULL) {
        pair_print("imprecise", situation);
    }
}

#define PAIR_COUNT(list) (sizeof(list) / sizeof((list)[0]))

/* Each pair of the acts in this state. */
static inline void pair_check_all(const pair_situation *situation, const pair_act *acts,
                                  size_t count, pair_tally *tally)
{
    for (size_t a = 0; a < count; a++) {
        for (size_t b = 0; b < count; b++) {
            pair_situation with = *situation;
            with.probes[0] = acts[a];
            with.probes[1] = acts[b];
            pair_check(&with, tally);
        }
    }
}

/* No conflict was missed, and at least `percent` of those predicted are real. */
static void pair_expect(const char *name, const pair_tally *tally, uint64_t percent)
{
    print_message("%s: %" PRIu64 " situations, %" PRIu64 " conflicts, %" PRIu64
                  " predicted, %" PRIu64 " by kind, %" PRIu64 " + %" PRIu64 " missed\n",
                  name, tally->situations, tally->real, tally->predicted, tally->predicted_kinds,
                  tally->unsound, tally->unsound_kinds);
    assert_int_equal(tally->unsound, 0);
    assert_int_equal(tally->unsound_kinds, 0);
    assert_true(tally->predicted * percent <= tally->real * 100);
    assert_true(tally->real > 0);
}

/* Around all tests. Globals and callers are left alone by the runs. */
static void pair_open(void)
{
    weft__the_run.goroutine_limit = 100;
    weft__g_default_stack((size_t)64 << 10);
    weft__memory_remember(true, NULL);
    weft__clock_remember();
}

static void pair_close(void)
{
    weft__clock_forget();
    weft__memory_forget();
}

#endif
