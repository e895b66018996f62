/* pair.c: partial order sampling under one or two wishes about the order of operations that
 * conflict.
 *
 * The constraint sampler of RFF without its feedback: Wolff, Shi, Duck, Mathur and Roychoudhury,
 * "Greybox Fuzzing for Concurrency Testing" (ASPLOS 2024); their data say that the sampler is what
 * finds bugs. Guarantee: none but that each schedule has some probability. For bugs that need two
 * particular operations the wrong way round, however far apart.
 *
 * A wish is drawn from the pairs of classes that the profile has, with a direction, and with the
 * first, the last or any occurrence of each. */
#include "pair.h"

#include <string.h>

#include "../run.h"
#include "patience.h"
#include "ranks.h"

enum { CROSSING_TRIES = 32, LOWEST = 1 /* rank; random ones are far above */ };

static struct {
    weft__ranks ranks;
    weft__stream *draws;
    weft__constraint constraints[WEFT__CONSTRAINTS_MAX];
    uint32_t count;
    bool directed;
    bool patient; /* hold back only: nobody is urged to come */
} pair WEFT_KEEP;

void weft__pair_direct(const weft__constraint *constraints, uint32_t count)
{
    WEFT__CHECK(count <= WEFT__CONSTRAINTS_MAX);
    pair.directed = count != 0;
    pair.count = count;
    if (count != 0) {
        memcpy(pair.constraints, constraints, count * sizeof *constraints);
    }
}

static weft__moment draw_moment(const weft__profile *p, uint32_t class_number)
{
    const uint32_t occurrences = p->occurrences[class_number];
    uint32_t number = 1;
    switch (weft__draw(pair.draws, 3)) {
    case 0:
        number = occurrences;
        break;
    case 1:
        number = 1 + weft__draw(pair.draws, occurrences);
        break;
    default:
        break;
    }
    return (weft__moment){.class = p->classes[class_number], .number = number};
}

static weft__constraint make(const weft__profile *p, uint32_t before, uint32_t after)
{
    weft__constraint constraint = {.before = draw_moment(p, before)};
    constraint.after = draw_moment(p, after); /* one after the other: both draw */
    return constraint;
}

static weft__constraint draw_constraint(const weft__profile *p)
{
    const uint16_t *const drawn = p->pairs[weft__draw(pair.draws, p->pair_count)];
    const uint32_t direction = weft__draw(pair.draws, 2);
    return make(p, drawn[direction], drawn[1 - direction]);
}

/* Crossing the first: the same two goroutines, the other way round. */
static bool draw_crossing(const weft__profile *p, const weft__constraint *first,
                          weft__constraint *ret_constraint)
{
    for (uint32_t tries = 0; tries < CROSSING_TRIES; tries++) {
        const uint16_t *const drawn = p->pairs[weft__draw(pair.draws, p->pair_count)];
        for (uint32_t i = 0; i < 2; i++) {
            const uint32_t before = drawn[i];
            const uint32_t after = drawn[1 - i];
            if (p->classes[before].goroutine == first->after.class.goroutine &&
                p->classes[after].goroutine == first->before.class.goroutine) {
                *ret_constraint = make(p, before, after);
                return true;
            }
        }
    }
    return false;
}

/* One, or mostly two; the second mostly crosses the first. */
static void draw_constraints(const weft__profile *p)
{
    pair.count = 0;
    if (p == NULL || p->pair_count == 0) {
        return;
    }
    pair.constraints[pair.count++] = draw_constraint(p);
    if (weft__draw_once_in(pair.draws, 4)) {
        return;
    }
    if (weft__draw_once_in(pair.draws, 4) ||
        !draw_crossing(p, &pair.constraints[0], &pair.constraints[1])) {
        pair.constraints[1] = draw_constraint(p);
    }
    pair.count++;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    weft__profile_begin(run);
    weft__ranks_begin(&pair.ranks, draws);
    pair.draws = draws;
    pair.patient = weft__draw_once_in(draws, 2);
    if (!pair.directed) {
        draw_constraints(weft__profile_now());
    }
    for (uint32_t i = 0; i < pair.count; i++) {
        weft__constraint_begin(&pair.constraints[i]);
    }
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    const bool spins = weft__is_spinning(current);
    weft__ranks_make_bands(&pair.ranks, count);
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t band = weft__constraint_band(pair.constraints, pair.count, tasks[i]);
        pair.ranks.bands[i] = pair.patient && band == WEFT__BAND_TAKE ? WEFT__BAND_NORMAL : band;
        if (spins && tasks[i] == current) { /* those that are held may be what it waits for */
            pair.ranks.bands[i] = WEFT__BAND_AVOID;
            weft__rank_set(&pair.ranks, current, LOWEST);
        }
    }
    const uint32_t best = weft__rank_highest_banded(&pair.ranks, tasks, count);
    weft__rank_race(&pair.ranks, tasks, count, best);
    weft__rank_set(&pair.ranks, tasks[best], 0);
    return best;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(pair.draws, arity);
}

static void event(weft__strategy *self, const weft__task *task)
{
    weft__constraint_event(pair.constraints, pair.count, task);
    weft__profile_event(self, task);
}

weft__strategy weft__strategy_pair WEFT_KEEP = {.name = "pair",
                                                .begin = begin,
                                                .pick = pick,
                                                .choose = choose,
                                                .event = event,
                                                .end = weft__profile_end};
