/* lock_wait.c: waiting, for a channel, a wait group or a cond, with a lock that those need who
 * could end the waiting.
 *
 * In the run that passed they came first; the directed runs keep them from the lock until who waits
 * has it. */
#include "holdings.h"
#include "predict.h"

/* In one run: waits and what could end them; acts looked at for that. */
enum { SEARCH_MAX = 512, SCAN_MAX = 1 << 20 };

static struct {
    const weft__acts *acts;
    uint32_t looked;
    uint32_t scanned;
} waits WEFT_KEEP;

static bool waits_at(const weft__act *act)
{
    switch (act->kind) {
    case WEFT__OP_SEND:
    case WEFT__OP_RECV:
    case WEFT__OP_WG_WAIT:
    case WEFT__OP_COND_WAIT:
        return true;
    default:
        return act->of_select;
    }
}

static bool ends(const weft__act *act, uint32_t waiting)
{
    switch (act->kind) {
    case WEFT__OP_RECV:
    case WEFT__OP_TRY_RECV:
        return waiting == WEFT__OP_SEND || waiting == WEFT__OP_TRY_SEND;
    case WEFT__OP_SEND:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_CLOSE:
        return waiting == WEFT__OP_RECV || waiting == WEFT__OP_TRY_RECV;
    case WEFT__OP_WG_ADD:
        return waiting == WEFT__OP_WG_WAIT && act->delta < 0;
    case WEFT__OP_SIGNAL:
    case WEFT__OP_BROADCAST:
        return waiting == WEFT__OP_COND_WAIT;
    default:
        return false;
    }
}

/* Who ends the waiting by act `end` needed the lock that `taken` took: the last time before. */
static void find_need(uint32_t taken, uint32_t end)
{
    const weft__acts *const acts = waits.acts;
    const weft__act *const lock = &acts->list[taken];
    for (uint32_t i = end; i-- > 0;) {
        const weft__act *const act = &acts->list[i];
        if (act->slot != acts->list[end].slot || act->object != lock->object ||
            !weft__act_locks(act)) {
            continue;
        }
        if (!weft__acts_share(act, lock) && weft__acts_concurrent(acts, taken, i)) {
            weft__predict_add(&(weft__prediction){
                .suspicion = WEFT__SUSPECT_LOCK_WAIT,
                .constraints = {weft__act_before(acts, taken, i)},
                .count = 1,
            });
        }
        return;
    }
}

/* A cond gives up one lock while it waits: the last, as far as one can tell. */
static void find_ends(uint32_t waiting, const weft__holdings *held)
{
    const weft__acts *const acts = waits.acts;
    const weft__act *const wait = &acts->list[waiting];
    const uint32_t kept = held->count - (wait->kind == WEFT__OP_COND_WAIT ? 1 : 0);
    for (uint32_t end = 0; kept != 0 && end < acts->count; end++) {
        if (waits.looked >= SEARCH_MAX || waits.scanned++ >= SCAN_MAX) {
            return;
        }
        const weft__act *const act = &acts->list[end];
        if (act->object != wait->object || act->slot == wait->slot || !ends(act, wait->kind)) {
            continue;
        }
        for (uint32_t i = 0; i < kept; i++) {
            waits.looked++;
            find_need(held->acts[i], end);
        }
    }
}

void weft__predict_lock_waits(const weft__acts *acts)
{
    waits.acts = acts;
    waits.looked = 0;
    waits.scanned = 0;
    weft__holdings_reset();
    for (uint32_t i = 0; i < acts->count; i++) {
        const weft__holdings *const held = weft__holdings_of(acts->list[i].slot);
        if (held->count != 0 && waits_at(&acts->list[i])) {
            find_ends(i, held);
        }
        weft__holdings_change(acts, i);
    }
}
