/* lock_cycle.c: locks that are taken in orders that form a cycle.
 *
 * A link is "took this lock while holding those". A cycle of links of different goroutines, each of
 * which wants what the next one holds, is a deadlock if all can be in the middle of it at once:
 * nothing but locks orders them, and they hold no lock in common. The directed runs keep each from
 * taking the second lock before the next one has its first.
 *
 * A read lock that is taken again by who has it waits behind a writer that came between. */
#include "holdings.h"
#include "predict.h"

enum {
    LINKS_MAX = 256,
    LINKS_ALIKE = 4,
    CYCLE_MAX = WEFT__CONSTRAINTS_MAX,
    SEARCH_MAX = 1 << 14, /* links looked at, in one run */
};

typedef struct weft__lock_link {
    uint32_t wants; /* act */
    weft__holdings held;
} weft__lock_link;

static struct {
    const weft__acts *acts;
    weft__lock_link links[LINKS_MAX];
    uint32_t link_count;
    uint32_t path[CYCLE_MAX];
    uint32_t looked;
} cycles WEFT_KEEP;

static const weft__act *act_at(uint32_t i)
{
    return &cycles.acts->list[i];
}

static bool alike(const weft__lock_link *a, const weft__lock_link *b)
{
    const weft__act *const mine = act_at(a->wants);
    const weft__act *const other = act_at(b->wants);
    if (mine->slot != other->slot || mine->object != other->object || mine->kind != other->kind ||
        a->held.count != b->held.count) {
        return false;
    }
    for (uint32_t i = 0; i < a->held.count; i++) {
        if (act_at(a->held.acts[i])->object != act_at(b->held.acts[i])->object) {
            return false;
        }
    }
    return true;
}

static void add_link(uint32_t wants, const weft__holdings *held)
{
    const weft__lock_link link = {.wants = wants, .held = *held};
    uint32_t alike_count = 0;
    for (uint32_t i = 0; i < cycles.link_count; i++) {
        alike_count += alike(&cycles.links[i], &link) ? 1 : 0;
    }
    if (alike_count < LINKS_ALIKE && cycles.link_count < LINKS_MAX) {
        cycles.links[cycles.link_count++] = link;
    }
}

/* The act by which `holder` took what `waiter` wants; UINT32_MAX: it is not in the way. */
static uint32_t obstacle(const weft__lock_link *waiter, const weft__lock_link *holder)
{
    const weft__act *const wants = act_at(waiter->wants);
    for (uint32_t i = 0; i < holder->held.count; i++) {
        const weft__act *const taken = act_at(holder->held.acts[i]);
        if (taken->object == wants->object && !weft__acts_share(taken, wants)) {
            return holder->held.acts[i];
        }
    }
    return UINT32_MAX;
}

static bool have_a_lock_in_common(const weft__lock_link *a, const weft__lock_link *b)
{
    for (uint32_t i = 0; i < a->held.count; i++) {
        for (uint32_t k = 0; k < b->held.count; k++) {
            const weft__act *const mine = act_at(a->held.acts[i]);
            const weft__act *const other = act_at(b->held.acts[k]);
            if (mine->object == other->object && !weft__acts_share(mine, other)) {
                return true;
            }
        }
    }
    return false;
}

/* Whether the link may be in the middle of itself at the same time as all of the path. */
static bool fits(uint32_t link, uint32_t length)
{
    const weft__lock_link *const next = &cycles.links[link];
    for (uint32_t i = 0; i < length; i++) {
        const weft__lock_link *const one = &cycles.links[cycles.path[i]];
        if (!weft__acts_concurrent(cycles.acts, one->wants, next->wants) ||
            have_a_lock_in_common(one, next)) {
            return false;
        }
    }
    return true;
}

static void predict(uint32_t length)
{
    weft__prediction p = {.suspicion = WEFT__SUSPECT_LOCK_CYCLE, .count = length};
    for (uint32_t i = 0; i < length; i++) {
        const weft__lock_link *const waiter = &cycles.links[cycles.path[i]];
        const weft__lock_link *const holder = &cycles.links[cycles.path[(i + 1) % length]];
        p.constraints[i] = weft__act_before(cycles.acts, obstacle(waiter, holder), waiter->wants);
    }
    weft__predict_add(&p);
}

/* Each cycle starts with the link of the smallest number. */
static void extend(uint32_t length) // NOLINT(misc-no-recursion): CYCLE_MAX deep
{
    const weft__lock_link *const last = &cycles.links[cycles.path[length - 1]];
    if (length > 1 && obstacle(last, &cycles.links[cycles.path[0]]) != UINT32_MAX) {
        predict(length);
        return;
    }
    for (uint32_t i = cycles.path[0] + 1; i < cycles.link_count && length < CYCLE_MAX; i++) {
        if (cycles.looked++ >= SEARCH_MAX) {
            return;
        }
        if (obstacle(last, &cycles.links[i]) != UINT32_MAX && fits(i, length)) {
            cycles.path[length] = i;
            extend(length + 1);
        }
    }
}

/* ---- A read lock taken twice ---- */

static void find_writers(uint32_t first, uint32_t second)
{
    const weft__acts *const acts = cycles.acts;
    for (uint32_t i = 0; i < acts->count; i++) {
        if (acts->list[i].kind == WEFT__OP_WLOCK && acts->list[i].object == act_at(first)->object &&
            weft__acts_concurrent(acts, first, i) && weft__acts_concurrent(acts, second, i)) {
            weft__predict_add(&(weft__prediction){
                .suspicion = WEFT__SUSPECT_READ_LOCKS,
                .constraints = {weft__act_before(acts, first, i),
                                weft__act_before(acts, i, second)},
                .count = 2,
            });
        }
    }
}

static void find_read_twice(const weft__lock_link *link)
{
    const weft__act *const wants = act_at(link->wants);
    for (uint32_t i = 0; i < link->held.count; i++) {
        const weft__act *const taken = act_at(link->held.acts[i]);
        if (taken->object == wants->object && weft__acts_share(taken, wants)) {
            find_writers(link->held.acts[i], link->wants);
        }
    }
}

void weft__predict_lock_cycles(const weft__acts *acts)
{
    cycles.acts = acts;
    cycles.link_count = 0;
    cycles.looked = 0;
    weft__holdings_reset();
    for (uint32_t i = 0; i < acts->count; i++) {
        const weft__holdings *const held = weft__holdings_of(acts->list[i].slot);
        if (weft__act_locks(&acts->list[i]) && held->count != 0) {
            add_link(i, held);
        }
        weft__holdings_change(acts, i);
    }
    for (uint32_t i = 0; i < cycles.link_count; i++) {
        cycles.path[0] = i;
        extend(1);
        find_read_twice(&cycles.links[i]);
    }
}
