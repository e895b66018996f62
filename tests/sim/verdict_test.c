/* verdict_test.c: each verdict is given to a planted bug, and not to its fixed twin. */
#include "../support/explore.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>

static weft_mutex a;
static weft_mutex b;
static weft_waitgroup ended;

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* ---- Deadlock: two locks in opposite orders ---- */

static void lock_ab(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    weft_mutex_lock(&b);
    weft_mutex_unlock(&b);
    weft_mutex_unlock(&a);
    weft_waitgroup_done(&ended);
}

static void lock_ba(void *arg)
{
    (void)arg;
    weft_mutex_lock(&b);
    weft_mutex_lock(&a);
    weft_mutex_unlock(&a);
    weft_mutex_unlock(&b);
    weft_waitgroup_done(&ended);
}

static void opposite_orders(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(lock_ab, NULL);
    weft_go(lock_ba, NULL);
    weft_waitgroup_wait(&ended);
}

static void same_order(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(lock_ab, NULL);
    weft_go(lock_ab, NULL);
    weft_waitgroup_wait(&ended);
}

/* The report names the three goroutines, what they wait for and where; one switch is enough. */
static void test_opposite_lock_orders_are_a_deadlock(void **state)
{
    (void)state;
    weft_result r = explore_expecting(opposite_orders, WEFT_FOUND_DEADLOCK);
    const weft_finding *const f = &r.findings[0];
    assert_int_equal(f->switches_shrunk, 1);
    assert_int_equal(f->goroutine_count, 3);
    assert_string_equal(f->goroutines[0].name, "main");
    assert_string_equal(f->goroutines[0].reason, "wait group wait");
    assert_string_equal(f->goroutines[1].name, "lock_ab");
    assert_string_equal(f->goroutines[1].reason, "mutex lock");
    assert_string_equal(f->goroutines[1].object, "mutex b");
    assert_string_equal(f->goroutines[2].object, "mutex a");
    assert_string_equal(f->goroutines[2].path, "main/2");
    assert_true(contains(f->goroutines[1].place, "verdict_test.c:"));
    weft_result_clear(&r);
}

static void test_one_lock_order_is_clean(void **state)
{
    (void)state;
    explore_clean(same_order, 2000);
}

/* ---- Leak ---- */

static void send_one(void *ch)
{
    const int one = 1;
    weft_chan_send(ch, &one);
    weft_chan_release(ch);
}

static void forget_receiver(void *arg)
{
    const size_t capacity = arg == NULL ? 0 : 1;
    weft_chan *const ch = weft_chan_make(sizeof(int), capacity);
    weft_go(send_one, ch);
}

static void buffer_for_sender(void *arg)
{
    (void)arg;
    forget_receiver("one value");
}

static void test_sender_without_receiver_leaks(void **state)
{
    (void)state;
    weft_result r = explore_expecting(forget_receiver, WEFT_FOUND_LEAK);
    assert_int_equal(r.findings[0].goroutine_count, 1);
    assert_string_equal(r.findings[0].goroutines[0].name, "send_one");
    assert_string_equal(r.findings[0].goroutines[0].reason, "channel send");
    weft_result_clear(&r);
}

static void test_sender_with_room_does_not_leak(void **state)
{
    (void)state;
    explore_clean(buffer_for_sender, 500);
}

static void wait_for_ever(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void park_daemon(void *arg)
{
    (void)arg;
    weft_go_with(&(weft_go_options){.name = "daemon", .daemon = true}, wait_for_ever, NULL);
}

static void test_parked_daemon_is_not_a_leak(void **state)
{
    (void)state;
    explore_clean(park_daemon, 200);
}

static void tick_for_ever(void *arg)
{
    (void)arg;
    weft_ticker *const ticker = weft_ticker_make(WEFT_MILLISECOND);
    for (;;) {
        (void)weft_chan_recv(weft_ticker_chan(ticker), NULL);
    }
}

static void run_daemon(void *arg)
{
    (void)arg;
    weft_go_with(&(weft_go_options){.name = "ticking", .daemon = true}, tick_for_ever, NULL);
    weft_sleep(3 * WEFT_MILLISECOND);
}

static void test_run_ends_when_only_daemons_are_left(void **state)
{
    (void)state;
    explore_clean(run_daemon, 500);
}

static void forget_ticker(void *arg)
{
    (void)arg;
    (void)!weft_ticker_make(WEFT_MILLISECOND);
}

static void test_forgotten_ticker_does_not_keep_the_run_alive(void **state)
{
    (void)state;
    explore_clean(forget_ticker, 200);
}

/* ---- Panic ---- */

static void close_it(void *ch)
{
    weft_chan_close(ch);
}

static void close_twice(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(int), 0);
    weft_go(close_it, ch);
    weft_go(close_it, ch);
}

