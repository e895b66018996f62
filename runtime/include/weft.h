/* weft.h: goroutines, channels and select for C.
 *
 * One API, two libraries, chosen when the program is linked:
 *
 *   weft::runtime  runs the program on OS threads (M:N, work stealing);
 *   weft::sim      explores the program's schedules on one thread, finds deadlocks, leaks, panics,
 *                  failed assertions and crashes, shrinks the failing schedule and replays it.
 *
 * Words are Go's: goroutine, channel, select, wait group, context, panic. The Go specification, the
 * Go memory model and the documented behaviour of sync, time and context are the reference; each
 * departure is marked "Departs from Go". The words used in the comments below:
 *
 *   Parks:   when the call may switch to another goroutine and wait. Every call that may park, and
 *            every call on a channel or a sync object, is also a schedule point: others may run
 *            before it takes effect.
 *   Panics:  misuse that Go answers with a panic; recoverable with weft_try, a finding in the
 *            simulator. "Fatal" is not recoverable: the program (or the simulated run) ends.
 *   Errors:  negative errno values.
 *   Order:   what happens before what, in the sense of the Go memory model. Anything that a
 *            goroutine wrote before the first event is visible after the second.
 *   Source:  where the rule comes from.
 *
 * Times are int64_t nanoseconds on the backend's monotonic clock, whose zero is unspecified in the
 * runtime and 0 in the simulator. A deadline of WEFT_NEVER never passes. Sizes are bytes.
 *
 * Calls marked [goroutine] must be made from a goroutine: elsewhere they are fatal. All others also
 * work before weft_run, as long as they would not park.
 */
#ifndef WEFT_H
#define WEFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#define WEFT_NORETURN [[noreturn]]
#else
#define WEFT_NORETURN _Noreturn
#endif

#define WEFT_PRINTF(format_index, first) __attribute__((format(printf, format_index, first)))
#define WEFT_NODISCARD __attribute__((warn_unused_result))

#define WEFT_VERSION "0.1.0"
#define WEFT_NEVER INT64_MAX
#define WEFT_MICROSECOND INT64_C(1000)
#define WEFT_MILLISECOND INT64_C(1000000)
#define WEFT_SECOND INT64_C(1000000000)

typedef void weft_fn(void *arg);

typedef struct weft_chan weft_chan;
typedef struct weft_timer weft_timer;
typedef struct weft_ticker weft_ticker;
typedef struct weft_context weft_context;

/* ---- Running a program ------------------------------------------------------------------------
 */

/* Settings of one weft_run_with. Zero means: take the environment variable of that name, and where
 * it is not set, the default. A value set here wins over the environment, except that WEFT_REPLAY
 * always wins. Fields of the other backend are ignored. */
typedef struct weft_options {
    const char *name;         /* of the test; default: the function's name */
    size_t stack_size;        /* WEFT_STACK_SIZE, bytes of a goroutine's stack; default 128 KiB */
    uint32_t goroutine_limit; /* WEFT_GOROUTINES, alive at once; default 1 000 000 */

    uint32_t workers; /* runtime, WEFT_WORKERS: goroutines that run at once; default: the CPUs of
                         our affinity, or our cgroup's quota, rounded up, if that is less */
    uint32_t thread_limit; /* runtime, WEFT_THREADS, alive at once; default 10 000 */
    uint32_t slice_us;     /* runtime, WEFT_SLICE_US: how long a goroutine may keep its worker while
                              others wait, microseconds; default 10 000 */
    int dump_signal; /* runtime, WEFT_DUMP_SIGNAL: prints what weft_dump does; -1 (in the variable
                        0): none; default SIGQUIT */
    bool leaks;      /* runtime, WEFT_LEAKS=1: print the goroutines that are left at the end */

    uint64_t seed;        /* simulator, WEFT_SEED; default 1 */
    uint64_t schedules;   /* simulator, WEFT_SCHEDULES: runs to try; default 10 000 */
    uint32_t jobs;        /* simulator, WEFT_JOBS (auto: CPUs): processes that share the runs; 1 */
    int64_t time_ns;      /* simulator, WEFT_TIME (say 500ms, 5s): stop then; default 5 s */
    uint64_t max_steps;   /* simulator, WEFT_STEPS: operations of one run; default 100 000 */
    const char *strategy; /* simulator, WEFT_STRATEGY: portfolio (default), random, ... */
    const char *timers;   /* simulator, WEFT_TIMERS: elastic (default) or idle */
    const char *memory; /* simulator, WEFT_MEMORY: sc (default): a load of an atomic variable finds
                            what was stored last; c11: whatever C11 allows. Where code is
                            instrumented */
    const char *races; /* simulator, WEFT_RACES: find (default where code is instrumented), allow or
                             off (default elsewhere) */
    const char *store; /* simulator, WEFT_STORE: directory of failures; default .weft */
    const char *replay;  /* simulator, WEFT_REPLAY: a hash, a file or a token */
    const char *report;  /* simulator, WEFT_REPORT: text (default), json or none */
    bool keep_globals;   /* simulator, WEFT_KEEP_GLOBALS=1: globals live on between runs */
    bool leaked_objects; /* simulator, WEFT_LEAKS=objects: memory that is allocated at the end of a
                             run, and that nothing points to, is an error; with weft::instrument */
    uint32_t alloc_failures; /* simulator, WEFT_ALLOC_FAILURES: how many allocations of one run may
                                return NULL; default 0; with weft::instrument */
} weft_options;

