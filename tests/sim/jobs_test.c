/* jobs_test.c: an exploration by several processes finds and counts what one process does, and one
 * that dies is an error. */
#include "../support/captured.h"
#include "../support/explore.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>

enum { JOBS = 3 };

static weft_result explore_by(uint32_t jobs, weft_fn *fn, uint64_t seed, uint64_t schedules)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = "random", .schedules = schedules, .seed = seed, .jobs = jobs};
    assert_true(weft_explore(&options, fn, NULL, &result) >= 0);
    return result;
}

/* ---- The same by any number of workers ---- */

static weft_chan *ch;

static void pass_on(void *arg)
{
    (void)arg;
    int value = 0;
    for (int i = 0; i < 3; i++) {
        weft_chan_send(ch, &value);
        (void)weft_chan_recv(ch, &value);
    }
}

static void pass_around(void *arg)
{
    ch = weft_chan_make(sizeof(int), 3);
    weft_go(pass_on, NULL);
    weft_go(pass_on, NULL);
    pass_on(arg);
}

static void test_workers_count_what_one_process_counts(void **state)
{
    (void)state;
    const weft_result one = explore_by(1, pass_around, 5, 3000);
    assert_int_equal(one.runs, 3000);
    assert_true(one.seen_once > 0);
    assert_true(one.seen_once < one.distinct);
    for (uint32_t jobs = 2; jobs <= JOBS; jobs++) {
        const weft_result many = explore_by(jobs, pass_around, 5, 3000);
        assert_int_equal(many.runs, one.runs);
        assert_int_equal(many.steps, one.steps);
        assert_int_equal(many.bound_hits, one.bound_hits);
        assert_int_equal(many.distinct, one.distinct);
        assert_int_equal(many.seen_once, one.seen_once);
        assert_int_equal(many.trace_hash[0], one.trace_hash[0]);
        assert_int_equal(many.trace_hash[1], one.trace_hash[1]);
    }
}

/* Fails about once in 400 runs, and not in the same way each time. */
static void fail_rarely(void *arg)
{
    pass_around(arg);
    const uint32_t chosen = weft_choose(800);
    WEFT_ASSERT(chosen != 17);
    if (chosen == 18) {
        weft_panic("eighteen");
    }
}

static void test_workers_find_the_failure_that_one_process_finds(void **state)
{
    (void)state;
    uint64_t latest = 0;
    for (uint64_t seed = 1; seed <= 8; seed++) {
        weft_result one = explore_by(1, fail_rarely, seed, 100000);
        assert_int_equal(one.finding_count, 1);
        latest = one.findings[0].run > latest ? one.findings[0].run : latest;
        for (uint32_t jobs = 2; jobs <= JOBS; jobs++) {
            weft_result many = explore_by(jobs, fail_rarely, seed, 100000);
            assert_int_equal(many.finding_count, 1);
            assert_int_equal(many.findings[0].run, one.findings[0].run);
            assert_int_equal(many.findings[0].kind, one.findings[0].kind);
            assert_string_equal(many.findings[0].hash, one.findings[0].hash);
            assert_true(many.runs > one.findings[0].run);
            weft_result_clear(&many);
        }
        weft_result_clear(&one);
    }
    assert_true(latest > 100); /* not all of them among the first, which every worker executes */
}

static unsigned calls WEFT_KEEP;

static void depend_on_calls(void *arg)
{
    (void)arg;
    for (unsigned i = 0; i < calls % 3; i++) {
        weft_yield();
    }
    calls++;
}

static void test_workers_notice_nondeterminism(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= JOBS; jobs++) {
        weft_result result = explore_by(jobs, depend_on_calls, 1, 1000);
        assert_int_equal(result.finding_count, 1);
        assert_int_equal(result.findings[0].kind, WEFT_FOUND_NONDETERMINISM);
        assert_int_equal(result.findings[0].run, 2);
        weft_result_clear(&result);
    }
}

/* ---- Properties ---- */

static void choose_odd(void *arg)
{
    (void)arg;
    const uint32_t chosen = weft_choose(1000);
    WEFT_SOMETIMES(chosen == 0, "zero"); /* held in few runs: by one worker, or some */
    WEFT_SOMETIMES(chosen % 2 == 2, "neither even nor odd");
}

static void choose_zero(void *arg)
{
    (void)arg;
    WEFT_SOMETIMES(weft_choose(1000) == 0, "zero");
}

static void test_workers_share_what_properties_saw(void **state)
{
    (void)state;
    for (uint32_t jobs = 1; jobs <= JOBS; jobs++) {
        weft_result fine = explore_by(jobs, choose_zero, 1, 4000);
        assert_int_equal(fine.finding_count, 0);
        weft_result missed = explore_by(jobs, choose_odd, 1, 4000);
        assert_int_equal(missed.finding_count, 1);
        assert_int_equal(missed.findings[0].kind, WEFT_FOUND_NEVER_REACHED);
        assert_non_null(strstr(missed.findings[0].message,
                               "\"neither even nor odd\" was evaluated 4000 times"));
        weft_result_clear(&missed);
    }
}

/* ---- Ends ---- */

