/* io_number_test.c: descriptors of the kernel: those that others have made, closed or used up, and
 * signals.
 * Method: many rounds on several workers, where two calls must meet; what ends the process, or
 *         takes its descriptors away, in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

enum { SEVERAL = 2, ROUNDS = 20000 };

/* ---- one owner ---- */

static struct {
    int fd;
    atomic_int started;
    atomic_int owners;
    atomic_int most;
} number;

static void adopt_and_disown(void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&number.started, 1);
    while (atomic_load(&number.started) < SEVERAL) {
        weft_yield();
    }
    for (int i = 0; i < ROUNDS;) {
        const int status = weft_adopt(number.fd);
        if (status != 0) {
            WEFT_ASSERT(status == -EEXIST);
            continue;
        }
        const int owners = atomic_fetch_add(&number.owners, 1) + 1;
        if (owners > 1) {
            atomic_store(&number.most, owners);
        }
        i++;
        (void)atomic_fetch_sub(&number.owners, 1);
        WEFT_ASSERT(weft_disown(number.fd) == 0);
    }
}

static void main_adopts(void *arg)
{
    weft_waitgroup wg = {{0}};
    int ends[2];
    (void)arg;
    WEFT_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    number.fd = ends[0];
    for (int i = 0; i < SEVERAL; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&wg, adopt_and_disown, NULL) == 0);
    }
    weft_waitgroup_wait(&wg);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_a_descriptor_is_adopted_by_one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(weft_run_with(&(weft_options){.workers = SEVERAL}, main_adopts, NULL), 0);
    assert_int_equal(atomic_load(&number.most), 0);
}

/* ---- files ---- */

/* More than one system call writes. */
static void main_writes_much(void *arg)
{
    enum { PIECES = WEFT_IOV_MAX, PIECE = 4 << 20 };
    static char piece[PIECE];
    static struct iovec pieces[PIECES];
    const int fd = weft_open("/dev/null", O_WRONLY, 0);
    for (int i = 0; i < PIECES; i++) {
        pieces[i] = (struct iovec){piece, sizeof piece};
    }
    *(ssize_t *)arg = weft_writev(fd, pieces, PIECES, WEFT_NEVER);
    WEFT_ASSERT(weft_close(fd) == 0);
}

static void test_a_file_is_written_whole_however_much_it_is(void **state)
{
    (void)state;
    ssize_t n = 0;
    assert_int_equal(weft_run(main_writes_much, &n), 0);
    assert_int_equal(n, INT64_C(1024) * (4 << 20));
}

/* ---- SIGPIPE ---- */

static void main_writes_to_a_pipe_by_its_path(void *arg)
{
    char path[64];
    (void)snprintf(path, sizeof path, "io-number-%d.fifo", (int)getpid());
    WEFT_ASSERT(mkfifo(path, 0600) == 0);
    const int in = open(path, O_RDONLY | O_NONBLOCK);
    const int out = weft_open(path, O_WRONLY, 0);
    WEFT_ASSERT(unlink(path) == 0);
    WEFT_ASSERT(close(in) == 0);
    *(int *)arg = (int)weft_write(out, "x", 1, WEFT_NEVER);
    WEFT_ASSERT(weft_close(out) == 0);
}

static void main_writes_to_a_listener(void *arg)
{
    const int listener = weft_listen("127.0.0.1:0", 0);
    *(int *)arg = (int)weft_write(listener, "x", 1, WEFT_NEVER);
    WEFT_ASSERT(weft_close(listener) == 0);
}

static void main_writes_to_a_pipe(void *arg)
{
    int fds[2];
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_close(fds[0]) == 0);
    *(int *)arg = (int)weft_write(fds[1], "x", 1, WEFT_NEVER);
    WEFT_ASSERT(weft_close(fds[1]) == 0);
}

static void main_writes_to_a_foreign_pipe(void *arg)
{
    int fds[2];
    WEFT_ASSERT(pipe(fds) == 0 && close(fds[0]) == 0 && weft_adopt(fds[1]) == 0);
    *(int *)arg = (int)weft_write(fds[1], "x", 1, WEFT_NEVER);
    WEFT_ASSERT(weft_close(fds[1]) == 0);
}

static void main_writes_to_a_peer(void *arg)
{
    int fds[2];
    WEFT_ASSERT(weft_socketpair(fds) == 0);
    WEFT_ASSERT(weft_close(fds[0]) == 0);
    *(int *)arg = (int)weft_write(fds[1], "x", 1, WEFT_NEVER);
    WEFT_ASSERT(weft_close(fds[1]) == 0);
}

typedef struct body {
    weft_fn *fn;
} body;