static void close_and_recover(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(int), 0);
    weft_chan_close(ch);
    (void)weft_try(close_it, ch, NULL);
}

static void test_double_close_is_a_panic(void **state)
{
    (void)state;
    weft_result r = explore_expecting(close_twice, WEFT_FOUND_PANIC);
    assert_string_equal(r.findings[0].message, "close of closed channel");
    assert_int_equal(r.findings[0].goroutine_count, 1);
    assert_string_equal(r.findings[0].goroutines[0].name, "close_it#2");
    weft_result_clear(&r);
}

static void test_recovered_panic_is_not_a_finding(void **state)
{
    (void)state;
    explore_clean(close_and_recover, 200);
}

/* ---- Assertion ---- */

static int counter;

static void increment(void *arg)
{
    (void)arg;
    const int before = WEFT_READ(counter);
    WEFT_WRITE(counter, before + 1);
    weft_waitgroup_done(&ended);
}

static void lose_update(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, 2);
    weft_go(increment, NULL);
    weft_go(increment, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(counter == 2);
}

static void test_lost_update_fails_the_assertion(void **state)
{
    (void)state;
    weft_result r = explore_expecting(lose_update, WEFT_FOUND_ASSERTION);
    assert_true(contains(r.findings[0].message, "counter == 2"));
    assert_int_equal(counter, 0); /* the globals are back */
    weft_result_clear(&r);
}

static void choose_badly(void *arg)
{
    (void)arg;
    WEFT_ALWAYS(weft_choose(7) != 5, "the fifth is never chosen");
}

static void test_always_names_the_property(void **state)
{
    (void)state;
    weft_result r = explore_expecting(choose_badly, WEFT_FOUND_ASSERTION);
    assert_true(contains(r.findings[0].message, "the fifth is never chosen"));
    assert_int_equal(r.findings[0].switches_shrunk, 1);
    weft_result_clear(&r);
}

static void libc_assert(void *arg)
{
    (void)arg;
    __assert_fail("false", "some_file.c", 12, "some_function");
}

static void test_assert_of_libc_is_a_finding(void **state)
{
    (void)state;
    weft_result r = explore_expecting(libc_assert, WEFT_FOUND_ASSERTION);
    assert_true(contains(r.findings[0].message, "some_file.c:12"));
    weft_result_clear(&r);
}

/* ---- Fatal ---- */

static void unlock_unlocked(void *arg)
{
    (void)arg;
    weft_mutex_unlock(&a);
}

static void test_unlock_of_unlocked_mutex_is_fatal(void **state)
{
    (void)state;
    weft_result r = explore_expecting(unlock_unlocked, WEFT_FOUND_FATAL);
    assert_string_equal(r.findings[0].message, "unlock of unlocked mutex");
    weft_result_clear(&r);
}

/* ---- Crash ---- */

static void call_abort(void *arg)
{
    (void)arg;
    abort();
}

static void expect_crash(weft_fn *fn, const char *text)
{
    weft_result r = explore_expecting(fn, WEFT_FOUND_CRASH);
    if (!contains(r.findings[0].message, text)) {
        print_error("%s\n", r.findings[0].message);
    }
    assert_true(contains(r.findings[0].message, text));
    assert_int_equal(r.findings[0].goroutine_count, 1);
    weft_result_clear(&r);
}

#if !defined(__SANITIZE_ADDRESS__) /* its companion stops these itself */
static void write_null(void *arg)
{
    (void)arg;
    volatile int *volatile nowhere = NULL;
    *nowhere = 1;
}