/* Run main_fn(arg) as the goroutine "main".
 * runtime:   returns when main_fn has returned; goroutines still alive then are dropped, as at the
 *            end of a Go program: they do not run on and their deferred calls do not run. What they
 *            waited for, or held, must not be used in a later run.
 * simulator: explores many runs of main_fn, each until nothing can move any more. Before each run
 *            the program's globals and statics, the local variables of the callers, and the
 *            channels and timers made so far are put back to what they were when weft_run was
 *            called; what malloc gave is not. Mark a variable WEFT_KEEP to keep it. Globals are put
 *            back once more at the end; the callers' locals stay as the last run left them.
 * Returns: 0, or the number of findings (simulator) or failed checks (runtime).
 * Errors:  -EINVAL  a malformed option or environment variable, or nested weft_run;
 *          -ENOENT  the schedule to replay was not found; -EBADMSG it is corrupt;
 *          -ENOMEM, -EAGAIN  no memory, or no threads or processes; -ECHILD  a process that
 *          shared the work died. Each with a line on standard error.
 * Order:   the call happens before main_fn starts; main_fn's return happens before it returns.
 * Source:  Go spec, "Program execution". Departs from Go: the process goes on. */
int weft_run_with(const weft_options *options, weft_fn *main_fn, void *arg);
int weft_run(weft_fn *main_fn, void *arg);
#define weft_run(fn, ...) weft_run_with(&(weft_options){.name = #fn}, fn, __VA_ARGS__)

/* A variable that the simulator does not put back between runs: counters over all runs, say. */
#define WEFT_KEEP __attribute__((section("weft_keep")))

/* ---- Goroutines -------------------------------------------------------------------------------
 */

typedef struct weft_go_options {
    const char *name;  /* shown in reports; not copied: must outlive the goroutine */
    size_t stack_size; /* bytes, rounded up to a power of two, at least 16 KiB; 0: the default */
    bool daemon;       /* may still be parked when the program ends: not a leak */
} weft_go_options;

/* Start a goroutine that calls fn(arg).
 * Keeps arg only as a pointer: whatever it points to must live as long as the goroutine uses it.
 * Parks:   no; a schedule point. [goroutine]
 * Errors:  -EAGAIN  the goroutine limit is reached; -ENOMEM  no memory for a stack.
 * Order:   the call happens before fn starts. Its end happens before nothing.
 * Source:  Go spec, "Go statements"; Go memory model, "Goroutine creation". */
int weft_go(weft_fn *fn, void *arg);
int weft_go_with(const weft_go_options *options, weft_fn *fn, void *arg);
#define weft_go(fn, ...) weft_go_with(&(weft_go_options){.name = #fn}, fn, __VA_ARGS__)

/* Let others run. Source: runtime.Gosched. [goroutine] */
void weft_yield(void);

/* For loops that compute for long without calling anything else here: weft_yield, if others have
 * waited for half a slice, or a timer is late. Otherwise one load and a branch that is not taken.
 * Without it such a loop costs them a whole slice, and another thread: see slice_us.
 * simulator: always yields, so that a loop that waits for a plain variable ends.
 * Source:    none in Go, whose compiler lets loops be interrupted. [goroutine] */
#define WEFT_POLL()                                                                                \
    do {                                                                                           \
        if (__builtin_expect(__atomic_load_n(&weft__poll_wanted, __ATOMIC_RELAXED), 0)) {          \
            weft_yield();                                                                          \
        }                                                                                          \
    } while (0)
extern bool weft__poll_wanted;

/* Call fn(arg), which may block its thread in the kernel: others get the worker meanwhile, at once
 * if any are runnable. A call that blocks outside of weft_blocking costs them a slice (slice_us)
 * first. fn may use all of this library. Where all threads are taken (thread_limit) the worker
 * blocks, after a line on standard error.
 * Parks:   no; a schedule point; afterwards the goroutine may have to queue for a worker.
 * Order:   as for a plain call.
 * Source:  runtime.entersyscallblock. */
void weft_blocking(weft_fn *fn, void *arg);

/* From here on `count` goroutines run at once; 0: only ask. Fewer: those that compute or block just
 * then go on beside the others until their next call of ours, as after a slice (slice_us); when the
 * call returns the workers that were too many are gone. It takes a fraction of a millisecond, or a
 * slice where all who keep a worker compute, and is meant to be seldom.
 * simulator: remembers the number, which is 2 at the beginning of each run, and does nothing else.
 * Parks:   while others change it; a schedule point.
 * Returns: the number until then. The next run begins with that of its options.
 * Errors:  -EINVAL  above WEFT_WORKERS_MAX; -EAGAIN  no thread, or too few allowed (thread_limit):
 *          the number is what it was.
 * Source:  runtime.GOMAXPROCS. [goroutine] */
#define WEFT_WORKERS_MAX 1024
int weft_workers(uint32_t count);

/* End this goroutine after its deferred calls have run. Other goroutines are not affected. In main:
 * the program goes on until the others have ended, which is then a deadlock, as in Go.
 * Source: runtime.Goexit. [goroutine] */
WEFT_NORETURN void weft_exit(void);

/* The number (unique within the process, never 0) and the name of this goroutine; 0 and "" outside
 * one. */
uint64_t weft_id(void);
const char *weft_name(void);

/* ---- Channels ---------------------------------------------------------------------------------
 * A channel carries values of one size, FIFO, through a buffer of `capacity` values; with capacity
 * 0 sender and receiver meet. Any operation on a NULL channel parks for ever, except that closing
 * it panics and its length and capacity are 0. elem_size may be 0: values are then NULL
 * pointers. */

/* Make a channel with one reference.
 * Returns: NULL when there is no memory for it or elem_size * capacity overflows.
 * Source:  Go spec, "Making slices, maps and channels". */
WEFT_NODISCARD weft_chan *weft_chan_make(size_t elem_size, size_t capacity);

/* Add, and drop, a reference; the last one frees the channel and what is still buffered in it.
 * NULL is ignored. A reference must outlive every call on the channel, with one exception: whoever
 * was parked in a send or receive does not touch the channel once it has been woken, so the peer
 * that woke it may release. (A select does touch its other channels.) Fatal: the last reference of
 * a channel is dropped while a goroutine waits on it.
 * Departs from Go: no garbage collector. The simulator frees what is left after each run. */
