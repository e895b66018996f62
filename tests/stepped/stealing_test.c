/* stealing_test.c: a worker's deque and the global queue, as worker.c uses them: each goroutine is
 * found by exactly one, with what its pusher wrote. */
#include "support/scheduler.h"
#include "support/stepped.h"

enum { GOROUTINES = WEFT__DEQUE_SIZE + 4 };

static weft__g goroutines[GOROUTINES];
static weft__worker owner, thief;

/* How often each was found. Plain: who finds one has it for himself. */
static int found[GOROUTINES];

static void find_it(weft__g *g)
{
    if (g != NULL) {
        WEFT_ASSERT(g->fuel == 7); /* written before it was pushed */
        g->fuel = 8;
        found[g - goroutines]++;
    }
}

static weft__g *fresh(size_t i)
{
    goroutines[i].fuel = 7;
    return &goroutines[i];
}

static void empty_all(void)
{
    weft__g *g = NULL;
    while ((g = take_next(&owner)) != NULL || (g = take_ring(&owner)) != NULL ||
           (g = take_ring(&thief)) != NULL || weft__inject_take(&g, 1) != 0) {
        find_it(g);
    }
}

static void check_found(size_t count)
{
    join();
    empty_all();
    for (size_t i = 0; i < count; i++) {
        WEFT_ASSERT(found[i] == 1);
    }
}

/* Two workers: the owner is not alone. */
static void begin_stealing(void)
{
    weft__sched_state.worker_count = 2;
}

static void steal_half(void *arg)
{
    (void)arg;
    find_it(steal_ring(&thief, &owner));
}

static void steal_it(void *arg)
{
    (void)arg;
    find_it(steal_next(&thief, &owner));
}

static void grab_only(void *arg)
{
    (void)arg;
    weft__g *batch[WEFT__DEQUE_HALF];
    const uint32_t count = weft__deque_grab(&owner.deque, batch);
    for (uint32_t i = 0; i < count; i++) {
        find_it(batch[i]);
    }
}

static void pop_against_steal(void *arg)
{
    (void)arg;
    begin_stealing();
    start(steal_half, NULL);
    push(&owner, fresh(0));
    push(&owner, fresh(1));
    push(&owner, fresh(2));
    find_it(take_ring(&owner));
    find_it(take_ring(&owner));
    check_found(3);
}

static void two_thieves(void *arg)
{
    (void)arg;
    begin_stealing();
    push(&owner, fresh(0));
    push(&owner, fresh(1));
    start(steal_half, NULL);
    start(grab_only, NULL);
    find_it(take_ring(&owner));
    check_found(2);
}

static void next_slot(void *arg)
{
    (void)arg;
    begin_stealing();
    start(steal_it, NULL);
    WEFT_ASSERT(put_next(&owner, fresh(0)) == NULL);
    weft__g *const displaced = put_next(&owner, fresh(1));
    if (displaced != NULL) {
        push(&owner, displaced);
    }
    find_it(take_next(&owner));
    check_found(2);
}

/* The ring's slots are written again while a thief copies them. */
static void full_ring(void *arg)
{
    (void)arg;
    begin_stealing();
    for (size_t i = 0; i < WEFT__DEQUE_SIZE; i++) {
        owner.deque.slots[i] = fresh(i);
    }
    owner.deque.tail = WEFT__DEQUE_SIZE;
    start(grab_only, NULL);
    find_it(take_ring(&owner));
    push(&owner, fresh(WEFT__DEQUE_SIZE));
    push(&owner, fresh(WEFT__DEQUE_SIZE + 1)); /* overflows, unless the thief was there */
    check_found(WEFT__DEQUE_SIZE + 2);
}

static void take_injected(void *arg)
{
    (void)arg;
    weft__g *g = NULL;
    if (weft__inject_take(&g, 1) != 0) {
        find_it(g);
    }
}

static void global_queue(void *arg)
{
    (void)arg;
    begin_stealing();
    start(take_injected, NULL);
    start(take_injected, NULL);
    weft__g *const batch[] = {fresh(0), fresh(1), fresh(2)};
    weft__inject_push(batch, 3);
    check_found(3);
}

RUN_SCENARIOS(SCENARIO(pop_against_steal), SCENARIO(two_thieves), SCENARIO(next_slot),
              SCENARIO(full_ring), SCENARIO(global_queue))
