/* timer_heap.c: a 4-ary heap. See timer_heap.h. */
#include "timer_heap.h"

#include <assert.h>
#include <stdlib.h>

enum { ARITY = 4, FIRST_CAPACITY = 64 };

static bool earlier(const weft__timer *a, const weft__timer *b)
{
    return a->deadline_ns != b->deadline_ns ? a->deadline_ns < b->deadline_ns : a->order < b->order;
}

static void put(weft__timer_heap *heap, size_t index, weft__timer *timer)
{
    heap->items[index] = timer;
    timer->place = index + 1;
}

/* The hole at index moves up until timer fits in it. */
static void sift_up(weft__timer_heap *heap, size_t index, weft__timer *timer)
{
    while (index > 0) {
        const size_t parent = (index - 1) / ARITY;
        if (!earlier(timer, heap->items[parent])) {
            break;
        }
        put(heap, index, heap->items[parent]);
        index = parent;
    }
    put(heap, index, timer);
}

static size_t earliest_child(const weft__timer_heap *heap, size_t index)
{
    const size_t first = index * ARITY + 1;
    size_t best = first;
    for (size_t i = first + 1; i < first + ARITY && i < heap->count; i++) {
        if (earlier(heap->items[i], heap->items[best])) {
            best = i;
        }
    }
    return best;
}

static void sift_down(weft__timer_heap *heap, size_t index, weft__timer *timer)
{
    while (index * ARITY + 1 < heap->count) {
        const size_t child = earliest_child(heap, index);
        if (!earlier(heap->items[child], timer)) {
            break;
        }
        put(heap, index, heap->items[child]);
        index = child;
    }
    put(heap, index, timer);
}

static bool grow(weft__timer_heap *heap)
{
    const size_t capacity = heap->capacity == 0 ? FIRST_CAPACITY : heap->capacity * 2;
    weft__timer **const items = realloc(heap->items, capacity * sizeof(weft__timer *));
    if (items == NULL) {
        return false;
    }
    heap->items = items;
    heap->capacity = capacity;
    return true;
}

bool weft__timer_heap_push(weft__timer_heap *heap, weft__timer *timer)
{
    assert(timer->place == 0);
    if (heap->count == heap->capacity && !grow(heap)) {
        return false;
    }
    timer->order = heap->next_order++;
    sift_up(heap, heap->count++, timer);
    return true;
}

void weft__timer_heap_remove(weft__timer_heap *heap, weft__timer *timer)
{
    const size_t index = timer->place - 1;
    assert(index < heap->count);
    assert(heap->items[index] == timer);
    timer->place = 0;
    weft__timer *const last = heap->items[--heap->count];
    if (last == timer) {
        return;
    }
    if (index > 0 && earlier(last, heap->items[(index - 1) / ARITY])) {
        sift_up(heap, index, last);
    } else {
        sift_down(heap, index, last);
    }
}
