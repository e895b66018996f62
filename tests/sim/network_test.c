/* network_test.c: the simulator's network: hosts, links, faults. Files: disk_test.c.
 *
 * Goal:   what is said in weft/sim.h holds; what may go wrong does, and no more often than it may.
 * */
#include "../support/explore.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>

#define ADDRESS "server:7000"

/* With time that passes only when nothing else can happen: a server that is given a second to start
 * has started, and what arrives within a deadline arrives. */
static void explore_in_time(weft_fn *fn, void *arg, uint64_t schedules)
{
    const weft_options options = {.name = "test", .schedules = schedules, .timers = "idle"};
    weft_result result;
    assert_true(weft_explore(&options, fn, arg, &result) >= 0);
    if (result.finding_count != 0) {
        print_error("%s: %s\n", weft_finding_kind_name(result.findings[0].kind),
                    result.findings[0].message);
    }
    assert_int_equal(result.finding_count, 0);
    weft_result_clear(&result);
}

/* ---- a server that answers each message of four bytes ---- */

static void answer(void *arg)
{
    const int fd = (int)(intptr_t)arg;
    char message[4];
    while (weft_read(fd, message, sizeof message, WEFT_NEVER) == sizeof message) {
        if (weft_write(fd, message, sizeof message, WEFT_NEVER) != sizeof message) {
            break;
        }
    }
    (void)weft_close(fd);
}

static void serve(void *arg)
{
    (void)arg;
    const int listener = weft_listen(":7000", 0);
    int fd = listener;
    while (fd >= 0) {
        fd = weft_accept(listener, WEFT_NEVER);
        if (fd >= 0) {
            (void)weft_go(answer, (void *)(intptr_t)fd);
        }
    }
}

/* A server on a host of its own, which listens when this returns. */
static void start_server(void)
{
    weft_host_add("server");
    WEFT_ASSERT(weft_host_start("server", serve, NULL) == 0);
    weft_sleep(WEFT_SECOND);
}

static int dial(void)
{
    const int fd = weft_dial(ADDRESS, WEFT_NEVER);
    WEFT_ASSERT(fd >= 0);
    return fd;
}

static ssize_t ask(int fd, int64_t deadline_ns)
{
    char message[4] = "ping";
    const ssize_t n = weft_write(fd, message, sizeof message, deadline_ns);
    return n < 0 ? n : weft_read(fd, message, sizeof message, deadline_ns);
}

static const weft_faults none = {.descriptors = 100};

/* ---- time ---- */

static void each_way_takes_its_latency(void *arg)
{
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const weft_link link = {.latency_ns = 7 * WEFT_MILLISECOND};
    weft_link_set("server", "main", &link);
    const int64_t start_ns = weft_now();
    const int fd = dial();
    WEFT_ASSERT(weft_now() - start_ns == 14 * WEFT_MILLISECOND);
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == 4);
    WEFT_ASSERT(weft_now() - start_ns == 28 * WEFT_MILLISECOND);
    (void)weft_close(fd);
}

static void test_each_way_takes_its_latency(void **state)
{
    (void)state;
    explore_in_time(each_way_takes_its_latency, NULL, 200);
}

static void a_slow_link_takes_its_time(void *arg)
{
    (void)arg;
    static char block[50000];
    weft_faults_set(&none);
    start_server();
    const weft_link link = {.latency_ns = 0, .bytes_per_second = 100000};
    weft_link_set(NULL, NULL, &link);
    const int fd = dial();
    const int64_t start_ns = weft_now();
    WEFT_ASSERT(weft_write(fd, block, sizeof block, WEFT_NEVER) == sizeof block);
    char answer[4];
    size_t got = 0;
    while (got < sizeof block) {
        const ssize_t n = weft_read(fd, answer, sizeof answer, WEFT_NEVER);
        WEFT_ASSERT(n > 0);
        got += (size_t)n;
    }
    WEFT_ASSERT(weft_now() - start_ns >= WEFT_SECOND / 2);
    (void)weft_close(fd);
}

static void test_a_slow_link_takes_its_time(void **state)
{
    (void)state;
    explore_in_time(a_slow_link_takes_its_time, NULL, 3);
}

/* ---- cuts ---- */

