/* wishes.c: what must come before what for a run to fail: see explain.h.
 *
 * Candidates are the races of the failing run, as wishes to the pair strategy: this operation
 * before that one, as it was. A set of wishes is enough when nine in ten runs fail that are drawn
 * under it. A run that passes fulfils all wishes but those which are the other way round in it, so
 * one of these is most likely in each set that is enough: first each of them alone, then with each
 * other candidate; then all together, less what can be left out. What is found is made weaker. */
#include <stdlib.h>

#include "../memory.h"
#include "../strategy/pair.h"
#include "explain.h"

enum { CANDIDATES_MAX = 32, RUNS = 50, MISSES_MAX = 5, MOVES_MAX = 4 };

typedef struct weft__search {
    weft__inquiry *inquiry;
    weft__wish candidates[CANDIDATES_MAX]; /* the reversed ones first */
    weft__constraint constraints[CANDIDATES_MAX];
    uint32_t count;
    uint32_t reversed_count;
} weft__search;

/* ---- Candidates ---- */

/* The keys by which two operations meet. Who ends another's wait in a select meets those who come
 * to its other channels: then the two have none in common, and go by their first. */
static bool meet(weft__wish *wish)
{
    weft__facet *const a = &wish->first;
    weft__facet *const b = &wish->second;
    const uint32_t a_count = weft__facet_deed(a)->key_count;
    const uint32_t b_count = weft__facet_deed(b)->key_count;
    if (a_count == 0 || b_count == 0) {
        return false;
    }
    for (a->key = 0; a->key < a_count; a->key++) {
        for (b->key = 0; b->key < b_count; b->key++) {
            const uint64_t object = weft__facet_key(a).object;
            if (object != 0 && object == weft__facet_key(b).object) {
                return true;
            }
        }
    }
    a->key = 0;
    b->key = 0;
    return weft__facet_key(a).object != 0 && weft__facet_key(b).object != 0;
}

static weft__moment moment_of(const weft__facet *facet)
{
    uint32_t total = 0;
    const weft__touch_key key = weft__facet_key(facet);
    return (weft__moment){.class = {.goroutine = weft__facet_deed(facet)->goroutine,
                                    .object = key.object,
                                    .kind = key.kind},
                          .number = weft__facet_number(facet, &total)};
}

static weft__constraint constraint_of(const weft__wish *wish)
{
    return (weft__constraint){.before = moment_of(&wish->first), .after = moment_of(&wish->second)};
}

static void add_candidate(weft__search *s, weft__wish wish)
{
    if (s->count < CANDIDATES_MAX && meet(&wish)) {
        s->candidates[s->count] = wish;
        s->constraints[s->count++] = constraint_of(&wish);
    }
}

/* Whether the race of the failing run is the other way round in the one that passes, or is not
 * there; or might be, if none is known. */
static bool is_reversed(const weft__inquiry *q, weft__reversible race)
{
    const weft__outline *const p = &q->passing;
    const uint32_t first = weft__outline_find(p, &q->failing.deeds[race.first], race.first);
    const uint32_t second = weft__outline_find(p, &q->failing.deeds[race.second], race.second);
    return first == 0 || second == 0 || second < first;
}

/* Among equals, those near the end of the run first: that is where it failed. */
static void add_candidates(weft__search *s, bool reversed)
{
    const weft__outline *const f = &s->inquiry->failing;
    for (size_t i = f->race_count; i-- > 0;) {
        const weft__reversible race = f->races[i];
        if (is_reversed(s->inquiry, race) == reversed) {
            add_candidate(s, (weft__wish){.first = {.outline = f, .deed = race.first},
                                          .second = {.outline = f, .deed = race.second}});
        }
    }
}

/* What came first in the run that passes, and what the failing run did not come to at all. */
static void add_missing(weft__search *s)
{
    const weft__outline *const f = &s->inquiry->failing;
    const weft__outline *const p = &s->inquiry->passing;
    for (size_t i = 0; i < p->race_count; i++) {
        const weft__reversible race = p->races[i];
        const uint32_t there = weft__outline_find(f, &p->deeds[race.second], race.second);
        if (there != 0 && weft__outline_find(f, &p->deeds[race.first], race.first) == 0) {
            add_candidate(s, (weft__wish){.first = {.outline = f, .deed = there - 1},
                                          .second = {.outline = p, .deed = race.first}});
        }
    }
}

/* ---- Sets ---- */

/* How many of RUNS runs that are drawn under these wishes do not fail, or a number above `most`. */
static unsigned count_misses(weft__search *s, const weft__constraint *set, uint32_t count,
                             unsigned most)
{
    weft__inquiry *const q = s->inquiry;
    weft__plan plan = q->plan;
    unsigned misses = 0;
    plan.strategy = count == 0 ? &weft__strategy_pos : &weft__strategy_pair;
    weft__pair_direct(set, count);
    for (plan.redraw = 1; plan.redraw <= RUNS && misses <= most; plan.redraw++) {
        if (weft__inquiry_over(q)) {
            misses = most + 1;
            break;
        }
        (void)weft__run_execute(&plan);
        misses += weft__inquiry_ran(q) ? 0 : 1;
    }
    weft__pair_direct(NULL, 0);
    return misses;
}

