/* route.c: from host to host: how long it takes, what is cut, and what is on its way. */
#include <errno.h>
#include <string.h>

#include "kernel.h"

#define GIVE_UP_NS (60 * WEFT_SECOND) /* TCP, when nothing gets through */
#define RESEND_NS (200 * WEFT_MILLISECOND)
enum { JITTER_STEPS = 4, DELAY_FACTOR = 10 };

/* One way between two hosts, where it is not as by default. */
struct weft__route {
    uint32_t from;
    uint32_t to;
    bool cut;
    bool has_link;
    weft_link link;
    weft__wire *wires;
};

enum { FIRST_ROUTES = 8 };

static void grow_routes(weft__host *host, uint32_t count)
{
    uint32_t capacity = host->route_capacity == 0 ? FIRST_ROUTES : host->route_capacity;
    while (capacity < count) {
        capacity *= 2;
    }
    weft__route **const routes = weft__sure_alloc(capacity * sizeof(weft__route *));
    if (host->route_capacity != 0) {
        memcpy(routes, host->routes, host->route_capacity * sizeof(weft__route *));
    }
    weft__free(host->routes, host->route_capacity * sizeof(weft__route *));
    host->routes = routes;
    host->route_capacity = capacity;
}

static weft__route *route_of(uint32_t from, uint32_t to, bool make)
{
    weft__host *const host = weft__the_kernel()->hosts[from];
    if (to >= host->route_capacity) {
        if (!make) {
            return NULL;
        }
        grow_routes(host, to + 1);
    }
    if (host->routes[to] == NULL && make) {
        host->routes[to] = weft__sure_alloc(sizeof **host->routes);
        *host->routes[to] = (weft__route){.from = from, .to = to};
    }
    return host->routes[to];
}

static const weft_link *link_of(uint32_t from, uint32_t to)
{
    const weft__route *const route = route_of(from, to, false);
    return route != NULL && route->has_link ? &route->link : &weft__the_kernel()->link;
}

bool weft__route_is_cut(uint32_t from, uint32_t to)
{
    const weft__route *const route = route_of(from, to, false);
    return route != NULL && route->cut;
}

/* ---- on the way ---- */

weft__parcel *weft__parcel_make(weft__parcel_kind kind, weft__node *from, weft__node *to)
{
    weft__parcel *const parcel = weft__sure_alloc(sizeof *parcel);
    parcel->kind = kind;
    parcel->from = from;
    parcel->to = to;
    return parcel;
}

void weft__parcel_fill(weft__parcel *parcel, const struct iovec *pieces, int count, size_t size)
{
    size_t done = 0;
    parcel->size = size;
    parcel->data = weft__sure_alloc(size + 1); /* arrive frees it */
    for (int i = 0; i < count && done < size; i++) {
        const size_t left = size - done;
        const size_t part = pieces[i].iov_len < left ? pieces[i].iov_len : left;
        if (part != 0) {
            memcpy(parcel->data + done, pieces[i].iov_base, part);
        }
        done += part;
    }
}

static void arrive(weft__parcel *parcel)
{
    switch (parcel->kind) {
    case WEFT__PARCEL_CONNECT:
    case WEFT__PARCEL_ACCEPT:
        weft__connect_arrive(parcel);
        break;
    case WEFT__PARCEL_PACKET:
        weft__packet_arrive(parcel);
        break;
    default:
        weft__stream_arrive(parcel);
        break;
    }
    if (parcel->data != NULL) {
        weft__free(parcel->data, parcel->size + 1);
    }
    weft__free(parcel, sizeof *parcel);
}

/* Nothing got through for a minute. */
static int64_t give_up(weft__wire *wire)
{
    wire->first = NULL;
    wire->last = NULL;
    if (wire->sender != NULL) {
        weft__stream_fail(wire->sender, ETIMEDOUT);
    }
    return WEFT_NEVER;
}