static void nothing_gets_through_a_cut(void *arg)
{
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const int fd = dial();
    weft_link_partition("server", NULL);
    WEFT_ASSERT(weft_dial(ADDRESS, weft_now() + WEFT_SECOND) == -ETIMEDOUT);
    WEFT_ASSERT(ask(fd, weft_now() + WEFT_SECOND) == -ETIMEDOUT);
    weft_link_heal("server", NULL);
    char message[4];
    WEFT_ASSERT(weft_read(fd, message, sizeof message, WEFT_NEVER) == 4); /* it was on its way */
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == 4);
    (void)weft_close(fd);
}

static void test_nothing_gets_through_a_cut_until_it_heals(void **state)
{
    (void)state;
    explore_in_time(nothing_gets_through_a_cut, NULL, 300);
}

static void a_cut_of_one_way_lets_the_other_pass(void *arg)
{
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const int fd = dial();
    char message[4] = "ping";
    WEFT_ASSERT(weft_write(fd, message, sizeof message, WEFT_NEVER) == 4);
    weft_sleep(3 * WEFT_MILLISECOND / 2); /* the question is there, the answer on its way */
    weft_link_cut("main", "server");
    WEFT_ASSERT(weft_read(fd, message, sizeof message, WEFT_NEVER) == 4);
    WEFT_ASSERT(ask(fd, weft_now() + WEFT_SECOND) == -ETIMEDOUT);
    weft_link_heal(NULL, NULL);
    (void)weft_close(fd);
}

static void test_a_cut_of_one_way_lets_the_other_pass(void **state)
{
    (void)state;
    explore_in_time(a_cut_of_one_way_lets_the_other_pass, NULL, 2000);
}

static void tcp_gives_up(void *arg)
{
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const int fd = dial();
    weft_link_partition("server", "main");
    const int64_t start_ns = weft_now();
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == -ETIMEDOUT);
    WEFT_ASSERT(weft_now() - start_ns >= 60 * WEFT_SECOND);
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == -EPIPE);
    WEFT_ASSERT(weft_dial(ADDRESS, WEFT_NEVER) == -ETIMEDOUT);
    (void)weft_close(fd);
    weft_link_heal(NULL, NULL);
}

static void test_tcp_gives_up_after_a_minute(void **state)
{
    (void)state;
    explore_in_time(tcp_gives_up, NULL, 300);
}

/* ---- crashes ---- */

static void a_crash_resets_and_a_restart_serves(void *arg)
{
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const int fd = dial();
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == 4);
    weft_host_crash("server");
    WEFT_ASSERT(!weft_host_is_up("server"));
    const ssize_t n = ask(fd, WEFT_NEVER);
    WEFT_ASSERT(n == -ECONNRESET || n == -EPIPE);
    WEFT_ASSERT(weft_dial(ADDRESS, WEFT_NEVER) == -ECONNREFUSED);
    (void)weft_close(fd);
    start_server();
    const int again = dial();
    WEFT_ASSERT(ask(again, WEFT_NEVER) == 4);
    (void)weft_close(again);
}

static void test_a_crash_resets_and_a_restart_serves(void **state)
{
    (void)state;
    explore_in_time(a_crash_resets_and_a_restart_serves, NULL, 500);
}

/* A reset is sent once: behind a cut the other end does not learn of the crash until it sends. */
static void a_crash_behind_a_cut_leaves_half_a_connection(void *arg)
{
    char message[4];
    (void)arg;
    weft_faults_set(&none);
    start_server();
    const int fd = dial();
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == 4);
    weft_link_partition("server", NULL);
    weft_host_crash("server");
    weft_link_heal("server", NULL);
    WEFT_ASSERT(weft_read(fd, message, 4, weft_now() + 10 * WEFT_SECOND) == -ETIMEDOUT);
    WEFT_ASSERT(ask(fd, WEFT_NEVER) == -ECONNRESET);
    (void)weft_close(fd);
}

static void test_a_crash_behind_a_cut_leaves_half_a_connection(void **state)
{
    (void)state;
    explore_in_time(a_crash_behind_a_cut_leaves_half_a_connection, NULL, 200);
}

static int ticks;

static void count_tick(void *arg)
{
    (void)arg;
    ticks++;
}

static void sleep_and_count(void *arg)
{
    weft_timer *const timer = weft_timer_after_func(5 * WEFT_SECOND, count_tick, NULL);
    WEFT_ASSERT(timer != NULL);
    weft_sleep(3 * WEFT_SECOND);
    count_tick(arg);
    (void)weft_chan_recv(NULL, NULL); /* for ever: no leak, on a host of its own */
}

