/* seq_cst.c: see seq_cst.h. */
#include "seq_cst.h"

#include <weft.h>

typedef struct weft__node {
    uint32_t slot;
    uint32_t number;
    uint32_t time;
    uint32_t fence;      /* number of the goroutine's last fence, this one included; 0: none */
    weft__vector clock;  /* what happens before it */
    weft__vector before; /* what is before it in S */
} weft__node;

typedef struct weft__nodes_of {
    uint32_t *list; /* indices */
    uint32_t count;
    size_t capacity;
} weft__nodes_of;

/* What is before an access that is not a node itself, closed; and its part behind the fences. */
typedef struct weft__sc_past {
    weft__vector all;
    weft__vector fences;
} weft__sc_past;

static struct {
    weft__node *nodes;
    size_t count; /* of this run */
    size_t capacity;
    weft__nodes_of *goroutines; /* by slot */
    size_t goroutine_count;
    size_t goroutine_capacity;
    weft__sc_past past;
    weft__vector firsts; /* scratch: the first nodes of each goroutine that an edge leads to */
} sc WEFT_KEEP;

void weft__sc_reset(void)
{
    sc.count = 0;
    sc.goroutine_count = 0;
}

/* ---- Nodes ---- */

static weft__node *node_at(uint32_t slot, uint32_t number)
{
    return &sc.nodes[sc.goroutines[slot].list[number - 1]];
}

static weft__nodes_of *nodes_of(uint32_t slot)
{
    sc.goroutines = weft__with_zeroed(sc.goroutines, slot + (size_t)1, &sc.goroutine_capacity,
                                      sizeof *sc.goroutines);
    for (; sc.goroutine_count <= slot; sc.goroutine_count++) {
        sc.goroutines[sc.goroutine_count].count = 0;
    }
    return &sc.goroutines[slot];
}

