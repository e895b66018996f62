/* replay.c: see replay.h. */
#include "replay.h"

#include <stdlib.h>
#include <string.h>

#include "../memory.h"

static bool same_position(const weft__decision *d, const weft__position *at, bool is_choice)
{
    return d->at.actor == at->actor && d->at.seq == at->seq && d->at.parked == at->parked &&
           d->at.fires == at->fires && (d->is_choice != 0) == is_choice;
}

static size_t slot_of(const weft__replayer *r, const weft__position *at, bool is_choice)
{
    const uint64_t rest = (uint64_t)at->seq << 34 | (uint64_t)at->parked << 32 |
                          (uint64_t)at->fires << 1 | (is_choice ? 1 : 0);
    return weft__mix(at->actor, rest) & (r->index_capacity - 1);
}

/* The decision for this position that has not been applied yet; NULL: none. */
static const weft__decision *find(weft__replayer *r, const weft__position *at, bool is_choice)
{
    const weft__decisions *const d = r->decisions;
    if (r->next < d->count && same_position(&d->list[r->next], at, is_choice)) {
        return &d->list[r->next];
    }
    for (size_t i = slot_of(r, at, is_choice); r->index[i] != 0;
         i = (i + 1) & (r->index_capacity - 1)) {
        const size_t candidate = r->index[i] - 1;
        if (r->applied_at[candidate] == 0 && same_position(&d->list[candidate], at, is_choice)) {
            return &d->list[candidate];
        }
    }
    return NULL;
}

static void applied(weft__replayer *r, const weft__decision *decision)
{
    const size_t i = (size_t)(decision - r->decisions->list);
    r->applied_at[i] = weft__the_run.trace.count + 1;
    r->next = i + 1;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    (void)draws;
    (void)run;
    weft__replayer *const r = (weft__replayer *)self;
    r->next = 0;
    memset(r->applied_at, 0, r->decisions->count * sizeof *r->applied_at);
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)current;
    weft__replayer *const r = (weft__replayer *)self;
    const weft__decision *const decision = find(r, &weft__the_run.position, false);
    for (uint32_t i = 0; decision != NULL && i < count; i++) {
        if (tasks[i]->name == decision->target) {
            applied(r, decision);
            return i;
        }
    }
    return weft__run_default(tasks, count);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    weft__replayer *const r = (weft__replayer *)self;
    const weft__position at = {
        .actor = task->name, .seq = task->seq, .fires = weft__the_run.choice_count};
    const weft__decision *const decision = find(r, &at, true);
    if (decision == NULL || decision->choice >= arity) {
        return 0;
    }
    applied(r, decision);
    return decision->choice;
}

void weft__replayer_init(weft__replayer *r, const weft__decisions *decisions)
{
    *r = (weft__replayer){
        .strategy = {.name = "replay", .begin = begin, .pick = pick, .choose = choose},
        .decisions = decisions,
        .index_capacity = 16,
    };
    while (r->index_capacity < 2 * decisions->count + 2) {
        r->index_capacity *= 2;
    }
    r->applied_at = weft__grow(NULL, (decisions->count + 1) * sizeof *r->applied_at);
    r->index = weft__grow(NULL, r->index_capacity * sizeof *r->index);
    memset(r->index, 0, r->index_capacity * sizeof *r->index);
    for (size_t k = 0; k < decisions->count; k++) {
        const weft__decision *const d = &decisions->list[k];
        size_t i = slot_of(r, &d->at, d->is_choice != 0);
        while (r->index[i] != 0) {
            i = (i + 1) & (r->index_capacity - 1);
        }
        r->index[i] = (uint32_t)(k + 1);
    }
}

void weft__replayer_clear(weft__replayer *r)
{
    free(r->applied_at);
    free(r->index);
    *r = (weft__replayer){0};
}

void weft__replay(weft__replayer *replayer, const weft__plan *plan)
{
    weft__plan mine = *plan;
    mine.strategy = &replayer->strategy;
    mine.replaying = true;
    mine.verdict_only = false;
    mine.starts_first = false;
    mine.record = NULL;
    (void)weft__run_execute(&mine);
}

void weft__decisions_add(weft__decisions *list, weft__decision decision)
{
    if (list->count == list->capacity) {
        list->capacity = list->capacity == 0 ? 64 : list->capacity * 2;
        list->list = weft__grow(list->list, list->capacity * sizeof *list->list);
    }
    list->list[list->count++] = decision;
}

void weft__decisions_copy(weft__decisions *into, const weft__decisions *from)
{
    weft__decisions_without(into, from, 0, 0);
}

void weft__decisions_without(weft__decisions *into, const weft__decisions *from, size_t start,
                             size_t length)
{
    into->count = 0;
    for (size_t i = 0; i < from->count; i++) {
        if (i < start || i >= start + length) {
            weft__decisions_add(into, from->list[i]);
        }
    }
}
