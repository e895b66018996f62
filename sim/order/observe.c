/* observe.c: see observe.h. */
#include "observe.h"

#include <string.h>

#include <chan.h>
#include <sync.h>

#include "../addresses.h"
#include "../net/network.h"
#include "../race/happens_before.h"
#include "../race/watch.h"

static weft__run *const run = &weft__the_run;

enum { UPDATE_MAX = 16, WORD = 4 };

static struct {
    weft__addresses holders; /* of a mutex, or of the write side of an rwmutex: slot + 1 */
    const void *updated;     /* NULL: none. The variable of the last event, an UPDATE */
    size_t size;
    size_t touch; /* of an UPDATE or MODIFY: its touches, from here to the end */
    char before[UPDATE_MAX];
    bool firing;
} observer WEFT_KEEP;

void weft__observe_reset(void)
{
    weft__addresses_reset(&observer.holders);
    observer.updated = NULL;
    observer.firing = false;
}

static void touch(uint64_t object, weft__access access)
{
    /* Several objects may count as one: what commutes on each of them need not commute there. */
    const bool vague = object == WEFT__OBJECT_UNNAMED && access != WEFT__ACCESS_READ;
    weft__trace_touch(&run->trace, object, vague ? WEFT__ACCESS_EXCLUSIVE : access);
}

void weft__observe_channel(const weft_chan *ch)
{
    run->trace.places[run->trace.count - 1].capacity =
        ch->capacity < UINT32_MAX ? (uint32_t)ch->capacity : UINT32_MAX;
}

/* In a select of several cases each acts like a try: which one is taken depends on all of them. */
static void touch_cases(const weft_case *cases, uint64_t count, bool alone)
{
    for (uint64_t i = 0; i < count; i++) {
        if (cases[i].kind <= WEFT_CASE_SEND && cases[i].chan != NULL) {
            touch(cases[i].chan->object.name, !alone ? WEFT__ACCESS_EXCLUSIVE
                                              : cases[i].kind == WEFT_CASE_SEND
                                                  ? WEFT__ACCESS_PUT
                                                  : WEFT__ACCESS_TAKE);
        }
    }
}

static void holds(const void *lock, uint32_t slot)
{
    *weft__addresses_at(&observer.holders, lock) = slot + 1;
}

/* An unlock commutes with the arrival of others, unless it unlocks what somebody else locked: then
 * it would fail without that. */
static bool is_holder(const void *lock, uint32_t slot)
{
    return *weft__addresses_at(&observer.holders, lock) == slot + 1;
}

static weft__access access_of_lock(uint32_t slot, const weft__op *op)
{
    const weft__mutex *const mutex = op->object;
    const weft__rwmutex *const rwmutex = op->object;
    switch (op->kind) {
    case WEFT__OP_LOCK:
        if (mutex->locked == 0) {
            holds(mutex, slot);
        }
        return WEFT__ACCESS_PUT;
    case WEFT__OP_UNLOCK:
        return is_holder(mutex, slot) ? WEFT__ACCESS_TAKE : WEFT__ACCESS_EXCLUSIVE;
    case WEFT__OP_WLOCK:
        if (rwmutex->writing == 0 && rwmutex->reader_count == 0) {
            holds(rwmutex, slot);
        }
        return WEFT__ACCESS_WRITE_LOCK;
    case WEFT__OP_WUNLOCK:
        return is_holder(rwmutex, slot) ? WEFT__ACCESS_WRITE_UNLOCK : WEFT__ACCESS_EXCLUSIVE;
    case WEFT__OP_RUNLOCK:
        return rwmutex->reader_count != 0 ? WEFT__ACCESS_READ_UNLOCK : WEFT__ACCESS_EXCLUSIVE;
    case WEFT__OP_TRY_LOCK:
        if (mutex->locked == 0) {
            holds(mutex, slot);
        }
        return WEFT__ACCESS_EXCLUSIVE;
    case WEFT__OP_TRY_WLOCK:
        if (rwmutex->writing == 0 && rwmutex->reader_count == 0) {
            holds(rwmutex, slot);
        }
        return WEFT__ACCESS_EXCLUSIVE;
    default:
        return WEFT__ACCESS_EXCLUSIVE;
    }
}

