/* bias.c: see bias.h. */
#include "bias.h"

#include <chan.h>

#include "../memory.h"

enum { BIASED_ONE_IN = 4, PICKS_MAX = 50 };

/* What a goroutine's pending select prefers. */
typedef struct weft__preference {
    uint32_t seq;   /* its operation; another: there is none yet */
    uint32_t picks; /* for which it may still be held */
    uint64_t index; /* of the case */
} weft__preference;

static struct {
    bool on;
    weft__stream *draws;
    weft__preference *of_slot;
    uint32_t capacity;
    uint32_t known; /* slots below have been written in this run */
    weft__task **free;
    uint32_t free_capacity;
} bias WEFT_KEEP;

void weft__bias_begin(weft__stream *draws)
{
    bias.draws = draws;
    bias.on = weft__draw_once_in(draws, BIASED_ONE_IN);
    bias.known = 0;
}

static weft__preference *preference_of(const weft__task *task)
{
    if (task->slot >= bias.capacity) {
        bias.capacity = 2 * task->slot + 64;
        bias.of_slot = weft__grow(bias.of_slot, bias.capacity * sizeof *bias.of_slot);
    }
    while (bias.known <= task->slot) {
        bias.of_slot[bias.known++] = (weft__preference){0};
    }
    weft__preference *const preference = &bias.of_slot[task->slot];
    if (preference->seq != task->seq) {
        *preference = (weft__preference){.seq = task->seq,
                                         .picks = PICKS_MAX,
                                         .index = weft__draw(bias.draws, (uint32_t)task->op.n)};
    }
    return preference;
}

static bool is_select(const weft__task *task)
{
    return !weft__task_is_timer(task) && !task->internal && task->op.kind == WEFT__OP_SELECT &&
           task->op.n > 1;
}

static bool on_channel(const weft_case *one)
{
    return one->kind <= WEFT_CASE_SEND && one->chan != NULL;
}

static bool is_held(const weft__task *task)
{
    if (!is_select(task)) {
        return false;
    }
    weft__preference *const preference = preference_of(task);
    const weft_case *const preferred = (const weft_case *)task->op.object + preference->index;
    if (preference->picks == 0 || !on_channel(preferred) || weft__case_looks_ready(preferred)) {
        return false;
    }
    preference->picks--;
    return true;
}

weft__task *const *weft__bias_filter(weft__task *const *tasks, uint32_t count, uint32_t *ret_count)
{
    *ret_count = count;
    if (!bias.on) {
        return tasks;
    }
    if (count > bias.free_capacity) {
        bias.free_capacity = 2 * count;
        bias.free = weft__grow(bias.free, bias.free_capacity * sizeof(weft__task *));
    }
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (!is_held(tasks[i])) {
            bias.free[free_count++] = tasks[i];
        }
    }
    if (free_count == 0) {
        return tasks;
    }
    *ret_count = free_count;
    return bias.free;
}

uint32_t weft__bias_choose(const weft__task *task, uint32_t arity)
{
    if (!bias.on || !is_select(task)) {
        return arity;
    }
    const weft_case *const cases = task->op.object;
    const uint64_t preferred = preference_of(task)->index;
    uint32_t ready = 0;
    if (!on_channel(&cases[preferred]) || !weft__case_looks_ready(&cases[preferred])) {
        return arity;
    }
    for (uint64_t i = 0; i < preferred; i++) {
        ready += on_channel(&cases[i]) && weft__case_looks_ready(&cases[i]) ? 1 : 0;
    }
    return ready < arity ? ready : arity;
}