weft_chan *weft_chan_retain(weft_chan *ch);
void weft_chan_release(weft_chan *ch);

/* Send one value.
 * Copies elem_size bytes from `value`; does not keep the pointer.
 * Parks:  while the buffer is full, or until a receiver takes the value if capacity is 0.
 * Panics: if ch is or becomes closed; the value was then not sent.
 * Order:  happens before the matching receive returns; the k-th receive happens before send
 *         k + capacity returns.
 * Source: Go spec, "Send statements"; Go memory model, "Channel communication". [goroutine] */
void weft_chan_send(weft_chan *ch, const void *value);

/* Receive one value into *value (NULL: receive and discard).
 * Returns: true; false when ch is closed and drained, *value is then zeroed.
 * Parks:   until there is a value or ch is closed.
 * Order:   the matching send, or the close, happens before the return.
 * Source:  Go spec, "Receive operator". [goroutine] */
bool weft_chan_recv(weft_chan *ch, void *value);

/* The same without parking, as a Go select with a default.
 * Errors: -EAGAIN  it would park; try_recv: -EPIPE  closed and drained, *value is zeroed.
 * Panics: try_send if ch is closed. */
int weft_chan_try_send(weft_chan *ch, const void *value);
int weft_chan_try_recv(weft_chan *ch, void *value);

/* The same, parking at most until deadline_ns. If both are possible at once, the transfer wins.
 * Errors: -ETIMEDOUT  the deadline passed, nothing was transferred; recv_until: -EPIPE as above.
 * Panics: send_until if ch is or becomes closed. [goroutine] */
int weft_chan_send_until(weft_chan *ch, const void *value, int64_t deadline_ns);
int weft_chan_recv_until(weft_chan *ch, void *value, int64_t deadline_ns);

/* Close: no more values will be sent. Parked receivers return false, parked senders panic.
 * Panics: if ch is NULL or closed.
 * Order:  happens before a receive that returns because of it.
 * Source: Go spec, "Close". */
void weft_chan_close(weft_chan *ch);

/* Values buffered now, and the capacity. 0 for NULL and, as in Go 1.23, for a timer's channel. */
size_t weft_chan_len(const weft_chan *ch);
size_t weft_chan_cap(const weft_chan *ch);

/* ---- Select -----------------------------------------------------------------------------------
 */

typedef enum weft_case_kind {
    WEFT_CASE_RECV,
    WEFT_CASE_SEND,
    WEFT_CASE_DEFAULT,
    WEFT_CASE_UNTIL,
} weft_case_kind;

typedef struct weft_case {
    weft_case_kind kind;
    bool ok; /* out, receive: false when the channel was closed and drained */
    weft_chan *chan;
    union {
        void *into;       /* receive: where to, or NULL to discard */
        const void *from; /* send: the value */
    };
    int64_t deadline_ns; /* until */
} weft_case;

#define WEFT_RECV(ch, value_out)                                                                   \
    ((weft_case){.kind = WEFT_CASE_RECV, .chan = (ch), .into = (value_out)})
#define WEFT_SEND(ch, value_in)                                                                    \
    ((weft_case){.kind = WEFT_CASE_SEND, .chan = (ch), .from = (value_in)})
#define WEFT_DEFAULT ((weft_case){.kind = WEFT_CASE_DEFAULT})
#define WEFT_UNTIL(at_ns) ((weft_case){.kind = WEFT_CASE_UNTIL, .deadline_ns = (at_ns)})

/* Execute one of the cases, chosen uniformly among those that are ready; the default when none is;
 * an UNTIL case when its deadline passes before any is. A case on a NULL channel is never ready.
 * The default and UNTIL cases may stand anywhere; a channel may stand in several cases.
 * Returns: the index of the case that was executed; its `ok` is set for a receive.
 * Parks:   until a case is ready, unless there is a default. With no case that can ever be ready:
 *          for ever.
 * Panics:  when a send case on a closed channel is chosen; when there are two defaults.
 * Order:   as the send or receive that was executed.
 * Source:  Go spec, "Select statements". [goroutine] */
size_t weft_select(weft_case *cases, size_t count);

/* ---- Time -------------------------------------------------------------------------------------
 * Timers follow Go 1.23: after stop or reset returns, no value from before is received. Channels of
 * timers and tickers carry the int64_t time at which they fired, and belong to the timer. */

int64_t weft_now(void);

/* Park for at least duration_ns; a duration <= 0 is due at once and only lets others run.
 * Source: time.Sleep. [goroutine] */
void weft_sleep(int64_t duration_ns);

/* A channel that receives the time once, after duration_ns. Borrowed: it lives until its value has
 * been received or the run ends, so do not release it and do not receive from it twice.
 * Returns: NULL when there is no memory. Source: time.After. Departs from Go: a channel whose value
 * is never received stays allocated; in a loop use WEFT_UNTIL or a weft_timer. */
WEFT_NODISCARD weft_chan *weft_after(int64_t duration_ns);

/* A timer that sends the time on its channel once, after duration_ns; and one that calls fn(arg) in
 * a goroutine of its own, named "timer". NULL when there is no memory. Source: time.NewTimer,
 * time.AfterFunc. */
WEFT_NODISCARD weft_timer *weft_timer_make(int64_t duration_ns);
WEFT_NODISCARD weft_timer *weft_timer_after_func(int64_t duration_ns, weft_fn *fn, void *arg);
weft_chan *weft_timer_chan(weft_timer *timer); /* NULL for an after_func timer */

/* Stop, or start again to fire after duration_ns.
 * Returns: true if it was still going to fire: it had not fired, or its value had not been
 *          received. An after_func goroutine that has started is not waited for.
 * Source:  time.Timer.Stop, Reset (Go 1.23). */