static int64_t fire(weft__timer *timer, int64_t now_ns)
{
    (void)now_ns;
    weft__wire *const wire = (void *)timer;
    weft__kernel *const k = weft__the_kernel();
    weft__parcel *const parcel = wire->first;
    int64_t next_ns = WEFT_NEVER;
    k->firing = true;
    wire->armed = false;
    if (wire->stuck) {
        wire->stuck = false;
        next_ns = give_up(wire);
    } else if (parcel != NULL) {
        wire->first = parcel->next;
        next_ns = wire->first == NULL ? WEFT_NEVER : wire->first->at_ns;
        wire->armed = wire->first != NULL;
        arrive(parcel);
        if (wire->once) {
            weft__free(wire, sizeof *wire);
        }
    }
    k->firing = false;
    return next_ns;
}

bool weft__wire_owns(const weft__timer *timer)
{
    return timer->fire == fire;
}

_Static_assert(offsetof(weft__wire, timer) == 0, "fire");

static void note_passage(weft__kernel *k, const weft__wire *wire)
{
    weft__passage *const passage = weft__sure_alloc(sizeof *passage);
    *passage = (weft__passage){
        .next = k->passages, .name = wire->timer.object.name, .from = wire->from, .to = wire->to};
    k->passages = passage;
}

weft__wire *weft__wire_make(weft__node *sender, uint32_t from, uint32_t to, bool once)
{
    weft__kernel *const k = weft__the_kernel();
    weft__wire *const wire = weft__sure_alloc(sizeof *wire);
    *wire = (weft__wire){.timer = {.object.name = weft__new_name(), .fire = fire},
                         .from = from,
                         .to = to,
                         .sender = sender,
                         .once = once};
    if (!once) { /* what goes alone arrives, whatever happens meanwhile */
        weft__route *const route = route_of(from, to, true);
        wire->next = route->wires;
        route->wires = wire;
    }
    note_passage(k, wire);
    return wire;
}

static void arm(weft__wire *wire)
{
    wire->stuck = weft__route_is_cut(wire->from, wire->to);
    wire->armed = true;
    wire->timer.deadline_ns = wire->stuck ? weft__the_run.now_ns + GIVE_UP_NS : wire->first->at_ns;
    weft__timer_arm(&wire->timer);
}

static void disarm(weft__wire *wire)
{
    if (wire->armed) {
        (void)weft__timer_cancel(&wire->timer);
        wire->armed = false;
    }
}

/* When what is sent now arrives. */
static int64_t arrival(weft__wire *wire, const weft__parcel *parcel)
{
    const weft_link *const link = link_of(wire->from, wire->to);
    weft_faults *const faults = &weft__the_kernel()->faults;
    int64_t start_ns = weft__the_run.now_ns;
    if (link->bytes_per_second > 0) {
        start_ns = start_ns > wire->busy_until_ns ? start_ns : wire->busy_until_ns;
        start_ns += (int64_t)parcel->size * WEFT_SECOND / link->bytes_per_second;
        wire->busy_until_ns = start_ns;
    }
    int64_t way_ns = link->latency_ns;
    if (link->jitter_ns > 0) {
        way_ns += link->jitter_ns * weft__fate(WEFT__MISHAP_DELAY, JITTER_STEPS) /
                  (JITTER_STEPS - 1);
    }
    if (weft__fault(WEFT__MISHAP_DELAY, &faults->delays, 2) != 0) {
        way_ns = way_ns * DELAY_FACTOR + 1;
    }
    if (parcel->kind != WEFT__PARCEL_PACKET &&
        weft__fault(WEFT__MISHAP_LOSS, &faults->losses, 2) != 0) {
        way_ns += RESEND_NS;
    }
    return start_ns + way_ns;
}

/* The reset of a connection is not sent again: behind a cut the other end does not learn of it. */
static bool is_lost(const weft__wire *wire, const weft__parcel *parcel)
{
    return parcel->kind == WEFT__PARCEL_RESET && parcel->from != NULL &&
           weft__route_is_cut(wire->from, wire->to);
}

void weft__send(weft__wire *wire, weft__parcel *parcel)
{
    if (wire == NULL) {
        arrive(parcel);
        return;
    }
    weft__partition_by_choice(wire->from, wire->to);
    if (is_lost(wire, parcel)) {
        weft__free(parcel, sizeof *parcel);
        return;
    }
    parcel->at_ns = arrival(wire, parcel);
    if (wire->first == NULL) {
        wire->first = parcel;
    } else {
        wire->last->next = parcel;
        parcel->at_ns = parcel->at_ns > wire->last->at_ns ? parcel->at_ns : wire->last->at_ns;
    }
    wire->last = parcel;
    if (!wire->armed) {
        arm(wire);
    }
}