static void a_crash_takes_goroutines_and_timers(void *arg)
{
    ticks = 0;
    WEFT_ASSERT(weft_host_start("node", sleep_and_count, arg) == 0);
    weft_sleep(WEFT_SECOND);
    const int before = ticks;
    weft_host_crash("node");
    weft_sleep(10 * WEFT_SECOND);
    WEFT_ASSERT(ticks == before);
}

static void test_a_crash_takes_goroutines_and_timers(void **state)
{
    (void)state;
    explore_in_time(a_crash_takes_goroutines_and_timers, NULL, 500);
}

static void send_for_ever(void *arg)
{
    for (;;) {
        weft_chan_send(*(weft_chan **)arg, NULL);
    }
}

static weft_chan *shared;

static void who_waits_in_a_channel_may_be_killed(void *arg)
{
    (void)arg;
    shared = weft_chan_make(0, 0);
    WEFT_ASSERT(weft_host_start("node", send_for_ever, &shared) == 0);
    (void)weft_chan_recv(shared, NULL);
    weft_host_crash("node");
    (void)weft_chan_recv_until(shared, NULL, weft_now() + WEFT_SECOND);
    WEFT_ASSERT(weft_chan_recv_until(shared, NULL, weft_now() + WEFT_SECOND) == -ETIMEDOUT);
}

static void test_who_waits_in_a_channel_may_be_killed(void **state)
{
    (void)state;
    explore_in_time(who_waits_in_a_channel_may_be_killed, NULL, 500);
}

/* ---- faults ---- */

/* What came of one question on a fresh connection. */
static void question(const weft_faults *faults, ssize_t *ret_dial, ssize_t *ret_ask)
{
    weft_faults_set(faults);
    weft_host_add("server");
    WEFT_ASSERT(weft_host_start("server", serve, NULL) == 0);
    weft_sleep(WEFT_SECOND);
    *ret_dial = weft_dial(ADDRESS, weft_now() + 20 * WEFT_SECOND);
    *ret_ask = 0;
    if (*ret_dial >= 0) {
        *ret_ask = ask((int)*ret_dial, weft_now() + 20 * WEFT_SECOND);
        (void)weft_close((int)*ret_dial);
    }
}

static void may_be_short(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    question(&(weft_faults){.short_transfers = 1}, &fd, &n);
    WEFT_ASSERT(fd >= 0);
    WEFT_SOMETIMES(n == 4, "whole");
    WEFT_SOMETIMES(n == 1, "one byte");
    WEFT_SOMETIMES(n == 2, "half");
}

static void may_be_reset(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    question(&(weft_faults){.resets = 1}, &fd, &n);
    WEFT_ASSERT(fd >= 0);
    WEFT_SOMETIMES(n == 4, "not reset");
    WEFT_SOMETIMES(n == -ECONNRESET, "reset");
}

static void may_be_refused(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    question(&(weft_faults){.refusals = 1}, &fd, &n);
    WEFT_SOMETIMES(fd == -ECONNREFUSED, "refused");
    WEFT_SOMETIMES(fd >= 0, "not refused");
}

static void may_be_late(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    const int64_t start_ns = weft_now();
    question(&(weft_faults){.delays = 1, .losses = 1}, &fd, &n);
    const int64_t took_ns = weft_now() - start_ns - WEFT_SECOND;
    WEFT_ASSERT(n == 4);
    WEFT_SOMETIMES(took_ns < 5 * WEFT_MILLISECOND, "in time");
    WEFT_SOMETIMES(took_ns > 12 * WEFT_MILLISECOND && took_ns < 100 * WEFT_MILLISECOND, "late");
    WEFT_SOMETIMES(took_ns > 200 * WEFT_MILLISECOND, "lost and sent again");
}

static void may_be_cut_off(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    const int64_t start_ns = weft_now();
    question(&(weft_faults){.partitions = 1}, &fd, &n);
    WEFT_ASSERT(n == 4);
    WEFT_SOMETIMES(weft_now() - start_ns < 2 * WEFT_SECOND, "not cut off");
    WEFT_SOMETIMES(weft_now() - start_ns > 3 * WEFT_SECOND, "cut off and healed");
}