static volatile int depth;

__attribute__((noinline)) static int recurse(int n)
{
    volatile char frame[512];
    frame[0] = (char)n;
    depth = n;
    return depth < 0 ? 0 : recurse(n + 1) + frame[0];
}

static void overflow(void *arg)
{
    (void)arg;
    (void)recurse(0);
}

static void overflow_in_child(void *arg)
{
    (void)arg;
    weft_go(overflow, NULL);
}

static void test_null_write_is_a_crash(void **state)
{
    (void)state;
    expect_crash(write_null, "SIGSEGV");
}

static void test_stack_overflow_names_the_goroutine(void **state)
{
    (void)state;
    expect_crash(overflow_in_child, "stack overflow of goroutine \"overflow\"");
}
#endif

#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
static void divide_by_zero(void *arg)
{
    (void)arg;
    volatile int two = 2;
    volatile int zero = 0;
    volatile int result = two / zero;
    (void)result;
}

static void test_division_by_zero_is_a_crash(void **state)
{
    (void)state;
    expect_crash(divide_by_zero, "SIGFPE");
}
#endif

/* The place is the program's call, not where in libc it ended. */
static void test_abort_is_a_crash(void **state)
{
    (void)state;
    weft_result r = explore_expecting(call_abort, WEFT_FOUND_CRASH);
    assert_true(contains(r.findings[0].message, "SIGABRT"));
    assert_true(contains(r.findings[0].goroutines[0].place, "verdict_test.c:"));
    weft_result_clear(&r);
}

/* The handlers that were there before an exploration are there after it. */
static void test_signal_handlers_are_given_back(void **state)
{
    (void)state;
    struct sigaction before;
    struct sigaction after;
    assert_int_equal(sigaction(SIGABRT, NULL, &before), 0);
    expect_crash(call_abort, "SIGABRT");
    assert_int_equal(sigaction(SIGABRT, NULL, &after), 0);
    assert_true(before.sa_sigaction == after.sa_sigaction);
}

/* ---- Runaway ---- */

static void spin_for_ever(void *arg)
{
    (void)arg;
    for (;;) {
        weft_yield();
    }
}

static void set_flag(void *flag)
{
    WEFT_WRITE(*(int *)flag, 1);
}

static void poll_flag(void *arg)
{
    (void)arg;
    static int flag;
    weft_go(set_flag, &flag);
    while (WEFT_READ(flag) == 0) {
        weft_yield();
    }
}

static void poll_clock(void *arg)
{
    (void)arg;
    const int64_t end_ns = weft_now() + 20 * WEFT_MILLISECOND;
    while (weft_now() < end_ns) {
        weft_yield();
    }
}

static void progress_for_ever(void *arg)
{
    (void)arg;
    for (;;) {
        weft_yield();
        weft_progress();
    }
}