/* As the process was started: nobody has changed what SIGPIPE does. */
static int write_in_child(const void *arg)
{
    const body *const b = arg;
    int result = 0;
    (void)signal(SIGPIPE, SIG_DFL);
    return weft_run_with(&(weft_options){0}, b->fn, &result) == 0 ? -result : -1;
}

static void test_no_write_raises_sigpipe(void **state)
{
    (void)state;
    static child c;
    static const body bodies[] = {{main_writes_to_a_pipe_by_its_path},
                                  {main_writes_to_a_listener},
                                  {main_writes_to_a_pipe},
                                  {main_writes_to_a_foreign_pipe},
                                  {main_writes_to_a_peer}};
    for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
        child_run(&c, write_in_child, &bodies[i]);
        assert_int_equal(child_exit(&c), EPIPE);
        assert_string_equal(c.said, "");
    }
}

/* ---- signals ---- */

static atomic_uint interrupts;

static void count_interrupt(int signal_number)
{
    (void)signal_number;
    (void)atomic_fetch_add(&interrupts, 1);
}

typedef struct transfer {
    int fd;
    size_t size;
} transfer;

static void read_some(void *arg)
{
    transfer *const t = arg;
    char buffer[1000];
    ssize_t n = 0;
    while ((n = weft_read(t->fd, buffer, sizeof buffer, WEFT_NEVER)) > 0) {
        t->size += (size_t)n;
    }
    WEFT_ASSERT(n == 0);
}

static void transfer_over(const int fds[2], size_t size)
{
    static char data[1 << 16];
    weft_waitgroup wg = {{0}};
    transfer in = {.fd = fds[0]};
    WEFT_ASSERT(weft_waitgroup_go(&wg, read_some, &in) == 0);
    for (size_t done = 0; done < size; done += sizeof data) {
        WEFT_ASSERT(weft_write(fds[1], data, sizeof data, WEFT_NEVER) == sizeof data);
    }
    WEFT_ASSERT(weft_close(fds[1]) == 0);
    weft_waitgroup_wait(&wg);
    WEFT_ASSERT(in.size == size);
    WEFT_ASSERT(weft_close(fds[0]) == 0);
}

static void main_transfers(void *arg)
{
    int fds[2];
    (void)arg;
    for (int i = 0; i < 4; i++) {
        WEFT_ASSERT((i % 2 == 0 ? weft_pipe : weft_socketpair)(fds) == 0);
        transfer_over(fds, 32 << 20);
    }
}

