/* weak.c: see weak.h. */
#include "weak.h"

#include "../order/observe.h"
#include "happens_before.h"
#include "histories.h"
#include "orders.h"
#include "seq_cst.h"
#include "watch.h"

static weft__run *const run = &weft__the_run;

enum { OUTCOMES_MAX = 32 };

/* What the operation may come to: it reads this store, or is placed behind it, or both. */
typedef struct weft__outcome_of {
    uint32_t index;
    bool stores;
    int order;
} weft__outcome_of;

typedef struct weft__outcomes {
    weft__history *history;
    const weft__comparison *comparison; /* NULL: it is none */
    bool loads;
    bool stores;
    int order;
    uint32_t count;
    uint32_t impossible; /* bit n: number n is ruled out */
    bool abridged;       /* there were more */
    weft__outcome_of list[OUTCOMES_MAX];
} weft__outcomes;

static weft__vector clock WEFT_KEEP; /* scratch: after an acquire */

void weft__weak_reset(void)
{
    weft__histories_reset();
    weft__sc_reset();
}

/* ---- What there is to choose from ---- */

static bool is_seq_cst(int order)
{
    return order == memory_order_seq_cst;
}

static weft__stamp my_stamp(void)
{
    const uint32_t slot = weft__the_watch.slot;
    return (weft__stamp){.slot = slot, .time = weft__vector_at(weft__hb_clock(slot), slot)};
}

static weft__sc_access access_at(const weft__outcomes *o, uint32_t index, int order,
                                 const weft__vector *known)
{
    return (weft__sc_access){
        .history = o->history,
        .index = index,
        .slot = weft__the_watch.slot,
        .clock = known,
        .seq_cst = is_seq_cst(order),
    };
}

static bool is_possible(const weft__outcomes *o, const weft__outcome_of *outcome)
{
    const weft__vector *known = weft__hb_clock(weft__the_watch.slot);
    if (o->loads && weft__order_acquires(outcome->order)) {
        weft__vector_copy(&clock, known);
        weft__vector_join(&clock, &weft__history_at(o->history, outcome->index)->released);
        known = &clock;
    }
    const weft__sc_access access = access_at(o, outcome->index, outcome->order, known);
    return weft__sc_allows(&access);
}

static void add(weft__outcomes *o, weft__outcome_of outcome)
{
    if (o->count == OUTCOMES_MAX) {
        o->abridged = true;
        run->abridged = true;
        return;
    }
    if (!is_possible(o, &outcome)) {
        o->impossible |= UINT32_C(1) << o->count;
    }
    o->list[o->count++] = outcome;
}

/* Nothing comes between a store and the read-modify-write that has read it. */
static void add_at(weft__outcomes *o, uint32_t index)
{
    const weft__comparison *const c = o->comparison;
    const bool equal = c == NULL || weft__history_at(o->history, index)->value == c->expected;
    if (o->stores && equal && !weft__history_is_modified(o->history, index)) {
        add(o, (weft__outcome_of){index, true, o->order});
    }
    if (c != NULL && (!equal || c->may_fail)) {
        add(o, (weft__outcome_of){index, false, c->failure});
    }
    if (!o->stores) {
        add(o, (weft__outcome_of){index, false, o->order});
    }
}

/* From the last store back to the first that the goroutine knows of, or knows a load of. */
static void find_outcomes(weft__outcomes *o)
{
    const weft__vector *const known = weft__hb_clock(weft__the_watch.slot);
    bool last = false;
    for (uint32_t index = o->history->count; index-- > 0 && !last && !o->abridged;) {
        const weft__stored *const stored = weft__history_at(o->history, index);
        last = weft__stored_known(stored, known) || weft__stored_read_known(stored, known);
        add_at(o, index);
    }
}

static weft__outcome_of choose(weft__outcomes *o)
{
    find_outcomes(o);
    const uint32_t chosen =
        o->count == 1 ? 0 : weft__run_choose_among(run->current, o->count, o->impossible);
    return o->list[chosen];
}

