/* runs.h: executing the runs of a strategy one by one, without an exploration around them. */
#ifndef WEFT_TEST_RUNS_H
#define WEFT_TEST_RUNS_H

#include "../../support/explore.h"

#include "memory.h"
#include "run.h"
#include "strategy/profile.h"

typedef struct runs {
    weft_fn *fn;
    weft__strategy *strategy;
    uint64_t seed;
    uint64_t first; /* run */
    uint64_t count;
    /* After each run, before the globals are put back. `into` is on the heap, since what lies on
     * the stack is put back too. false: enough. */
    bool (*each)(void *into, uint64_t run);
    void *into;
} runs;

__attribute__((noinline)) static void runs_execute_all(const runs *r)
{
    weft__plan plan = {.main_fn = r->fn,
                       .strategy = r->strategy,
                       .seed = r->seed,
                       .elastic = true,
                       .max_steps = 10000,
                       .tail_steps = 1000};
    for (plan.run = r->first; plan.run < r->first + r->count; plan.run++) {
        (void)weft__run_execute(&plan);
        if (!r->each(r->into, plan.run)) {
            return;
        }
    }
}

__attribute__((noinline)) static void runs_execute(const runs *r)
{
    weft__the_run.goroutine_limit = 100;
    weft__memory_remember(false, __builtin_frame_address(0));
    runs_execute_all(r);
    weft__memory_forget();
}

#endif
