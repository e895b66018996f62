/* op.h: the operation record: what a goroutine is about to do, to which object, and from where.
 *
 * An operation is announced at the schedule point in front of it, before it has any effect. A
 * backend may let others run there; the simulator makes it a step of the schedule. */
#ifndef WEFT_CORE_OP_H
#define WEFT_CORE_OP_H

#include <stddef.h>
#include <stdint.h>

#include "object.h"

/* kind, what reports call it, what they call its object */
#define WEFT__OP_LIST(X)                                                                           \
    X(NONE, "none", "")                                                                            \
    X(START, "start", "")                                                                          \
    X(RESUME, "resume", "")                                                                        \
    X(FIRE, "fire", "timer")                                                                       \
    X(GO, "go", "")                                                                                \
    X(CHOOSE, "choose", "")                                                                        \
    X(YIELD, "yield", "")                                                                          \
    X(SLEEP, "sleep", "")                                                                          \
    X(SEND, "send", "channel")                                                                     \
    X(RECV, "receive", "channel")                                                                  \
    X(TRY_SEND, "try send", "channel")                                                             \
    X(TRY_RECV, "try receive", "channel")                                                          \
    X(CLOSE, "close", "channel")                                                                   \
    X(LEN, "length", "channel")                                                                    \
    X(SELECT, "select", "")                                                                        \
    X(LOCK, "lock", "mutex")                                                                       \
    X(TRY_LOCK, "try lock", "mutex")                                                               \
    X(UNLOCK, "unlock", "mutex")                                                                   \
    X(RLOCK, "rlock", "rwmutex")                                                                   \
    X(TRY_RLOCK, "try rlock", "rwmutex")                                                           \
    X(RUNLOCK, "runlock", "rwmutex")                                                               \
    X(WLOCK, "lock", "rwmutex")                                                                    \
    X(TRY_WLOCK, "try lock", "rwmutex")                                                            \
    X(WUNLOCK, "unlock", "rwmutex")                                                                \
    X(COND_WAIT, "wait", "cond")                                                                   \
    X(SIGNAL, "signal", "cond")                                                                    \
    X(BROADCAST, "broadcast", "cond")                                                              \
    X(WG_ADD, "add", "wait group")                                                                 \
    X(WG_WAIT, "wait", "wait group")                                                               \
    X(ONCE, "once", "once")                                                                        \
    X(ONCE_END, "end", "once")                                                                     \
    X(ACQUIRE, "acquire", "semaphore")                                                             \
    X(TRY_ACQUIRE, "try acquire", "semaphore")                                                     \
    X(RELEASE, "release", "semaphore")                                                             \
    X(CONTEXT_MAKE, "derive", "context")                                                           \
    X(CANCEL, "cancel", "context")                                                                 \
    X(CANCEL_END, "cancelled", "context")                                                          \
    X(CONTEXT_ERR, "err", "context")                                                               \
    X(NOW, "now", "")                                                                              \
    X(TIMER_MAKE, "start", "")                                                                     \
    X(TIMER_STOP, "stop", "timer")                                                                 \
    X(TIMER_RESET, "reset", "timer")                                                               \
    X(READ, "read", "variable")                                                                    \
    X(WRITE, "write", "variable")                                                                  \
    X(UPDATE, "update", "variable")                                                                \
    X(POINT, "access", "variable")                                                                 \
    X(LOAD, "load", "atomic")                                                                      \
    X(STORE, "store", "atomic")                                                                    \
    X(MODIFY, "modify", "atomic")                                                                  \
    X(FENCE, "fence", "")                                                                          \
    X(BUSY, "goes on", "")                                                                         \
    X(LISTEN, "listen", "")                                                                        \
    X(DIAL, "dial", "")                                                                            \
    X(CONNECT, "connect", "descriptor")                                                            \
    X(OPEN, "open", "")                                                                            \
    X(ACCEPT, "accept", "descriptor")                                                              \
    X(IN, "read", "descriptor")                                                                    \
    X(OUT, "write", "descriptor")                                                                  \
    X(POLL, "poll", "descriptor")                                                                  \
    X(SHUTDOWN, "shut down", "descriptor")                                                         \
    X(SHUT, "close", "descriptor")                                                                 \
    X(FILE, "use", "file")                                                                         \
    X(SYNC, "sync", "file")                                                                        \
    X(NETWORK, "change", "")

typedef enum weft__op_kind {
#define X(name, verb, noun) WEFT__OP_##name,
    WEFT__OP_LIST(X)
#undef X
        WEFT__OP_COUNT
} weft__op_kind;

typedef struct weft__op {
    weft__op_kind kind;
    /* The object operated on: a weft__object for every kind but SELECT (the weft_case array) and
     * READ to MODIFY (the address). NULL: none, a NULL channel, or a descriptor never opened. */
    const void *object;
    uint64_t n;        /* SELECT: cases; READ to MODIFY: bytes; WG_ADD: the delta; ACQUIRE: units;
                          LISTEN to SYNC: the descriptor */
    const void *value; /* SEND to TRY_RECV: what is sent, or where it is received; may be NULL */
    const void *site;  /* return address of the public call */
} weft__op;

#endif
