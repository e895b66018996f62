/* io_storm_test.c: many descriptors, and busy workers, on real threads.
 * Goal:   no wake-up is lost (the program would hang), whoever waits; what only waits costs no
 *         time, and who is slow delays nobody else.
 * Method: rounds with 1, 2 and 8 workers; bytes that come from threads of others; CPU time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

static void run_on_each(weft_fn *main_fn)
{
    static const uint32_t worker_counts[] = {1, 2, 8};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        const weft_options options = {.workers = worker_counts[i], .stack_size = 32768};
        assert_int_equal(weft_run_with(&options, main_fn, NULL), 0);
    }
}

static void start(weft_waitgroup *wg, weft_fn *fn, void *arg)
{
    WEFT_ASSERT(weft_waitgroup_go(wg, fn, arg) == 0);
}

static void shut(int fd)
{
    WEFT_ASSERT(weft_close(fd) == 0);
}

/* ---- wake-ups ---- */

enum { PAIRS = 8, ROUNDS = 300 };

static void echo_bytes(void *arg)
{
    const int fd = *(const int *)arg;
    char byte = 0;
    while (weft_read(fd, &byte, 1, WEFT_NEVER) == 1) {
        WEFT_ASSERT(weft_write(fd, &byte, 1, WEFT_NEVER) == 1);
    }
    shut(fd);
}

/* Deadlines of all lengths pass while the answer comes. */
static void ask_hastily(void *arg)
{
    const int fd = *(const int *)arg;
    for (int i = 0; i < ROUNDS; i++) {
        char byte = (char)i;
        ssize_t n = -ETIMEDOUT;
        WEFT_ASSERT(weft_write(fd, &byte, 1, WEFT_NEVER) == 1);
        while (n == -ETIMEDOUT) {
            const int64_t wait_ns = (int64_t)(weft_random() % 40) * WEFT_MICROSECOND;
            n = weft_read(fd, &byte, 1, weft_now() + wait_ns);
        }
        WEFT_ASSERT(n == 1 && byte == (char)i);
    }
    shut(fd);
}

static void ask_patiently(void *arg)
{
    const int fd = *(const int *)arg;
    for (int i = 0; i < ROUNDS; i++) {
        char byte = (char)i;
        WEFT_ASSERT(weft_write(fd, &byte, 1, WEFT_NEVER) == 1);
        WEFT_ASSERT(weft_read(fd, &byte, 1, WEFT_NEVER) == 1 && byte == (char)i);
    }
    shut(fd);
}

static void main_asks(void *arg)
{
    int ends[PAIRS][2];
    weft_waitgroup wg = {{0}};
    (void)arg;
    for (int i = 0; i < PAIRS; i++) {
        WEFT_ASSERT(weft_socketpair(ends[i]) == 0);
        start(&wg, echo_bytes, &ends[i][0]);
        start(&wg, i % 2 == 0 ? ask_patiently : ask_hastily, &ends[i][1]);
    }
    weft_waitgroup_wait(&wg);
}

static void test_no_wake_up_is_lost(void **state)
{
    (void)state;
    run_on_each(main_asks);
}

/* Each round ends by a close while both wait. */
static void main_closes(void *arg)
{
    (void)arg;
    for (int i = 0; i < ROUNDS; i++) {
        int ends[2];
        weft_waitgroup wg = {{0}};
        WEFT_ASSERT(weft_socketpair(ends) == 0);
        start(&wg, echo_bytes, &ends[0]);
        char byte = 0;
        WEFT_ASSERT(weft_write(ends[1], &byte, 1, WEFT_NEVER) == 1);
        WEFT_ASSERT(weft_poll(ends[1], POLLIN, WEFT_NEVER) == POLLIN);
        shut(ends[1]);
        weft_waitgroup_wait(&wg);
    }
}

static void test_no_end_is_lost(void **state)
{
    (void)state;
    run_on_each(main_closes);
}

/* Those who wait for their turn, and who has it, are woken by what makes room. */
enum { WRITERS = 5, BLOCK = 100000, BLOCKS = 10 };

static void write_blocks(void *arg)
{
    static const char block[BLOCK];
    for (int i = 0; i < BLOCKS; i++) {
        WEFT_ASSERT(weft_write(*(const int *)arg, block, BLOCK, WEFT_NEVER) == BLOCK);
    }
}

