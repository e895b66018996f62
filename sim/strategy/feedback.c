/* feedback.c: see feedback.h.
 *
 * From run 256 on, when a proof has been tried and most bugs have been found, a quarter of the runs
 * are mutants. Of the teaching runs it is nine in ten, since a mutant can only be built upon if it
 * teaches. docs/decisions/0008 has the measurements. */
#include "feedback.h"

#include <string.h>

#include "../hash.h"
#include "../run.h"
#include "keys.h"
#include "profile.h"

enum {
    FIRST_PARENT = 32, /* to the first runs everything is new */
    FIRST_MUTANT = 256,
    SHARE = 25,          /* percent of the runs that are mutants, */
    TEACHING_SHARE = 90, /* of those that teach */
    PARENTS_MAX = 512,
    NEWEST = 4, /* half of the mutants are of these */
    BACK_MAX = 10,
    HAND_OFF_BITS = 18,
    OBJECTS = 1024,
};

static const uint64_t SALT = UINT64_C(0x6d757461746564);

typedef struct weft__parent {
    uint64_t run;
    uint64_t base;
    weft__graft grafts[WEFT__GRAFTS_MAX];
    uint32_t graft_count;
    uint32_t drawn;         /* in all */
    uint32_t drawn_at_news; /* when the last new hand-off took place */
} weft__parent;

static struct {
    weft__parent parents[PARENTS_MAX]; /* ascending runs */
    uint32_t count;
    uint64_t next;    /* learn from no run below */
    weft__parent now; /* the present run, as a parent */
    bool learning;
    bool news;
    uint64_t seen[1 << (HAND_OFF_BITS - 6)]; /* a bit for each hand-off, by its hash */
    uint64_t last[OBJECTS];                  /* what was done to an object last, by its hash */
} feedback WEFT_KEEP;

void weft__feedback_reset(void)
{
    feedback.count = 0;
    feedback.next = 0;
    feedback.learning = false;
    memset(feedback.seen, 0, sizeof feedback.seen);
}

/* ---- Mutants ---- */

static const weft__parent *draw_parent(weft__stream *dice, uint64_t run)
{
    uint32_t count = feedback.count;
    while (count > 0 && feedback.parents[count - 1].run >= run) {
        count--;
    }
    if (count == 0) {
        return NULL;
    }
    const uint32_t of = weft__draw_once_in(dice, 2) && count > NEWEST ? NEWEST : count;
    return &feedback.parents[count - 1 - weft__draw(dice, of)];
}

static uint64_t draw_place(weft__stream *dice, const weft__parent *parent)
{
    if (weft__draw_once_in(dice, 2)) {
        return weft__draw(dice, parent->drawn + 1);
    }
    const uint32_t most = parent->drawn_at_news < BACK_MAX ? parent->drawn_at_news : BACK_MAX;
    return parent->drawn_at_news - (most == 0 ? 0 : weft__draw(dice, most));
}

/* The grafts of the parent that come before, and one more. */
static void graft(weft__stream *dice, const weft__parent *parent)
{
    weft__parent *const now = &feedback.now;
    const uint64_t at = draw_place(dice, parent);
    now->base = parent->base;
    while (now->graft_count < parent->graft_count && now->graft_count < WEFT__GRAFTS_MAX - 1 &&
           parent->grafts[now->graft_count].at < at) {
        now->grafts[now->graft_count] = parent->grafts[now->graft_count];
        now->graft_count++;
    }
    now->grafts[now->graft_count++] = (weft__graft){.at = at, .seed = weft__draw64(dice)};
}

uint64_t weft__feedback_begin(weft__stream *draws, uint64_t run, bool free)
{
    const weft__plan *const plan = &weft__the_run.plan;
    const bool teaches = weft__run_teaches(run);
    weft__stream dice;
    weft__stream_seed(&dice, plan->seed ^ SALT, run);
    feedback.now = (weft__parent){.run = run, .base = run};
    feedback.learning = teaches && run >= feedback.next;
    feedback.news = false;
    if (feedback.learning) {
        memset(feedback.last, 0, sizeof feedback.last);
    }
    if (!free || run < FIRST_MUTANT || plan->redraw != 0 ||
        weft__draw(&dice, 100) >= (teaches ? TEACHING_SHARE : SHARE)) {
        return run;
    }
    const weft__parent *const parent = draw_parent(&dice, run);
    if (parent != NULL) {
        graft(&dice, parent);
        weft__stream_seed(draws, plan->seed, parent->base);
        weft__stream_graft(draws, feedback.now.grafts, feedback.now.graft_count);
    }
    return feedback.now.base;
}

/* ---- Parents ---- */

static void note(const weft__task *task, weft__touch_key touch)
{
    const uint64_t object = weft__mix(touch.object, SALT);
    const uint64_t mine = weft__mix(task->name, touch.kind);
    uint64_t *const last = &feedback.last[object % OBJECTS];
    const uint64_t hand_off = weft__mix(weft__mix(object, *last), mine) %
                              (UINT64_C(1) << HAND_OFF_BITS);
    const uint64_t bit = UINT64_C(1) << hand_off % 64;
    *last = mine;
    if ((feedback.seen[hand_off / 64] & bit) == 0) {
        feedback.seen[hand_off / 64] |= bit;
        feedback.news = true;
        feedback.now.drawn_at_news = (uint32_t)weft__the_run.draws.drawn;
    }
}

void weft__feedback_event(const weft__task *task)
{
    if (!feedback.learning || weft__task_is_timer(task)) {
        return;
    }
    weft__touch_key touches[WEFT__TOUCHES_MAX];
    const uint32_t count = weft__touches(task, touches);
    for (uint32_t i = 0; i < count; i++) {
        if (touches[i].object != 0) {
            note(task, touches[i]);
        }
    }
}

/* What weft_random gave a run belongs to its number: a mutant would get something else. */
void weft__feedback_end(void)
{
    if (!feedback.learning) {
        return;
    }
    feedback.learning = false;
    feedback.next = feedback.now.run + 1;
    if (feedback.news && feedback.now.run >= FIRST_PARENT && feedback.count < PARENTS_MAX &&
        !weft__the_run.drew_random && weft__the_run.outcome.kind == WEFT_FOUND_NOTHING) {
        feedback.now.drawn = (uint32_t)weft__the_run.draws.drawn;
        feedback.parents[feedback.count++] = feedback.now;
    }
}