static void send_for_ever(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(0, 1);
    for (;;) {
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
}

/* Each holds one lock, tries the other in vain, and begins anew. */
static void give_way(void *arg)
{
    static weft_mutex locks[2];
    const int mine = arg == NULL ? 0 : 1;
    for (;;) {
        weft_mutex_lock(&locks[mine]);
        (void)weft_mutex_try_lock(&locks[mine]);
        weft_mutex_unlock(&locks[mine]);
    }
}

static void both_give_way(void *arg)
{
    (void)arg;
    weft_go(give_way, NULL);
    weft_go(give_way, "the other");
}

/* Two that need both locks. `polite`: give the own one back before trying again. */
static void get_both(weft_mutex *mine, weft_mutex *other, bool polite)
{
    weft_mutex_lock(mine);
    while (!weft_mutex_try_lock(other)) {
        if (polite) {
            weft_mutex_unlock(mine);
            weft_yield();
            weft_mutex_lock(mine);
        }
    }
    weft_mutex_unlock(other);
    weft_mutex_unlock(mine);
}

static void get_a_and_b(void *polite)
{
    get_both(&a, &b, polite != NULL);
}

static void get_b_and_a(void *polite)
{
    get_both(&b, &a, polite != NULL);
}

static void keep_own_lock(void *arg)
{
    (void)arg;
    weft_go(get_a_and_b, NULL);
    weft_go(get_b_and_a, NULL);
}

static void give_own_lock_back(void *arg)
{
    (void)arg;
    weft_go(get_a_and_b, "polite");
    weft_go(get_b_and_a, "polite");
}

static void test_endless_loop_is_a_runaway(void **state)
{
    (void)state;
    weft_result r = explore_expecting(progress_for_ever, WEFT_FOUND_RUNAWAY);
    weft_result_clear(&r);
    r = explore_expecting(send_for_ever, WEFT_FOUND_RUNAWAY);
    weft_result_clear(&r);
}

static void test_moving_without_progress_is_a_livelock(void **state)
{
    (void)state;
    weft_result r = explore_expecting(spin_for_ever, WEFT_FOUND_LIVELOCK);
    weft_result_clear(&r);
    r = explore_expecting(both_give_way, WEFT_FOUND_LIVELOCK);
    weft_result_clear(&r);
    r = explore_expecting(keep_own_lock, WEFT_FOUND_LIVELOCK);
    weft_result_clear(&r);
    explore_clean(give_own_lock_back, 300);
}

static void test_polling_for_another_goroutine_ends(void **state)
{
    (void)state;
    explore_clean(poll_flag, 300);
}

static void test_polling_the_clock_ends(void **state)
{
    (void)state;
    explore_clean(poll_clock, 20);
}

/* ---- Starvation ---- */

static void go_on(void *ch)
{
    for (;;) {
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
}

static void unlock_after_a_while(void *ch)
{
    for (int i = 0; i < 20; i++) {
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
    weft_mutex_unlock(&a);
}

static void try_until_locked(void *arg)
{
    (void)arg;
    while (!weft_mutex_try_lock(&a)) {
        weft_yield();
    }
    weft_mutex_unlock(&a);
}

static void wait_for_lock(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    weft_mutex_unlock(&a);
}

/* A goroutine that goes on for ever, and one that does not get what it wants. */
#define GO_BOTH(goes_on, wants)                                                                    \
    weft_go(goes_on, weft_chan_make(0, 1));                                                        \
    weft_go(wants, NULL)

static void starve_at_try_lock(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a); /* nobody unlocks it */
    GO_BOTH(go_on, try_until_locked);
}

static void get_lock_in_the_end(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    GO_BOTH(unlock_after_a_while, try_until_locked);
}

static void starve_at_lock(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a); /* nobody unlocks it */
    GO_BOTH(go_on, wait_for_lock);
}

static weft_result expect_starvation(weft_fn *fn, const char *who, const char *what)
{
    weft_result r = explore_expecting(fn, WEFT_FOUND_STARVATION);
    const weft_finding *const f = &r.findings[0];
    if (strstr(f->message, what) == NULL) {
        print_error("%s\n", f->message);
    }
    assert_true(contains(f->message, what));
    assert_int_equal(f->goroutine_count, 1);
    assert_string_equal(f->goroutines[0].name, who);
    assert_true(contains(f->goroutines[0].place, "verdict_test.c:"));
    return r;
}

/* The report names who, what, where and since when. */
static void test_try_lock_in_vain_is_starvation(void **state)
{
    (void)state;
    weft_result r = expect_starvation(starve_at_try_lock, "try_until_locked", "try lock mutex a, ");
    assert_true(contains(r.findings[0].message, " times in vain, all the time since operation "));
    assert_int_equal(r.findings[0].switches_shrunk, 0); /* the default policy is fair there too */
    weft_result_clear(&r);
}

static void go_on_slowly(void *ch)
{
    for (;;) {
        weft_sleep(WEFT_MILLISECOND);
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
}

static void starve_beside_timers(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    GO_BOTH(go_on_slowly, try_until_locked);
}

/* In the shrunk schedule the sleeper still goes on, although somebody else always can. */
static void test_starvation_beside_a_sleeper_shrinks_to_nothing(void **state)
{
    (void)state;
    weft_result r =
        expect_starvation(starve_beside_timers, "try_until_locked", "try lock mutex a, ");
    assert_int_equal(r.findings[0].switches_shrunk, 0);
    weft_result_clear(&r);
}

static void test_lock_that_is_never_given_back_is_starvation(void **state)
{
    (void)state;
    weft_result r = expect_starvation(starve_at_lock, "wait_for_lock", "lock mutex a, waiting");
    weft_result_clear(&r);
}

static void test_try_lock_that_succeeds_in_the_end_is_clean(void **state)
{
    (void)state;
    explore_clean(get_lock_in_the_end, 500);
}

/* `a` is held whenever `b` is free; it changes hands only while `b` is held. No value is passed on,
 * but one gets what the other does not. */
static void lock_in_the_gap(void *arg)
{
    (void)arg;
    for (;;) {
        weft_mutex_lock(&b);
        weft_mutex_unlock(&a);
        weft_mutex_lock(&a);
        weft_mutex_unlock(&b);
    }
}

static void try_outside_the_gap(void *arg)
{
    (void)arg;
    weft_mutex_lock(&b);
    while (!weft_mutex_try_lock(&a)) {
        weft_mutex_unlock(&b);
        weft_mutex_lock(&b);
    }
    weft_mutex_unlock(&a);
    weft_mutex_unlock(&b);
}

static void starve_beside_the_gap(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    weft_go(lock_in_the_gap, NULL);
    weft_go(try_outside_the_gap, NULL);
}

static void test_lock_that_only_others_get_is_starvation(void **state)
{
    (void)state;
    weft_result r =
        expect_starvation(starve_beside_the_gap, "try_outside_the_gap", "try lock mutex a, ");
    weft_result_clear(&r);
}

static int flag;
static int taken;

static void wait_for_flag(void *arg)
{
    (void)arg;
    while (WEFT_READ(flag) == 0) {
        weft_yield();
    }
}

/* A spin lock: compare and swap. */
static void spin(void *arg)
{
    (void)arg;
    for (int before = 1; before != 0;) {
        WEFT_UPDATE(taken, (before = taken, 1));
    }
    WEFT_WRITE(taken, 0);
}

static void go_on_and_set_flag(void *ch)
{
    for (int i = 0; i < 20; i++) {
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
    }
    WEFT_WRITE(flag, 1);
}

static void starve_at_flag(void *arg)
{
    (void)arg;
    GO_BOTH(go_on, wait_for_flag);
}

static void see_flag(void *arg)
{
    (void)arg;
    GO_BOTH(go_on_and_set_flag, wait_for_flag);
}

static void starve_at_spin_lock(void *arg)
{
    (void)arg;
    taken = 1;
    GO_BOTH(go_on, spin);
}

static void test_spinning_on_a_variable_is_starvation(void **state)
{
    (void)state;
    weft_result r = expect_starvation(starve_at_flag, "wait_for_flag", "read variable flag, ");
    weft_result_clear(&r);
    r = expect_starvation(starve_at_spin_lock, "spin", "update variable taken, ");
    weft_result_clear(&r);
    explore_clean(see_flag, 500);
}

static weft_cond changed;

/* Woken again and again, and never finds what it waits for. */
static void wait_for_condition(void *arg)
{
    (void)arg;
    weft_mutex_lock(&a);
    while (flag == 0) {
        weft_cond_wait(&changed, &a);
    }
    weft_mutex_unlock(&a);
}

static void wake_all(void *ch)
{
    for (;;) {
        weft_chan_send(ch, NULL);
        (void)weft_chan_recv(ch, NULL);
        weft_cond_broadcast(&changed);
    }
}

static void take_each_time(void *arg)
{
    (void)arg;
    for (;;) {
        weft_mutex_lock(&a);
        weft_cond_wait(&changed, &a);
        weft_mutex_unlock(&a);
    }
}

static void wake_in_vain(void *arg)
{
    (void)arg;
    GO_BOTH(wake_all, wait_for_condition);
}

static void wake_to_work(void *arg)
{
    (void)arg;
    GO_BOTH(wake_all, take_each_time);
}

static void test_waking_in_vain_is_starvation(void **state)
{
    (void)state;
    weft_result r = expect_starvation(wake_in_vain, "wait_for_condition", "wait cond changed, ");
    weft_result_clear(&r);
    r = explore_expecting(wake_to_work, WEFT_FOUND_RUNAWAY);
    weft_result_clear(&r);
}

static void poll_in_select(void *quit)
{
    for (;;) {
        weft_case cases[] = {WEFT_RECV(quit, NULL), WEFT_DEFAULT};
        if (weft_select(cases, 2) == 0) {
            return;
        }
    }
}

static void starve_in_select(void *arg)
{
    (void)arg;
    weft_go(poll_in_select, weft_chan_make(0, 0));
    go_on(weft_chan_make(0, 1));
}

static void quit_select(void *arg)
{
    (void)arg;
    weft_chan *const quit = weft_chan_make(0, 0);
    weft_go(poll_in_select, quit);
    weft_yield();
    weft_chan_close(quit);
}

static void test_select_with_default_in_vain_is_starvation(void **state)
{
    (void)state;
    weft_result r = expect_starvation(starve_in_select, "poll_in_select", "select, ");
    weft_result_clear(&r);
    explore_clean(quit_select, 300);
}

static void give_spin_lock_back(void *arg)
{
    (void)arg;
    for (int i = 0; i < 6; i++) {
        weft_mutex_lock(&a);
        weft_mutex_unlock(&a);
    }
    WEFT_WRITE(taken, 0);
}

static void spin_for_a_while(void *arg)
{
    (void)arg;
    taken = 1;
    weft_go(give_spin_lock_back, NULL);
    spin(NULL);
}

/* Whoever spins lets the others go first: no strategy needs the fair tail. */
static void test_strategies_do_not_wait_for_spinners(void **state)
{
    (void)state;
    static const char *const strategies[] = {"pct", "pct10-racy", "pos", "delay", "pair", "surw"};
    weft_fn *const programs[] = {quit_select, spin_for_a_while};
    for (size_t i = 0; i < 2 * sizeof strategies / sizeof strategies[0]; i++) {
        weft_result r;
        const weft_options options = {
            .name = "test", .schedules = 300, .strategy = strategies[i / 2], .max_steps = 5000};
        assert_int_equal(weft_explore(&options, programs[i % 2], NULL, &r), 0);
        if (r.bound_hits != 0) {
            print_error("%s, program %zu\n", strategies[i / 2], i % 2);
        }
        assert_int_equal(r.bound_hits, 0);
        weft_result_clear(&r);
    }
}

/* These look, for ever, and it is all that they are for. */
static void look_now_and_then(void *arg)
{
    (void)arg;
    while (WEFT_READ(flag) == 0) {
        weft_sleep(WEFT_MILLISECOND);
    }
}

static void look_and_be_content(void *arg)
{
    (void)arg;
    while (WEFT_READ(flag) == 0) {
        weft_yield();
        weft_progress();
    }
}

static void poll_now_and_then(void *arg)
{
    (void)arg;
    GO_BOTH(go_on, look_now_and_then);
}

static void poll_with_progress(void *arg)
{
    (void)arg;
    GO_BOTH(go_on, look_and_be_content);
}

static void poll_as_daemon(void *arg)
{
    (void)arg;
    weft_go_with(&(weft_go_options){.name = "daemon", .daemon = true}, wait_for_flag, NULL);
    go_on(weft_chan_make(0, 1));
}

static void test_poller_beside_an_endless_loop_is_not_starved(void **state)
{
    (void)state;
    weft_fn *const programs[] = {poll_now_and_then, poll_with_progress, poll_as_daemon};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        weft_result r = explore_expecting(programs[i], WEFT_FOUND_RUNAWAY);
        weft_result_clear(&r);
    }
}

/* Failures of these kinds are found again from their tokens. */
static void test_endless_runs_replay(void **state)
{
    (void)state;
    const struct {
        weft_fn *fn;
        weft_finding_kind kind;
    } programs[] = {{spin_for_ever, WEFT_FOUND_LIVELOCK},
                    {starve_at_try_lock, WEFT_FOUND_STARVATION}};
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        weft_result found = explore_expecting(programs[i].fn, programs[i].kind);
        weft_result again;
        const weft_options options = {.name = "test", .replay = found.findings[0].token};
        assert_int_equal(weft_explore(&options, programs[i].fn, NULL, &again), 1);
        assert_int_equal(again.findings[0].kind, programs[i].kind);
        weft_result_clear(&found);
        weft_result_clear(&again);
    }
}

