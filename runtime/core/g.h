/* g.h: the goroutine.
 *
 * INVARIANTS
 *   - A goroutine runs on its own stack; its descriptor sits at the top of it.
 *   - Only the goroutine itself, or a backend that holds it parked, touches its fields; id, name
 *     and the creation fields do not change after weft__spawn.
 *   - fuel <= 0 never survives a schedule point. */
#ifndef WEFT_CORE_G_H
#define WEFT_CORE_G_H

#include "arch/fiber.h"
#include "backend.h"
#include "panic.h"
#include "stack.h"

/* Where a goroutine comes from: its creator's id and which child of it it is, counted from 1. The
 * creator is a goroutine, or an after_func timer (then timer_ordinal is that timer's number). */
typedef struct weft__origin {
    uint64_t parent_id;
    uint32_t timer_ordinal;
    uint32_t ordinal;
} weft__origin;

/* What a switch needs comes first, in one cache line. */
struct weft__g {
    weft__fiber fiber;
    int32_t fuel;
    int saved_errno;
    weft__why why; /* valid while parked */
    bool daemon;
    bool mark; /* the backend's */
    uint64_t id;
    weft__g *next;        /* the backend's: its queues */
    uint64_t backend[13]; /* the backend's */

    weft__origin origin;
    uint32_t child_count;  /* goroutines started so far */
    uint32_t object_count; /* channels, timers, and (simulator) sync objects named so far */

    const char *name;
    weft_fn *fn;
    void *arg;
    const void *go_site;

    weft__defer *defers;
    weft__frame *frame;

    weft__stack stack;
};

/* The schedule point in front of every operation. Costs one decrement and one branch; what it is
 * about is gathered on the cold side only. The rest of the arguments are fields of weft__op. */
#define WEFT__POINT(self, ...)                                                                     \
    do {                                                                                           \
        if (--(self)->fuel <= 0) {                                                                 \
            const weft__op op_ = {__VA_ARGS__};                                                    \
            weft__fuel_out((self), op_.kind, op_.object, op_.n, op_.value, op_.site);              \
        }                                                                                          \
    } while (0)

#define WEFT__SITE __builtin_return_address(0)

/* Make a goroutine, which starts in weft__g_enter on its own stack, NULL: no memory; and free its
 * memory. Both on the thread of self. */
weft__g *weft__g_make(weft__g *self, const weft_go_options *options, weft_fn *fn, void *arg);
void weft__g_free(weft__g *self, weft__g *g);

/* weft_go_with, on behalf of the public call that returns to `site`. */
int weft__go(const weft_go_options *options, weft_fn *fn, void *arg, const void *site);

/* The life of a goroutine: its function, its deferred calls, weft__exit. */
_Noreturn void weft__g_main(weft__g *self);

/* The backend's: where a new goroutine arrives. Settles the switch, then calls weft__g_main. */
_Noreturn void weft__g_enter(weft__g *g);

/* Main has no creator; a timer made before the run has none either, but its goroutine says so. */
static inline bool weft__is_main(const weft__g *g)
{
    return g->origin.parent_id == 0 && g->origin.timer_ordinal == 0;
}

/* A name for an object made by self: unique in the process, and the order of channel locks. */
static inline uint64_t weft__name_object(weft__g *self)
{
    return self->id << 24 | (++self->object_count & 0xffffff);
}

/* Set before a run by the backend: the stack size where options say 0. */
void weft__g_default_stack(size_t size);

#endif
