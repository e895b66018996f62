/* outer.c: see outer.h. Compiled like the rest of the simulator: nothing in here is stepped. */
#include "outer.h"

#include <linux/futex.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

#include <core/backend.h>
#include <weft/sim.h>

enum { GOROUTINES_MAX = 32, MUTEXES_MAX = 32, SCHEDULES_MAX = 2000000 };

/* By id of the outer goroutine. */
static void *selves[GOROUTINES_MAX];
static weft_waitgroup others;

/* ---- Exploring ---- */

void outer_explore(const char *name, outer_fn *fn, void *arg)
{
    const weft_options options = {.name = name,
                                  .strategy = "dpor",
                                  .schedules = SCHEDULES_MAX,
                                  .time_ns = WEFT_NEVER,
                                  .report = "none"};
    weft_result result;
    assert_true(weft_explore(&options, fn, arg, &result) >= 0);
    if (result.finding_count != 0) {
        const weft_finding *const found = &result.findings[0];
        print_error("%s: %s in run %lu: %s\n", name, weft_finding_kind_name(found->kind),
                    (unsigned long)found->run, found->message);
        for (size_t i = 0; i < found->goroutine_count; i++) {
            print_error("    %s: %s, %s\n", found->goroutines[i].name, found->goroutines[i].reason,
                        found->goroutines[i].place);
        }
    }
    print_message("%s: %lu behaviours, %lu runs, %lu steps, %ld ms\n", name,
                  (unsigned long)result.behaviours, (unsigned long)result.runs,
                  (unsigned long)result.steps, (long)(result.time_ns / WEFT_MILLISECOND));
    assert_int_equal(result.finding_count, 0);
    assert_true(result.complete);
    weft_result_clear(&result);
}

_Noreturn void outer_fail(const char *message)
{
    weft__check_failed(message, "inner", 0, "");
}

/* ---- Goroutines ---- */

typedef struct start {
    outer_fn *fn;
    void *arg;
} start;

static void run_started(void *arg)
{
    const start *const s = arg;
    s->fn(s->arg);
    weft_waitgroup_done(&others);
}

void outer_go(outer_fn *fn, void *arg)
{
    start *const s = weft__alloc(sizeof *s);
    *s = (start){fn, arg};
    weft_waitgroup_add(&others, 1);
    weft_go_with(&(weft_go_options){.name = "inner", .daemon = true}, run_started, s);
}

void *outer_self(void)
{
    return selves[weft_id()];
}

void outer_set_self(void *self)
{
    WEFT_ASSERT(weft_id() < GOROUTINES_MAX);
    selves[weft_id()] = self;
}

_Noreturn void outer_exit(void)
{
    weft_waitgroup_done(&others);
    weft_exit();
}

void outer_yield(void)
{
    weft_yield();
}

uint32_t outer_choose(uint32_t count)
{
    return weft_choose(count);
}

void outer_join(void)
{
    weft_waitgroup_wait(&others);
}

/* ---- Events: outer channels of capacity 1 ---- */

outer_event *outer_event_make(void)
{
    return (outer_event *)weft_chan_make(0, 1);
}

void outer_event_set(outer_event *event)
{
    weft_chan_send((weft_chan *)event, NULL);
}

void outer_event_wait(outer_event *event)
{
    (void)weft_chan_recv((weft_chan *)event, NULL);
}

/* ---- Mutexes ---- */

static struct {
    const void *address;
    weft_mutex mutex;
} mutexes[MUTEXES_MAX];

static weft_mutex *mutex_at(const void *address)
{
    size_t i = 0;
    while (mutexes[i].address != address && mutexes[i].address != NULL) {
        i++;
        WEFT_ASSERT(i < MUTEXES_MAX);
    }
    mutexes[i].address = address;
    return &mutexes[i].mutex;
}

void outer_lock_at(const void *address)
{
    weft_mutex_lock(mutex_at(address));
}

bool outer_try_lock_at(const void *address)
{
    return weft_mutex_try_lock(mutex_at(address));
}

void outer_unlock_at(const void *address)
{
    weft_mutex_unlock(mutex_at(address));
}

/* ---- Waiting for a word to change ---- */

typedef struct sleeper {
    struct sleeper *next;
    const volatile void *word;
    uint64_t id;
    outer_event *event;
} sleeper;

static sleeper *sleepers; /* by id: who comes first does not depend on the schedule */

static void enlist(sleeper *s, const volatile void *word)
{
    *s = (sleeper){.word = word, .id = weft_id(), .event = outer_event_make()};
    sleeper **link = &sleepers;
    while (*link != NULL && (*link)->id < s->id) {
        link = &(*link)->next;
    }
    s->next = *link;
    *link = s;
}

/* The first one, no longer in the list; NULL: nobody sleeps on this word. */
static sleeper *delist(const volatile void *word)
{
    sleeper **link = &sleepers;
    while (*link != NULL && (*link)->word != word) {
        link = &(*link)->next;
    }
    sleeper *const s = *link;
    if (s != NULL) {
        *link = s->next;
    }
    return s;
}

