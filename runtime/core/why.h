/* why.h: why a goroutine is parked. One reason for each place that parks: do not reuse one, add
 * one. The text completes "waits to ..." nowhere: it is what reports print behind the goroutine's
 * name. */
#ifndef WEFT_CORE_WHY_H
#define WEFT_CORE_WHY_H

#define WEFT__WHY_LIST(X)                                                                          \
    X(RUNNING, "running")                                                                          \
    X(YIELD, "yield")                                                                              \
    X(SEND, "channel send")                                                                        \
    X(RECV, "channel receive")                                                                     \
    X(NULL_SEND, "channel send (NULL channel)")                                                    \
    X(NULL_RECV, "channel receive (NULL channel)")                                                 \
    X(SELECT, "select")                                                                            \
    X(SELECT_NONE, "select (no cases)")                                                            \
    X(SLEEP, "sleep")                                                                              \
    X(MUTEX, "mutex lock")                                                                         \
    X(RLOCK, "rwmutex rlock")                                                                      \
    X(WLOCK, "rwmutex lock")                                                                       \
    X(COND, "cond wait")                                                                           \
    X(WAITGROUP, "wait group wait")                                                                \
    X(ONCE, "once")                                                                                \
    X(SEMA, "semaphore acquire")                                                                   \
    X(SEMA_NEVER, "semaphore acquire (more than its capacity)")                                    \
    X(CANCEL, "context cancel")                                                                    \
    X(MAIN_EXIT, "end of the program (main called weft_exit)")                                     \
    X(PREEMPTED, "runnable")                                                                       \
    X(ACCEPT, "accept")                                                                            \
    X(DIAL, "dial")                                                                                \
    X(READ, "read")                                                                                \
    X(WRITE, "write")                                                                              \
    X(POLL, "poll")                                                                                \
    X(TURN, "write (others write)")                                                                \
    X(CLOSE, "close (others use the descriptor)")

typedef enum weft__why {
#define X(name, text) WEFT__WHY_##name,
    WEFT__WHY_LIST(X)
#undef X
        WEFT__WHY_COUNT
} weft__why;

const char *weft__why_text(weft__why why); /* dump.c */

#endif
