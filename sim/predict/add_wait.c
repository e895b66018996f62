/* add_wait.c: additions to a wait group that find it at zero and could come after the wait, which
 * then waits for nobody. */
#include "../addresses.h"
#include "acts.h"
#include "predict.h"

enum { SCAN_MAX = 1 << 20 }; /* acts looked at in one run */

static weft__addresses counts WEFT_KEEP; /* of the groups, as the run goes */

static void find_waits(const weft__acts *acts, uint32_t add, uint32_t *scanned)
{
    for (uint32_t i = add + 1; i < acts->count && *scanned < SCAN_MAX; i++) {
        ++*scanned;
        if (acts->list[i].kind == WEFT__OP_WG_WAIT &&
            acts->list[i].object == acts->list[add].object && weft__acts_concurrent(acts, add, i)) {
            weft__predict_add(&(weft__prediction){
                .suspicion = WEFT__SUSPECT_ADD_WAIT,
                .constraints = {weft__act_before(acts, i, add)},
                .count = 1,
            });
        }
    }
}

void weft__predict_add_wait(const weft__acts *acts)
{
    uint32_t scanned = 0;
    weft__addresses_reset(&counts);
    for (uint32_t i = 0; i < acts->count; i++) {
        const weft__act *const act = &acts->list[i];
        if (act->kind != WEFT__OP_WG_ADD) {
            continue;
        }
        uint64_t *const count = weft__addresses_at(&counts, (const void *)(uintptr_t)act->object);
        if (*count == 0 && act->delta > 0) {
            find_waits(acts, i, &scanned);
        }
        *count += (uint64_t)(int64_t)act->delta;
    }
}