static void main_writes_in_turn(void *arg)
{
    int fds[2];
    weft_waitgroup wg = {{0}};
    char buffer[3000];
    (void)arg;
    WEFT_ASSERT(weft_pipe(fds) == 0);
    for (int i = 0; i < WRITERS; i++) {
        start(&wg, write_blocks, &fds[1]);
    }
    for (size_t left = (size_t)WRITERS * BLOCKS * BLOCK; left > 0;) {
        const ssize_t n = weft_read(fds[0], buffer, sizeof buffer, WEFT_NEVER);
        WEFT_ASSERT(n > 0 && (size_t)n <= left);
        left -= (size_t)n;
    }
    weft_waitgroup_wait(&wg);
    shut(fds[0]);
    shut(fds[1]);
}

static void test_no_turn_is_lost(void **state)
{
    (void)state;
    run_on_each(main_writes_in_turn);
}

/* ---- bytes from elsewhere ---- */

static int outer[2];
static atomic_bool stop;

static void *write_late(void *arg)
{
    const struct timespec pause = {.tv_nsec = 5 * 1000 * 1000};
    (void)arg;
    (void)nanosleep(&pause, NULL);
    (void)!write(outer[1], "x", 1);
    return NULL;
}

static void read_and_stop(void *arg)
{
    char byte = 0;
    (void)arg;
    WEFT_ASSERT(weft_read(outer[0], &byte, 1, WEFT_NEVER) == 1);
    atomic_store(&stop, true);
}

static void compute(void *arg)
{
    while (!atomic_load_explicit(&stop, memory_order_relaxed)) {
        if (arg != NULL) {
            WEFT_POLL();
        }
    }
}

/* As many compute as there are workers, or nobody does; `arg`: they poll. */
static void main_computes(void *arg)
{
    weft_waitgroup wg = {{0}};
    pthread_t thread;
    const int workers = *(const int *)arg;
    atomic_store(&stop, false);
    WEFT_ASSERT(pipe(outer) == 0 && weft_adopt(outer[0]) == 0);
    WEFT_ASSERT(pthread_create(&thread, NULL, write_late, NULL) == 0);
    start(&wg, read_and_stop, NULL);
    weft_yield();
    for (int i = 0; i < workers; i++) {
        start(&wg, compute, i % 2 == 0 ? arg : NULL);
    }
    weft_waitgroup_wait(&wg);
    (void)pthread_join(thread, NULL);
    shut(outer[0]);
    (void)close(outer[1]);
}

static void test_bytes_come_to_those_who_wait_while_all_workers_compute(void **state)
{
    (void)state;
    for (int workers = 0; workers <= 3; workers++) {
        const weft_options options = {.workers = workers == 0 ? 1 : (uint32_t)workers};
        assert_int_equal(weft_run_with(&options, main_computes, (void *)&workers), 0);
    }
}

/* ---- many that only wait ---- */

enum { MANY = 10000, SPARE = 200 };

typedef struct idler {
    int ends[2];
    char byte;
} idler;

static void wait_for_byte(void *arg)
{
    idler *const i = arg;
    WEFT_ASSERT(weft_read(i->ends[1], &i->byte, 1, WEFT_NEVER) == 1);
}

static int64_t cpu_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

