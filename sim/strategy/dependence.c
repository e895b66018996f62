/* dependence.c: see dependence.h. */
#include "dependence.h"

#include <timer.h>

/* One operation on one object; a select is several. */
typedef struct weft__touch {
    weft__op_kind kind;
    const void *object;
} weft__touch;

static size_t touch_count(const weft__op *op)
{
    return op->kind == WEFT__OP_SELECT ? op->n : 1;
}

/* A firing timer acts on its channel, as a try: it drops what nobody takes. */
static weft__touch fire_touch(const weft__op *op)
{
    const weft__timer *const timer = op->object;
    return (weft__touch){.kind = WEFT__OP_TRY_SEND, .object = timer->chan};
}

/* In a select with a default a case behaves like a try; without one, like the blocking
 * operation. */
static weft__touch case_touch(const weft_case *one, bool polls)
{
    switch (one->kind) {
    case WEFT_CASE_SEND:
        return (weft__touch){polls ? WEFT__OP_TRY_SEND : WEFT__OP_SEND, one->chan};
    case WEFT_CASE_RECV:
        return (weft__touch){polls ? WEFT__OP_TRY_RECV : WEFT__OP_RECV, one->chan};
    default:
        return (weft__touch){WEFT__OP_NONE, NULL};
    }
}

static weft__touch touch(const weft__op *op, size_t i)
{
    switch (op->kind) {
    case WEFT__OP_SELECT: /* of several cases: which one is taken depends on all of them */
        return case_touch((const weft_case *)op->object + i, op->n > 1);
    case WEFT__OP_FIRE:
        return fire_touch(op);
    default:
        return (weft__touch){op->kind, op->object};
    }
}

static bool commute(weft__op_kind a, weft__op_kind b)
{
    switch (a) {
    case WEFT__OP_SEND:
        return b == WEFT__OP_RECV;
    case WEFT__OP_RECV:
        return b == WEFT__OP_SEND;
    case WEFT__OP_LEN:
        return b == WEFT__OP_LEN || b == WEFT__OP_CLOSE;
    case WEFT__OP_CLOSE:
        return b == WEFT__OP_LEN;
    case WEFT__OP_READ:
    case WEFT__OP_RLOCK:
    case WEFT__OP_RUNLOCK:
    case WEFT__OP_WG_ADD:
    case WEFT__OP_CONTEXT_ERR:
        return a == b;
    default:
        return false;
    }
}

static bool conflict(weft__touch a, weft__touch b)
{
    return a.object != NULL && a.object == b.object && !commute(a.kind, b.kind);
}

bool weft__dependent(const weft__task *a, const weft__task *b)
{
    if (a->internal || b->internal) {
        return false;
    }
    for (size_t i = 0; i < touch_count(&a->op); i++) {
        const weft__touch mine = touch(&a->op, i);
        for (size_t k = 0; mine.object != NULL && k < touch_count(&b->op); k++) {
            if (conflict(mine, touch(&b->op, k))) {
                return true;
            }
        }
    }
    return false;
}
