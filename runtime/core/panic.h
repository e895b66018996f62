/* panic.h: deferred calls, weft_try frames, and the ways in which the core fails.
 *
 * INVARIANTS
 *   - g->defers is a stack, newest first; g->frame is the innermost weft_try. A frame remembers the
 *     defers that were there when it was entered: those belong to what is outside. */
#ifndef WEFT_CORE_PANIC_H
#define WEFT_CORE_PANIC_H

#include <setjmp.h>

#include "backend.h"

typedef struct weft__defer weft__defer;
struct weft__defer {
    weft__defer *next;
    weft_fn *fn;
    void *arg;
    uint64_t on_heap; /* made by weft_defer; otherwise a weft_scope in a stack frame */
};

typedef struct weft__frame weft__frame;
struct weft__frame {
    weft__frame *outer;
    weft__defer *defers; /* at entry */
    weft_panic_info *info;
    jmp_buf env;
};

/* Run self's deferred calls, newest first, until only those below `until` are left. */
void weft__run_defers(weft__g *self, const weft__defer *until);

/* In a goroutine that has just started: fn(arg) when it ends, after all other deferred calls. `d`
 * is the caller's, and is not touched once fn has been called. */
void weft__defer_first(weft__defer *d, weft_fn *fn, void *arg);

/* Panic on behalf of the public call that returns to `site`. */
_Noreturn void weft__panic_at(weft__g *self, const void *site, const char *message);

_Noreturn void weft__fatal_at(weft__g *self, const void *site, const char *message);

/* A broken invariant of ours, on in every build. */
#define WEFT__CHECK(cond)                                                                          \
    ((cond) ? (void)0 : weft__fatal_at(weft__self(), NULL, "weft: broken invariant: " #cond))

#endif