/* The number of the goroutine's last node that happens before a point with this clock. */
static uint32_t last_known(uint32_t slot, const weft__vector *clock)
{
    const uint32_t known = weft__vector_at(clock, slot);
    uint32_t low = 0;
    uint32_t high = sc.goroutines[slot].count;
    while (low < high) {
        const uint32_t middle = (low + high + 1) / 2;
        if (node_at(slot, middle)->time <= known) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return low;
}

static uint32_t last_fence(uint32_t slot, uint32_t number)
{
    return number == 0 ? 0 : node_at(slot, number)->fence;
}

static void raise(weft__vector *v, uint32_t slot, uint32_t number)
{
    if (number > weft__vector_at(v, slot)) {
        weft__vector_lengthen(v, slot + 1);
        v->at[slot] = number;
    }
}

/* The node, and what is before it. */
static void add_closed(weft__vector *into, uint32_t slot, uint32_t number)
{
    if (number > weft__vector_at(into, slot)) {
        weft__vector_join(into, &node_at(slot, number)->before);
        raise(into, slot, number);
    }
}

static void add_all_closed(weft__vector *into, const weft__vector *nodes)
{
    for (uint32_t slot = 0; slot < nodes->length; slot++) {
        add_closed(into, slot, nodes->at[slot]);
    }
}

static const weft__sc_past *past_of(const weft__vector *clock, bool seq_cst)
{
    sc.past.all.length = 0;
    sc.past.fences.length = 0;
    for (uint32_t slot = 0; slot < sc.goroutine_count; slot++) {
        const uint32_t number = last_known(slot, clock);
        const uint32_t fence = last_fence(slot, number);
        add_closed(&sc.past.fences, slot, fence);
        add_closed(&sc.past.all, slot, seq_cst ? number : fence);
    }
    return &sc.past;
}

/* It comes after all that it knows of. */
static weft__node *make_node(uint32_t slot, const weft__vector *clock, bool fence)
{
    const weft__sc_past *const past = past_of(clock, true);
    weft__nodes_of *const mine = nodes_of(slot);
    sc.nodes = weft__with_zeroed(sc.nodes, sc.count + 1, &sc.capacity, sizeof *sc.nodes);
    mine->list =
        weft__with_zeroed(mine->list, mine->count + (size_t)1, &mine->capacity, sizeof *mine->list);
    weft__node *const node = &sc.nodes[sc.count];
    node->slot = slot;
    node->number = mine->count + 1;
    node->time = weft__vector_at(clock, slot);
    node->fence = fence ? node->number : last_fence(slot, mine->count);
    weft__vector_copy(&node->clock, clock);
    weft__vector_copy(&node->before, &past->all);
    mine->list[mine->count++] = (uint32_t)sc.count++;
    return node;
}

/* ---- Edges that lead back: from what is new to what was there ---- */

/* Of a store: what the fences behind it know, or behind a load of it. */
typedef bool weft__known_fn(const weft__stored *stored, const weft__vector *clock);

/* Whether the goroutine's last fence up to this node is behind the store: so are all later ones. */
static bool is_behind(uint32_t slot, uint32_t number, const weft__stored *stored,
                      weft__known_fn *is_known)
{
    const uint32_t fence = last_fence(slot, number);
    return fence != 0 && is_known(stored, &node_at(slot, fence)->clock);
}

static bool has_behind(const weft__vector *past, const weft__stored *stored,
                       weft__known_fn *is_known)
{
    for (uint32_t slot = 0; slot < past->length; slot++) {
        if (is_behind(slot, past->at[slot], stored, is_known)) {
            return true;
        }
    }
    return false;
}

bool weft__sc_allows(const weft__sc_access *access)
{
    if (sc.count == 0 || access->index + 1 == access->history->count) {
        return true;
    }
    const weft__sc_past *const past = past_of(access->clock, access->seq_cst);
    for (uint32_t k = access->index + 1; k < access->history->count; k++) {
        const weft__stored *const stored = weft__history_at(access->history, k);
        const bool follows = stored->node != 0 &&
                             stored->node <= weft__vector_at(&past->all, stored->stamp.slot);
        if (follows || has_behind(&past->all, stored, weft__stored_known) ||
            has_behind(&past->fences, stored, weft__stored_read_known)) {
            return false;
        }
    }
    return true;
}

static void note_first(uint32_t slot, uint32_t number)
{
    const uint32_t first = weft__vector_at(&sc.firsts, slot);
    if (number != 0 && (first == 0 || number < first)) {
        weft__vector_lengthen(&sc.firsts, slot + 1);
        sc.firsts.at[slot] = number;
    }
}

/* The goroutine's first fence that is behind the store; 0: none is. */
static uint32_t first_behind(uint32_t slot, const weft__stored *stored, weft__known_fn *is_known)
{
    uint32_t low = 1;
    uint32_t high = sc.goroutines[slot].count;
    if (!is_behind(slot, high, stored, is_known)) {
        return 0;
    }
    while (low < high) {
        const uint32_t middle = (low + high) / 2;
        if (is_behind(slot, middle, stored, is_known)) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

static void note_firsts(const weft__sc_access *access, weft__known_fn *is_known)
{
    for (uint32_t k = access->index + 1; k < access->history->count; k++) {
        for (uint32_t slot = 0; slot < sc.goroutine_count; slot++) {
            note_first(slot, first_behind(slot, weft__history_at(access->history, k), is_known));
        }
    }
}

static bool is_after_firsts(uint32_t slot, uint32_t number)
{
    const weft__node *const node = node_at(slot, number);
    for (uint32_t i = 0; i < sc.firsts.length; i++) {
        const uint32_t first = sc.firsts.at[i];
        if (first != 0 &&
            ((i == slot && number >= first) || weft__vector_at(&node->before, i) >= first)) {
            return true;
        }
    }
    return false;
}

static bool covers(const weft__vector *v, const weft__vector *other)
{
    for (uint32_t slot = 0; slot < other->length; slot++) {
        if (weft__vector_at(v, slot) < other->at[slot]) {
            return false;
        }
    }
    return true;
}

/* All of `nodes`, which is closed, is before the first nodes, and before what is after them: the
 * last nodes of each goroutine. What is before one of these is before the next. */
static void put_before_firsts(const weft__vector *nodes)
{
    for (uint32_t slot = 0; slot < sc.goroutine_count; slot++) {
        uint32_t number = sc.goroutines[slot].count;
        while (number > 0 && is_after_firsts(slot, number)) {
            number--;
        }
        while (number < sc.goroutines[slot].count &&
               !covers(&node_at(slot, number + 1)->before, nodes)) {
            weft__vector_join(&node_at(slot, ++number)->before, nodes);
        }
    }
    sc.firsts.length = 0;
}

static void lead_back(const weft__sc_access *access, const weft__node *self)
{
    if (access->index + 1 == access->history->count) {
        return;
    }
    weft__sc_past *const past = &sc.past;
    (void)past_of(access->clock, false);
    if (self != NULL) {
        add_closed(&past->all, self->slot, self->number);
    }
    for (uint32_t k = access->index + 1; k < access->history->count; k++) {
        const weft__stored *const stored = weft__history_at(access->history, k);
        note_first(stored->stamp.slot, stored->node);
    }
    note_firsts(access, weft__stored_known);
    put_before_firsts(&past->all);
    note_firsts(access, weft__stored_read_known);
    put_before_firsts(&past->fences);
}

/* ---- Edges that lead on: from what was there ---- */

/* What is before whatever is stored at this place, or behind it. A seq_cst store has the same of
 * what is earlier than itself, for what came later led back to it; and who is after another fence,
 * NULL or with this clock, has what that has. */
static void join_earlier(weft__vector *into, const weft__history *history, uint32_t index,
                         const weft__vector *fence)
{
    bool last = false;
    for (uint32_t k = index; k-- > 0 && !last;) {
        const weft__stored *const stored = weft__history_at(history, k);
        add_all_closed(into, &stored->sources);
        last = stored->node != 0 || (fence != NULL && weft__stored_known(stored, fence));
    }
}

/* The last fences that happen before a point with this clock. */
static void join_fences(weft__vector *into, const weft__vector *clock)
{
    for (uint32_t slot = 0; slot < sc.goroutine_count; slot++) {
        raise(into, slot, last_fence(slot, last_known(slot, clock)));
    }
}

void weft__sc_loaded(const weft__sc_access *access)
{
    if (sc.count == 0 && !access->seq_cst) {
        return;
    }
    const weft__node *const self = access->seq_cst ? make_node(access->slot, access->clock, false)
                                                   : NULL;
    lead_back(access, self);
    weft__stored *const stored = weft__history_at(access->history, access->index);
    join_fences(&stored->fences, access->clock);
    join_fences(&stored->sources, access->clock);
    if (self != NULL) {
        raise(&stored->sources, self->slot, self->number);
    }
}

void weft__sc_stored(const weft__sc_access *access)
{
    if (sc.count == 0 && !access->seq_cst) {
        return;
    }
    weft__node *const self = access->seq_cst ? make_node(access->slot, access->clock, false) : NULL;
    if (self != NULL) {
        join_earlier(&self->before, access->history, access->index, NULL);
    }
    lead_back(access, self);
    weft__stored *const stored = weft__history_at(access->history, access->index);
    join_fences(&stored->own_fences, access->clock);
    join_fences(&stored->fences, access->clock);
    join_fences(&stored->sources, access->clock);
    if (self != NULL) {
        stored->node = self->number;
        raise(&stored->sources, self->slot, self->number);
    }
}

/* What is before the fence because it is behind stores of this history, or behind loads of them: of
 * the latter only fences. `before`: the clock of its goroutine's last fence, or NULL. */
static void join_history(weft__vector *into, const weft__history *history,
                         const weft__vector *clock, const weft__vector *before)
{
    bool read = false;
    for (uint32_t k = history->count; k-- > 0;) {
        const weft__stored *const stored = weft__history_at(history, k);
        if (read) {
            add_all_closed(into, &stored->fences);
        } else if (weft__stored_read_known(stored, clock)) {
            read = true;
            add_all_closed(into, &stored->own_fences);
        }
        if (weft__stored_known(stored, clock)) {
            join_earlier(into, history, k, before);
            return;
        }
    }
}

void weft__sc_fence(uint32_t slot, const weft__vector *clock)
{
    weft__node *const self = make_node(slot, clock, true);
    const uint32_t last = last_fence(slot, self->number - 1);
    const weft__vector *const before = last == 0 ? NULL : &node_at(slot, last)->clock;
    for (uint32_t n = 0; n < weft__histories_count(); n++) {
        join_history(&self->before, weft__histories_at(n), clock, before);
    }
}