/* A handler without SA_RESTART, every tenth of a millisecond of the process's time. */
static void test_no_call_is_interrupted(void **state)
{
    (void)state;
    const struct sigaction action = {.sa_handler = count_interrupt};
    struct sigaction before;
    const struct itimerval often = {{0, 100}, {0, 100}};
    const struct itimerval never = {0};
    assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
    assert_int_equal(weft_run(main_transfers, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
    assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
    assert_int_not_equal(atomic_load(&interrupts), 0);
}

/* ---- numbers of others ---- */

static void read_byte(void *arg)
{
    transfer *const t = arg;
    char byte = 0;
    t->size = weft_read(t->fd, &byte, 1, WEFT_NEVER) == 1 ? (size_t)byte : 0;
}

static void main_adopts_a_foreign_pipe(void *arg)
{
    int fds[2];
    weft_waitgroup wg = {{0}};
    (void)arg;
    WEFT_ASSERT(pipe(fds) == 0 && weft_adopt(fds[0]) == 0);
    transfer in = {.fd = fds[0]};
    WEFT_ASSERT(weft_waitgroup_go(&wg, read_byte, &in) == 0);
    weft_sleep(WEFT_MILLISECOND);
    WEFT_ASSERT(write(fds[1], "x", 1) == 1);
    weft_waitgroup_wait(&wg);
    WEFT_ASSERT(in.size == 'x');
    WEFT_ASSERT(weft_disown(fds[0]) == 0);
    WEFT_ASSERT(close(fds[0]) == 0 && close(fds[1]) == 0);
}

static void test_a_foreign_descriptor_is_adopted(void **state)
{
    (void)state;
    assert_int_equal(weft_run(main_adopts_a_foreign_pipe, NULL), 0);
}

static void main_adopts_what_cannot_wait(void *arg)
{
    (void)arg;
    const int file = open("/proc/self/maps", O_RDONLY); /* which is always ready */
    WEFT_ASSERT(weft_adopt(file) == 0);
    WEFT_ASSERT(weft_poll(file, POLLIN, 0) == POLLIN);
    WEFT_ASSERT(weft_close(file) == 0);
    const int null = open("/dev/null", O_RDWR); /* a device that epoll refuses */
    WEFT_ASSERT(weft_adopt(null) == -EPERM);
    WEFT_ASSERT(weft_read(null, NULL, 0, 0) == -EBADF);
    WEFT_ASSERT(close(null) == 0);
}

static void test_what_cannot_be_waited_for_is_not_adopted(void **state)
{
    (void)state;
    assert_int_equal(weft_run(main_adopts_what_cannot_wait, NULL), 0);
}

/* ---- reads that stop in the middle ---- */

/* "ab" with a descriptor, and "cd" behind it. */
static void send_descriptor(int fd)
{
    union {
        struct cmsghdr head;
        char bytes[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec piece = {"ab", 2};
    const struct msghdr message = {.msg_iov = &piece,
                                   .msg_iovlen = 1,
                                   .msg_control = &control,
                                   .msg_controllen = sizeof control};
    control.head = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(&control.head), &fd, sizeof fd);
    WEFT_ASSERT(sendmsg(fd, &message, 0) == 2);
    WEFT_ASSERT(send(fd, "cd", 2, 0) == 2);
}

/* Reads in as many bytes as there are; the pieces are longer. */
static void read_to_end(int fd, const char *expected)
{
    char first[3] = "";
    char second[16] = "";
    const struct iovec pieces[] = {{first, 1}, {second, sizeof second - 1}};
    char text[32] = "";
    while (strlen(text) < strlen(expected)) {
        memset(first, 0, sizeof first);
        memset(second, 0, sizeof second);
        WEFT_ASSERT(weft_readv(fd, pieces, 2, WEFT_NEVER) > 0);
        strcat(strcat(text, first), second);
    }
    WEFT_ASSERT(strcmp(text, expected) == 0);
}

static void main_is_sent_descriptors(void *arg)
{
    int fds[2];
    char buffer[8];
    (void)arg;
    WEFT_ASSERT(weft_socketpair(fds) == 0);
    for (int i = 0; i < 3; i++) {
        send_descriptor(fds[1]);
        send_descriptor(fds[1]);
        read_to_end(fds[0], "abcdabcd");
        WEFT_ASSERT(weft_read(fds[0], buffer, sizeof buffer, 0) == -ETIMEDOUT);
    }
    WEFT_ASSERT(weft_close(fds[0]) == 0 && weft_close(fds[1]) == 0);
}

static void test_reads_go_on_behind_a_descriptor(void **state)
{
    (void)state;
    assert_int_equal(weft_run(main_is_sent_descriptors, NULL), 0);
}

/* A read does not go over the urgent byte, which no read of ours gets. */
static void main_is_sent_urgent_bytes(void *arg)
{
    char text[WEFT_ADDRESS_TEXT];
    weft_address at;
    (void)arg;
    const int listener = weft_listen("127.0.0.1:0", 0);
    WEFT_ASSERT(weft_local_address(listener, &at) == 0);
    (void)weft_address_text(&at, text, sizeof text);
    const int here = weft_dial(text, WEFT_NEVER);
    const int there = weft_accept(listener, WEFT_NEVER);
    for (int i = 0; i < 3; i++) {
        WEFT_ASSERT(send(here, "abc", 3, 0) == 3);
        WEFT_ASSERT(send(here, "!", 1, MSG_OOB) == 1);
        WEFT_ASSERT(send(here, "def", 3, 0) == 3);
        read_to_end(there, "abcdef");
    }
    WEFT_ASSERT(weft_close(here) == 0 && weft_close(there) == 0 && weft_close(listener) == 0);
}

static void test_reads_go_on_behind_an_urgent_byte(void **state)
{
    (void)state;
    assert_int_equal(weft_run(main_is_sent_urgent_bytes, NULL), 0);
}

/* ---- numbers that others close, and what lives on ---- */

/* Somebody else closes a number of ours; then the kernel gives it to us again. */
static void main_loses_a_number(void *arg)
{
    int fds[2];
    int next[2];
    char byte = 0;
    (void)arg;
    WEFT_ASSERT(weft_socketpair(fds) == 0);
    WEFT_ASSERT(close(fds[0]) == 0);
    WEFT_ASSERT(weft_read(fds[0], &byte, 1, WEFT_NEVER) == -EBADF);
    WEFT_ASSERT(weft_write(fds[0], &byte, 1, WEFT_NEVER) == -EBADF);
    WEFT_ASSERT(weft_poll(fds[0], POLLIN, WEFT_NEVER) == -EBADF);
    WEFT_ASSERT(weft_read(fds[1], &byte, 1, WEFT_NEVER) == 0);
    WEFT_ASSERT(weft_socketpair(next) == 0 && next[0] == fds[0]);
    WEFT_ASSERT(weft_write(next[1], "x", 1, WEFT_NEVER) == 1);
    WEFT_ASSERT(weft_read(next[0], &byte, 1, WEFT_NEVER) == 1);
    WEFT_ASSERT(weft_close(next[0]) == 0 && weft_close(next[1]) == 0);
    WEFT_ASSERT(weft_close(next[0]) == -EBADF);
    WEFT_ASSERT(weft_close(fds[1]) == 0);
}

static void test_a_number_that_others_closed_is_ours_again(void **state)
{
    (void)state;
    assert_int_equal(weft_run(main_loses_a_number, NULL), 0);
}

/* What is open stays open from run to run; who waited is gone. */
static int kept[2];

static void wait_for_ever(void *arg)
{
    char byte = 0;
    (void)arg;
    (void)weft_read(kept[0], &byte, 1, WEFT_NEVER);
}

static void main_leaves(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_socketpair(kept) == 0);
    for (int i = 0; i < 10; i++) {
        WEFT_ASSERT(weft_go(wait_for_ever, NULL) == 0);
    }
    weft_sleep(WEFT_MILLISECOND);
}

static void main_comes_back(void *arg)
{
    transfer in = {.fd = kept[0]};
    weft_waitgroup wg = {{0}};
    (void)arg;
    WEFT_ASSERT(weft_waitgroup_go(&wg, read_byte, &in) == 0);
    weft_sleep(WEFT_MILLISECOND);
    WEFT_ASSERT(weft_write(kept[1], "x", 1, WEFT_NEVER) == 1);
    weft_waitgroup_wait(&wg);
    WEFT_ASSERT(in.size == 'x');
    WEFT_ASSERT(weft_close(kept[0]) == 0 && weft_close(kept[1]) == 0);
}

static void test_a_descriptor_outlives_a_run(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_run(main_leaves, NULL), 0);
        assert_int_equal(weft_run(main_comes_back, NULL), 0);
    }
}