/* ---- Properties ---- */

static void never_there(void *arg)
{
    (void)arg;
    WEFT_SOMETIMES(weft_choose(3) == 3, "three of three");
}

static void sometimes_there(void *arg)
{
    (void)arg;
    WEFT_SOMETIMES(weft_choose(3) == 2, "the last");
}

static void test_property_that_never_holds_is_reported(void **state)
{
    (void)state;
    weft_result r = explore_runs(never_there, NULL, 100);
    assert_int_equal(r.finding_count, 1);
    assert_int_equal(r.findings[0].kind, WEFT_FOUND_NEVER_REACHED);
    assert_true(contains(r.findings[0].message, "three of three"));
    weft_result_clear(&r);
}

static void test_property_that_holds_once_is_enough(void **state)
{
    (void)state;
    explore_clean(sometimes_there, 100);
}

/* ---- Nondeterminism ---- */

static int calls WEFT_KEEP;

static void depends_on_earlier_runs(void *arg)
{
    (void)arg;
    for (int i = 0; i < calls % 3; i++) {
        weft_yield();
    }
    calls++;
}

static void test_run_that_does_not_repeat_is_reported(void **state)
{
    (void)state;
    weft_result r = explore_expecting(depends_on_earlier_runs, WEFT_FOUND_NONDETERMINISM);
    weft_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_opposite_lock_orders_are_a_deadlock),
        cmocka_unit_test(test_one_lock_order_is_clean),
        cmocka_unit_test(test_sender_without_receiver_leaks),
        cmocka_unit_test(test_sender_with_room_does_not_leak),
        cmocka_unit_test(test_parked_daemon_is_not_a_leak),
        cmocka_unit_test(test_run_ends_when_only_daemons_are_left),
        cmocka_unit_test(test_forgotten_ticker_does_not_keep_the_run_alive),
        cmocka_unit_test(test_double_close_is_a_panic),
        cmocka_unit_test(test_recovered_panic_is_not_a_finding),
        cmocka_unit_test(test_lost_update_fails_the_assertion),
        cmocka_unit_test(test_always_names_the_property),
        cmocka_unit_test(test_assert_of_libc_is_a_finding),
        cmocka_unit_test(test_unlock_of_unlocked_mutex_is_fatal),
