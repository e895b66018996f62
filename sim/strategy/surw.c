/* surw.c: selectively uniform random walk, and (urw) the same without selection.
 *
 * A run selects one or two contended objects, and takes the operations on them in an order that is
 * uniform among all their interleavings; all else is ordered by partial order sampling. Zhao,
 * Wolff, Mathur and Roychoudhury, "Selectively Uniform Concurrency Testing" (ASPLOS 2025).
 *
 * Guarantee: if each goroutine does as many selected operations as the profile says and never
 * waits, all their interleavings have the same probability. Otherwise the counts are averages, at
 * least 1 is left for whoever is about to do one, and the probabilities of those that wait are
 * shared out among those that do not.
 *
 * How: before a selected operation, the goroutine that is to do the next one is drawn, in
 * proportion to the selected operations that it and its descendants have left; others that come to
 * a selected operation meanwhile are held. */
#include <string.h>

#include "../memory.h"
#include "../run.h"
#include "profile.h"
#include "ranks.h"
#include "keys.h"

enum { SELECTED_MAX = 2 };

#define NOBODY UINT32_MAX
#define NO_GOROUTINE UINT64_MAX /* not a name; main's is 0 */

typedef struct weft__walker {
    double left;  /* selected operations of it and its descendants */
    uint32_t seq; /* the operation that `selected` is about */
    bool selected;
} weft__walker;

static struct {
    weft__ranks ranks;
    weft__stream *draws;
    const weft__profile *profile;
    uint64_t selection[SELECTED_MAX];
    uint32_t selection_count;
    uint32_t intended; /* slot */
    double fraction;   /* what the selection and its order are made of, from 0 to 1 */
    double width;      /* of the part that is left of it */
    uint32_t grafted;  /* the grafts (stream.h) that it knows of: after each it is a new one */
    weft__walker *walkers;
    uint32_t walker_count;
    uint32_t walker_capacity;
} surw WEFT_KEEP;

/* ---- The fraction ----
 *
 * The selection and its order are decoded from one number, as in arithmetic coding, and the numbers
 * of consecutive runs are spread evenly: each is the last one plus the golden ratio, modulo 1, from
 * an offset that the seed gives. Runs with one beginning, which lie side by side, thus come at even
 * distances rather than in clusters. Of one run alone the number is uniform. */

#define GOLDEN_RATIO 0.61803398874989485
#define WIDTH_MIN 1e-9

static double draw_fraction(weft__stream *draws)
{
    return (double)(weft__draw64(draws) >> 11) * 0x1p-53;
}

static void fraction_begin(uint64_t run)
{
    weft__stream offset;
    weft__stream_seed(&offset, weft__the_run.plan.seed, UINT64_MAX);
    const double sum = draw_fraction(&offset) + (double)(run % (UINT64_C(1) << 20)) * GOLDEN_RATIO;
    surw.fraction = sum - (double)(uint64_t)sum;
    surw.width = 1;
    surw.grafted = 0;
}

/* Whether the fraction is in the first part of the whole; it becomes its place in that part, or in
 * the rest. */
static bool in_part(double part, double whole)
{
    if (part >= whole) {
        return true;
    }
    const double share = part / whole;
    if (surw.width < WIDTH_MIN || surw.grafted != surw.draws->grafted) {
        surw.grafted = surw.draws->grafted;
        surw.fraction = draw_fraction(surw.draws);
        surw.width = 1;
    }
    if (surw.fraction < share) {
        surw.fraction /= share;
        surw.width *= share;
        return true;
    }
    surw.fraction = (surw.fraction - share) / (1 - share);
    surw.width *= 1 - share;
    return false;
}

/* ---- The selection ---- */

static bool may_select(const weft__profile *p, uint64_t goroutine, uint32_t first, uint32_t object)
{
    return p->conflicts[object] != 0 && object != first &&
           (goroutine == NO_GOROUTINE || weft__profile_uses(p, goroutine, object));
}

/* Drawn by how many pairs of classes conflict on it (by the number of operations a wait group would
 * nearly always win), among the objects that `goroutine` uses, other than `first`; NO_GOROUTINE and
 * WEFT__NO_NUMBER: among all. */
