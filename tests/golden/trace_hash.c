/* trace_hash.c: explore a program that uses most of the API and print the hash of all its runs.
 * determinism.sh runs it in several processes and builds. Argument: the number of schedules. */
#include <weft/sim.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

static weft_mutex mutex;
static weft_rwmutex rwmutex;
static weft_cond cond;
static weft_once once;
static weft_waitgroup ended;
static weft_chan *values;
static int shared;

static void initialise(void *arg)
{
    (void)arg;
    WEFT_WRITE(shared, 1);
}

static void produce(void *arg)
{
    (void)arg;
    weft_once_do(&once, initialise, NULL);
    for (int i = 0; i < 2; i++) {
        const int value = (int)weft_choose(3);
        weft_case cases[] = {WEFT_SEND(values, &value), WEFT_UNTIL(weft_now() + WEFT_SECOND)};
        (void)weft_select(cases, 2);
    }
    weft_mutex_lock(&mutex);
    shared += (int)(weft_random() % 7);
    weft_cond_signal(&cond);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&ended);
}

static void consume(void *arg)
{
    (void)arg;
    int value = 0;
    for (int i = 0; i < 3; i++) {
        weft_rwmutex_rlock(&rwmutex);
        (void)weft_chan_recv_until(values, &value, weft_now() + WEFT_MILLISECOND);
        weft_rwmutex_runlock(&rwmutex);
    }
    weft_rwmutex_lock(&rwmutex);
    shared++;
    weft_rwmutex_unlock(&rwmutex);
    weft_waitgroup_done(&ended);
}

static void program(void *arg)
{
    (void)arg;
    int value = 0;
    values = weft_chan_make(sizeof value, 1);
    weft_waitgroup_add(&ended, 3);
    weft_go(produce, NULL);
    weft_go(produce, NULL);
    weft_go(consume, NULL);
    weft_sleep(WEFT_MILLISECOND);
    while (weft_chan_try_recv(values, &value) == 0) {
        weft_yield();
    }
    weft_waitgroup_wait(&ended);
}

int main(int argc, char **argv)
{
    weft_result result;
    const weft_options options = {.name = "trace_hash",
                                  .schedules = argc > 1 ? strtoull(argv[1], NULL, 10) : 1000};
    if (weft_explore(&options, program, NULL, &result) != 0) {
        return 1;
    }
    (void)printf("%016" PRIx64 "%016" PRIx64 " %" PRIu64 " runs %" PRIu64 " steps\n",
                 result.trace_hash[0], result.trace_hash[1], result.runs, result.steps);
    weft_result_clear(&result);
    return 0;
}