static void run_for_ever(void *arg)
{
    (void)arg;
    weft_yield();
}

static void test_workers_watch_the_time(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = "random", .time_ns = 50 * WEFT_MILLISECOND, .jobs = 2};
    assert_int_equal(weft_explore(&options, run_for_ever, NULL, &result), 0);
    assert_true(result.runs >= 1);
    assert_true(result.time_ns < 30 * WEFT_SECOND);
}

static void be_killed(void *arg)
{
    (void)arg;
    if (weft_choose(300) == 7) {
        (void)kill(getpid(), SIGKILL);
    }
}

static void leave(void *arg)
{
    (void)arg;
    if (weft_choose(300) == 7) {
        exit(0);
    }
}

static int explore_killed(void)
{
    weft_result result;
    const weft_options options = {.name = "test", .strategy = "random", .jobs = 2};
    return weft_explore(&options, be_killed, NULL, &result) == -ECHILD ? 0 : 1;
}

static int explore_leaving(void)
{
    weft_result result;
    const weft_options options = {.name = "test", .strategy = "random", .jobs = 2};
    return weft_explore(&options, leave, NULL, &result) == -ECHILD ? 0 : 1;
}

static int explore_killed_unseen(void)
{
    (void)signal(SIGCHLD, SIG_IGN);
    return explore_killed();
}

static int explore_unseen(void)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = "random", .jobs = 2, .schedules = 100};
    (void)signal(SIGCHLD, SIG_IGN);
    return weft_explore(&options, run_for_ever, NULL, &result);
}

static void expect_error(int (*body)(void), const char *how)
{
    const outcome o = run_in_child(body, STDERR_FILENO, NULL, 0);
    assert_int_equal(o.status, 0);
    assert_int_equal(strncmp(o.text, "weft: worker ", 13), 0);
    assert_non_null(strstr(o.text, how));
    assert_ptr_equal(strchr(o.text, '\n') + 1, o.text + strlen(o.text)); /* one line */
}

static void test_worker_that_dies_is_an_error(void **state)
{
    (void)state;
    expect_error(explore_killed, " of 2 was killed by signal 9 (Killed)");
    expect_error(explore_leaving, " of 2 ended with status 0: the program called exit in run ");
    expect_error(explore_killed_unseen, " of 2 died, and the program ignores SIGCHLD");
}

static void test_workers_of_a_program_that_ignores_their_end(void **state)
{
    (void)state;
    assert_int_equal(run_in_child(explore_unseen, STDERR_FILENO, NULL, 0).status, 0);
}

static FILE *journal;

static void write_out(void *arg)
{
    (void)arg;
    (void)fflush(journal);
}

static int print_and_explore(void)
{
    weft_result result;
    const weft_options options = {
        .name = "test", .strategy = "random", .jobs = 3, .schedules = 100};
    journal = fdopen(dup(STDOUT_FILENO), "w");
    (void)fprintf(journal, "once\n");
    (void)printf("once, too\n");
    const int findings = weft_explore(&options, write_out, NULL, &result);
    (void)printf("at the end\n");
    return findings;
}

static void test_buffered_output_is_written_once(void **state)
{
    (void)state;
    const outcome o = run_in_child(print_and_explore, STDOUT_FILENO, NULL, 0);
    assert_int_equal(o.status, 0);
    assert_string_equal(o.text, "once, too\nonce\nat the end\n");
}

/* The pipe is at its end when all who have it are gone. */
static void test_workers_die_with_their_parent(void **state)
{
    (void)state;
    int ends[2];
    char byte = 0;
    assert_int_equal(pipe(ends), 0);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        weft_result result;
        const weft_options options = {
            .name = "test", .strategy = "random", .jobs = 2, .time_ns = 60 * WEFT_SECOND};
        (void)write(ends[1], "x", 1);
        _exit(weft_explore(&options, run_for_ever, NULL, &result));
    }
    (void)close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    (void)usleep(100000); /* so that there are workers, most likely */
    assert_int_equal(kill(child, SIGKILL), 0);
    struct pollfd wait = {.fd = ends[0]};
    assert_int_equal(poll(&wait, 1, 20000), 1);
    assert_int_equal(read(ends[0], &byte, 1), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(ends[0]);
}

static void test_too_many_workers_are_refused(void **state)
{
    (void)state;
    weft_result result;
    const weft_options options = {.name = "test", .strategy = "random", .jobs = 1025};
    assert_int_equal(weft_explore(&options, run_for_ever, NULL, &result), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_workers_count_what_one_process_counts),
        cmocka_unit_test(test_workers_find_the_failure_that_one_process_finds),
        cmocka_unit_test(test_workers_notice_nondeterminism),
        cmocka_unit_test(test_workers_share_what_properties_saw),
        cmocka_unit_test(test_workers_watch_the_time),
        cmocka_unit_test(test_worker_that_dies_is_an_error),
        cmocka_unit_test(test_workers_of_a_program_that_ignores_their_end),
        cmocka_unit_test(test_buffered_output_is_written_once),
        cmocka_unit_test(test_workers_die_with_their_parent),
        cmocka_unit_test(test_too_many_workers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
