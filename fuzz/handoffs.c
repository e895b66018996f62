/* handoffs.c: see handoffs.h. */
#include "handoffs.h"

#include <weft.h>

enum { COUNTER_BITS = 12, OBJECT_BITS = 8 };

/* libFuzzer clears them before each execution and looks at them after it. */
__attribute__((used, section("__libfuzzer_extra_counters"),
               aligned(64))) static uint8_t counters[1 << COUNTER_BITS];

typedef struct weft__last {
    uint64_t object; /* its address, spread, and the run in one number */
    uint64_t site;   /* of the last operation that may have changed it */
} weft__last;

static struct {
    weft__last last[1 << OBJECT_BITS];
    uint64_t run;
} handoffs WEFT_KEEP;

extern const char __ehdr_start[] __attribute__((weak, visibility("hidden")));

void weft__handoffs_begin(void)
{
    handoffs.run++;
}

/* Fibonacci hashing: what mixes well enough for a table, at the price of one multiplication. */
static inline uint64_t spread(uint64_t number)
{
    return number * UINT64_C(0x9e3779b97f4a7c15);
}

static inline void note(const void *address, uint64_t site, bool reads)
{
    const uint64_t object = spread((uintptr_t)address);
    weft__last *const last = &handoffs.last[object >> (64 - OBJECT_BITS)];
    if (last->object != (object ^ handoffs.run)) {
        *last = (weft__last){.object = object ^ handoffs.run};
    }
    uint8_t *const counter = &counters[spread(last->site * 31 + site) >> (64 - COUNTER_BITS)];
    if (*counter != UINT8_MAX) {
        ++*counter;
    }
    if (!reads) {
        last->site = site;
    }
}

__attribute__((noinline)) static void note_cases(const weft_case *cases, uint64_t count,
                                                 uint64_t site)
{
    for (uint64_t i = 0; i < count; i++) {
        if (cases[i].kind <= WEFT_CASE_SEND && cases[i].chan != NULL) {
            note(cases[i].chan, site + 8 * i, false);
        }
    }
}

void weft__handoffs_event(weft__strategy *strategy, const weft__task *task)
{
    (void)strategy;
    const weft__op *const op = &task->op;
    const uintptr_t site = ((uintptr_t)op->site - (uintptr_t)__ehdr_start) * 8 + task->slot % 8;
    if (op->kind == WEFT__OP_SELECT) {
        note_cases(op->object, op->n, site);
    } else if (op->object != NULL) {
        note(op->object, site, weft__op_reads(op->kind));
    }
}
