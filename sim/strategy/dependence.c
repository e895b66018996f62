/* dependence.c: see dependence.h.
 *
 * An operation is taken apart into its acts on channels: a select into its cases, a timer into the
 * send that it does, stopping one into draining its channel. Acts on one channel are compared by
 * the rows of chan_row.c. Beyond their channel, acts wake goroutines: one that waited in a select
 * leaves all its other channels. */
#include "dependence.h"

#include <sync.h>
#include <timer.h>

#include "../net/network.h"
#include "../run.h"
#include "rows.h"

typedef struct weft__act {
    weft__op_kind kind;
    const weft_chan *chan; /* NULL: none */
} weft__act;

/* An operation and what it would do now. */
typedef struct weft__outlook {
    const weft__op *op;
    size_t act_count;
    bool coarse; /* whatever the state: all cases of a select, as tries */
    bool ready;  /* select: a case is */
    bool polls;  /* select: has a default */
} weft__outlook;

static weft__act act_of_case(const weft_case *one, bool polls)
{
    switch (one->kind) {
    case WEFT_CASE_SEND:
        return (weft__act){polls ? WEFT__OP_TRY_SEND : WEFT__OP_SEND, one->chan};
    case WEFT_CASE_RECV:
        return (weft__act){polls ? WEFT__OP_TRY_RECV : WEFT__OP_RECV, one->chan};
    default:
        return (weft__act){WEFT__OP_NONE, NULL};
    }
}

static bool case_ready(const weft_case *one)
{
    if ((one->kind != WEFT_CASE_SEND && one->kind != WEFT_CASE_RECV) || one->chan == NULL) {
        return false;
    }
    const weft__chan_view view = weft__chan_look(one->chan);
    return weft__chan_ready(&view, one->kind == WEFT_CASE_SEND);
}

static weft__outlook outlook(const weft__op *op, bool coarse)
{
    weft__outlook out = {.op = op, .act_count = 1, .coarse = coarse};
    if (op->kind != WEFT__OP_SELECT) {
        return out;
    }
    const weft_case *const cases = op->object;
    out.act_count = op->n;
    for (size_t i = 0; i < op->n; i++) {
        out.polls = out.polls || cases[i].kind == WEFT_CASE_DEFAULT;
        out.ready = out.ready || (!coarse && case_ready(&cases[i]));
    }
    return out;
}

/* A select takes one of the ready cases; without any it looks only, or waits for all. */
static weft__act act_of_select(const weft__outlook *out, size_t i)
{
    const weft_case *const one = (const weft_case *)out->op->object + i;
    if (out->coarse) {
        return act_of_case(one, out->act_count > 1);
    }
    if (out->ready ? !case_ready(one) : out->polls) {
        return (weft__act){WEFT__OP_NONE, NULL};
    }
    return act_of_case(one, false);
}

/* One act on one channel, and no more. */
static bool is_of_chan(weft__op_kind kind)
{
    return kind >= WEFT__OP_SEND && kind <= WEFT__OP_LEN;
}

static weft__act act_of(const weft__outlook *out, size_t i)
{
    const weft__op *const op = out->op;
    if (is_of_chan(op->kind)) {
        return (weft__act){op->kind, op->object};
    }
    switch (op->kind) {
    case WEFT__OP_SELECT:
        return act_of_select(out, i);
    case WEFT__OP_FIRE:
        return (weft__act){WEFT__OP_TRY_SEND, ((const weft__timer *)op->object)->chan};
    case WEFT__OP_TIMER_STOP:
    case WEFT__OP_TIMER_RESET:
        return (weft__act){WEFT__OP_TIMER_STOP, ((const weft__timer *)op->object)->chan};
    case WEFT__OP_CONTEXT_ERR:
        return (weft__act){op->kind, op->object};
    default:
        return (weft__act){WEFT__OP_NONE, NULL};
    }
}

/* ---- Goroutines that wait ---- */

static bool takes_receiver(weft__op_kind kind)
{
    return kind == WEFT__OP_SEND || kind == WEFT__OP_TRY_SEND || kind == WEFT__OP_CLOSE;
}

static bool takes_sender(weft__op_kind kind)
{
    return kind == WEFT__OP_RECV || kind == WEFT__OP_TRY_RECV || kind == WEFT__OP_CLOSE;
}

