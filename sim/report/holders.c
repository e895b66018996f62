/* holders.c: see holders.h. The trace tells: a lock is held from a lock operation that did not
 * park, or from the unlock that handed it over, until the next unlock. */
#include "holders.h"

#include <string.h>

#include "../schedule/path.h"
#include "words.h"

static bool takes(uint16_t kind)
{
    return kind == WEFT__OP_LOCK || kind == WEFT__OP_WLOCK || kind == WEFT__OP_TRY_LOCK ||
           kind == WEFT__OP_TRY_WLOCK || kind == WEFT__OP_RLOCK;
}

static bool gives(uint16_t kind)
{
    return kind == WEFT__OP_UNLOCK || kind == WEFT__OP_WUNLOCK || kind == WEFT__OP_RUNLOCK;
}

/* slot + 1 of who holds the object at the end; 0: nobody. Of several readers, the last. */
static uint32_t holder(uint64_t object)
{
    const weft__trace *const trace = &weft__the_run.trace;
    uint32_t held_by = 0;
    for (size_t i = 0; i < trace->count; i++) {
        const weft__event *const event = &trace->events[i];
        if (event->object != object) {
            continue;
        }
        if (gives(event->kind)) {
            held_by = event->woke;
        } else if (takes(event->kind) && (event->flags & WEFT__EVENT_PARKED) == 0 && held_by == 0) {
            held_by = event->slot + 1;
        }
    }
    return held_by;
}

static bool waits_for_lock(weft__why why)
{
    return why == WEFT__WHY_MUTEX || why == WEFT__WHY_RLOCK || why == WEFT__WHY_WLOCK;
}

static uint64_t last_object(uint32_t slot)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = trace->count; i-- > 0;) {
        if (trace->events[i].slot == slot) {
            return trace->events[i].object;
        }
    }
    return 0;
}

bool weft__holder_of(const char *path, char *into, size_t size)
{
    const weft__run *const run = &weft__the_run;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        char here[WEFT__PATH_MAX];
        if (!run->members[slot].parked || !waits_for_lock(run->members[slot].why)) {
            continue;
        }
        weft__path_of_goroutine(slot, here, sizeof here);
        if (strcmp(here, path) == 0) {
            const uint32_t held_by = holder(last_object(slot));
            if (held_by != 0) {
                weft__goroutine_label(held_by - 1, into, size);
            }
            return held_by != 0;
        }
    }
    return false;
}

/* ---- Cycles ---- */

/* Waiting for a condition gives its mutex back, which the trace does not tell as an unlock. */
static bool waited_for_condition(uint32_t slot)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = 0; i < trace->count; i++) {
        if (trace->events[i].slot == slot && trace->events[i].kind == WEFT__OP_COND_WAIT) {
            return true;
        }
    }
    return false;
}

/* Who holds the mutex that this goroutine waits for; UINT32_MAX: it does not, or that is not
 * certain. A mutex has one holder; of the readers of a lock, the trace does not tell which. */
static uint32_t next_in_cycle(uint32_t slot)
{
    const weft__member *const member = &weft__the_run.members[slot];
    if (!member->parked || member->why != WEFT__WHY_MUTEX || waited_for_condition(slot)) {
        return UINT32_MAX;
    }
    return holder(last_object(slot)) - 1; /* nobody: 0 - 1 */
}

/* How many goroutines lie on the cycle through this one; 0: it is on none, or on a longer one than
 * there is room for. */
static size_t cycle_length(uint32_t first)
{
    uint32_t slot = first;
    for (size_t length = 1; length <= WEFT__CYCLE_MAX; length++) {
        slot = next_in_cycle(slot);
        if (slot == first) {
            return length;
        }
        if (slot == UINT32_MAX) {
            return 0;
        }
    }
    return 0;
}

static void describe_cycle(uint32_t slot, size_t length, weft__cycle *ret_cycle)
{
    ret_cycle->count = length;
    for (size_t i = 0; i < length; i++) {
        const weft__op *const op = &weft__the_run.members[slot].op;
        weft__goroutine_label(slot, ret_cycle->waits[i].goroutine, WEFT__CYCLE_NAME);
        weft__object_label((uint16_t)op->kind, last_object(slot), op->object,
                           ret_cycle->waits[i].object, WEFT__CYCLE_NAME);
        slot = next_in_cycle(slot);
    }
}

void weft__cycle_of(const weft_finding *finding, weft__cycle *ret_cycle)
{
    const weft__run *const run = &weft__the_run;
    const weft_finding_kind kind = finding->kind;
    ret_cycle->count = 0;
    if ((kind != WEFT_FOUND_DEADLOCK && kind != WEFT_FOUND_LEAK) || run->outcome.kind != kind) {
        return;
    }
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const size_t length = cycle_length(slot);
        if (length != 0) {
            describe_cycle(slot, length, ret_cycle);
            return;
        }
    }
}