/* ---- What comes of it ---- */

static void load(const weft__outcomes *o, uint32_t index, int order)
{
    weft__order_loaded(&weft__history_at(o->history, index)->released, order);
    weft__stored_read(weft__history_at(o->history, index), my_stamp());
    const weft__sc_access access = access_at(o, index, order, weft__hb_clock(weft__the_watch.slot));
    weft__sc_loaded(&access);
}

/* Behind the store `index`. Memory holds what is last. */
static void store(const weft__outcomes *o, weft__atomic a, uint32_t index, weft__bits value,
                  int order)
{
    weft__history *const history = o->history;
    const weft__bits cut = weft__bits_cut(value, a.size);
    weft__stored *const fresh = weft__history_insert(history, index + 1, cut, my_stamp());
    const weft__sc_access access =
        access_at(o, index + 1, order, weft__hb_clock(weft__the_watch.slot));
    weft__sc_stored(&access);
    if (o->loads) {
        fresh->modifies = true;
        weft__vector_copy(&fresh->released, &weft__history_at(history, index)->released);
    }
    weft__order_stored(&fresh->released, order, o->loads);
    weft__bits_put(a.address, a.size, weft__history_at(history, history->count - 1)->value);
}

static weft__history *history_of(weft__atomic a)
{
    return weft__history_of(a.address, a.size, weft__bits_fetch(a.address, a.size));
}

weft__bits weft__weak_load(weft__atomic a, int order)
{
    weft__outcomes o = {.history = history_of(a), .loads = true, .order = order};
    const weft__outcome_of outcome = choose(&o);
    weft__atomic_use(a, false);
    load(&o, outcome.index, order);
    return weft__history_at(o.history, outcome.index)->value;
}

void weft__weak_store(weft__atomic a, weft__bits value, int order)
{
    weft__outcomes o = {.history = history_of(a), .stores = true, .order = order};
    const weft__outcome_of outcome = choose(&o);
    weft__atomic_use(a, true);
    store(&o, a, outcome.index, value, order);
}

/* The load's part in S is the store's: they are one operation. */
static void load_and_store(const weft__outcomes *o, weft__atomic a, uint32_t index,
                           weft__bits value, int order)
{
    weft__order_loaded(&weft__history_at(o->history, index)->released, order);
    store(o, a, index, value, order);
    weft__observe_modified(true);
}

weft__bits weft__weak_modify(weft__atomic a, weft__modification how, weft__bits operand, int order)
{
    weft__outcomes o = {.history = history_of(a), .loads = true, .stores = true, .order = order};
    const weft__outcome_of outcome = choose(&o);
    const weft__bits old = weft__history_at(o.history, outcome.index)->value;
    weft__atomic_use(a, true);
    load_and_store(&o, a, outcome.index, weft__modified(old, how, operand), order);
    return old;
}

bool weft__weak_compare_exchange(weft__atomic a, const weft__comparison *c, weft__bits *ret_old)
{
    weft__outcomes o = {.history = history_of(a),
                        .comparison = c,
                        .loads = true,
                        .stores = true,
                        .order = c->success};
    const weft__outcome_of outcome = choose(&o);
    *ret_old = weft__history_at(o.history, outcome.index)->value;
    weft__atomic_use(a, outcome.stores);
    if (outcome.stores) {
        load_and_store(&o, a, outcome.index, c->desired, outcome.order);
    } else {
        load(&o, outcome.index, outcome.order);
        weft__observe_modified(false);
    }
    return outcome.stores;
}

void weft__weak_fence(int order)
{
    const uint32_t slot = weft__the_watch.slot;
    weft__order_fence_acquires(order);
    if (is_seq_cst(order)) {
        weft__sc_fence(slot, weft__hb_clock(slot));
    }
    weft__order_fence_releases(order);
}
