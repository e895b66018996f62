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