/* Subtractions commute, but which of them goes below zero depends on their order. */
static weft__access access_of_add(const weft__waitgroup *group, int64_t delta)
{
    return delta > 0                   ? WEFT__ACCESS_ADD
           : group->count + delta >= 0 ? WEFT__ACCESS_SUBTRACT
                                       : WEFT__ACCESS_EXCLUSIVE;
}

static weft__access access_of(uint32_t slot, const weft__op *op)
{
    switch (op->kind) {
    case WEFT__OP_SEND:
        return WEFT__ACCESS_PUT;
    case WEFT__OP_RECV:
        return WEFT__ACCESS_TAKE;
    case WEFT__OP_LEN:
    case WEFT__OP_CONTEXT_ERR:
    case WEFT__OP_CONTEXT_MAKE:
        return WEFT__ACCESS_READ;
    case WEFT__OP_RLOCK:
        return WEFT__ACCESS_READ_LOCK;
    case WEFT__OP_WG_ADD:
        return access_of_add(op->object, (int64_t)op->n);
    case WEFT__OP_WG_WAIT:
        return WEFT__ACCESS_WAIT;
    case WEFT__OP_ONCE:
        return ((const weft__once *)op->object)->state == 0 ? WEFT__ACCESS_EXCLUSIVE
                                                            : WEFT__ACCESS_ARRIVE;
    case WEFT__OP_ONCE_END:
        return WEFT__ACCESS_FINISH;
    default:
        return access_of_lock(slot, op);
    }
}

/* Its value may stay the same: weft__observe_settled looks. */
static void watch_update(const weft__op *op, size_t touch)
{
    const bool told = op->kind == WEFT__OP_MODIFY && run->plan.memory == WEFT__MEMORY_C11;
    observer.touch = touch;
    if (!told && op->n <= UPDATE_MAX) {
        observer.updated = op->object;
        observer.size = op->n;
        memcpy(observer.before, op->object, op->n);
    }
}

/* The bytes from `start` to `end`, all in the word that starts at `word`. */
static void touch_word(uint32_t slot, uint64_t name, uintptr_t word, uintptr_t start, uintptr_t end,
                       bool reads)
{
    const weft__access access = reads ? WEFT__ACCESS_READ : WEFT__ACCESS_EXCLUSIVE;
    const uint64_t object = weft__touched(slot, name, (const void *)word);
    if ((start == word && end == word + WORD) || object == WEFT__OBJECT_UNNAMED) {
        touch(object, access);
        return;
    }
    for (uintptr_t byte = start; byte < end; byte++) {
        touch(weft__touched(slot, name, (const void *)byte) | WEFT__OBJECT_BYTE, access);
    }
    touch(object, reads ? WEFT__ACCESS_READ_PART : WEFT__ACCESS_WRITE_PART);
}

static void touch_variable(uint32_t slot, const weft__op *op, uint64_t name)
{
    const uintptr_t start = (uintptr_t)op->object;
    const uintptr_t end = start + (op->n == 0 ? 1 : op->n);
    const size_t first = run->trace.touch_count;
    for (uintptr_t word = start - start % WORD; word < end; word += WORD) {
        const uintptr_t word_end = word + WORD;
        touch_word(slot, name, word, start > word ? start : word, end < word_end ? end : word_end,
                   weft__op_reads(op->kind));
    }
    if (weft__op_updates(op->kind)) {
        watch_update(op, first);
    }
}

void weft__observe_operation(weft__g *g, const weft__op *op, uint64_t object)
{
    if (op->kind == WEFT__OP_SELECT) {
        touch_cases(op->object, op->n, op->n == 1);
        return;
    }
    if (weft__op_is_io(op->kind)) {
        weft__io_touch(op);
        return;
    }
    if (op->object == NULL) {
        return;
    }
    if (weft__op_is_of_variable(op->kind)) {
        touch_variable(weft__task_of(g)->slot, op, object);
        return;
    }
    touch(weft__touched(weft__task_of(g)->slot, object, op->object),
          access_of(weft__task_of(g)->slot, op));
    if (op->kind >= WEFT__OP_SEND && op->kind <= WEFT__OP_TRY_RECV) {
        weft__observe_channel(op->object);
    } else if (op->kind == WEFT__OP_TIMER_STOP || op->kind == WEFT__OP_TIMER_RESET) {
        const weft_chan *const ch = ((const weft__timer *)op->object)->chan;
        touch(ch == NULL ? 0 : ch->object.name, WEFT__ACCESS_EXCLUSIVE); /* it is drained */
    }
}

