/* watch.h: what instrumented code does with memory, told by its compiler's callbacks
 * (sim/instrument) and by the operations that carry values.
 *
 *   watch.c           is an access the goroutine's first word after an operation? a schedule point?
 *   happens_before.c  a clock for each goroutine, moved on by every synchronisation of the run
 *   shadow.c, cells.h who used which bytes last
 *   race.c            two accesses of one byte that nothing orders, one of them a write
 *   racy_lines.c      the source lines whose accesses are schedule points
 *   atomics.c         C11 atomics
 *   orders.c          what their memory orders make happen before what
 *   weak.c            what else they may do where memory is weak
 *   histories.c       what each atomic variable has held
 *   seq_cst.c         the order of seq_cst operations
 *   foreign.c         locks of threads
 *
 * INVARIANTS
 *   - Nothing is watched outside of a run, and nothing that the simulator or the core do
 *     themselves: neither is compiled with these callbacks.
 *   - `ready` implies that `slot` and `clock` are those of the running goroutine and that
 *     what its last operation synchronised is in them. */
#ifndef WEFT_SIM_WATCH_H
#define WEFT_SIM_WATCH_H

#include "../run.h"
#include "cells.h"
#include "vector.h"

/* An access, for comparing two executions. */
typedef struct weft__logged {
    const void *site;
    uint64_t value; /* a read: what it gets, up to eight bytes of it */
    uint32_t slot;
    uint32_t size;
    bool writes;
} weft__logged;

typedef struct weft__access_log {
    weft__logged *list;
    size_t count;
    size_t capacity;
} weft__access_log;

typedef struct weft__watch {
    bool instrumented; /* the program is, or a part of it */
    bool on;           /* a run takes place, and memory is watched */
    bool orders;       /* and what is ordered with what: for races, or weak memory */
    uintptr_t
        own_start;   /* variables of the thread, errno among them: each goroutine has its own, */
    size_t own_size; /* or none */
    bool ready;
    bool judges;      /* races are looked for */
    bool notes;       /* some accesses are schedule points, or are written down */
    int32_t patience; /* accesses and branches until the running goroutine counts as busy */
    uint32_t slot;
    const weft__vector *clock; /* where `orders` */
    weft__passing who;         /* likewise */
    weft__access_log *log;     /* NULL: not wanted */
} weft__watch;

extern weft__watch weft__the_watch;

void weft__watch_begin(void); /* a run */
void weft__watch_end(void);

/* A goroutine is born, on a stack that another one may have had. */
void weft__watch_birth(const weft__g *g);

/* A goroutine runs on. One that does so for long, without an operation, is interrupted by a
 * schedule point, BUSY, now and then: it may wait for what others write. So it uses up its run's
 * steps. */
enum { WEFT__PATIENCE = 1000 };
static inline void weft__watch_resumes(void)
{
    weft__the_watch.ready = false;
    weft__the_watch.patience = WEFT__PATIENCE;
}

void weft__watch_busy(const void *site);

/* The running goroutine takes a branch, in code that returns to `site`, or that is there. */
static inline void weft__watch_edge(const void *site)
{
    if (weft__the_watch.on && --weft__the_watch.patience <= 0) {
        weft__watch_busy(site);
    }
}

/* Make `ready` true if a goroutine is running; returns it. */
bool weft__watch_ready(void);

/* A schedule point of the running goroutine, which is about to do this. */
void weft__watch_point(weft__op_kind kind, const volatile void *address, size_t size,
                       const void *site);

/* The running goroutine is about to read or write these bytes; the code returns to `site`. */
void weft__saw_read(const volatile void *address, size_t size, const void *site);
void weft__saw_write(const volatile void *address, size_t size, const void *site);

static inline void weft__saw(const volatile void *address, size_t size, bool writes,
                             const void *site)
{
    if (weft__the_watch.on && writes) {
        weft__saw_write(address, size, site);
    } else if (weft__the_watch.on) {
        weft__saw_read(address, size, site);
    }
}

#endif
