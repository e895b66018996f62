/* atomics.c: see atomics.h. */
#include "atomics.h"

#include <stdatomic.h>
#include <string.h>

#include "happens_before.h"
#include "shadow.h"
#include "watch.h"

/* What fences make of relaxed atomics, by goroutine. */
typedef struct weft__fences {
    weft__vector loaded;   /* released by what its relaxed loads have read */
    weft__vector released; /* as of its last release fence */
} weft__fences;

static struct {
    weft__fences *fences;
    size_t count; /* of this run */
    size_t capacity;
} atomics WEFT_KEEP;

void weft__atomics_reset(void)
{
    atomics.count = 0;
}

static weft__fences *fences_of(uint32_t slot)
{
    atomics.fences = weft__with_zeroed(atomics.fences, slot + (size_t)1, &atomics.capacity,
                                       sizeof *atomics.fences);
    for (; atomics.count <= slot; atomics.count++) {
        atomics.fences[atomics.count].loaded.length = 0;
        atomics.fences[atomics.count].released.length = 0;
    }
    return &atomics.fences[slot];
}

static bool acquires(int order)
{
    return order != memory_order_relaxed && order != memory_order_release;
}

static bool releases(int order)
{
    return order == memory_order_release || order == memory_order_acq_rel ||
           order == memory_order_seq_cst;
}

/* ---- Memory ---- */

static weft__bits fetch(const volatile void *address, size_t size)
{
    weft__bits value = 0;
    memcpy(&value, (const void *)(uintptr_t)address,
           size); /* both architectures: low bytes first */
    return value;
}

static void put(volatile void *address, size_t size, weft__bits value)
{
    memcpy((void *)(uintptr_t)address, &value, size);
}

static weft__bits modified(weft__bits old, weft__modification how, weft__bits operand)
{
    switch (how) {
    case WEFT__FETCH_ADD:
        return old + operand;
    case WEFT__FETCH_SUB:
        return old - operand;
    case WEFT__FETCH_AND:
        return old & operand;
    case WEFT__FETCH_OR:
        return old | operand;
    case WEFT__FETCH_XOR:
        return old ^ operand;
    case WEFT__FETCH_NAND:
        return ~(old & operand);
    case WEFT__EXCHANGE:
    default:
        return operand;
    }
}

/* ---- Order ---- */

static void note_load(weft__atomic a, int order)
{
    const uint32_t slot = weft__the_watch.slot;
    const weft__vector *const released = weft__hb_location(a.address);
    if (acquires(order)) {
        weft__hb_acquire(slot, released);
    } else {
        weft__vector_join(&fences_of(slot)->loaded, released);
    }
}

/* A store by itself ends what earlier ones have released there; part of a read-modify-write it goes
 * on with it. */
static void note_store(weft__atomic a, int order, bool of_modification)
{
    const uint32_t slot = weft__the_watch.slot;
    weft__vector *const released = weft__hb_location(a.address);
    if (!of_modification) {
        released->length = 0;
    }
    if (releases(order)) {
        weft__hb_release(slot, released);
    } else {
        weft__vector_join(released, &fences_of(slot)->released);
    }
}

static void use(weft__atomic a, bool writes)
{
    const weft__watch *const watch = &weft__the_watch;
    if (weft__the_run.plan.races != WEFT__RACES_OFF) {
        weft__shadow_access(watch->slot, watch->clock, a.address, a.size,
                            writes ? WEFT__SHADOW_ATOMIC_WRITE : WEFT__SHADOW_ATOMIC_READ, a.site);
    }
}

/* Others may go first. Whether the order of things is wanted. */
static bool take_turn(weft__op_kind kind, weft__atomic a)
{
    if (!weft__watch_ready()) {
        return false;
    }
    weft__watch_point(kind, a.address, a.size, a.site);
    return weft__watch_ready() && weft__the_watch.orders;
}

/* ---- The operations ---- */

weft__bits weft__atomic_load(weft__atomic a, int order)
{
    if (take_turn(WEFT__OP_LOAD, a)) {
        use(a, false);
        note_load(a, order);
    }
    return fetch(a.address, a.size);
}

void weft__atomic_store(weft__atomic a, weft__bits value, int order)
{
    if (take_turn(WEFT__OP_STORE, a)) {
        use(a, true);
        note_store(a, order, false);
    }
    put(a.address, a.size, value);
}

weft__bits weft__atomic_modify(weft__atomic a, weft__modification how, weft__bits operand,
                               int order)
{
    if (take_turn(WEFT__OP_MODIFY, a)) {
        use(a, true);
        note_load(a, order);
        note_store(a, order, true);
    }
    const weft__bits old = fetch(a.address, a.size);
    put(a.address, a.size, modified(old, how, operand));
    return old;
}

bool weft__atomic_compare_exchange(weft__atomic a, weft__bits *expected, weft__bits desired,
                                   int success, int failure)
{
    const bool watched = take_turn(WEFT__OP_MODIFY, a);
    const weft__bits old = fetch(a.address, a.size);
    const bool equal = old == *expected;
    if (watched) {
        use(a, equal);
        note_load(a, equal ? success : failure);
        if (equal) {
            note_store(a, success, true);
        }
    }
    if (equal) {
        put(a.address, a.size, desired);
    }
    *expected = old;
    return equal;
}

void weft__atomic_fence(int order, const void *site)
{
    if (!take_turn(WEFT__OP_FENCE, (weft__atomic){.site = site})) {
        return;
    }
    const uint32_t slot = weft__the_watch.slot;
    weft__fences *const fences = fences_of(slot);
    if (acquires(order)) {
        weft__hb_acquire(slot, &fences->loaded);
    }
    if (releases(order)) {
        fences->released.length = 0;
        weft__hb_release(slot, &fences->released);
    }
}