void weft__observe_modified(bool stored)
{
    if (!stored) {
        for (size_t i = observer.touch; i < run->trace.touch_count; i++) {
            weft__touch *const t = &run->trace.touches[i];
            t->access = t->access == WEFT__ACCESS_WRITE_PART ? WEFT__ACCESS_READ_PART
                                                             : WEFT__ACCESS_READ;
        }
    } else {
        run->barren = 0;
    }
}

void weft__observe_settled(void)
{
    if (observer.updated != NULL) {
        weft__observe_modified(memcmp(observer.updated, observer.before, observer.size) != 0);
        observer.updated = NULL;
    }
}

static uint32_t from(void)
{
    return observer.firing || run->current == NULL ? WEFT__TIMER_SLOT
                                                   : weft__task_of(run->current)->slot;
}

void weft__observe_spawn(uint32_t slot)
{
    if (run->plan.verdict_only) {
        return;
    }
    weft__trace_link(&run->trace,
                     (weft__link){.kind = WEFT__LINK_SPAWN, .from = from(), .to = slot});
    if (weft__the_watch.orders) {
        weft__hb_spawn(from(), slot);
    }
}

void weft__observe_wake(weft__g *g)
{
    if (run->plan.verdict_only) {
        return;
    }
    const weft__task *const task = weft__task_of(g);
    weft__trace_link(&run->trace,
                     (weft__link){.kind = WEFT__LINK_WAKE, .from = from(), .to = task->slot});
    if (weft__the_watch.orders) {
        weft__hb_wake(from(), task);
    }
    if (task->op.kind == WEFT__OP_SELECT && task->op.n > 1) {
        touch_cases(task->op.object, task->op.n, false);
    } else if (task->op.kind == WEFT__OP_LOCK || task->op.kind == WEFT__OP_WLOCK) {
        holds(task->op.object, task->slot);
    } else if (task->op.kind == WEFT__OP_ACQUIRE && observer.firing) {
        const weft__object *const object = task->op.object; /* it leaves the row of waiters */
        touch(weft__touched(task->slot, object->name, object), WEFT__ACCESS_EXCLUSIVE);
    }
}

void weft__observe_fire(const weft__timer *timer)
{
    if (run->plan.verdict_only) {
        return;
    }
    observer.firing = true;
    if (weft__the_watch.orders) {
        weft__hb_fire(timer);
    }
    if (timer->chan != NULL) {
        weft__observe_channel(timer->chan);
    }
    touch(timer->object.name, WEFT__ACCESS_EXCLUSIVE);
    touch(timer->chan == NULL ? 0 : timer->chan->object.name, WEFT__ACCESS_EXCLUSIVE);
    weft__io_touch_fire(timer);
    weft__trace_touch(&run->trace, WEFT__OBJECT_CLOCK, WEFT__ACCESS_EXCLUSIVE);
}

static void link_timer(weft__link_kind kind, const weft__timer *timer, int64_t deadline_ns)
{
    if (!run->active || run->plan.verdict_only) {
        return; /* made by the program before the run */
    }
    touch(timer->object.name, WEFT__ACCESS_EXCLUSIVE);
    weft__trace_link(&run->trace, (weft__link){.kind = kind,
                                               .from = from(),
                                               .timer = weft__name_of_object(timer->object.name),
                                               .deadline_ns = deadline_ns});
}

void weft__observe_arm(const weft__timer *timer, int64_t deadline_ns)
{
    link_timer(WEFT__LINK_ARM, timer, deadline_ns);
    if (weft__the_watch.orders) {
        weft__hb_arm(from(), timer);
    }
    weft__observe_clock();
}

void weft__observe_disarm(const weft__timer *timer)
{
    link_timer(WEFT__LINK_DISARM, timer, 0);
}

void weft__observe_clock(void)
{
    if (run->active && !observer.firing) {
        weft__trace_touch(&run->trace, WEFT__OBJECT_CLOCK, WEFT__ACCESS_READ);
    }
}

void weft__observe_fired(void)
{
    observer.firing = false;
}
