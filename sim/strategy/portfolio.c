/* portfolio.c: several strategies in rotation, because no single one is safe. The default.
 *
 * The random walk is best on small programs, where every order is likely; partial order sampling
 * where much happens that does not matter; the others where somebody must stand still for long.
 *
 * The rotation is a function of the run's number, so that each run depends on the seed and its
 * number only. */
#include <string.h>

#include "strategy.h"

static weft__strategy *const members[] = {
    &weft__strategy_random, &weft__strategy_pos, &weft__strategy_sticky, &weft__strategy_pos,
    &weft__strategy_random, &weft__strategy_pct, &weft__strategy_pos,    &weft__strategy_delay,
};

enum { MEMBER_COUNT = sizeof members / sizeof members[0] };

static weft__strategy *member(const weft__strategy *self)
{
    return self->state;
}

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run)
{
    self->state = members[run % MEMBER_COUNT];
    return member(self)->begin(member(self), draws, run);
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    return member(self)->pick(member(self), tasks, count, current);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    return member(self)->choose(member(self), task, arity);
}

weft__strategy weft__strategy_portfolio WEFT_KEEP = {
    .name = "portfolio", .begin = begin, .pick = pick, .choose = choose};

weft__strategy *weft__strategy_find(const char *name)
{
    static weft__strategy *const all[] = {
        &weft__strategy_portfolio, &weft__strategy_sticky, &weft__strategy_random,
        &weft__strategy_pos,       &weft__strategy_pct,    &weft__strategy_delay,
        &weft__strategy_dpor,
    };
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (strcmp(all[i]->name, name) == 0) {
            return all[i];
        }
    }
    return NULL;
}

const char *weft__strategy_names(void)
{
    return "portfolio, sticky, random, pos, pct, delay, dpor";
}
