/* proof.c: see proof.h.
 *
 * How many behaviours there are is estimated from the sampled runs: of those that were shown a
 * share of 1 - f1 / n has been met (Good and Turing), where f1 were shown once in n runs. If twice
 * that many runs are left, exhaustive exploration is tried, within bounds.
 *
 * It rests on a relation between operations that are announced. A program whose goroutines share
 * memory without a word may do things that the relation knows nothing of: so every behaviour that
 * sampling has shown must be among those explored, or there is no proof. */
#include "proof.h"

#include <stdlib.h>

#include "../memory.h"
#include "../order/identity.h"
#include "../race/racy_lines.h"
#include "../strategy/bounded.h"
#include "../strategy/dpor.h"
#include "properties.h"

enum { PART_LEFT = 2, ROOM_FACTOR = 4, ROOM_LEAST = 100, CLOCK_EVERY = 64 };

/* Runs that are worth trying; 0: none. */
static uint64_t budget(const weft__explorer *e)
{
    weft_result so_far = {0};
    weft__census_tell(e->census, &so_far);
    if (so_far.runs >= e->settings.schedules || so_far.seen_once >= so_far.runs ||
        so_far.overflowed) {
        return 0;
    }
    const double met = 1 - (double)so_far.seen_once / (double)so_far.runs;
    const double estimate = (double)so_far.distinct / met;
    const uint64_t room = (e->settings.schedules - so_far.runs) / PART_LEFT;
    if (estimate > (double)room) {
        return 0;
    }
    const uint64_t wanted = ROOM_LEAST + ROOM_FACTOR * (uint64_t)estimate;
    return wanted < room ? wanted : room;
}

static int compare(const void *a, const void *b)
{
    const uint64_t first = *(const uint64_t *)a;
    const uint64_t second = *(const uint64_t *)b;
    return first < second ? -1 : first > second;
}

/* The lowest bit of a behaviour in the table says how often it was shown. */
static bool all_were_explored(const weft__explorer *e, uint64_t *explored, size_t count)
{
    size_t sampled_count = 0;
    uint64_t *const sampled = weft__behaviours_list(e->census->behaviours, &sampled_count);
    bool found = true;
    for (size_t i = 0; i < count; i++) {
        explored[i] &= ~(uint64_t)1;
    }
    qsort(explored, count, sizeof *explored, compare);
    for (size_t i = 0; i < sampled_count && found; i++) {
        const uint64_t behaviour = sampled[i] & ~(uint64_t)1;
        found = bsearch(&behaviour, explored, count, sizeof *explored, compare) != NULL;
    }
    free(sampled);
    return found;
}

static bool late(const weft__explorer *e, uint64_t executed)
{
    return e->settings.time_ns != WEFT_NEVER && executed % CLOCK_EVERY == CLOCK_EVERY - 1 &&
           weft__real_now() - e->start_ns >= e->settings.time_ns / PART_LEFT;
}

static bool is_whole(void)
{
    const weft__dpor_count *const count = weft__dpor_count_now();
    return count->exhausted && !count->partial && !count->too_deep && count->diverged == 0;
}

void weft__proof_of_strategy(weft__explorer *e)
{
    const weft__bounded_count *const bounded = weft__bounded_count_of(e->plan.strategy);
    if (bounded != NULL && bounded->any) {
        e->result->bounded = bounded->unit;
        e->result->bound = bounded->bound;
    }
    if (e->plan.strategy == &weft__strategy_dpor && is_whole()) {
        e->result->complete = true;
        e->result->behaviours = e->result->distinct;
    }
}

weft__proof weft__proof_attempt(weft__explorer *e)
{
    const uint64_t most = budget(e);
    if (most == 0) {
        return WEFT__PROOF_NONE;
    }
    const weft__plan sampling = e->plan;
    const uint64_t first = e->census->runs;
    weft__proof proof = WEFT__PROOF_NONE;
    uint64_t *const explored = weft__grow(NULL, most * sizeof *explored);
    size_t count = 0;
    bool ended = false;
    weft__explorer_exhaust(e, &weft__strategy_dpor);
    weft__properties_count(true);
    while (count < most && !ended && proof == WEFT__PROOF_NONE && !late(e, count)) {
        if (weft__points_take()) { /* the same again, with more schedule points */
            weft__explorer_exhaust(e, &weft__strategy_dpor);
            weft__census_renew(e->census);
            count = 0;
        }
        e->plan.run = first + count;
        ended = !weft__run_execute(&e->plan);
        if (!ended) {
            weft__census_count_run(e->census);
            explored[count++] = weft__behaviour();
            proof = weft__the_run.outcome.kind == WEFT_FOUND_NOTHING ? WEFT__PROOF_NONE
                                                                     : WEFT__PROOF_FAILED;
        }
    }
    if (ended && is_whole() && all_were_explored(e, explored, count)) {
        proof = WEFT__PROOF_COMPLETE;
        e->result->complete = true;
        e->result->behaviours = count;
    }
    free(explored);
    if (proof != WEFT__PROOF_FAILED) {
        e->plan = sampling;
        e->end -= count < e->end ? count : e->end; /* they count among those that were asked for */
    }
    return proof;
}