/* ---- no more numbers ---- */

static void main_runs_out(void *arg)
{
    char text[WEFT_ADDRESS_TEXT];
    weft_address at;
    int fds[2];
    struct rlimit limit;
    (void)arg;
    const int listener = weft_listen("127.0.0.1:0", 0);
    WEFT_ASSERT(weft_local_address(listener, &at) == 0);
    (void)weft_address_text(&at, text, sizeof text);
    const int here = weft_dial(text, WEFT_NEVER);
    WEFT_ASSERT(here >= 0 && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    const struct rlimit none = {(rlim_t)here + 1, limit.rlim_max};
    WEFT_ASSERT(setrlimit(RLIMIT_NOFILE, &none) == 0);
    WEFT_ASSERT(weft_accept(listener, WEFT_NEVER) == -EMFILE);
    WEFT_ASSERT(weft_accept(listener, WEFT_NEVER) == -EMFILE);
    WEFT_ASSERT(weft_dial(text, WEFT_NEVER) == -EMFILE);
    WEFT_ASSERT(weft_listen("127.0.0.1:0", 0) == -EMFILE);
    WEFT_ASSERT(weft_pipe(fds) == -EMFILE);
    WEFT_ASSERT(weft_socketpair(fds) == -EMFILE);
    WEFT_ASSERT(weft_open("/dev/null", O_RDONLY, 0) == -EMFILE);
    WEFT_ASSERT(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    const int there = weft_accept(listener, WEFT_NEVER);
    WEFT_ASSERT(there >= 0);
    WEFT_ASSERT(weft_close(here) == 0 && weft_close(there) == 0 && weft_close(listener) == 0);
}

static int run_out_in_child(const void *arg)
{
    (void)arg;
    return weft_run(main_runs_out, NULL);
}

static void test_a_connection_waits_until_there_is_a_number_for_it(void **state)
{
    (void)state;
    static child c;
    child_run(&c, run_out_in_child, NULL);
    assert_string_equal(c.said, "");
    assert_int_equal(child_exit(&c), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_descriptor_is_adopted_by_one_at_a_time),
        cmocka_unit_test(test_a_file_is_written_whole_however_much_it_is),
        cmocka_unit_test(test_no_write_raises_sigpipe),
        cmocka_unit_test(test_no_call_is_interrupted),
        cmocka_unit_test(test_a_foreign_descriptor_is_adopted),
        cmocka_unit_test(test_what_cannot_be_waited_for_is_not_adopted),
        cmocka_unit_test(test_reads_go_on_behind_a_descriptor),
        cmocka_unit_test(test_reads_go_on_behind_an_urgent_byte),
        cmocka_unit_test(test_a_number_that_others_closed_is_ours_again),
        cmocka_unit_test(test_a_descriptor_outlives_a_run),
        cmocka_unit_test(test_a_connection_waits_until_there_is_a_number_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