static uint32_t draw_object(const weft__profile *p, uint64_t goroutine, uint32_t first)
{
    double total = 0;
    for (uint32_t i = 0; i < p->object_numbers.count; i++) {
        total += may_select(p, goroutine, first, i) ? (double)p->conflicts[i] : 0;
    }
    for (uint32_t i = 0; i < p->object_numbers.count; i++) {
        if (!may_select(p, goroutine, first, i)) {
            continue;
        }
        if (in_part((double)p->conflicts[i], total)) {
            return i;
        }
        total -= (double)p->conflicts[i];
    }
    return WEFT__NO_NUMBER;
}

/* One that goes with `first`: one of those who use that uses it too. */
static uint32_t draw_partner(const weft__profile *p, uint32_t first)
{
    uint64_t goroutine = NO_GOROUTINE;
    uint32_t count = 0;
    for (uint32_t i = 0; i < p->class_numbers.count; i++) {
        if (p->classes[i].object == p->objects[first] && weft__draw_once_in(surw.draws, ++count)) {
            goroutine = p->classes[i].goroutine;
        }
    }
    return draw_object(p, goroutine, first);
}

static void select_everything(void)
{
    surw.selection[0] = WEFT__EVERYTHING;
    surw.selection_count = 1;
}

static void select_object(uint32_t number)
{
    if (number != WEFT__NO_NUMBER) {
        surw.selection[surw.selection_count++] = surw.profile->objects[number];
    }
}

/* One object; two in a quarter of the runs; everything in an eighth. */
static void select_objects(void)
{
    surw.selection_count = 0;
    if (in_part(1, 8)) {
        select_everything();
        return;
    }
    if (surw.profile == NULL) {
        return;
    }
    const uint32_t first = draw_object(surw.profile, NO_GOROUTINE, WEFT__NO_NUMBER);
    select_object(first);
    if (in_part(2, 7) && first != WEFT__NO_NUMBER) {
        select_object(draw_partner(surw.profile, first));
    }
}

static bool is_selected(uint64_t object)
{
    return object != 0 && surw.selection_count != 0 &&
           (object == surw.selection[0] || object == surw.selection[surw.selection_count - 1]);
}

static bool touches_selected(const weft__task *task)
{
    if (surw.selection_count != 0 && surw.selection[0] == WEFT__EVERYTHING) {
        return !task->internal;
    }
    weft__touch_key touches[WEFT__TOUCHES_MAX];
    const uint32_t count = surw.selection_count == 0 ? 0 : weft__touches(task, touches);
    for (uint32_t i = 0; i < count; i++) {
        if (is_selected(touches[i].object)) {
            return true;
        }
    }
    return false;
}

/* ---- Goroutines and what they have left ---- */

static void make_room(uint32_t count)
{
    if (count > surw.walker_capacity) {
        surw.walker_capacity = count < 32 ? 64 : 2 * count;
        surw.walkers = weft__grow(surw.walkers, surw.walker_capacity * sizeof *surw.walkers);
    }
}

static double mass(uint64_t goroutine)
{
    double sum = 0;
    for (uint32_t i = 0; surw.profile != NULL && i < surw.selection_count; i++) {
        sum += weft__profile_mass(surw.profile, goroutine, surw.selection[i]);
    }
    return sum;
}

/* A child takes its share out of its parent's, and with it the parent's intention. */
static void meet(uint32_t slot)
{
    const weft__member *const member = &weft__the_run.members[slot];
    surw.walkers[slot] = (weft__walker){.left = mass(member->name)};
    if (member->parent == slot) {
        return;
    }
    weft__walker *const parent = &surw.walkers[member->parent];
    const double left = surw.walkers[slot].left;
    if (surw.intended == member->parent && in_part(left, parent->left)) {
        surw.intended = slot;
    }
    parent->left = parent->left > left ? parent->left - left : 0;
}

static void meet_newborn(void)
{
    make_room(weft__the_run.member_count);
    while (surw.walker_count < weft__the_run.member_count) {
        meet(surw.walker_count++);
    }
}