static void test_what_may_go_wrong_does(void **state)
{
    (void)state;
    explore_in_time(may_be_short, NULL, 3000);
    explore_in_time(may_be_reset, NULL, 3000);
    explore_in_time(may_be_refused, NULL, 3000);
    explore_in_time(may_be_late, NULL, 3000);
    explore_in_time(may_be_cut_off, NULL, 3000);
}

static void nothing_goes_wrong(void *arg)
{
    (void)arg;
    ssize_t fd = 0;
    ssize_t n = 0;
    question(&none, &fd, &n);
    WEFT_ASSERT(fd >= 0);
    WEFT_ASSERT(n == 4);
}

static void test_nothing_goes_wrong_that_may_not(void **state)
{
    (void)state;
    explore_in_time(nothing_goes_wrong, NULL, 1000);
}

/* ---- datagrams ---- */

enum { DATAGRAMS = 3 };

static void receive(void *arg)
{
    int *const got = arg;
    const int fd = weft_listen("udp::7000", 0);
    char byte = 0;
    int last = 0;
    while (weft_recvfrom(fd, &byte, 1, NULL, weft_now() + WEFT_SECOND) == 1) {
        got[byte - 'a']++;
        WEFT_SOMETIMES(byte < last, "overtaken");
        last = byte;
    }
    (void)weft_close(fd);
}

static void datagrams(void *arg)
{
    const weft_faults *const faults = arg;
    int got[DATAGRAMS] = {0};
    weft_faults_set(faults);
    weft_host_add("server");
    WEFT_ASSERT(weft_host_start("server", receive, got) == 0);
    const int fd = weft_dial("udp:" ADDRESS, WEFT_NEVER);
    weft_sleep(WEFT_SECOND / 2);
    for (int i = 0; i < DATAGRAMS; i++) {
        const char byte = (char)('a' + i);
        WEFT_ASSERT(weft_write(fd, &byte, 1, WEFT_NEVER) == 1);
    }
    (void)weft_close(fd);
    weft_sleep(10 * WEFT_SECOND);
    int total = 0;
    for (int i = 0; i < DATAGRAMS; i++) {
        total += got[i];
        WEFT_ASSERT(got[i] <= 1 + (int)faults->duplicates);
    }
    WEFT_SOMETIMES(total == DATAGRAMS, "all");
    WEFT_SOMETIMES(total < DATAGRAMS || faults->losses == 0, "one lost");
    WEFT_SOMETIMES(total > DATAGRAMS || faults->duplicates == 0, "one twice");
}

static void test_datagrams_are_lost_doubled_and_overtaken(void **state)
{
    (void)state;
    weft_faults faults = {.losses = 1, .duplicates = 1, .delays = 1};
    explore_in_time(datagrams, &faults, 5000);
}

/* ---- limits ---- */

static void descriptors_run_out(void *arg)
{
    (void)arg;
    int fds[2];
    weft_faults_set(&(weft_faults){.descriptors = 5});
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_pipe(fds) == -EMFILE);
    const int fd = weft_listen("127.0.0.1:0", 0);
    WEFT_ASSERT(fd >= 0);
    WEFT_ASSERT(weft_listen("127.0.0.1:0", 0) == -EMFILE);
    WEFT_ASSERT(weft_close(fd) == 0);
    WEFT_ASSERT(weft_listen("127.0.0.1:0", 0) == fd); /* the lowest that is free */
}

static void test_descriptors_run_out(void **state)
{
    (void)state;
    explore_in_time(descriptors_run_out, NULL, 20);
}

static void read_a_real_one(void *arg)
{
    char byte = 0;
    (void)arg;
    (void)weft_read(0, &byte, 1, 0);
}

static void adopt_a_real_one(void *arg)
{
    (void)arg;
    (void)weft_adopt(1);
}

static void test_a_real_descriptor_is_an_error_that_names_the_call(void **state)
{
    (void)state;
    weft_result result = explore_expecting(read_a_real_one, WEFT_FOUND_FATAL);
    assert_non_null(strstr(result.findings[0].message, "weft_read: descriptor 0 is a real one"));
    weft_result_clear(&result);
    result = explore_expecting(adopt_a_real_one, WEFT_FOUND_FATAL);
    assert_non_null(strstr(result.findings[0].message, "weft_adopt: descriptor 1 is a real one"));
    weft_result_clear(&result);
}

static void crash_an_unknown_host(void *arg)
{
    (void)arg;
    weft_host_crash("nobody");
}

