/* profile.c: see profile.h. */
#include "profile.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../run.h"
#include "keys.h"

enum {
    TEACHERS_FIRST = 32, /* runs, from 0 on */
    TEACHERS_EVERY = 64,
    EPOCHS_MAX = 40,
};

static struct {
    weft__profile *learned;            /* so far; NULL: nothing ever was */
    weft__profile *epochs[EPOCHS_MAX]; /* as it was at each boundary */
    uint32_t epoch_count;
    uint64_t next_teacher; /* learn from no run below */
    uint64_t run;
    bool learning;
    uint32_t choices;
    uint32_t races;
    uint32_t seen[WEFT__CLASSES_MAX]; /* in this run, of each class */
} state WEFT_KEEP;

bool weft__run_teaches(uint64_t run)
{
    return run < TEACHERS_FIRST || run % TEACHERS_EVERY == 0;
}

static uint64_t boundary(uint32_t epoch)
{
    return epoch < 6 ? UINT64_C(1) << epoch : UINT64_C(32) << 2 * (epoch - 5);
}

void weft__profile_reset(void)
{
    for (uint32_t i = 0; i < state.epoch_count; i++) {
        free(state.epochs[i]);
    }
    state.epoch_count = 0;
    state.next_teacher = 0;
    state.learning = false;
    memset(state.seen, 0, sizeof state.seen);
    if (state.learned != NULL) {
        memset(state.learned, 0, sizeof *state.learned);
    }
}

/* Runs come in order, apart from repetitions: so what is known at the first run of an epoch is what
 * the runs before its boundary taught. */
static void freeze(uint64_t run)
{
    while (state.epoch_count < EPOCHS_MAX && boundary(state.epoch_count) <= run) {
        weft__profile *const copy = weft__grow(NULL, sizeof *copy);
        *copy = *state.learned;
        state.epochs[state.epoch_count++] = copy;
    }
}

void weft__profile_begin(uint64_t run)
{
    if (state.learned == NULL) {
        state.learned = weft__grow(NULL, sizeof *state.learned);
        memset(state.learned, 0, sizeof *state.learned);
    }
    freeze(run);
    state.run = run;
    state.learning = weft__run_teaches(run) && run >= state.next_teacher;
    state.choices = 0;
    state.races = 0;
    memset(state.seen, 0, state.learned->class_numbers.count * sizeof state.seen[0]);
}

const weft__profile *weft__profile_now(void)
{
    uint32_t epoch = state.epoch_count;
    while (epoch > 0 && boundary(epoch - 1) > state.run) {
        epoch--;
    }
    return epoch == 0 ? NULL : state.epochs[epoch - 1];
}

/* ---- Learning ---- */

static uint64_t share_key(uint64_t goroutine, uint64_t object)
{
    return weft__mix(goroutine, object);
}

static void add_shares(uint32_t slot, uint64_t object)
{
    const weft__member *const members = weft__the_run.members;
    weft__profile *const p = state.learned;
    for (bool own = true;; own = false) {
        const uint32_t i = weft__number_add(
            &p->share_numbers, share_key(members[slot].name, object), WEFT__SHARES_MAX);
        if (i != WEFT__NO_NUMBER) {
            p->share_own[i] += own ? 1 : 0;
            p->share_mass[i]++;
        }
        if (members[slot].parent == slot) {
            return;
        }
        slot = members[slot].parent;
    }
}

/* A new class: the pairs that it makes with those before it. */
static void add_pairs(uint32_t number)
{
    weft__profile *const p = state.learned;
    const weft__class *const mine = &p->classes[number];
    for (uint32_t i = 0; i < number && p->pair_count < WEFT__PAIRS_MAX; i++) {
        const weft__class *const other = &p->classes[i];
        if (other->object == mine->object && other->goroutine != mine->goroutine &&
            weft__kinds_conflict(other->kind, mine->kind)) {
            p->conflicts[weft__number(&p->object_numbers, mine->object)]++;
            p->pairs[p->pair_count][0] = (uint16_t)i;
            p->pairs[p->pair_count++][1] = (uint16_t)number;
        }
    }
}

