/* orders.c: see orders.h. */
#include "orders.h"

#include "happens_before.h"
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
} orders WEFT_KEEP;

void weft__orders_reset(void)
{
    orders.count = 0;
}

static weft__fences *my_fences(void)
{
    const uint32_t slot = weft__the_watch.slot;
    orders.fences =
        weft__with_zeroed(orders.fences, slot + (size_t)1, &orders.capacity, sizeof *orders.fences);
    for (; orders.count <= slot; orders.count++) {
        orders.fences[orders.count].loaded.length = 0;
        orders.fences[orders.count].released.length = 0;
    }
    return &orders.fences[slot];
}

void weft__order_loaded(const weft__vector *released, int order)
{
    if (weft__order_acquires(order)) {
        weft__hb_acquire(weft__the_watch.slot, released);
    } else {
        weft__vector_join(&my_fences()->loaded, released);
    }
}

void weft__order_stored(weft__vector *released, int order, bool continues)
{
    if (!continues) {
        released->length = 0;
    }
    if (weft__order_releases(order)) {
        weft__hb_release(weft__the_watch.slot, released);
    } else {
        weft__vector_join(released, &my_fences()->released);
    }
}

void weft__order_fence_acquires(int order)
{
    if (weft__order_acquires(order)) {
        weft__hb_acquire(weft__the_watch.slot, &my_fences()->loaded);
    }
}

void weft__order_fence_releases(int order)
{
    if (weft__order_releases(order)) {
        weft__vector *const released = &my_fences()->released;
        released->length = 0;
        weft__hb_release(weft__the_watch.slot, released);
    }
}
