/* strategy.h: how the next step is chosen. A few functions serve every strategy.
 *
 * RULES
 *   - A strategy draws all its randomness from the stream: replaying the stream replays the run,
 *   and
 *     changing the stream fuzzes any strategy.
 *   - Run i depends on the master seed and i only.
 *   - pick is called only when there are at least two tasks; choose only with an arity of at least
 *     two. event is called for every step, also the forced ones. */
#ifndef WEFT_SIM_STRATEGY_H
#define WEFT_SIM_STRATEGY_H

#include "../task.h"
#include "../trace.h"
#include "stream.h"

typedef struct weft__strategy weft__strategy;

struct weft__strategy {
    const char *name;
    bool exhaustive; /* wants to decide everything that can be decided, and nothing drawn */
    void *state;
    /* Where pick would be called, the default policy decides instead, so many times: the engine
     * counts down, pick may set it anew. Only where every decision is offered (plan.replaying), and
     * until the default policy turns fair, is that done without a call of pick: who sets it counts
     * down in pick too. */
    uint64_t idle;
    /* A new run. false: the space is exhausted, there is none. */
    bool (*begin)(weft__strategy *self, weft__stream *draws, uint64_t run);
    /* Which of the tasks takes the next step: an index. `current` executed the last operation; NULL
     * after it ended. */
    uint32_t (*pick)(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current);
    /* A free choice within an operation of `task`: a number below arity. */
    uint32_t (*choose)(weft__strategy *self, const weft__task *task, uint32_t arity);
    /* A step is taken: of this task, whose op it is. NULL: not wanted. */
    void (*event)(weft__strategy *self, const weft__task *task);
    /* The run is over. NULL: not wanted. */
    void (*end)(weft__strategy *self, const weft__trace *trace);
};

/* By name; NULL: there is none of that name. weft__strategy_names lists them. */
weft__strategy *weft__strategy_find(const char *name);
const char *weft__strategy_names(void);

extern weft__strategy weft__strategy_random;
extern weft__strategy weft__strategy_sticky;
extern weft__strategy weft__strategy_pos;
extern weft__strategy weft__strategy_pct;
extern weft__strategy weft__strategy_pct_racy;
extern weft__strategy weft__strategy_pct10_racy;
extern weft__strategy weft__strategy_delay;
extern weft__strategy weft__strategy_surw;
extern weft__strategy weft__strategy_urw;
extern weft__strategy weft__strategy_pair;
extern weft__strategy weft__strategy_ql;
extern weft__strategy weft__strategy_portfolio;
extern weft__strategy weft__strategy_dpor;

#endif
