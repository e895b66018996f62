/* task.h: something that can take the next step: a goroutine, or a timer that may fire.
 *
 * This is all that a strategy sees of the program. */
#ifndef WEFT_SIM_TASK_H
#define WEFT_SIM_TASK_H

#include <backend.h>

typedef struct weft__task {
    uint64_t name;  /* stable from run to run: made of the spawn path, never of an address */
    uint32_t slot;  /* goroutine: its place in the run's table; timer: WEFT__TIMER_SLOT */
    uint32_t seq;   /* goroutine: operations announced so far; timer: a number for this arming */
    uint32_t index; /* the engine's: place in its list */
    uint32_t used_count;  /* objects that it was the first to use */
    uint32_t block_count; /* heap/heap.h: allocated by it */
    bool internal;        /* start or resume: cannot conflict with anything */
    weft__op op;          /* what it will do, announced and without effect so far */
} weft__task;

#define WEFT__TIMER_SLOT UINT32_MAX

static inline bool weft__task_is_timer(const weft__task *task)
{
    return task->slot == WEFT__TIMER_SLOT;
}

/* Operations on variables: their object is an address. */
static inline bool weft__op_is_of_variable(weft__op_kind kind)
{
    return kind >= WEFT__OP_READ && kind <= WEFT__OP_MODIFY;
}

/* Those of them that look only, and those that change what they look at, perhaps. */
static inline bool weft__op_reads(weft__op_kind kind)
{
    return kind == WEFT__OP_READ || kind == WEFT__OP_LOAD;
}

static inline bool weft__op_updates(weft__op_kind kind)
{
    return kind == WEFT__OP_UPDATE || kind == WEFT__OP_MODIFY;
}

/* Operations that look rather than act: whoever repeats them is waiting for others to move. */
static inline bool weft__op_polls(weft__op_kind kind)
{
    switch (kind) {
    case WEFT__OP_YIELD:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
    case WEFT__OP_TRY_LOCK:
    case WEFT__OP_TRY_RLOCK:
    case WEFT__OP_TRY_WLOCK:
    case WEFT__OP_TRY_ACQUIRE:
    case WEFT__OP_LEN:
    case WEFT__OP_CONTEXT_ERR:
    case WEFT__OP_READ:
    case WEFT__OP_LOAD:
    case WEFT__OP_POINT:
    case WEFT__OP_BUSY:
        return true;
    default:
        return false;
    }
}

#endif