/* Whether g waits where the act would meet it: at the front, or anywhere for a close. */
static bool meets(weft__act act, const weft__g *g)
{
    const weft__chan_view view = weft__chan_look(act.chan);
    if (act.kind != WEFT__OP_CLOSE) {
        const weft__waiter *const w = takes_receiver(act.kind) ? view.receiver
                                      : takes_sender(act.kind) ? view.sender
                                                               : NULL;
        return w != NULL && w->g == g;
    }
    for (const weft__waiter *w = act.chan->receivers.head; w != NULL; w = w->next) {
        if (w->g == g) {
            return true;
        }
    }
    for (const weft__waiter *w = act.chan->senders.head; w != NULL; w = w->next) {
        if (w->g == g) {
            return true;
        }
    }
    return false;
}

/* Whether w, woken, waited in a select in which the act would meet it elsewhere. */
static bool waits_for(const weft__waiter *w, weft__act act)
{
    if (w == NULL || w->wait == NULL || w->wait->claimed != 0) {
        return false;
    }
    const weft__op *const op = &weft__task_of(w->g)->op;
    const weft_case *const cases = op->object;
    for (size_t i = 0; op->kind == WEFT__OP_SELECT && i < op->n; i++) {
        if (cases[i].chan == act.chan && act_of_case(&cases[i], false).chan != NULL) {
            return meets(act, w->g);
        }
    }
    return false;
}

static bool any_waits_for(const weft__waitq *q, weft__act act)
{
    for (const weft__waiter *w = q->head; w != NULL; w = w->next) {
        if (waits_for(w, act)) {
            return true;
        }
    }
    return false;
}

/* Whether `act` wakes a goroutine that `other`, on another channel, would meet. */
static bool takes_from(weft__act act, weft__act other)
{
    if (act.kind == WEFT__OP_CLOSE) {
        return any_waits_for(&act.chan->receivers, other) ||
               any_waits_for(&act.chan->senders, other);
    }
    const weft__chan_view view = weft__chan_look(act.chan);
    return (takes_receiver(act.kind) && waits_for(view.receiver, other)) ||
           (takes_sender(act.kind) && waits_for(view.sender, other));
}

static const weft__waiter *waiter_of(const weft__waitq *q, const void *timer)
{
    const weft__waiter *w = q->head;
    while (w != NULL && (w->wait == NULL || &w->wait->timer != timer)) {
        w = w->next;
    }
    return w;
}

/* The deadline of a goroutine fires that the act would meet. */
static bool expires(const weft__op *fire, weft__act act)
{
    if (fire->kind != WEFT__OP_FIRE || act.chan == NULL) {
        return false;
    }
    const weft__waiter *w = waiter_of(&act.chan->receivers, fire->object);
    if (w == NULL) {
        w = waiter_of(&act.chan->senders, fire->object);
    }
    return w != NULL && meets(act, w->g);
}

static bool is_of_sema(weft__op_kind kind)
{
    return kind == WEFT__OP_ACQUIRE || kind == WEFT__OP_TRY_ACQUIRE || kind == WEFT__OP_RELEASE;
}

/* The deadline of a goroutine that waits for a semaphore fires. */
static bool quits(const weft__op *fire, const weft__op *op)
{
    if (fire->kind != WEFT__OP_FIRE || !is_of_sema(op->kind)) {
        return false;
    }
    const weft__sema *const sema = op->object;
    const weft__waiter *const w = waiter_of(&sema->waiters, fire->object);
    return w != NULL && weft__sema_quits(w, op);
}

/* ---- Acts ---- */

static bool kinds_commute(weft__op_kind a, weft__op_kind b)
{
    switch (a) {
    case WEFT__OP_SEND:
        return b == WEFT__OP_RECV;
    case WEFT__OP_LEN:
        return b == WEFT__OP_LEN;
    case WEFT__OP_CLOSE:
        return b == WEFT__OP_LEN;
    case WEFT__OP_READ:
    case WEFT__OP_LOAD:
        return weft__op_reads(b);
    case WEFT__OP_CONTEXT_ERR:
        return a == b;
    case WEFT__OP_RLOCK:
        return b == WEFT__OP_RLOCK;
    default:
        return false;
    }
}

static bool same_chan_conflict(weft__act a, weft__act b, bool coarse)
{
    if (a.kind > b.kind) {
        return same_chan_conflict(b, a, coarse);
    }
    if (coarse && !kinds_commute(a.kind, b.kind)) {
        return true;
    }
    if (coarse && (weft__waitq_empty(&a.chan->senders) || weft__waitq_empty(&a.chan->receivers))) {
        return false; /* as always, but for a select that waits for both */
    }
    const weft__chan_view view = weft__chan_look(a.chan);
    return weft__chan_row(&view, a.kind, b.kind);
}

