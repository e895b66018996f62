/* parked.c: a program with one goroutine for each kind of waiting, and two that run, for debuggers.
 *
 * It calls stop_here once all are where they stay; and with an argument, abort. */
#include <weft.h>

#include <stdatomic.h>
#include <stdlib.h>

static weft_chan *empty;
static weft_chan *full;
static weft_mutex mutex;
static weft_waitgroup group;
static weft_sema *sema;
static atomic_bool spinning;
static volatile int number = 4711;

static void receiver(void *arg)
{
    (void)weft_chan_recv(empty, arg);
}

static void sender(void *arg)
{
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_chan_send(full, &i);
    }
}

static void selector(void *arg)
{
    int value = 0;
    weft_case cases[] = {WEFT_RECV(empty, arg), WEFT_SEND(full, &value)};
    (void)weft_select(cases, 2);
}

static void locker(void *arg)
{
    const int local_of_locker = number; /* in a register that the switch saves */
    weft_mutex_lock(arg == NULL ? &mutex : arg);
    number = local_of_locker + 1;
}

static void waiter(void *arg)
{
    (void)arg;
    weft_waitgroup_wait(&group);
}

static void acquirer(void *arg)
{
    (void)arg;
    weft_sema_acquire(sema, 3);
}

static void sleeper(void *arg)
{
    (void)arg;
    weft_sleep(1000 * WEFT_SECOND);
}

static void spinner(void *arg)
{
    (void)arg;
    atomic_store(&spinning, true);
    while (atomic_load(&spinning)) {
    }
}

static void idler(void *arg)
{
    (void)arg;
}

static __attribute__((noinline)) void stop_here(void)
{
    __asm__ volatile("");
}

static void start(weft_fn *fn, const char *name)
{
    if (weft_go_with(&(weft_go_options){.name = name}, fn, NULL) != 0) {
        abort();
    }
}

static void main_parks_all(void *arg)
{
    static weft_sema units;
    units = WEFT_SEMA(5);
    sema = &units;
    empty = weft_chan_make(0, 0);
    full = weft_chan_make(sizeof(int), 2);
    weft_mutex_lock(&mutex);
    weft_waitgroup_add(&group, 7);
    weft_sema_acquire(sema, 4);
    start(receiver, "receiver");
    start(sender, "sender");
    start(selector, "selector");
    start(locker, "locker");
    start(waiter, "waiter");
    start(acquirer, "acquirer");
    start(sleeper, "sleeper");
    weft_sleep(200 * WEFT_MILLISECOND);
    start(spinner, "spinner");
    while (!atomic_load(&spinning)) {
        weft_yield();
    }
    start(idler, "idler"); /* nobody is free to run it */
    stop_here();
    if (arg != NULL) {
        abort();
    }
    atomic_store(&spinning, false);
}

int main(int argc, char **argv)
{
    const weft_options options = {.workers = 2, .slice_us = 60000000};
    return weft_run_with(&options, main_parks_all, argc > 1 ? argv[1] : NULL);
}
