/* readiness.c: see readiness.h. The conditions are those of the core's own files. */
#include "readiness.h"

#include <chan.h>
#include <sync.h>

static bool channel_is_ready(const weft__op *op)
{
    const bool sends = op->kind == WEFT__OP_SEND || op->kind == WEFT__OP_TRY_SEND;
    const weft_case one = {.kind = sends ? WEFT_CASE_SEND : WEFT_CASE_RECV,
                           .chan = (weft_chan *)(uintptr_t)op->object};
    return weft__case_looks_ready(&one);
}

static bool has_units(const weft__sema *sema, int64_t n)
{
    return n <= sema->capacity - sema->held && weft__waitq_empty(&sema->waiters);
}

bool weft__op_is_ready(const weft__op *op)
{
    const weft__rwmutex *const rwmutex = op->object;
    if (op->object == NULL) {
        return false;
    }
    switch (op->kind) {
    case WEFT__OP_SEND:
    case WEFT__OP_RECV:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
        return channel_is_ready(op);
    case WEFT__OP_TRY_LOCK:
        return ((const weft__mutex *)op->object)->locked == 0;
    case WEFT__OP_TRY_RLOCK:
        return rwmutex->writing == 0 && weft__waitq_empty(&rwmutex->writers);
    case WEFT__OP_TRY_WLOCK:
        return rwmutex->writing == 0 && rwmutex->reader_count == 0;
    case WEFT__OP_TRY_ACQUIRE:
        return has_units(op->object, (int64_t)op->n);
    default:
        return false;
    }
}