#if !defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(test_null_write_is_a_crash),
        cmocka_unit_test(test_stack_overflow_names_the_goroutine),
#endif
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
        cmocka_unit_test(test_division_by_zero_is_a_crash),
#endif
        cmocka_unit_test(test_abort_is_a_crash),
        cmocka_unit_test(test_signal_handlers_are_given_back),
        cmocka_unit_test(test_endless_loop_is_a_runaway),
        cmocka_unit_test(test_moving_without_progress_is_a_livelock),
        cmocka_unit_test(test_try_lock_in_vain_is_starvation),
        cmocka_unit_test(test_starvation_beside_a_sleeper_shrinks_to_nothing),
        cmocka_unit_test(test_lock_that_is_never_given_back_is_starvation),
        cmocka_unit_test(test_try_lock_that_succeeds_in_the_end_is_clean),
        cmocka_unit_test(test_lock_that_only_others_get_is_starvation),
        cmocka_unit_test(test_spinning_on_a_variable_is_starvation),
        cmocka_unit_test(test_waking_in_vain_is_starvation),
        cmocka_unit_test(test_poller_beside_an_endless_loop_is_not_starved),
        cmocka_unit_test(test_select_with_default_in_vain_is_starvation),
        cmocka_unit_test(test_strategies_do_not_wait_for_spinners),
        cmocka_unit_test(test_endless_runs_replay),
        cmocka_unit_test(test_polling_for_another_goroutine_ends),
        cmocka_unit_test(test_polling_the_clock_ends),
        cmocka_unit_test(test_property_that_never_holds_is_reported),
        cmocka_unit_test(test_property_that_holds_once_is_enough),
        cmocka_unit_test(test_run_that_does_not_repeat_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