bool weft_timer_stop(weft_timer *timer);
bool weft_timer_reset(weft_timer *timer, int64_t duration_ns);
void weft_timer_release(weft_timer *timer); /* stops and frees it; NULL is ignored */

/* A ticker sends the time each period_ns; ticks that nobody has received yet are dropped.
 * Panics: period_ns <= 0. Stop does not close the channel. Source: time.Ticker. */
WEFT_NODISCARD weft_ticker *weft_ticker_make(int64_t period_ns);
weft_chan *weft_ticker_chan(weft_ticker *ticker);
void weft_ticker_stop(weft_ticker *ticker);
void weft_ticker_reset(weft_ticker *ticker, int64_t period_ns);
void weft_ticker_release(weft_ticker *ticker); /* NULL is ignored */

/* ---- Locks and friends ------------------------------------------------------------------------
 * Ready when zero-initialised; must not be copied or moved after first use; hold no memory. */

/* A mutual exclusion lock, FIFO. Not owned: any goroutine may unlock. Not recursive.
 * Fatal: unlock of an unlocked mutex. Order: unlock n happens before lock m > n returns.
 * Source: sync.Mutex. [goroutine: lock] */
typedef struct weft_mutex {
    uint64_t _[6];
} weft_mutex;
void weft_mutex_lock(weft_mutex *mutex); /* parks while locked */
bool weft_mutex_try_lock(weft_mutex *mutex);
void weft_mutex_unlock(weft_mutex *mutex);

/* Many readers or one writer. A waiting writer keeps new readers out; when it unlocks, the readers
 * that waited get in before the next writer. So a second rlock by the same goroutine deadlocks when
 * a writer came in between. Fatal: unlocking what is not locked in that way.
 * Order: as sync.RWMutex. Source: sync.RWMutex. [goroutine: lock, rlock] */
typedef struct weft_rwmutex {
    uint64_t _[8];
} weft_rwmutex;
void weft_rwmutex_lock(weft_rwmutex *rwmutex); /* parks */
bool weft_rwmutex_try_lock(weft_rwmutex *rwmutex);
void weft_rwmutex_unlock(weft_rwmutex *rwmutex);
void weft_rwmutex_rlock(weft_rwmutex *rwmutex); /* parks */
bool weft_rwmutex_try_rlock(weft_rwmutex *rwmutex);
void weft_rwmutex_runlock(weft_rwmutex *rwmutex);

/* What a condition variable waits with: a mutex, either side of an rwmutex, or the caller's own. */
typedef struct weft_locker {
    void (*lock)(void *object);
    void (*unlock)(void *object);
    void *object;
} weft_locker;
weft_locker weft_mutex_locker(weft_mutex *mutex);
weft_locker weft_rwmutex_locker(weft_rwmutex *rwmutex);
weft_locker weft_rwmutex_rlocker(weft_rwmutex *rwmutex);
weft_locker weft_locker_self(weft_locker locker);

/* A condition variable, FIFO. wait unlocks, parks until signal or broadcast, and locks again; there
 * are no spurious wake-ups, but the condition must be tested in a loop all the same, since others
 * may run before the lock is taken again. The lock may be a weft_mutex *, a weft_rwmutex * (its
 * write side) or a weft_locker. Order: a signal happens before the wait that it wakes returns.
 * Source: sync.Cond. [goroutine: wait] */
typedef struct weft_cond {
    uint64_t _[5];
} weft_cond;
void weft_cond_wait(weft_cond *cond, weft_locker lock);
void weft_cond_signal(weft_cond *cond);
void weft_cond_broadcast(weft_cond *cond);
#ifndef __cplusplus
#define WEFT_LOCKER(l)                                                                             \
    _Generic((l), weft_mutex *                                                                     \
             : weft_mutex_locker, weft_rwmutex *                                                   \
             : weft_rwmutex_locker, weft_locker                                                    \
             : weft_locker_self)(l)
#define weft_cond_wait(cond, lock) weft_cond_wait(cond, WEFT_LOCKER(lock))
#endif

/* Wait until a count is 0. Adding from 0 must happen before wait.
 * Panics: the count becomes negative. Order: done happens before the wait that it releases returns.
 * waitgroup_go adds 1, starts fn(arg) and calls done when it ends, also by panic or weft_exit; its
 * errors are weft_go's and leave the count as it was.
 * Source: sync.WaitGroup. [goroutine: wait, go] */
typedef struct weft_waitgroup {
    uint64_t _[6];
} weft_waitgroup;
void weft_waitgroup_add(weft_waitgroup *waitgroup, int64_t delta);
void weft_waitgroup_done(weft_waitgroup *waitgroup);
void weft_waitgroup_wait(weft_waitgroup *waitgroup); /* parks until the count is 0 */
int weft_waitgroup_go_with(weft_waitgroup *waitgroup, const weft_go_options *options, weft_fn *fn,
                           void *arg);