static bool acts_conflict(weft__act a, weft__act b, bool coarse)
{
    if (a.chan == NULL || b.chan == NULL) {
        return false;
    }
    if (a.chan == b.chan) {
        return same_chan_conflict(a, b, coarse);
    }
    return takes_from(a, b); /* the other way round it is the same goroutine */
}

/* How many cases of the select become ready, or no longer are, by the act. */
static size_t swayed_cases(weft__act act, const weft__op *select)
{
    if (act.chan == NULL) {
        return 0;
    }
    const weft__chan_view view = weft__chan_look(act.chan);
    const weft_case *const cases = select->object;
    size_t count = 0;
    for (size_t i = 0; i < select->n; i++) {
        if (act_of_case(&cases[i], false).chan == act.chan) {
            const bool send = cases[i].kind == WEFT_CASE_SEND;
            count += weft__chan_sways(&view, act.kind, send) ? 1 : 0;
        }
    }
    return count;
}

/* Whether `a` changes which cases are ready, so that the select does something else. One that waits
 * does not care when exactly one case becomes ready: it is woken, or never waits. */
static bool sways(const weft__outlook *a, const weft__outlook *select)
{
    if (select->op->kind != WEFT__OP_SELECT || select->coarse) {
        return false;
    }
    const size_t enough = select->ready || select->polls ? 1 : 2;
    size_t count = 0;
    for (size_t i = 0; i < a->act_count; i++) {
        const size_t cases = swayed_cases(act_of(a, i), select->op);
        count = a->ready ? cases : count + cases; /* one of its acts; or it waits: all */
        if (count >= enough) {
            return true;
        }
    }
    return false;
}

static bool expires_for(const weft__op *fire, const weft__outlook *other)
{
    for (size_t i = 0; i < other->act_count; i++) {
        if (expires(fire, act_of(other, i))) {
            return true;
        }
    }
    return false;
}

static bool channels_conflict(const weft__outlook *a, const weft__outlook *b)
{
    for (size_t i = 0; i < a->act_count; i++) {
        const weft__act mine = act_of(a, i);
        for (size_t k = 0; mine.chan != NULL && k < b->act_count; k++) {
            if (acts_conflict(mine, act_of(b, k), a->coarse)) {
                return true;
            }
        }
    }
    return false;
}

/* ---- Timers and the clock ---- */

static bool is_of_timer(weft__op_kind kind)
{
    return kind == WEFT__OP_FIRE || kind == WEFT__OP_TIMER_STOP || kind == WEFT__OP_TIMER_RESET;
}

static bool timers_conflict(const weft__op *a, const weft__op *b)
{
    if (a->object != b->object || !is_of_timer(a->kind) || !is_of_timer(b->kind)) {
        return false;
    }
    const bool stops = a->kind == WEFT__OP_TIMER_STOP && b->kind == WEFT__OP_TIMER_STOP;
    return !stops || ((const weft__timer *)a->object)->place != 0;
}

/* Whether a select may wait, and its deadline then is before that of the timer. */
static bool awaits_before(const weft__outlook *select, int64_t deadline_ns)
{
    const weft_case *const cases = select->op->object;
    for (size_t i = 0; !select->ready && !select->polls && i < select->act_count; i++) {
        if (cases[i].kind == WEFT_CASE_UNTIL && cases[i].deadline_ns < deadline_ns) {
            return true;
        }
    }
    return false;
}

/* A timer that fires moves the clock; another one that is started may have to fire before. */
static bool clock_matters(const weft__op *fire, const weft__outlook *other)
{
    if (fire->kind != WEFT__OP_FIRE) {
        return false;
    }
    const int64_t deadline_ns = ((const weft__timer *)fire->object)->deadline_ns;
    if (deadline_ns <= weft__the_run.now_ns) {
        return false;
    }
    switch (other->op->kind) {
    case WEFT__OP_SLEEP:
    case WEFT__OP_CONTEXT_MAKE: /* it may have a deadline */
    case WEFT__OP_NOW:
    case WEFT__OP_TIMER_MAKE:
    case WEFT__OP_TIMER_RESET:
        return true;
    case WEFT__OP_ACQUIRE: /* its deadline is not known */
        return weft__sema_waits(other->op);
    case WEFT__OP_SELECT:
        return awaits_before(other, deadline_ns);
    default:
        return false;
    }
}

