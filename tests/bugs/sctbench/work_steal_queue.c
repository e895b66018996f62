/* work_steal_queue: the owner pushes and pops at the tail of a ring, a thief takes from its head;
 * they meet under a mutex only when they may have the same item in hand. Push takes the ring for
 * one item larger than it is, and overwrites what is being stolen.
 * Expected: assertion in main: an item was lost or taken twice. After SCTBench Chess/WorkStealQueue
 * with 1 thief, 4 items, 2 attempts. */
#include "../support/bug.h"

enum { ITEMS = 4, ATTEMPTS = 2, FIRST_SIZE = 2, STORAGE = 2 + 4 + 8 };

typedef struct item {
    int taken;
} item;

static weft_mutex mutex;
static weft_waitgroup threads;
static long head; /* atomic, as tail */
static long tail;
static item *storage[STORAGE]; /* of one ring after the other, each twice as large */
static item **ring = storage;
static long mask = FIRST_SIZE - 1;
static item items[ITEMS];

static long load(const long *variable)
{
    weft_point(variable);
    return *variable;
}

static void store(long *variable, long value)
{
    weft_point(variable);
    *variable = value;
}

static item *slot_read(long index)
{
    const long at = index & WEFT_READ(mask);
    item **const slots = WEFT_READ(ring);
    return WEFT_READ(slots[at]);
}

static void slot_write(long index, item *value)
{
    const long at = index & WEFT_READ(mask);
    item **const slots = WEFT_READ(ring);
    WEFT_WRITE(slots[at], value);
}

static void grow(long count)
{
    const long size = mask + 1;
    item **const larger = ring + size;
    WEFT_ASSERT(larger + 2 * size <= storage + STORAGE);
    for (long i = 0; i < count; i++) {
        WEFT_WRITE(larger[i], slot_read(load(&head) + i));
    }
    WEFT_WRITE(ring, larger);
    WEFT_WRITE(mask, 2 * size - 1);
    store(&head, 0);
    store(&tail, count);
}

static void push_locked(item *value)
{
    weft_mutex_lock(&mutex);
    const long first = load(&head);
    const long count = load(&tail) - first;
    const long normal = first & WEFT_READ(mask);
    store(&head, normal);
    store(&tail, normal + count);
    if (count >= WEFT_READ(mask)) {
        grow(count);
    }
    const long at = load(&tail);
    slot_write(at, value);
    store(&tail, at + 1);
    weft_mutex_unlock(&mutex);
}

static void push(item *value)
{
    const long at = load(&tail);
    const long room = WEFT_READ(mask) + (BUG_FIXED ? 0 : 1);
    if (at >= load(&head) + room) {
        push_locked(value);
        return;
    }
    slot_write(at, value);
    store(&tail, at + 1);
}

static item *pop_locked(void)
{
    weft_mutex_lock(&mutex);
    item *value = NULL;
    const long at = load(&tail) - 1;
    store(&tail, at);
    if (load(&head) <= at) {
        value = slot_read(at);
    } else {
        store(&head, 0);
        store(&tail, 0);
    }
    weft_mutex_unlock(&mutex);
    return value;
}

/* NULL: empty. */
static item *pop(void)
{
    const long at = load(&tail) - 1;
    store(&tail, at);
    if (load(&head) <= at) {
        return slot_read(at);
    }
    store(&tail, at + 1);
    return pop_locked();
}

/* NULL: empty. */
static item *steal(void)
{
    weft_mutex_lock(&mutex);
    item *value = NULL;
    const long at = load(&head);
    store(&head, at + 1);
    if (at < load(&tail)) {
        value = slot_read(at);
    } else {
        store(&head, at);
    }
    weft_mutex_unlock(&mutex);
    return value;
}

static void count_item(item *taken)
{
    if (taken != NULL) {
        const int before = WEFT_READ(taken->taken);
        WEFT_WRITE(taken->taken, before + 1);
    }
}

static void owner(void *arg)
{
    (void)arg;
    for (int i = 0; i < ITEMS; i += 2) {
        push(&items[i]);
        push(&items[i + 1]);
        count_item(pop());
    }
    for (int i = 0; i < ITEMS / 2; i++) {
        count_item(pop());
    }
    weft_waitgroup_done(&threads);
}

static void thief(void *arg)
{
    (void)arg;
    for (int i = 0; i < ATTEMPTS; i++) {
        count_item(steal());
    }
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 2);
    weft_go(owner, NULL);
    weft_go(thief, NULL);
    weft_waitgroup_wait(&threads);
    for (int i = 0; i < ITEMS; i++) {
        WEFT_ASSERT(WEFT_READ(items[i].taken) == 1);
    }
}

BUG_MAIN(program, ASSERTION("main", "WEFT_READ(items[i].taken) == 1"))