static void test_an_unknown_host_is_fatal(void **state)
{
    (void)state;
    weft_result result = explore_expecting(crash_an_unknown_host, WEFT_FOUND_FATAL);
    assert_non_null(strstr(result.findings[0].message, "host \"nobody\""));
    weft_result_clear(&result);
}

/* A stream that is full to the last byte, though nobody has tried in vain. */
static void read_all_of_it(void *arg)
{
    char byte[4096];
    for (int i = 0; i < 16; i++) {
        WEFT_ASSERT(weft_read(*(const int *)arg, byte, sizeof byte, WEFT_NEVER) > 0);
    }
}

static void poll_a_full_one(void *arg)
{
    static char data[1 << 16];
    static int ends[2]; /* the other goroutine may use them when we have returned */
    (void)arg;
    WEFT_ASSERT(weft_socketpair(ends) == 0);
    WEFT_ASSERT(weft_write(ends[0], data, sizeof data, WEFT_NEVER) == sizeof data);
    WEFT_ASSERT(weft_go(read_all_of_it, &ends[1]) == 0);
    WEFT_ASSERT(weft_poll(ends[0], POLLOUT, WEFT_NEVER) == POLLOUT);
}

static void test_who_polls_a_full_stream_is_told_of_room(void **state)
{
    (void)state;
    explore_in_time(poll_a_full_one, NULL, 50);
}

/* Settings out of range, each in a run of its own. */
typedef struct bad_setting {
    weft_faults faults;
    weft_link link;
    int64_t disk_size;
    const char *message;
} bad_setting;

static void set_badly(void *arg)
{
    const bad_setting *const bad = arg;
    weft_faults_set(&bad->faults);
    weft_link_set(NULL, NULL, &bad->link);
    weft_host_disk_size("n1", bad->disk_size);
}

static void test_a_setting_out_of_range_is_fatal(void **state)
{
    (void)state;
    static bad_setting settings[] = {
        {.faults.partition_ns = -1, .message = "weft_faults.partition_ns is -1"},
        {.faults.restart_ns = WEFT_NEVER,
         .message = "weft_faults.restart_ns is 9223372036854775807"},
        {.faults.descriptors = UINT32_MAX, .message = "weft_faults.descriptors is 4294967295"},
        {.link.latency_ns = -5, .message = "weft_link.latency_ns is -5, not from 0 to "},
        {.link.latency_ns = WEFT_NEVER, .message = "weft_link.latency_ns is 9223372036854775807"},
        {.link.jitter_ns = -1, .message = "weft_link.jitter_ns is -1"},
        {.link.bytes_per_second = -1, .message = "weft_link.bytes_per_second is -1"},
        {.disk_size = -1, .message = "weft_host_disk_size is -1"},
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        weft_result result = explore_runs(set_badly, &settings[i], 1);
        assert_int_equal(result.finding_count, 1);
        assert_int_equal(result.findings[0].kind, WEFT_FOUND_FATAL);
        assert_non_null(strstr(result.findings[0].message, settings[i].message));
        weft_result_clear(&result);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_way_takes_its_latency),
        cmocka_unit_test(test_a_slow_link_takes_its_time),
        cmocka_unit_test(test_nothing_gets_through_a_cut_until_it_heals),
        cmocka_unit_test(test_a_cut_of_one_way_lets_the_other_pass),
        cmocka_unit_test(test_tcp_gives_up_after_a_minute),
        cmocka_unit_test(test_a_crash_resets_and_a_restart_serves),
        cmocka_unit_test(test_a_crash_behind_a_cut_leaves_half_a_connection),
        cmocka_unit_test(test_a_crash_takes_goroutines_and_timers),
        cmocka_unit_test(test_who_waits_in_a_channel_may_be_killed),
        cmocka_unit_test(test_what_may_go_wrong_does),
        cmocka_unit_test(test_nothing_goes_wrong_that_may_not),
        cmocka_unit_test(test_datagrams_are_lost_doubled_and_overtaken),
        cmocka_unit_test(test_descriptors_run_out),
        cmocka_unit_test(test_a_real_descriptor_is_an_error_that_names_the_call),
        cmocka_unit_test(test_who_polls_a_full_stream_is_told_of_room),
        cmocka_unit_test(test_an_unknown_host_is_fatal),
        cmocka_unit_test(test_a_setting_out_of_range_is_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