static bool is_enough(weft__search *s, const weft__constraint *set, uint32_t count)
{
    return count_misses(s, set, count, MISSES_MAX) <= MISSES_MAX;
}

static bool search_single(weft__search *s, weft__wish *ret_wishes)
{
    for (uint32_t i = 0; i < s->reversed_count; i++) {
        if (is_enough(s, &s->constraints[i], 1)) {
            ret_wishes[0] = s->candidates[i];
            return true;
        }
    }
    return false;
}

static bool search_double(weft__search *s, weft__wish *ret_wishes)
{
    for (uint32_t i = 0; i < s->reversed_count; i++) {
        for (uint32_t k = i + 1; k < s->count; k++) {
            const weft__constraint both[2] = {s->constraints[i], s->constraints[k]};
            if (is_enough(s, both, 2)) {
                ret_wishes[0] = s->candidates[i];
                ret_wishes[1] = s->candidates[k];
                return true;
            }
        }
    }
    return false;
}

/* All candidates, less what can be left out: from the end, where those stand that are least likely
 * to matter. */
static int reduce(weft__search *s, weft__wish *ret_wishes)
{
    weft__constraint set[WEFT__CONSTRAINTS_MAX] = {0};
    uint32_t chosen[WEFT__CONSTRAINTS_MAX];
    uint32_t count = s->count < WEFT__CONSTRAINTS_MAX ? s->count : WEFT__CONSTRAINTS_MAX;
    for (uint32_t i = 0; i < count; i++) {
        chosen[i] = i;
        set[i] = s->constraints[i];
    }
    if (!is_enough(s, set, count)) {
        return -1;
    }
    for (uint32_t without = count; without-- > 0;) {
        uint32_t left = 0;
        for (uint32_t i = 0; i < count; i++) {
            if (i != without) {
                set[left++] = s->constraints[chosen[i]];
            }
        }
        if (is_enough(s, set, left)) {
            for (uint32_t i = without; i + 1 < count; i++) {
                chosen[i] = chosen[i + 1];
            }
            count--;
        }
    }
    for (uint32_t i = 0; i < count && count <= WEFT__ORDERS_MAX; i++) {
        ret_wishes[i] = s->candidates[chosen[i]];
    }
    return count <= WEFT__ORDERS_MAX && !weft__inquiry_over(s->inquiry) ? (int)count : -1;
}

/* ---- Weaker wishes ---- */

/* Where the goroutine does the same thing next, or, backwards, did it before. false: nowhere. Of
 * selects, which have several keys, it is not told which one would be meant. */
static bool move(weft__facet *facet, bool backwards)
{
    const weft__outline *const outline = facet->outline;
    const uint64_t goroutine = weft__facet_deed(facet)->goroutine;
    const weft__touch_key key = weft__facet_key(facet);
    for (uint32_t i = facet->deed; backwards ? i-- > 0 : ++i < outline->count;) {
        const weft__deed *const deed = &outline->deeds[i];
        if (deed->goroutine == goroutine && weft__deed_touches(outline, deed, key)) {
            facet->deed = i;
            facet->key = 0;
            return deed->key_count == 1;
        }
    }
    return false;
}

/* The races of one run are closer than they need be: as long as no fewer runs fail, wish for
 * something earlier before something later. */
static void weaken(weft__search *s, weft__wish *wishes, uint32_t count)
{
    weft__constraint set[WEFT__ORDERS_MAX] = {0};
    for (uint32_t i = 0; i < count; i++) {
        set[i] = constraint_of(&wishes[i]);
    }
    const unsigned misses = count_misses(s, set, count, MISSES_MAX);
    for (uint32_t i = 0; i < 2 * count; i++) {
        weft__wish *const wish = &wishes[i / 2];
        const bool first = i % 2 == 0;
        weft__wish trial = *wish;
        for (int moves = 0; moves < MOVES_MAX; moves++) {
            if (!move(first ? &trial.first : &trial.second, first)) {
                break;
            }
            set[i / 2] = constraint_of(&trial);
            if (count_misses(s, set, count, misses) > misses) {
                break;
            }
            *wish = trial;
        }
        set[i / 2] = constraint_of(wish);
    }
}

static int search(weft__search *s, weft__wish *ret_wishes)
{
    if (is_enough(s, NULL, 0)) {
        return 0;
    }
    if (search_single(s, ret_wishes)) {
        return 1;
    }
    return search_double(s, ret_wishes) ? 2 : reduce(s, ret_wishes);
}

int weft__wishes_search(weft__inquiry *inquiry, weft__wish ret_wishes[WEFT__ORDERS_MAX])
{
    weft__search *const s = weft__grow(NULL, sizeof *s);
    *s = (weft__search){.inquiry = inquiry};
    add_candidates(s, true);
    add_missing(s);
    s->reversed_count = s->count;
    add_candidates(s, false);
    const int count = search(s, ret_wishes);
    if (count > 0) {
        weaken(s, ret_wishes, (uint32_t)count);
    }
    free(s);
    return count;
}
