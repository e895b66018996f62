/* descriptor.h: what the core knows of an open descriptor: who uses it, who waits for it, and what
 * has become ready. One record for each number, found by it, and never moved or freed.
 *
 * INVARIANTS
 *   - state: OPEN from weft__descriptor_open to the end of the close; CLOSING from its beginning;
 *     above them the number of calls under way. The number is given back to the system only when
 *     there are none: nobody can read or write what has got the same number since.
 *   - edges[way] counts what weft__descriptor_ready told. A call reads it before the system call:
 *     where that would block, it waits only while the count is the same, under the lock. So no
 *     wake-up is lost, whenever it comes.
 *   - Each edge wakes all that wait for it: they try again, and some will wait again.
 *   - drained_at is edges[IN] + 1 at a read that got less than it asked for, or 0. While it still
 *     is, and `last` is not set, nothing that we were told of is there to read, and no system call
 *     is made to learn that. A call that would end in vain makes it all the same: the news may be
 *     on its way. */
#ifndef WEFT_IO_DESCRIPTOR_H
#define WEFT_IO_DESCRIPTOR_H

#include "core/g.h"
#include "core/system.h"
#include "core/waitq.h"

enum { WEFT__IN, WEFT__OUT, WEFT__ANY, WEFT__WAYS }; /* ANY: either */

struct weft__descriptor {
    weft__object object;
    uint32_t state;             /* atomic */
    uint32_t edges[WEFT__WAYS]; /* atomic; written under the lock */
    uint32_t drained_at;        /* atomic */
    bool last;                  /* atomic */
    bool writing;               /* a stream: somebody has the turn to write */
    weft__sys_kind kind;
    int fd;
    weft__waitq waiters[WEFT__WAYS];
    weft__waitq turn; /* for `writing` */
    weft__g *closer;  /* waits for the last call to end */
};

/* Until when a call may wait. */
typedef struct weft__limit {
    int64_t deadline_ns;
    weft_context *context; /* not NULL: in place of the deadline */
} weft__limit;

#define WEFT__UNTIL(deadline) (&(const weft__limit){.deadline_ns = (deadline)})
#define WEFT__WITHIN(ctx) (&(const weft__limit){.deadline_ns = WEFT_NEVER, .context = (ctx)})

/* A number that the system has just given becomes ours; its record. On failure, -ENOMEM, -EMFILE or
 * what watching it gave, the number is given back. */
int weft__descriptor_open(weft__g *self, int fd, weft__sys_kind kind, weft__descriptor **ret_d);

/* The same for a pair; fds are given back, both, when one of them fails. */
int weft__descriptor_open_pair(weft__g *self, const int fds[2], weft__sys_kind kind);

/* The record of a number, open or not, for announcing an operation; NULL: there was never any. */
weft__descriptor *weft__descriptor_find(int fd);

/* What a call does to a descriptor; and its schedule point. */
static inline weft__op weft__descriptor_op(weft__op_kind kind, int fd, const void *site)
{
    return (weft__op){
        .kind = kind, .object = weft__descriptor_find(fd), .n = (uint64_t)fd, .site = site};
}

static inline weft__descriptor *weft__descriptor_of(const weft__op *op)
{
    return (weft__descriptor *)(uintptr_t)op->object;
}

static inline void weft__descriptor_point(weft__g *self, const weft__op *op)
{
    WEFT__POINT(self, .kind = op->kind, .object = op->object, .n = op->n, .value = op->value,
                .site = op->site);
}

/* A call that will do *op begins: -EBADF where op->object, its record, is not open. And ends, if it
 * had begun. */
int weft__descriptor_begin(const weft__op *op);
void weft__descriptor_end(weft__descriptor *d);

/* Call attempt(d, seen, arg) until it returns something else than -EAGAIN, and wait for edges in
 * between, each of which *op is announced again for; a last time, with WEFT__SEEN_NONE, when the
 * wait ended in vain. Between begin and end. */
#define WEFT__SEEN_NONE UINT32_MAX
typedef ssize_t weft__attempt_fn(weft__descriptor *d, uint32_t seen, void *arg);
ssize_t weft__descriptor_try(weft__g *self, const weft__op *op, int way, weft__attempt_fn *attempt,
                             void *arg, const weft__limit *limit, weft__why why);

/* Have the turn to write to a stream, one at a time, first come first served; errors as above. */
int weft__descriptor_take_turn(weft__g *self, weft__descriptor *d, const weft__limit *limit);
void weft__descriptor_pass_turn(weft__descriptor *d);

#endif
