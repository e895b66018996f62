/* strategies_test.c: run i depends on the seed and i only, whatever was executed before it. */
#include "runs.h"

enum { RUNS = 300, AGAIN = 20 };

static const char *const names[] = {"portfolio", "surw",     "urw",   "pair",   "pos",
                                    "pct",       "pct-racy", "delay", "sticky", "random"};

static weft_mutex mutex;
static weft_chan *ch;
static int variable;

static void lock_and_send(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        weft_mutex_lock(&mutex);
        WEFT_WRITE(variable, WEFT_READ(variable) + 1);
        weft_mutex_unlock(&mutex);
        weft_chan_send(ch, &i);
    }
}

static void much_at_once(void *arg)
{
    (void)arg;
    weft_mutex local = {0};
    ch = weft_chan_make(sizeof(int), 1);
    weft_go(lock_and_send, NULL);
    weft_go(lock_and_send, NULL);
    for (int received = 0; received < 4;) {
        int value = 0;
        weft_case cases[] = {WEFT_RECV(ch, &value), WEFT_UNTIL(weft_now() + 5)};
        weft_mutex_lock(&local);
        received += weft_select(cases, 2) == 0 ? 1 : 0;
        weft_mutex_unlock(&local);
    }
}

static bool note_trace(void *into, uint64_t run)
{
    ((uint64_t *)into)[run] = weft__trace_hash(&weft__the_run.trace).low;
    return true;
}

static bool compare_trace(void *into, uint64_t run)
{
    assert_int_equal(((uint64_t *)into)[run], weft__trace_hash(&weft__the_run.trace).low);
    return true;
}

static void execute(const char *name, uint64_t first, uint64_t count,
                    bool (*each)(void *into, uint64_t run), uint64_t *traces)
{
    runs_execute(&(runs){.fn = much_at_once,
                         .strategy = weft__strategy_find(name),
                         .seed = 7,
                         .first = first,
                         .count = count,
                         .each = each,
                         .into = traces});
}

/* Execute all runs of each strategy, and then, in a new exploration, some of them again. */
static void expect_the_same(void (*again)(const char *name, uint64_t *traces))
{
    uint64_t *const traces = calloc(RUNS, sizeof *traces);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        weft__profile_reset();
        execute(names[i], 0, RUNS, note_trace, traces);
        weft__profile_reset();
        again(names[i], traces);
    }
    free(traces);
}

static void repeat_all(const char *name, uint64_t *traces)
{
    execute(name, 0, RUNS, compare_trace, traces);
}

static void test_runs_are_the_same_in_a_new_exploration(void **state)
{
    (void)state;
    expect_the_same(repeat_all);
}

static void repeat_earlier_ones_too(const char *name, uint64_t *traces)
{
    for (uint64_t first = 0; first + 2 * AGAIN <= RUNS; first += AGAIN) {
        execute(name, first, 2 * AGAIN, compare_trace, traces);
        execute(name, first / 2, 2, compare_trace, traces);
    }
}

/* Repetitions of earlier runs teach nothing, and use what was known then. */
static void test_runs_are_the_same_among_repetitions(void **state)
{
    (void)state;
    expect_the_same(repeat_earlier_ones_too);
}

static void repeat_a_share(const char *name, uint64_t *traces)
{
    for (uint64_t run = 0; run < RUNS; run++) {
        if (weft__run_teaches(run) || run % 3 == 1) {
            execute(name, run, 1, compare_trace, traces);
        }
    }
}

/* As a process does that executes the teaching runs and its share of the others. */
static void test_runs_are_the_same_when_others_are_left_out(void **state)
{
    (void)state;
    expect_the_same(repeat_a_share);
}

static weft_chan *ready;
static weft_chan *late;
static size_t chosen;

static void send_late(void *arg)
{
    (void)arg;
    for (int i = 0; i < 20; i++) {
        WEFT_WRITE(variable, i);
    }
    weft_chan_send(late, NULL);
}

static void select_of_two(void *arg)
{
    (void)arg;
    ready = weft_chan_make(0, 1);
    late = weft_chan_make(0, 1);
    weft_chan_send(ready, NULL);
    weft_go(send_late, NULL);
    weft_case cases[] = {WEFT_RECV(ready, NULL), WEFT_RECV(late, NULL)};
    chosen = weft_select(cases, 2);
}

static bool count_late(void *into, uint64_t run)
{
    (void)run;
    *(unsigned *)into += chosen == 1 ? 1 : 0;
    return true;
}

/* By the random walk, the late case would be taken about once in 2^21 runs. */
static void test_selects_wait_for_late_cases_in_some_runs(void **state)
{
    (void)state;
    const uint64_t rotation = 20;
    const uint64_t random_walk = 8;
    unsigned *const count = calloc(1, sizeof *count);
    weft__profile_reset();
    for (uint64_t run = random_walk; run < 200 * rotation; run += rotation) {
        runs_execute(&(runs){.fn = select_of_two,
                             .strategy = &weft__strategy_portfolio,
                             .seed = 1,
                             .first = run,
                             .count = 1,
                             .each = count_late,
                             .into = count});
    }
    assert_in_range(*count, 10, 50);
    free(count);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_are_the_same_in_a_new_exploration),
        cmocka_unit_test(test_runs_are_the_same_among_repetitions),
        cmocka_unit_test(test_runs_are_the_same_when_others_are_left_out),
        cmocka_unit_test(test_selects_wait_for_late_cases_in_some_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