static void add_class(const weft__class *class)
{
    weft__profile *const p = state.learned;
    const uint64_t key = weft__mix(weft__mix(class->goroutine, class->object), class->kind);
    const uint32_t before = p->class_numbers.count;
    const uint32_t i = weft__number_add(&p->class_numbers, key, WEFT__CLASSES_MAX);
    if (i == WEFT__NO_NUMBER) {
        return;
    }
    if (i == before) {
        p->classes[i] = *class;
        add_pairs(i);
    }
    if (++state.seen[i] > p->occurrences[i]) {
        p->occurrences[i] = state.seen[i];
    }
}

static void add_touch(const weft__task *task, weft__touch_key touch)
{
    weft__profile *const p = state.learned;
    const uint32_t i = touch.object == 0
                           ? WEFT__NO_NUMBER
                           : weft__number_add(&p->object_numbers, touch.object, WEFT__OBJECTS_MAX);
    if (i == WEFT__NO_NUMBER) {
        return;
    }
    p->objects[i] = touch.object;
    add_shares(task->slot, touch.object);
    add_class(&(weft__class){.goroutine = task->name, .object = touch.object, .kind = touch.kind});
}

static void count_choice(const weft__task *task)
{
    if (weft__the_run.announced_count != 0) {
        state.choices++;
        state.races += weft__profile_contended(state.learned, task) ? 1 : 0;
    }
}

void weft__profile_event(weft__strategy *self, const weft__task *task)
{
    (void)self;
    if (!state.learning || weft__task_is_timer(task)) {
        return;
    }
    weft__touch_key touches[WEFT__TOUCHES_MAX];
    const uint32_t count = weft__touches(task, touches);
    for (uint32_t i = 0; i < count; i++) {
        add_touch(task, touches[i]);
    }
    add_shares(task->slot, WEFT__EVERYTHING);
    count_choice(task);
}

void weft__profile_end(weft__strategy *self, const weft__trace *trace)
{
    (void)self;
    (void)trace;
    weft__profile *const p = state.learned;
    if (!state.learning) {
        return;
    }
    for (uint32_t slot = 0; slot < weft__the_run.member_count; slot++) {
        const uint64_t name = weft__the_run.members[slot].name;
        const uint32_t i = weft__number(&p->share_numbers, share_key(name, WEFT__EVERYTHING));
        if (i != WEFT__NO_NUMBER) {
            p->share_births[i]++;
        }
    }
    p->runs++;
    p->choices_max = state.choices > p->choices_max ? state.choices : p->choices_max;
    p->races_max = state.races > p->races_max ? state.races : p->races_max;
    state.next_teacher = state.run + 1;
    state.learning = false;
}

/* ---- Using ---- */

double weft__profile_mass(const weft__profile *p, uint64_t goroutine, uint64_t object)
{
    const uint32_t all = weft__number(&p->share_numbers, share_key(goroutine, WEFT__EVERYTHING));
    const uint32_t i = weft__number(&p->share_numbers, share_key(goroutine, object));
    if (i == WEFT__NO_NUMBER || all == WEFT__NO_NUMBER || p->share_births[all] == 0) {
        return 0;
    }
    return (double)p->share_mass[i] / (double)p->share_births[all];
}

bool weft__profile_contended(const weft__profile *p, const weft__task *task)
{
    weft__touch_key touches[WEFT__TOUCHES_MAX];
    const uint32_t count = weft__touches(task, touches);
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t number = weft__number(&p->object_numbers, touches[i].object);
        if (number != WEFT__NO_NUMBER && p->conflicts[number] != 0) {
            return true;
        }
    }
    return false;
}

bool weft__profile_uses(const weft__profile *p, uint64_t goroutine, uint32_t number)
{
    const uint64_t object = p->objects[number];
    const uint32_t i = weft__number(&p->share_numbers, share_key(goroutine, object));
    return i != WEFT__NO_NUMBER && p->share_own[i] != 0;
}