static bool about_to_do_selected(const weft__task *task)
{
    if (weft__task_is_timer(task) || task->internal) {
        return false;
    }
    weft__walker *const walker = &surw.walkers[task->slot];
    if (walker->seq != task->seq) {
        walker->seq = task->seq;
        walker->selected = touches_selected(task);
        if (walker->selected && walker->left < 1) {
            walker->left = 1;
        }
    }
    return walker->selected;
}

/* ---- The walk ---- */

/* What a task has left: one at least for what it is about to do, even if a child that was born
 * since has taken its share. */
static double left_of(const weft__task *task)
{
    if (weft__task_is_timer(task)) {
        return 0;
    }
    const double left = surw.walkers[task->slot].left;
    return left < 1 && about_to_do_selected(task) ? 1 : left;
}

/* By what they have left, among those that do not wait. */
static uint32_t draw_intended(weft__task *const *tasks, uint32_t count)
{
    double total = 0;
    for (uint32_t i = 0; i < count; i++) {
        total += left_of(tasks[i]);
    }
    uint32_t intended = NOBODY;
    for (uint32_t i = 0; i < count; i++) {
        const double left = left_of(tasks[i]);
        if (left <= 0) {
            continue;
        }
        intended = tasks[i]->slot;
        if (in_part(left, total)) {
            break;
        }
        total -= left;
    }
    return intended;
}

/* The highest of those that may go: all but selected operations of others than the intended one.
 * false: that one waits, and nobody may go. */
static bool find_free(weft__task *const *tasks, uint32_t count, uint32_t *ret_best)
{
    weft__ranks_make_bands(&surw.ranks, count);
    for (uint32_t i = 0; i < count; i++) {
        surw.ranks.bands[i] =
            !about_to_do_selected(tasks[i]) || tasks[i]->slot == surw.intended ? 1 : 0;
    }
    const uint32_t best = weft__rank_highest_banded(&surw.ranks, tasks, count);
    *ret_best = best;
    return surw.ranks.bands[best] != 0;
}

static uint32_t next(weft__task *const *tasks, uint32_t count)
{
    uint32_t best = weft__rank_highest(&surw.ranks, tasks, count);
    if (!about_to_do_selected(tasks[best])) {
        return best;
    }
    if (surw.intended == NOBODY || !find_free(tasks, count, &best)) {
        surw.intended = draw_intended(tasks, count);
        const bool found = find_free(tasks, count, &best);
        WEFT__CHECK(found);
    }
    if (about_to_do_selected(tasks[best])) {
        surw.intended = NOBODY;
    }
    return best;
}

static void start(weft__stream *draws, uint64_t run)
{
    weft__profile_begin(run);
    weft__ranks_begin(&surw.ranks, draws);
    surw.draws = draws;
    fraction_begin(run);
    surw.profile = weft__profile_now();
    surw.walker_count = 0;
    surw.intended = NOBODY;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    start(draws, run);
    select_objects();
    return true;
}

static bool begin_with_everything(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)self;
    start(draws, run);
    select_everything();
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)self;
    (void)current;
    meet_newborn();
    const uint32_t best = next(tasks, count);
    weft__rank_race(&surw.ranks, tasks, count, best);
    weft__rank_set(&surw.ranks, tasks[best], 0);
    return best;
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)self;
    (void)task;
    return weft__draw(surw.draws, arity);
}

static void event(weft__strategy *self, const weft__task *task)
{
    meet_newborn();
    if (!weft__task_is_timer(task) && about_to_do_selected(task)) {
        surw.walkers[task->slot].left -= 1;
    }
    weft__profile_event(self, task);
}

weft__strategy weft__strategy_surw WEFT_KEEP = {.name = "surw",
                                                .begin = begin,
                                                .pick = pick,
                                                .choose = choose,
                                                .event = event,
                                                .end = weft__profile_end};

weft__strategy weft__strategy_urw WEFT_KEEP = {.name = "urw",
                                               .begin = begin_with_everything,
                                               .pick = pick,
                                               .choose = choose,
                                               .event = event,
                                               .end = weft__profile_end};
