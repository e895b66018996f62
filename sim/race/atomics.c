/* atomics.c: see atomics.h. */
#include "atomics.h"

#include "happens_before.h"
#include "orders.h"
#include "shadow.h"
#include "watch.h"
#include "weak.h"

static const weft__plan *const plan = &weft__the_run.plan;

void weft__atomics_reset(void)
{
    weft__orders_reset();
    weft__weak_reset();
}

weft__bits weft__modified(weft__bits old, weft__modification how, weft__bits operand)
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

void weft__atomic_use(weft__atomic a, bool writes)
{
    const weft__watch *const watch = &weft__the_watch;
    if (plan->races != WEFT__RACES_OFF) {
        weft__shadow_access(watch->slot, watch->clock, a.address, a.size,
                            writes ? WEFT__SHADOW_ATOMIC_WRITE : WEFT__SHADOW_ATOMIC_READ, a.site);
    }
}

/* What a load at this address knows: all that the last store has released. */
static weft__vector *released_at(weft__atomic a)
{
    return weft__hb_location(a.address);
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

/* The same, and memory is weak. */
static bool is_weak(bool watched)
{
    return watched && plan->memory == WEFT__MEMORY_C11;
}

weft__bits weft__atomic_load(weft__atomic a, int order)
{
    const bool watched = take_turn(WEFT__OP_LOAD, a);
    if (is_weak(watched)) {
        return weft__weak_load(a, order);
    }
    if (watched) {
        weft__atomic_use(a, false);
        weft__order_loaded(released_at(a), order);
    }
    return weft__bits_fetch(a.address, a.size);
}

void weft__atomic_store(weft__atomic a, weft__bits value, int order)
{
    const bool watched = take_turn(WEFT__OP_STORE, a);
    if (is_weak(watched)) {
        weft__weak_store(a, value, order);
        return;
    }
    if (watched) {
        weft__atomic_use(a, true);
        weft__order_stored(released_at(a), order, false);
    }
    weft__bits_put(a.address, a.size, value);
}

weft__bits weft__atomic_modify(weft__atomic a, weft__modification how, weft__bits operand,
                               int order)
{
    const bool watched = take_turn(WEFT__OP_MODIFY, a);
    if (is_weak(watched)) {
        return weft__weak_modify(a, how, operand, order);
    }
    if (watched) {
        weft__atomic_use(a, true);
        weft__order_loaded(released_at(a), order);
        weft__order_stored(released_at(a), order, true);
    }
    const weft__bits old = weft__bits_fetch(a.address, a.size);
    weft__bits_put(a.address, a.size, weft__modified(old, how, operand));
    return old;
}

bool weft__atomic_compare_exchange(weft__atomic a, const weft__comparison *c, weft__bits *ret_old)
{
    const bool watched = take_turn(WEFT__OP_MODIFY, a);
    if (is_weak(watched)) {
        return weft__weak_compare_exchange(a, c, ret_old);
    }
    const weft__bits old = weft__bits_fetch(a.address, a.size);
    const bool equal = old == c->expected;
    if (watched) {
        weft__atomic_use(a, equal);
        weft__order_loaded(released_at(a), equal ? c->success : c->failure);
        if (equal) {
            weft__order_stored(released_at(a), c->success, true);
        }
    }
    if (equal) {
        weft__bits_put(a.address, a.size, c->desired);
    }
    *ret_old = old;
    return equal;
}

void weft__atomic_fence(int order, const void *site)
{
    const bool watched = take_turn(WEFT__OP_FENCE, (weft__atomic){.site = site});
    if (is_weak(watched)) {
        weft__weak_fence(order);
    } else if (watched) {
        weft__order_fence_acquires(order);
        weft__order_fence_releases(order);
    }
}