void outer_wait_store(const uint32_t *word, uint32_t busy)
{
    sleeper s;
    if (*(const volatile uint32_t *)word == busy) {
        enlist(&s, word);
        outer_event_wait(s.event);
    }
}

void __tsan_atomic32_store(volatile uint32_t *word, uint32_t value, int order);
uint32_t __tsan_atomic32_load(const volatile uint32_t *word, int order);

/* What the inner world calls for its atomic stores of 32 bits: those of locks wake who waits. All
 * of them are taken out of the list in the step that stores. */
void outer_atomic32_store(volatile uint32_t *word, uint32_t value, int order);
void outer_atomic32_store(volatile uint32_t *word, uint32_t value, int order)
{
    outer_event *woken[GOROUTINES_MAX];
    size_t count = 0;
    __tsan_atomic32_store(word, value, order);
    for (sleeper *s = delist(word); s != NULL; s = delist(word)) {
        woken[count++] = s->event;
    }
    for (size_t i = 0; i < count; i++) {
        outer_event_set(woken[i]);
    }
}

/* ---- The kernel ---- */

static weft_mutex futexes; /* the kernel has a lock of its own */

/* A second address for each word, so that mere stores do not wake. */
static const void *futex_of(const uint32_t *word)
{
    return (const char *)word + 1;
}

static void futex_wait(const uint32_t *word, uint32_t value)
{
    sleeper s;
    weft_mutex_lock(&futexes);
    const bool sleep = __tsan_atomic32_load(word, __ATOMIC_RELAXED) == value;
    if (sleep) {
        enlist(&s, futex_of(word));
    }
    weft_mutex_unlock(&futexes);
    if (sleep) {
        outer_event_wait(s.event);
    }
}

static void futex_wake(const uint32_t *word)
{
    weft_mutex_lock(&futexes);
    const sleeper *const s = delist(futex_of(word));
    outer_event *const event = s == NULL ? NULL : s->event;
    weft_mutex_unlock(&futexes);
    if (event != NULL) {
        outer_event_set(event);
    }
}

void __tsan_atomic_thread_fence(int order);

/* futex(2): a wait with a limit ends at once, for time may pass at any moment; and membarrier(2),
 * whose fence in all threads outer_signal_fence stands for. */
long outer_syscall(long number, ...);
long outer_syscall(long number, ...)
{
    va_list args;
    va_start(args, number);
    if (number == SYS_membarrier) {
        __tsan_atomic_thread_fence(__ATOMIC_SEQ_CST);
    } else {
        const uint32_t *const word = va_arg(args, uint32_t *);
        const int how = va_arg(args, int);
        const uint32_t value = va_arg(args, uint32_t);
        if (how == FUTEX_WAKE_PRIVATE) {
            futex_wake(word);
        } else if (va_arg(args, const struct timespec *) == NULL) {
            futex_wait(word, value);
        }
    }
    va_end(args);
    return 0;
}

/* In the inner world a fence for the compiler stands where membarrier or an exchange on x86 makes a
 * fence of it. */
void outer_signal_fence(int order);
void outer_signal_fence(int order)
{
    __tsan_atomic_thread_fence(order);
}

/* Of worker.c's switches, which no test makes. */
void outer_switch_to_fiber(void *fiber, unsigned flags);
void outer_switch_to_fiber(void *fiber, unsigned flags)
{
    (void)fiber;
    (void)flags;
    outer_fail("a fiber was switched to");
}

typedef struct thread {
    void *(*fn)(void *arg);
    void *arg;
} thread;

static void run_thread(void *arg)
{
    const thread *const t = arg;
    (void)t->fn(t->arg);
}

int outer_pthread_create(pthread_t *ret, const pthread_attr_t *attributes, void *(*fn)(void *arg),
                         void *arg);
int outer_pthread_create(pthread_t *ret, const pthread_attr_t *attributes, void *(*fn)(void *arg),
                         void *arg)
{
    (void)attributes;
    thread *const t = weft__alloc(sizeof *t);
    *t = (thread){fn, arg};
    *ret = 0;
    outer_go(run_thread, t);
    return 0;
}

pthread_t outer_pthread_self(void);
pthread_t outer_pthread_self(void)
{
    return 0;
}

int outer_pthread_join(pthread_t joined, void **ret);
int outer_pthread_join(pthread_t joined, void **ret)
{
    (void)joined;
    (void)ret;
    return 0;
}

int outer_pthread_detach(pthread_t detached);
int outer_pthread_detach(pthread_t detached)
{
    (void)detached;
    return 0;
}

int outer_pause(void);
int outer_pause(void)
{
    outer_exit();
}

/* ---- Memory ---- */

void *outer_alloc(size_t size)
{
    return weft__alloc(size);
}

void __tsan_write_range(void *memory, unsigned long size);

void outer_free(void *memory, size_t size)
{
    if (memory != NULL) {
        __tsan_write_range(memory, size);
        memset(memory, 0xdd, size);
    }
}
