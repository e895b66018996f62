/* ranks.c: see ranks.h. */
#include "ranks.h"

#include <string.h>

#include "../hash.h"
#include "../memory.h"
#include "dependence.h"

void weft__ranks_begin(weft__ranks *ranks, weft__stream *draws)
{
    if (ranks->capacity != 0) {
        memset(ranks->of_slot, 0, ranks->capacity * sizeof *ranks->of_slot);
    }
    ranks->draws = draws;
    ranks->salt = weft__draw64(draws);
}

static void make_room(weft__ranks *ranks, uint32_t slot)
{
    const size_t before = ranks->capacity;
    if (slot < before) {
        return;
    }
    ranks->capacity = before == 0 ? 64 : before * 2;
    while (ranks->capacity <= slot) {
        ranks->capacity *= 2;
    }
    ranks->of_slot = weft__grow(ranks->of_slot, ranks->capacity * sizeof *ranks->of_slot);
    memset(ranks->of_slot + before, 0, (ranks->capacity - before) * sizeof *ranks->of_slot);
}

uint64_t weft__rank(weft__ranks *ranks, const weft__task *task)
{
    if (weft__task_is_timer(task)) {
        return weft__mix(ranks->salt ^ task->seq, task->name) | (uint64_t)1 << 32;
    }
    make_room(ranks, task->slot);
    if (ranks->of_slot[task->slot] == 0) {
        ranks->of_slot[task->slot] = weft__draw64(ranks->draws) | (uint64_t)1 << 32;
    }
    return ranks->of_slot[task->slot];
}

void weft__rank_set(weft__ranks *ranks, const weft__task *task, uint64_t rank)
{
    if (!weft__task_is_timer(task)) {
        make_room(ranks, task->slot);
        ranks->of_slot[task->slot] = rank;
    }
}

uint32_t weft__rank_highest(weft__ranks *ranks, weft__task *const *tasks, uint32_t count)
{
    uint32_t best = 0;
    uint64_t highest = 0;
    for (uint32_t i = 0; i < count; i++) {
        const uint64_t rank = weft__rank(ranks, tasks[i]);
        if (rank > highest) {
            highest = rank;
            best = i;
        }
    }
    return best;
}

void weft__ranks_make_bands(weft__ranks *ranks, uint32_t count)
{
    if (count > ranks->band_capacity) {
        ranks->band_capacity = 2 * count;
        ranks->bands = weft__grow(ranks->bands, ranks->band_capacity);
    }
}

uint32_t weft__rank_highest_banded(weft__ranks *ranks, weft__task *const *tasks, uint32_t count)
{
    uint32_t best = 0;
    uint64_t highest = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (ranks->bands[i] < ranks->bands[best]) {
            continue;
        }
        const uint64_t rank = weft__rank(ranks, tasks[i]);
        if (rank > highest || ranks->bands[i] > ranks->bands[best]) {
            highest = rank;
            best = i;
        }
    }
    return best;
}

void weft__rank_race(weft__ranks *ranks, weft__task *const *tasks, uint32_t count, uint32_t best)
{
    for (uint32_t i = 0; i < count; i++) {
        if (i != best && weft__dependent(tasks[i], tasks[best])) {
            weft__rank_set(ranks, tasks[i], 0);
        }
    }
}