/* ---- The rest ---- */

static bool overlap(const weft__op *a, const weft__op *b)
{
    const uintptr_t first = (uintptr_t)a->object;
    const uintptr_t second = (uintptr_t)b->object;
    const uint64_t a_size = a->n == 0 ? 1 : a->n; /* POINT gives none */
    const uint64_t b_size = b->n == 0 ? 1 : b->n;
    return first < second ? second - first < a_size : first - second < b_size;
}

static bool is_of_sync(weft__op_kind kind)
{
    return kind >= WEFT__OP_LOCK && kind <= WEFT__OP_RELEASE;
}

/* On the tree that a context belongs to. */
static bool is_of_tree(weft__op_kind kind)
{
    return kind >= WEFT__OP_CONTEXT_MAKE && kind <= WEFT__OP_CANCEL_END;
}

/* Of these it is not the kinds that decide. */
static bool depends_on_count(const weft__op *a, const weft__op *b)
{
    return (a->kind == WEFT__OP_WG_ADD && b->kind == WEFT__OP_WG_ADD) ||
           (a->kind == WEFT__OP_RUNLOCK && b->kind == WEFT__OP_RUNLOCK);
}

static bool objects_conflict(const weft__op *a, const weft__op *b, bool coarse)
{
    if (a->kind > b->kind) {
        return objects_conflict(b, a, coarse);
    }
    if (weft__op_is_of_variable(a->kind) && weft__op_is_of_variable(b->kind)) {
        return overlap(a, b) && !kinds_commute(a->kind, b->kind);
    }
    if (a->object == NULL || a->object != b->object) {
        return false;
    }
    if (is_of_tree(a->kind) && is_of_tree(b->kind)) {
        return a->kind != WEFT__OP_CONTEXT_MAKE || b->kind != WEFT__OP_CONTEXT_MAKE;
    }
    if (!is_of_sync(a->kind) || !is_of_sync(b->kind)) {
        return false;
    }
    if (coarse && !depends_on_count(a, b)) {
        return !kinds_commute(a->kind, b->kind);
    }
    return weft__sync_row(a, b);
}

/* A goroutine that starts or resumes conflicts with nothing, except that one whose deadline for a
 * semaphore has passed leaves the queue only when it runs. */
static bool resume_conflicts(const weft__task *resuming, const weft__task *other)
{
    const weft__op *const op = &resuming->op;
    return op->kind == WEFT__OP_ACQUIRE && !other->internal && other->op.object == op->object &&
           other->op.kind == WEFT__OP_TRY_ACQUIRE &&
           !weft__waitq_empty(&((const weft__sema *)op->object)->waiters);
}

static bool time_conflicts(const weft__outlook *a, const weft__outlook *b)
{
    if (!is_of_timer(a->op->kind) && !is_of_timer(b->op->kind)) {
        return false;
    }
    return timers_conflict(a->op, b->op) || clock_matters(a->op, b) || clock_matters(b->op, a) ||
           quits(a->op, b->op) || quits(b->op, a->op) || expires_for(a->op, b) ||
           expires_for(b->op, a);
}

static bool conflict(const weft__task *a, const weft__task *b, bool coarse)
{
    if (a->internal || b->internal) {
        return a->internal ? resume_conflicts(a, b) : resume_conflicts(b, a);
    }
    if (is_of_chan(a->op.kind) && is_of_chan(b->op.kind)) { /* most are: at once */
        const weft__act mine = {a->op.kind, a->op.object};
        const weft__act theirs = {b->op.kind, b->op.object};
        return acts_conflict(mine, theirs, coarse);
    }
    if (objects_conflict(&a->op, &b->op, coarse) || weft__io_conflict(&a->op, &b->op)) {
        return true;
    }
    const weft__outlook mine = outlook(&a->op, coarse);
    const weft__outlook theirs = outlook(&b->op, coarse);
    return channels_conflict(&mine, &theirs) || sways(&mine, &theirs) || sways(&theirs, &mine) ||
           time_conflicts(&mine, &theirs);
}

bool weft__dependent_now(const weft__task *a, const weft__task *b)
{
    return conflict(a, b, false);
}

bool weft__dependent(const weft__task *a, const weft__task *b)
{
    return conflict(a, b, true);
}