/* ---- cuts ---- */

static void delay(weft__wire *wire, int64_t by_ns)
{
    for (weft__parcel *parcel = wire->first; parcel != NULL; parcel = parcel->next) {
        parcel->at_ns = parcel->at_ns > by_ns ? parcel->at_ns : by_ns;
    }
}

static void set_route_cut(uint32_t from, uint32_t to, bool cut)
{
    weft__route *const route = route_of(from, to, true);
    if (from == to || route->cut == cut) {
        return;
    }
    route->cut = cut;
    for (weft__wire *wire = route->wires; wire != NULL; wire = wire->next) {
        if (wire->first != NULL) {
            if (!cut) {
                delay(wire, weft__the_run.now_ns + link_of(from, to)->latency_ns);
            }
            disarm(wire);
            arm(wire);
        }
    }
}

/* ---- from hosts to hosts; UINT32_MAX: all ---- */

typedef void weft__way_fn(uint32_t from, uint32_t to, const void *arg);

static void for_each_way(uint32_t from, uint32_t to, weft__way_fn *fn, const void *arg)
{
    const uint32_t count = weft__the_kernel()->host_count;
    const uint32_t from_end = from == UINT32_MAX ? count : from + 1;
    const uint32_t to_end = to == UINT32_MAX ? count : to + 1;
    for (uint32_t a = from == UINT32_MAX ? 0 : from; a < from_end; a++) {
        for (uint32_t b = to == UINT32_MAX ? 0 : to; b < to_end; b++) {
            if (a != b) {
                fn(a, b, arg);
            }
        }
    }
}

static void set_cut(uint32_t from, uint32_t to, const void *cut)
{
    set_route_cut(from, to, *(const bool *)cut);
}

static void set_link(uint32_t from, uint32_t to, const void *link)
{
    weft__route *const route = route_of(from, to, true);
    route->has_link = true;
    route->link = *(const weft_link *)link;
}

static void both_ways(uint32_t a, uint32_t b, weft__way_fn *fn, const void *arg)
{
    for_each_way(a, b, fn, arg);
    for_each_way(b, a, fn, arg);
}

void weft__routes_cut(uint32_t a, uint32_t b, bool cut)
{
    both_ways(a, b, set_cut, &cut);
}

/* ---- what tests say ---- */

static uint32_t number_of(const char *name, const void *site)
{
    return name == NULL ? UINT32_MAX : weft__host_known(name, site);
}

void weft_link_cut(const char *from, const char *to)
{
    weft__host_point(WEFT__SITE);
    for_each_way(number_of(from, WEFT__SITE), number_of(to, WEFT__SITE), set_cut, &(bool){true});
}

void weft_link_partition(const char *a, const char *b)
{
    weft__host_point(WEFT__SITE);
    weft__routes_cut(number_of(a, WEFT__SITE), number_of(b, WEFT__SITE), true);
}

void weft_link_heal(const char *a, const char *b)
{
    weft__host_point(WEFT__SITE);
    weft__routes_cut(number_of(a, WEFT__SITE), number_of(b, WEFT__SITE), false);
}

void weft_link_set(const char *a, const char *b, const weft_link *link)
{
    weft__check_setting("weft_link.latency_ns", link->latency_ns, WEFT__LONGEST_NS, WEFT__SITE);
    weft__check_setting("weft_link.jitter_ns", link->jitter_ns, WEFT__LONGEST_NS, WEFT__SITE);
    weft__check_setting("weft_link.bytes_per_second", link->bytes_per_second, INT64_MAX,
                        WEFT__SITE);
    if (a == NULL && b == NULL) {
        weft__the_kernel()->link = *link;
    }
    weft__host_point(WEFT__SITE);
    both_ways(number_of(a, WEFT__SITE), number_of(b, WEFT__SITE), set_link, link);
}
