/* keys.c: see keys.h. */
#include "keys.h"

#include "../net/network.h"
#include "../run.h"

static bool named_at_birth(weft__op_kind kind)
{
    switch (kind) {
    case WEFT__OP_SEND:
    case WEFT__OP_RECV:
    case WEFT__OP_TRY_SEND:
    case WEFT__OP_TRY_RECV:
    case WEFT__OP_CLOSE:
    case WEFT__OP_LEN:
    case WEFT__OP_CONTEXT_MAKE:
    case WEFT__OP_CONTEXT_ERR:
    case WEFT__OP_CANCEL:
    case WEFT__OP_CANCEL_END:
    case WEFT__OP_TIMER_STOP:
    case WEFT__OP_TIMER_RESET:
        return true;
    default:
        return false;
    }
}

static weft__touch_key key_of(const weft__task *task, weft__op_kind kind, const void *object)
{
    if (object == NULL) {
        return (weft__touch_key){.kind = kind};
    }
    if (weft__op_is_io(kind)) {
        const uint64_t connection = weft__io_object(&task->op);
        return (weft__touch_key){.object = connection == 0 ? WEFT__OBJECT_NETWORK
                                                           : weft__name_of_object(connection),
                                 .kind = kind};
    }
    if (named_at_birth(kind)) {
        const uint64_t name = ((const weft__object *)object)->name;
        return (weft__touch_key){.object = weft__name_of_object(name), .kind = kind};
    }
    const uint64_t place = weft__place_of_address(task->slot, object);
    if (place != 0) {
        return (weft__touch_key){.object = weft__object_of_place(place), .kind = kind};
    }
    const uint64_t used = weft__op_is_of_variable(kind)
                              ? weft__name_known(object)
                              : weft__name_of_object(((const weft__object *)object)->name);
    return (weft__touch_key){.object = used, .kind = kind, .unnamed = true};
}

/* Which case is taken depends on what is ready when: as with a try, unless it is the only one. */
static weft__op_kind kind_of_case(bool sends, bool of_several)
{
    if (sends) {
        return of_several ? WEFT__OP_TRY_SEND : WEFT__OP_SEND;
    }
    return of_several ? WEFT__OP_TRY_RECV : WEFT__OP_RECV;
}

static uint32_t case_touches(const weft__task *task, weft__touch_key *into)
{
    const weft_case *const cases = task->op.object;
    uint32_t count = 0;
    for (uint64_t i = 0; i < task->op.n && count < WEFT__TOUCHES_MAX; i++) {
        if (cases[i].kind <= WEFT_CASE_SEND && cases[i].chan != NULL) {
            const bool sends = cases[i].kind == WEFT_CASE_SEND;
            into[count++] = key_of(task, kind_of_case(sends, task->op.n > 1), cases[i].chan);
        }
    }
    return count;
}

uint32_t weft__touches(const weft__task *task, weft__touch_key into[WEFT__TOUCHES_MAX])
{
    if (task->internal || weft__task_is_timer(task)) {
        return 0;
    }
    if (task->op.kind == WEFT__OP_SELECT) {
        return case_touches(task, into);
    }
    into[0] = key_of(task, task->op.kind, task->op.object);
    return 1;
}

weft__touch_key weft__key_of_event(const weft__trace *trace, size_t i, bool of_several)
{
    const weft__event *const event = &trace->events[i];
    if ((event->flags & WEFT__EVENT_CASE) != 0) {
        const bool sends = event->kind == WEFT__OP_SEND;
        return (weft__touch_key){.object = weft__name_of_object(event->object),
                                 .kind = kind_of_case(sends, of_several)};
    }
    if (event->object == 0 || named_at_birth(event->kind)) {
        return (weft__touch_key){.object = weft__name_of_object(event->object),
                                 .kind = event->kind};
    }
    const uint64_t object = trace->touches[trace->places[i].touch].object & ~WEFT__OBJECT_BYTE;
    return (weft__touch_key){
        .object = object, .kind = event->kind, .unnamed = object == WEFT__OBJECT_UNNAMED};
}

static bool looks_only(uint32_t kind)
{
    return weft__op_reads((weft__op_kind)kind) || kind == WEFT__OP_LEN ||
           kind == WEFT__OP_CONTEXT_ERR || kind == WEFT__OP_CONTEXT_MAKE ||
           kind == WEFT__OP_RLOCK || kind == WEFT__OP_RUNLOCK;
}

bool weft__kinds_conflict(uint32_t a, uint32_t b)
{
    return !(looks_only(a) && looks_only(b)) && !(a == WEFT__OP_SEND && b == WEFT__OP_RECV) &&
           !(a == WEFT__OP_RECV && b == WEFT__OP_SEND) &&
           !(a == WEFT__OP_WG_ADD && b == WEFT__OP_WG_ADD);
}