/* As many as the process may have. */
static int how_many(void)
{
    struct rlimit limit;
    WEFT_ASSERT(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    WEFT_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    return limit.rlim_cur < 2 * MANY + SPARE ? (int)(limit.rlim_cur - SPARE) / 2 : MANY;
}

static void join(int listener, const char *text, int ends[2])
{
    ends[0] = weft_dial(text, WEFT_NEVER);
    ends[1] = weft_accept(listener, WEFT_NEVER);
    WEFT_ASSERT(ends[0] >= 0 && ends[1] >= 0);
}

static int listen_here(char text[WEFT_ADDRESS_TEXT])
{
    weft_address at;
    const int listener = weft_listen("127.0.0.1:0", 0);
    WEFT_ASSERT(listener >= 0 && weft_local_address(listener, &at) == 0);
    (void)weft_address_text(&at, text, WEFT_ADDRESS_TEXT);
    return listener;
}

static void main_waits(void *arg)
{
    static idler idlers[MANY];
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int many = how_many();
    const int listener = listen_here(text);
    for (int i = 0; i < many; i++) {
        join(listener, text, idlers[i].ends);
        start(&wg, wait_for_byte, &idlers[i]);
    }
    weft_sleep(50 * WEFT_MILLISECOND);
    const int64_t before_ns = cpu_ns();
    weft_sleep(300 * WEFT_MILLISECOND);
    *(int64_t *)arg = cpu_ns() - before_ns;
    for (int i = 0; i < many; i++) {
        WEFT_ASSERT(weft_write(idlers[i].ends[0], &(char){(char)i}, 1, WEFT_NEVER) == 1);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < many; i++) {
        WEFT_ASSERT(idlers[i].byte == (char)i);
        shut(idlers[i].ends[0]);
        shut(idlers[i].ends[1]);
    }
    shut(listener);
}

static void test_connections_that_wait_cost_no_time(void **state)
{
    (void)state;
    int64_t used_ns = INT64_MAX;
    const weft_options options = {.stack_size = 16384};
    assert_int_equal(weft_run_with(&options, main_waits, &used_ns), 0);
    assert_in_range(used_ns, 0, 15 * WEFT_MILLISECOND); /* of 300 */
}

/* ---- slow clients ---- */

enum { SLOW = 50, QUESTION = 8 };

typedef struct guest {
    int fd;
    ssize_t result;
} guest;

/* A whole question, or until the deadline. */
static void serve_question(void *arg)
{
    guest *const g = arg;
    char question[QUESTION];
    const int64_t deadline_ns = weft_now() + 30 * WEFT_MILLISECOND;
    size_t got = 0;
    ssize_t n = 1;
    while (got < QUESTION && n > 0) {
        n = weft_read(g->fd, question + got, QUESTION - got, deadline_ns);
        got += n > 0 ? (size_t)n : 0;
    }
    g->result = n > 0 ? weft_write(g->fd, question, QUESTION, deadline_ns) : n;
    shut(g->fd);
}

/* A byte now and then, until the server has had enough; it may not have read the last ones. */
static void dribble(void *arg)
{
    const guest *const g = arg;
    char byte = 0;
    ssize_t n = 1;
    for (int i = 0; i < QUESTION - 1 && n == 1; i++) {
        n = weft_write(g->fd, "s", 1, WEFT_NEVER);
        weft_sleep(WEFT_MILLISECOND);
    }
    n = weft_read(g->fd, &byte, 1, WEFT_NEVER);
    WEFT_ASSERT(n == 0 || n == -ECONNRESET);
    shut(g->fd);
}

static void main_is_patient(void *arg)
{
    guest slow[SLOW];
    guest served[SLOW + 1];
    weft_waitgroup wg = {{0}};
    char text[WEFT_ADDRESS_TEXT];
    char answer[QUESTION];
    int ends[2];
    (void)arg;
    const int listener = listen_here(text);
    for (int i = 0; i < SLOW; i++) {
        join(listener, text, ends);
        slow[i] = (guest){.fd = ends[0]};
        served[i] = (guest){.fd = ends[1]};
        start(&wg, serve_question, &served[i]);
        start(&wg, dribble, &slow[i]);
    }
    join(listener, text, ends);
    served[SLOW] = (guest){.fd = ends[1]};
    start(&wg, serve_question, &served[SLOW]);
    WEFT_ASSERT(weft_write(ends[0], "question", QUESTION, WEFT_NEVER) == QUESTION);
    WEFT_ASSERT(weft_read(ends[0], answer, QUESTION, WEFT_NEVER) == QUESTION);
    shut(ends[0]);
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < SLOW; i++) {
        WEFT_ASSERT(served[i].result == -ETIMEDOUT);
    }
    shut(listener);
}

static void test_slow_clients_hold_up_nobody_and_are_sent_away(void **state)
{
    (void)state;
    run_on_each(main_is_patient);
}

/* ---- deadlocks ---- */

static void main_waits_on_a_channel(void *arg)
{
    int fds[2];
    char byte = 0;
    (void)arg;
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_read(fds[0], &byte, 1, weft_now() + WEFT_MILLISECOND) == -ETIMEDOUT);
    (void)weft_chan_recv(NULL, NULL);
}

static int wait_on_a_channel(const void *arg)
{
    (void)arg;
    return weft_run(main_waits_on_a_channel, NULL);
}

static void test_descriptors_that_nobody_waits_on_hide_no_deadlock(void **state)
{
    (void)state;
    static child c;
    child_run(&c, wait_on_a_channel, NULL);
    assert_int_equal(child_exit(&c), 2);
    assert_non_null(strstr(c.said, "all goroutines are asleep - deadlock!"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_wake_up_is_lost),
        cmocka_unit_test(test_no_end_is_lost),
        cmocka_unit_test(test_no_turn_is_lost),
        cmocka_unit_test(test_bytes_come_to_those_who_wait_while_all_workers_compute),
        cmocka_unit_test(test_connections_that_wait_cost_no_time),
        cmocka_unit_test(test_slow_clients_hold_up_nobody_and_are_sent_away),
        cmocka_unit_test(test_descriptors_that_nobody_waits_on_hide_no_deadlock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