#define weft_waitgroup_go(waitgroup, fn, ...)                                                      \
    weft_waitgroup_go_with(waitgroup, &(weft_go_options){.name = #fn}, fn, __VA_ARGS__)

/* Call fn(arg) the first time only. Every call returns after that one has ended, by return, panic
 * or weft_exit. A call from within fn deadlocks. Source: sync.Once. [goroutine] */
typedef struct weft_once {
    uint64_t _[6];
} weft_once;
void weft_once_do(weft_once *once, weft_fn *fn, void *arg);

/* A weighted semaphore of `capacity` units, FIFO: a large request is not overtaken. A request for
 * more than the capacity parks for ever, or until its deadline. Zero-initialised: no units.
 * Panics: n < 0; release of more than is held. Order: release happens before the acquire that it
 * lets through returns. Errors: -ETIMEDOUT. Source: golang.org/x/sync/semaphore.
 * [goroutine: acquire] */
typedef struct weft_sema {
    uint64_t _[7];
} weft_sema;
#define WEFT_SEMA(units) ((weft_sema){{0, 0, (uint64_t)(units), 0, 0, 0, 0}})
void weft_sema_acquire(weft_sema *sema, int64_t n); /* parks */
int weft_sema_acquire_until(weft_sema *sema, int64_t n, int64_t deadline_ns);
bool weft_sema_try_acquire(weft_sema *sema, int64_t n);
void weft_sema_release(weft_sema *sema, int64_t n);

/* ---- Cancellation and structure ---------------------------------------------------------------
 */

/* A context is cancelled once: by cancel, by its deadline, or with its parent. NULL is the
 * background context: never cancelled, no deadline; cancel and release ignore it.
 *
 * with_*: a child of parent (kept alive by its children). NULL when there is no memory.
 * done:    a channel of element size 0 that is closed on cancellation; borrowed from the context;
 *          NULL for background, so that a select case on it is never ready.
 * err:     0, -ECANCELED or -ETIMEDOUT (deadline passed); not 0 exactly when done is closed.
 * deadline: true and *ret_deadline_ns, or false when there is none.
 * cancel:  may be called any number of times, by any goroutine. When it returns, done of this
 *          context and of all its descendants is closed; parks while another goroutine is closing
 *          them.
 * release: cancels, and drops the maker's reference. Each with_* needs one release.
 * Order:   the cancel happens before a receive from done returns, and before err returns not 0.
 * Source:  context. Departs from Go: no values; release instead of the garbage collector. */
WEFT_NODISCARD weft_context *weft_context_with_cancel(weft_context *parent);
WEFT_NODISCARD weft_context *weft_context_with_deadline(weft_context *parent, int64_t deadline_ns);
WEFT_NODISCARD weft_context *weft_context_with_timeout(weft_context *parent, int64_t timeout_ns);
weft_chan *weft_context_done(weft_context *context);
int weft_context_err(weft_context *context);
bool weft_context_deadline(weft_context *context, int64_t *ret_deadline_ns);
void weft_context_cancel(weft_context *context);
void weft_context_release(weft_context *context);

/* Goroutines that work on parts of one task. Ready when zero-initialised.
 * with_context: a child of parent that is cancelled when the first function fails or when wait
 *               returns; belongs to the group, which releases it in wait. At most once, before go.
 * limit:        at most n functions run at once (0: no limit); only while none runs.
 * go:           run fn(arg) in a goroutine. Parks while the limit is reached. -EAGAIN, -ENOMEM as
 *               weft_go. try_go: -EAGAIN also when the limit is reached.
 * wait:         park until all have returned; returns the first value that was not 0, or 0. The
 *               group may then be used again.
 * Source:       golang.org/x/sync/errgroup. [goroutine: go, wait] */
typedef int weft_group_fn(void *arg);
typedef struct weft_group {
    uint64_t _[20];
} weft_group;
WEFT_NODISCARD weft_context *weft_group_with_context(weft_group *group, weft_context *parent);
void weft_group_limit(weft_group *group, uint32_t n);
int weft_group_go(weft_group *group, weft_group_fn *fn, void *arg);
int weft_group_try_go(weft_group *group, weft_group_fn *fn, void *arg);
int weft_group_wait(weft_group *group);

/* ---- Panics, deferred calls -------------------------------------------------------------------
 */

typedef struct weft_panic_info {
    char message[240];  /* zero-terminated, cut if longer */
    const void *site;   /* the return address of the call that panicked */
    uint64_t goroutine; /* weft_id */
} weft_panic_info;

/* Panic: run the deferred calls of this goroutine, last first, back to the nearest weft_try, which
 * returns 1. Without one the program ends: the runtime prints the goroutine and exits with status
 * 2, the simulator reports it. A panic in a deferred call replaces the first; the rest of the
 * deferred calls still run. Memory held only by the frames that are left is lost, as with longjmp;
 * cleanup attributes do not run, but WEFT_DEFER and WEFT_LOCKED do. Source: Go spec, "Handling
 * panics". */
WEFT_NORETURN void weft_panic(const char *format, ...) WEFT_PRINTF(1, 2);

/* Call fn(arg). Returns 0, or 1 when it panicked; *info (NULL: not wanted) is written only then.
 * Deferred calls made in fn have run either way. Local variables of the caller that fn changes
 * through arg keep their values. [goroutine] */
int weft_try(weft_fn *fn, void *arg, weft_panic_info *info);

/* Call fn(arg) when this goroutine, or the innermost weft_try within it, ends: by return, panic or
 * weft_exit; last deferred first. No memory: panics. Departs from Go: not when the C function
 * returns; for that there is WEFT_DEFER. [goroutine] */
void weft_defer(weft_fn *fn, void *arg);

/* Call fn(arg) when the enclosing C block is left: by its end, return, break, goto, panic or
 * weft_exit. WEFT_LOCKED(&mutex): hold the mutex from here to the end of the block. Not directly in
 * a switch: jumping to another label of it would leave a scope that was never entered. */
typedef struct weft_scope {
    uint64_t _[4];
} weft_scope;
#define WEFT_DEFER(fn, arg)                                                                        \
    __attribute__((cleanup(weft_scope_leave))) weft_scope WEFT__UNIQUE(weft__scope);               \
    weft_scope_enter(&WEFT__UNIQUE(weft__scope), fn, arg)
#define WEFT_LOCKED(mutex)                                                                         \
    __attribute__((cleanup(weft_scope_leave))) weft_scope WEFT__UNIQUE(weft__scope);               \
    weft_scope_lock(&WEFT__UNIQUE(weft__scope), mutex)
void weft_scope_enter(weft_scope *scope, weft_fn *fn, void *arg);
void weft_scope_lock(weft_scope *scope, weft_mutex *mutex);
void weft_scope_leave(weft_scope *scope);
#define WEFT__UNIQUE(name) WEFT__PASTE(name, __LINE__)
#define WEFT__PASTE(a, b) WEFT__PASTE2(a, b)
#define WEFT__PASTE2(a, b) a##b

/* ---- Input and output -------------------------------------------------------------------------
 * On sockets, pipes and files, blocking for the goroutine only. In the runtime a descriptor is the
 * kernel's, not blocking, and a goroutine that must wait is woken by epoll. In the simulator there
 * is a network and a disk of its own (weft/sim.h): the same program uses no real one there, and its
 * descriptors have numbers from WEFT_SIM_FD on, so that one of the other kind is told at once.
 *
 * deadline_ns:  where the call must wait, it waits until then. What can be done at once is done
 *               whatever the deadline: with 0 nothing waits. weft_context_* take a context in its
 *               place: its deadline, and its cancellation.
 * Errors:       what the system call gave, and for every call that takes a descriptor
 *               -EBADF       not open, or not one of ours (see weft_adopt);
 *               -ETIMEDOUT   the deadline passed (or, of a stream, the peer is out of reach);
 *               -ECANCELED   the descriptor was closed meanwhile, or the context is cancelled.
 *               Never -EINTR, -EAGAIN or -EINPROGRESS, and never SIGPIPE: -EPIPE.
 * Parks:        those that take a deadline or a context; weft_close for a moment; calls that name a
 *               host may call the resolver, and calls on files the disk, as weft_blocking does.
 *               Each is a schedule point.
 * Order:        what a goroutine did before it wrote happens before what is done by the one that
 *               has read it; the same of shutdown and close, and the end that is read; and of dial
 *               and accept.
 * Source:       POSIX; deadlines, close and whole writes as in Go's package net. [goroutine] */
#define WEFT_SIM_FD (1 << 20)

/* The address of a socket. Written as text it is one of
 *   host:port  [::1]:port  :port   TCP; host is a name or numbers, none: all (listen), this (dial);
 *   udp:host:port                  datagrams; tcp: in front is allowed;
 *   unix:/path                     a stream on this host; unix:@name: Linux's abstract names.
 * The bytes are a struct sockaddr of `size` bytes. */
typedef struct weft_address {
    uint32_t size;
    uint32_t type; /* SOCK_STREAM, SOCK_DGRAM */
    uint64_t bytes[16];
} weft_address;
#define WEFT_ADDRESS_TEXT 128 /* bytes that hold any address as text, with its final zero */

/* Numbers only, no names. Errors: -EINVAL  not an address. */
int weft_address_parse(const char *text, weft_address *ret_address);

/* Write at most `size` bytes, with the final zero. Returns the length of the whole text. */
int weft_address_text(const weft_address *address, char *buffer, size_t size);

/* Up to `count` addresses of what `text` names; weft_dial and weft_listen do it themselves. Returns
 * how many. Errors: -EINVAL  not an address; -ENOENT  no host has this name; -EAGAIN  the name
 * server does not answer; -EIO  any other failure of it. */
int weft_resolve(const char *text, weft_address *ret_addresses, size_t count);

/* The address that the socket is bound to, and that of its peer. Errors: -ENOTSOCK, -ENOTCONN. */
int weft_local_address(int fd, weft_address *ret_address);
int weft_peer_address(int fd, weft_address *ret_address);

/* A socket that connections come to, or (udp:) datagrams. Port 0: one that is free. The address may
 * be used again at once after an earlier listener is closed; for unix: the path must not exist, and
 * stays after the close. backlog: connections that wait to be accepted; 0: as many as the system
 * allows. Returns the descriptor.
 * Errors: -EADDRINUSE; -EADDRNOTAVAIL; -EACCES; -EMFILE, -ENFILE; -ENOMEM; weft_resolve's. */
int weft_listen(const char *address, int backlog);

/* The next connection, as a descriptor. One that was reset before it was accepted comes too, on
 * Linux: reading from it is -ECONNRESET. Several goroutines may accept on one listener.
 * Errors: -EMFILE, -ENFILE, -ENOMEM  the connection goes on waiting; -EINVAL  not a listener. */
int weft_accept(int fd, int64_t deadline_ns);

/* Connect a stream; every address of the host is tried, one after the other. udp: a socket for one
 * peer. Small writes are sent at once (TCP_NODELAY). Returns the descriptor.
 * Errors: -ECONNREFUSED  nobody listens there; -EHOSTUNREACH, -ENETUNREACH; -ECONNRESET; -ENOENT
 *         also: no such path; those of weft_listen. */
int weft_dial(const char *address, int64_t deadline_ns);

/* Read what is there, up to `size` bytes. Returns how many; 0 at the end of the stream or file, or
 * when size is 0; of a datagram what does not fit is lost.
 * Errors: -ECONNRESET; -ENOTCONN; -EISDIR; -EIO. */
ssize_t weft_read(int fd, void *buffer, size_t size, int64_t deadline_ns);

/* Write all `size` bytes. Returns size, or less when the deadline passed, the descriptor was closed
 * or the peer went away after so many bytes had been taken: the next call has the error. Writes of
 * several goroutines to one stream do not mix. That the bytes were taken does not mean that the
 * peer has them. Errors: -EPIPE  nobody will read it; -ECONNRESET; -EMSGSIZE  larger than a
 *         datagram; -ENOSPC, -EDQUOT, -EFBIG, -EIO. */
ssize_t weft_write(int fd, const void *buffer, size_t size, int64_t deadline_ns);

/* The same from, and into, several pieces; struct iovec is that of <sys/uio.h>, at most
 * WEFT_IOV_MAX pieces. Errors: -EINVAL  more. */
struct iovec;
#define WEFT_IOV_MAX 1024
ssize_t weft_readv(int fd, const struct iovec *pieces, int count, int64_t deadline_ns);
ssize_t weft_writev(int fd, const struct iovec *pieces, int count, int64_t deadline_ns);

/* One datagram, and whose it is (NULL: not wanted); one datagram to `to` (NULL: to the peer that
 * was dialled). A datagram may be lost, come twice, and come behind later ones. */
ssize_t weft_recvfrom(int fd, void *buffer, size_t size, weft_address *ret_from,
                      int64_t deadline_ns);
ssize_t weft_sendto(int fd, const void *buffer, size_t size, const weft_address *to,
                    int64_t deadline_ns);

/* Wait until one of `events`, POLLIN and POLLOUT of <poll.h>, is so. Returns those that are, with
 * POLLERR and POLLHUP. A file is always ready. Errors: -EINVAL  other events. */
int weft_poll(int fd, short events, int64_t deadline_ns);

/* No more is read (SHUT_RD), written (SHUT_WR: the peer reads the end), or both (SHUT_RDWR), of
 * <sys/socket.h>. Errors: -ENOTCONN; -ENOTSOCK; -EINVAL  another `how`. */
int weft_shutdown(int fd, int how);

/* Give the descriptor back. Who waits on it gets -ECANCELED; when the call returns, nobody uses the
 * number any more. Errors: -EBADF  also for the second of two closes; -EIO, -ENOSPC, -EDQUOT  of a
 * file, which is closed nevertheless. */
int weft_close(int fd);

/* A pipe: fds[0] reads what fds[1] writes. And two connected streams. Errors: -EMFILE, -ENFILE. */
int weft_pipe(int fds[2]);
int weft_socketpair(int fds[2]);

/* A descriptor from elsewhere becomes one of ours, and stops being one without being closed. It is
 * made not to block (O_NONBLOCK), for all who share it; of a file nothing changes. Errors: adopt:
 * -EEXIST  it is one already; -EPERM  it cannot be waited for. Fatal in the simulator: a real one;
 * make it by a call of Weft's there. */
int weft_adopt(int fd);
int weft_disown(int fd);

/* Files. flags and mode: open(2)'s; O_CLOEXEC is added to flags. weft_read and weft_write go on at
 * the file's offset, or with O_APPEND write at its end; their deadlines do not matter. What was
 * written is on the disk after weft_fsync; that a file was made, renamed or removed, after
 * weft_fsync of its directory (opened with O_RDONLY | O_DIRECTORY).
 * Errors: -ENOENT; -EEXIST; -EACCES; -EISDIR; -ENOTDIR; -ENOSPC; -EIO; -EMFILE, -ENFILE. */
int weft_open(const char *path, int flags, unsigned mode);
ssize_t weft_pread(int fd, void *buffer, size_t size, int64_t offset);
ssize_t weft_pwrite(int fd, const void *buffer, size_t size, int64_t offset);
int weft_fsync(int fd);
int weft_ftruncate(int fd, int64_t size);
int64_t weft_file_size(int fd);
int weft_rename(const char *from, const char *to);
int weft_unlink(const char *path);
int weft_mkdir(const char *path, unsigned mode);

/* With a context (NULL: no limit) in place of the deadline. -ETIMEDOUT and -ECANCELED as
 * weft_context_err has them. */
int weft_context_accept(weft_context *context, int fd);
int weft_context_dial(weft_context *context, const char *address);
ssize_t weft_context_read(weft_context *context, int fd, void *buffer, size_t size);
ssize_t weft_context_write(weft_context *context, int fd, const void *buffer, size_t size);
ssize_t weft_context_readv(weft_context *context, int fd, const struct iovec *pieces, int count);
ssize_t weft_context_writev(weft_context *context, int fd, const struct iovec *pieces, int count);
ssize_t weft_context_recvfrom(weft_context *context, int fd, void *buffer, size_t size,
                              weft_address *ret_from);
ssize_t weft_context_sendto(weft_context *context, int fd, const void *buffer, size_t size,
                            const weft_address *to);
int weft_context_poll(weft_context *context, int fd, short events);

/* ---- Free choices, properties, announced accesses ---------------------------------------------
 */

/* A number below count, any of which the program must be able to live with. The simulator tries
 * them out and records the choice. Panics: count is 0. */
uint32_t weft_choose(uint32_t count);
uint64_t weft_random(void); /* 64 random bits; in the simulator a function of the schedule */

/* WEFT_ASSERT and WEFT_ALWAYS: must hold each time. When not: the simulator reports it and ends the
 * run; the runtime prints it and ends the program as an unrecovered panic does. Neither is compiled
 * out by NDEBUG.
 * WEFT_SOMETIMES: must hold at least once over all runs of an exploration that reach it: otherwise
 * the simulator reports "property never reached". WEFT_REACHABLE("x") is WEFT_SOMETIMES(true, "x").
 * The runtime evaluates the condition and ignores it. */
#define WEFT_ASSERT(cond)                                                                          \
    ((cond) ? (void)0 : weft__check_failed(#cond, __FILE__, __LINE__, __func__))
#define WEFT_ALWAYS(cond, property)                                                                \
    ((cond) ? (void)0 : weft__check_failed(property, __FILE__, __LINE__, __func__))
#define WEFT_SOMETIMES(cond, property) weft__sometimes((cond), property, __FILE__, __LINE__)
#define WEFT_REACHABLE(property) WEFT_SOMETIMES(true, property)
WEFT_NORETURN void weft__check_failed(const char *what, const char *file, int line,
                                      const char *function);
void weft__sometimes(bool holds, const char *property, const char *file, int line);

/* Useful work happened: a run that reaches its step bound is called a livelock only if this was not
 * called (and nothing else happened) for long, and a goroutine that called it is not called
 * starved. Does not park; the runtime ignores it. */
void weft_progress(void);

/* The program is in this state: any number that tells apart the states that are worth telling
 * apart, like a hash of what a protocol has come to. It holds until the next call, in all
 * goroutines; 0 at the start. Does not park, and is no synchronisation. The simulator's strategy
 * "ql" learns how to come to states that are rare; the runtime ignores it. */
void weft_state(uint64_t hash);

/* Print all goroutines of the run on file descriptor fd: state, for how long it has been that (from
 * 100 ms on; it may be too long by slice_us), what it waits for, stack with lines, and where each
 * was created; the first 100 by id. Those that run now have no stack in it, and one that changes
 * its state meanwhile may have a wrong one. None starts or ends while it prints. In the runtime the
 * signal weft_options.dump_signal does the same on standard error, then calls the handler that was
 * there before; and weft_options.leaks prints, at the end of weft_run, the goroutines that are
 * left, but for daemons. The simulator's reports have all this: there it
 * prints nothing. Returns 0 or a negated errno. Errors: -EAGAIN  no thread to print from.
 * [goroutine] */
int weft_dump(int fd);

/* What the scheduler has done since the run began, and has now. Sizes are bytes. */
#define WEFT_STATS_BUCKETS 40
typedef struct weft_stats {
    uint64_t goroutines;          /* alive now */
    uint64_t goroutines_runnable; /* of those: now waiting for a worker */
    uint64_t goroutines_started;

    uint64_t workers;
    uint64_t workers_idle;     /* now without work */
    uint64_t threads;          /* now, without the one that called weft_run */
    uint64_t threads_at_large; /* of those: their goroutine computes or blocks without a worker */
    uint64_t threads_spare;    /* of those: wait for a worker */

    uint64_t parks;       /* times a goroutine waited for something */
    uint64_t yields;      /* weft_yield */
    uint64_t preemptions; /* times others went first, after 100 operations of one */
    uint64_t retakes;  /* times a goroutine lost its worker: it computed or blocked for a slice */
    uint64_t handoffs; /* times weft_blocking gave its worker to others */

    uint64_t steals;       /* times a worker took goroutines from another one */
    uint64_t stolen;       /* those goroutines */
    uint64_t global_takes; /* times a worker took goroutines from the global queue */
    uint64_t global_taken; /* those goroutines */
    uint64_t sleeps;       /* times a worker found nothing to do */
    uint64_t wakes;        /* times one that slept was woken because there was something */
    uint64_t timers_fired;

    uint64_t stack_bytes_mapped; /* address space, with guards */
    uint64_t stack_bytes_used;   /* stacks of goroutines, and of threads for signals: whole ones,
                                    though they have memory only where they were touched */
    uint64_t stack_bytes_cached; /* stacks that are free for the next goroutines */
    uint64_t stacks_cached;      /* those stacks */

    /* How often a goroutine ran so long after it was made ready: latency[i] from 2^i up to 2^(i+1)
     * nanoseconds, [0] from 0, the last one without limit. An estimate where much happens: some are
     * timed and count for many. */
    uint64_t latency[WEFT_STATS_BUCKETS];
} weft_stats;

/* Read them; after a run, what the last one came to; before any, zeros. The values are not of one
 * moment: they are read one by one while others go on. No synchronisation and no schedule point;
 * may be called by any goroutine and any thread. Costs about half a microsecond with four workers,
 * a few with sixteen. The simulator knows goroutines, goroutines_runnable and goroutines_started,
 * those of the run; there the rest is 0, as is all of it outside of goroutines.
 * Source: runtime/metrics; tokio::runtime::RuntimeMetrics. */
void weft_stats_read(weft_stats *ret);

/* Write what runs where, from here until stop or the end of the run, to the file `path`, as JSON
 * for https://ui.perfetto.dev or about:tracing: each stretch in which a goroutine ran on a worker,
 * why it ended, who had made it ready and how long it had waited; arrows from worker to worker;
 * workers that were taken from a goroutine; how many goroutines were alive and runnable. The
 * variable WEFT_TRACE=path does the same for all runs of the process. At most WEFT_TRACE_SIZE bytes
 * (default 256 MiB) are written: what comes later is dropped, and counted at the end of the file.
 * The file can be loaded at any time, also when the program ended by a panic; after a crash it
 * lacks the last events (some nine hundred of each worker). While it goes on a switch costs two
 * looks at the clock more, and each 64 KiB of events are written by the worker that made them.
 * Any goroutine or thread may call either. The simulator's reports have all this: there both do
 * nothing and return 0.
 * start: Errors: -EBUSY   a trace goes on; -EINVAL  no run does; -ENOMEM; what open(2) and write(2)
 *                give; -ESPIPE  not a regular file; -EFBIG  above the process's limit.
 * stop:  Errors: -EINVAL  no trace goes on; what write(2) gave, with a line on standard error, when
 *                it did: the file then has what came before.
 * Source: runtime/trace. */
int weft_trace_start(const char *path);
int weft_trace_stop(void);

/* A plain access of a variable that other goroutines use too, announced: the simulator may switch
 * before it, in any build. In the runtime it is the plain access and no synchronisation.
 * WEFT_UPDATE reads and writes in one step, as an atomic operation does, but only in the simulator:
 * WEFT_UPDATE(x, x == 0 ? 1 : x) is a compare-and-swap; where the value stays the same it counts as
 * a read. */
#define WEFT_READ(variable) (weft_point_read(&(variable), sizeof(variable)), (variable))
#define WEFT_WRITE(variable, value)                                                                \
    (weft_point_write(&(variable), sizeof(variable)), (void)((variable) = (value)))
#define WEFT_UPDATE(variable, value)                                                               \
    (weft_point_update(&(variable), sizeof(variable)), (void)((variable) = (value)))
void weft_point_read(const volatile void *address, size_t size);
void weft_point_write(const volatile void *address, size_t size);
void weft_point_update(const volatile void *address, size_t size);
void weft_point(const volatile void *object); /* something else that others could see or disturb */

#ifdef __cplusplus
}
#endif

#endif
