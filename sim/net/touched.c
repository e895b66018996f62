/* touched.c: what depends on what in the network: see network.h.
 *
 * Operations on one connection depend on each other; so do all that make or end any, or use files.
 * Where a fault may happen, it depends on how many have. */
#include "kernel.h"
#include "network.h"

static const weft__node *node_of(const weft__op *op)
{
    const int fd = (int)op->n;
    return fd < weft__sys_first_fd ? NULL : weft__node_of(fd);
}

static bool is_of_connection(const weft__op *op)
{
    switch (op->kind) {
    case WEFT__OP_IN:
    case WEFT__OP_OUT:
    case WEFT__OP_POLL:
    case WEFT__OP_CONNECT:
    case WEFT__OP_SHUTDOWN:
        return true;
    default:
        return false;
    }
}

uint64_t weft__io_object(const weft__op *op)
{
    if (!is_of_connection(op)) {
        return 0;
    }
    const weft__node *const node = node_of(op);
    const bool stream = node != NULL &&
                        (node->kind == WEFT__SYS_STREAM || node->kind == WEFT__SYS_PIPE);
    return stream ? node->group : 0;
}

/* Whether a fault may be chosen there. */
static bool may_fail(const weft__op *op)
{
    const weft_faults *const f = &weft__the_kernel()->faults;
    const bool any = (f->short_transfers | f->resets | f->refusals | f->delays | f->losses |
                      f->duplicates | f->partitions | f->crashes) != 0;
    return any && op->kind != WEFT__OP_POLL;
}

static const weft__wire *wire_of(const weft__op *op)
{
    const weft__timer *const timer = op->kind == WEFT__OP_FIRE ? op->object : NULL;
    return timer != NULL && weft__wire_owns(timer) ? (const void *)timer : NULL;
}

/* The connection of what is to arrive; 0: none yet. */
static uint64_t object_of_wire(const weft__wire *wire)
{
    const weft__parcel *const first = wire->first;
    const bool makes = first == NULL || first->kind == WEFT__PARCEL_CONNECT ||
                       first->kind == WEFT__PARCEL_PACKET;
    return makes || first->to == NULL ? 0 : first->to->group;
}

static uint64_t object_of(const weft__op *op)
{
    const weft__wire *const wire = wire_of(op);
    return wire != NULL ? object_of_wire(wire) : weft__io_object(op);
}

bool weft__io_conflict(const weft__op *a, const weft__op *b)
{
    const bool a_is = weft__op_is_io(a->kind) || wire_of(a) != NULL;
    const bool b_is = weft__op_is_io(b->kind) || wire_of(b) != NULL;
    if (!a_is || !b_is) {
        return false;
    }
    const uint64_t first = object_of(a);
    const uint64_t second = object_of(b);
    return first == second || a->kind == WEFT__OP_SHUT || b->kind == WEFT__OP_SHUT ||
           (may_fail(a) && may_fail(b));
}

static void touch(uint64_t object)
{
    weft__trace_touch(&weft__the_run.trace, object == 0 ? WEFT__OBJECT_NETWORK : object,
                      WEFT__ACCESS_EXCLUSIVE);
}

/* What the operation is on, for reports. */
static void name_node(const weft__op *op)
{
    weft__node *const node = op->object == NULL ? NULL : weft__node_of((int)op->n);
    if (node != NULL) {
        node->name = ((const weft__object *)op->object)->name;
    }
}

void weft__io_touch(const weft__op *op)
{
    touch(weft__io_object(op));
    if (op->kind == WEFT__OP_SHUT) {
        const weft__node *const node = node_of(op);
        touch(node == NULL ? 0 : node->group);
    }
    name_node(op);
}

void weft__io_touch_fire(const weft__timer *timer)
{
    if (weft__wire_owns(timer)) {
        touch(object_of_wire((const void *)timer));
    } else if (weft__partition_owns(timer)) {
        touch(0);
    }
}
