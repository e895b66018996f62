/* prediction_test.c: what passing runs suggest, and how surely the directed runs come to it. */
#include "runs.h"

#include "predict/predict.h"

enum { LEARNED = 32, TRIED = 20 }; /* runs */

static weft_mutex a;
static weft_mutex b;
static weft_mutex gate;
static weft_rwmutex table;
static weft_waitgroup ended;
static weft_waitgroup workers;
static weft_chan *ch;
static bool gated;
static bool told;

static void spawn(weft_fn *fn)
{
    weft_waitgroup_add(&ended, 1);
    weft_go(fn, NULL);
}

static void pause_long(void)
{
    for (unsigned i = 0; i < 50; i++) {
        weft_mutex_lock(&gate);
        weft_mutex_unlock(&gate);
    }
}

/* ---- Programs ---- */

static void nest(weft_mutex *outer, weft_mutex *inner)
{
    if (gated) {
        weft_mutex_lock(&gate);
    }
    weft_mutex_lock(outer);
    weft_mutex_lock(inner);
    weft_mutex_unlock(inner);
    weft_mutex_unlock(outer);
    if (gated) {
        weft_mutex_unlock(&gate);
    }
}

static void lock_ab(void *arg)
{
    (void)arg;
    nest(&a, &b);
    if (told) {
        weft_chan_send(ch, NULL);
    }
    weft_waitgroup_done(&ended);
}

static void lock_ba(void *arg)
{
    (void)arg;
    if (told) {
        (void)weft_chan_recv(ch, NULL);
    } else {
        pause_long();
    }
    nest(&b, &a);
    weft_waitgroup_done(&ended);
}

static void opposite_orders(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    spawn(lock_ab);
    spawn(lock_ba);
    weft_waitgroup_wait(&ended);
    weft_chan_release(ch);
}

static void read_twice(void *arg)
{
    (void)arg;
    weft_rwmutex_rlock(&table);
    weft_rwmutex_rlock(&table);
    weft_rwmutex_runlock(&table);
    weft_rwmutex_runlock(&table);
    weft_waitgroup_done(&ended);
}

static void write_once(void *arg)
{
    (void)arg;
    pause_long();
    weft_rwmutex_lock(&table);
    weft_rwmutex_unlock(&table);
    weft_waitgroup_done(&ended);
}

static void reader_and_writer(void *arg)
{
    (void)arg;
    spawn(read_twice);
    spawn(write_once);
    weft_waitgroup_wait(&ended);
}

static void lock_and_receive(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    (void)weft_chan_recv(ch, NULL);
    weft_mutex_unlock(&a);
    weft_waitgroup_done(&ended);
}

static void lock_and_send(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    weft_mutex_unlock(&a);
    weft_chan_send(ch, NULL);
    weft_waitgroup_done(&ended);
}

static void receive_under_lock(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 0);
    spawn(lock_and_receive);
    spawn(lock_and_send);
    weft_waitgroup_wait(&ended);
    weft_chan_release(ch);
}

static void send_once(void *arg)
{
    (void)arg;
    weft_chan_send(ch, NULL);
    weft_waitgroup_done(&ended);
}

static void close_behind_send(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    spawn(send_once);
    if (told) {
        (void)weft_chan_recv(ch, NULL);
    }
    pause_long();
    weft_chan_close(ch);
    weft_waitgroup_wait(&ended);
    weft_chan_release(ch);
}

static void add_in_goroutine(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&workers, 1);
    (void)weft_chan_send(ch, NULL);
    weft_waitgroup_done(&workers);
}

static void wait_for_nobody(void *arg)
{
    (void)arg;
    ch = weft_chan_make(0, 1);
    weft_go(add_in_goroutine, NULL);
    pause_long();
    weft_waitgroup_wait(&workers);
    weft_chan_close(ch);
}

/* ---- The tests ---- */

typedef struct tries {
    weft__suspicion suspicion;
    unsigned passed; /* of those that teach */
    unsigned tried;
    unsigned failed;
} tries;

static bool count(void *into, uint64_t run)
{
    tries *const t = into;
    const bool failed = weft__the_run.outcome.kind != WEFT_FOUND_NOTHING;
    const weft__prediction *const p = weft__prediction_for(run);
    t->passed += run < LEARNED && !failed ? 1 : 0;
    if (p != NULL && p->suspicion == t->suspicion) {
        t->tried++;
        t->failed += failed ? 1 : 0;
    }
    return t->tried < TRIED;
}

/* Runs that fail among TRIED that try what is suspected. */
static unsigned failures(weft_fn *fn, weft__suspicion suspicion)
{
    tries *const t = calloc(1, sizeof *t);
    t->suspicion = suspicion;
    weft__profile_reset();
    weft__predict_reset();
    runs_execute(&(runs){.fn = fn,
                         .strategy = &weft__strategy_portfolio,
                         .seed = 1,
                         .count = 400,
                         .each = count,
                         .into = t});
    assert_true(t->passed > 0);
    assert_true(t->tried == TRIED);
    const unsigned failed = t->failed;
    free(t);
    return failed;
}

static void test_directed_runs_come_to_what_is_suspected(void **state)
{
    (void)state;
    assert_true(failures(opposite_orders, WEFT__SUSPECT_LOCK_CYCLE) == TRIED);
    assert_true(failures(reader_and_writer, WEFT__SUSPECT_READ_LOCKS) == TRIED);
    assert_true(failures(receive_under_lock, WEFT__SUSPECT_LOCK_WAIT) == TRIED);
    assert_true(failures(close_behind_send, WEFT__SUSPECT_SEND_CLOSE) == TRIED);
    assert_true(failures(wait_for_nobody, WEFT__SUSPECT_ADD_WAIT) >= TRIED / 3);
}

/* Whether any run would try anything, after those that could teach it. */
static bool suspects(weft_fn *fn)
{
    tries *const t = calloc(1, sizeof *t);
    t->suspicion = WEFT__SUSPECT_COUNT;
    weft__profile_reset();
    weft__predict_reset();
    runs_execute(&(runs){.fn = fn,
                         .strategy = &weft__strategy_portfolio,
                         .seed = 1,
                         .count = LEARNED,
                         .each = count,
                         .into = t});
    assert_true(t->passed == LEARNED);
    free(t);
    return weft__prediction_for(LEARNED + 1) != NULL;
}

static void test_a_gate_and_a_message_keep_from_suspicion(void **state)
{
    (void)state;
    gated = true;
    assert_false(suspects(opposite_orders));
    gated = false;
    told = true;
    assert_false(suspects(opposite_orders));
    assert_false(suspects(close_behind_send));
    told = false;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_directed_runs_come_to_what_is_suspected),
        cmocka_unit_test(test_a_gate_and_a_message_keep_from_suspicion),
    };
    return cmocka_run_group_tests_name("prediction", tests, NULL, NULL);
}
