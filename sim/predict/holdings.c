/* holdings.c: see holdings.h. */
#include "holdings.h"

#include <string.h>

#include "../memory.h"

static struct {
    weft__holdings *of_slot;
    uint32_t capacity;
} holdings WEFT_KEEP;

void weft__holdings_reset(void)
{
    const uint32_t count = weft__the_run.member_count;
    if (count > holdings.capacity) {
        holdings.capacity = 2 * count;
        holdings.of_slot =
            weft__grow(holdings.of_slot, holdings.capacity * sizeof *holdings.of_slot);
    }
    memset(holdings.of_slot, 0, count * sizeof *holdings.of_slot);
}

const weft__holdings *weft__holdings_of(uint32_t slot)
{
    return &holdings.of_slot[slot];
}

static bool unlocks(const weft__act *act)
{
    return act->kind == WEFT__OP_UNLOCK || act->kind == WEFT__OP_RUNLOCK ||
           act->kind == WEFT__OP_WUNLOCK;
}

static bool give_back(const weft__acts *acts, weft__holdings *held, const weft__act *act)
{
    for (uint32_t k = held->count; k-- > 0;) {
        const weft__act *const taken = &acts->list[held->acts[k]];
        if (taken->object == act->object &&
            (taken->kind == WEFT__OP_RLOCK) == (act->kind == WEFT__OP_RUNLOCK)) {
            held->count--;
            memmove(&held->acts[k], &held->acts[k + 1], (held->count - k) * sizeof held->acts[0]);
            return true;
        }
    }
    return false;
}

void weft__holdings_change(const weft__acts *acts, uint32_t i)
{
    const weft__act *const act = &acts->list[i];
    weft__holdings *const mine = &holdings.of_slot[act->slot];
    if (weft__act_locks(act) && mine->count < WEFT__HELD_MAX) {
        mine->acts[mine->count++] = i;
    }
    if (!unlocks(act) || give_back(acts, mine, act)) {
        return;
    }
    for (uint32_t slot = 0; slot < weft__the_run.member_count; slot++) {
        if (give_back(acts, &holdings.of_slot[slot], act)) {
            return; /* what another has locked */
        }
    }
}
