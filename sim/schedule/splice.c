/* splice.c: cut a part of a long run out, with the decisions in it.
 *
 * Decisions are tied to the numbers of operations, so deleting some of those in a loop leaves the
 * later ones waiting for rounds that do not come. Here these are renumbered, as if what each
 * goroutine did in between had not been asked of it. */
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "shrinker.h"

enum { LONG = 12 };

#define NOBODY UINT32_MAX

/* The run of the best, as far as it is needed after other runs. */
typedef struct layout {
    size_t *at;       /* by decision: events before it */
    uint32_t *owners; /* by decision: slot of the goroutine to whose operations it is tied */
    uint32_t *slots;  /* by event; NOBODY: not an operation of a goroutine */
    uint32_t *taken;  /* by slot, for one trial: operations in the part that is cut out */
    uint32_t slot_count;
} layout;

static void layout_clear(layout *l)
{
    free(l->at);
    free(l->owners);
    free(l->slots);
    free(l->taken);
    *l = (layout){0};
}

static void layout_make(weft__shrinker *s, layout *l)
{
    const weft__trace *const trace = &weft__the_run.trace;
    weft__replayer replayer;
    weft__replayer_init(&replayer, &s->best);
    weft__replay(&replayer, s->plan);
    weft__shrinker_count(s);
    l->slot_count = weft__the_run.member_count;
    l->at = weft__grow(NULL, (s->best.count + 1) * sizeof *l->at);
    l->owners = weft__grow(NULL, (s->best.count + 1) * sizeof *l->owners);
    l->slots = weft__grow(NULL, trace->count * sizeof *l->slots);
    l->taken = weft__grow(NULL, l->slot_count * sizeof *l->taken);
    for (size_t i = 0; i < s->best.count; i++) {
        const size_t at = replayer.applied_at[i]; /* 0 only if the program does not repeat itself */
        l->at[i] = at == 0 ? trace->count : at - 1;
        l->owners[i] = weft__run_slot_named(s->best.list[i].at.actor);
    }
    for (size_t i = 0; i < trace->count; i++) {
        const weft__event *const event = &trace->events[i];
        const bool part = (event->flags & WEFT__EVENT_PART) != 0;
        l->slots[i] = part || event->slot == WEFT__TIMER_SLOT ? NOBODY : event->slot;
    }
    weft__replayer_clear(&replayer);
}

/* Without what happens from decision `start` until decision `end`. */
static bool try_without(weft__shrinker *s, const layout *l, size_t start, size_t end)
{
    memset(l->taken, 0, l->slot_count * sizeof *l->taken);
    for (size_t i = l->at[start]; i < l->at[end]; i++) {
        if (l->slots[i] != NOBODY) {
            l->taken[l->slots[i]]++;
        }
    }
    weft__shrinker_leave_out(s, start, end - start);
    for (size_t i = end; i < s->best.count; i++) {
        if (l->owners[i] != NOBODY) {
            s->trial.list[i - (end - start)].at.seq -= l->taken[l->owners[i]];
        }
    }
    return weft__shrinker_try(s);
}

/* One pass over all parts of this many decisions. */
static void cut_parts(weft__shrinker *s, size_t length)
{
    layout l = {0};
    layout_make(s, &l);
    size_t end = s->best.count - 1;
    while (end >= length && s->best.count > LONG && !weft__shrinker_spent(s)) {
        const size_t start = end - length;
        if (try_without(s, &l, start, end)) {
            layout_clear(&l);
            layout_make(s, &l);
        }
        end = start < s->best.count ? start : s->best.count - 1;
    }
    layout_clear(&l);
}

void weft__shrinker_splice(weft__shrinker *s)
{
    for (size_t length = s->best.count / 2; length > 0 && s->best.count > LONG; length /= 2) {
        cut_parts(s, length < s->best.count ? length : s->best.count / 2);
    }
}
