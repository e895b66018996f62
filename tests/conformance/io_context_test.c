/* io_context_test.c: contexts in place of deadlines.
 *
 * Goal:   each call ends with its context, by cancellation, deadline or parent, before or while it
 *         waits; and without a limit where the context is NULL.
 * Method: every weft_context_* call stands in one table, with what makes it wait.
 * Source: weft.h, weft_context_accept to weft_context_poll; context package docs. */
#include "wires.h"

/* A call that waits, and what it waits on: fd, and whatever keeps it waiting. */
typedef struct bench {
    int fd;
    int other; /* -1: none */
    char *data;
    weft_context *context;
    ssize_t result;
} bench;

typedef struct waiting_call {
    void (*lay)(bench *b);
    weft_fn *call;
} waiting_call;

static void lay_listener(bench *b)
{
    char text[WEFT_ADDRESS_TEXT];
    b->fd = listen_here(text);
}

static void lay_empty(bench *b)
{
    int ends[2];
    join_tcp(ends);
    b->fd = ends[1];
    b->other = ends[0];
}

static void lay_full(bench *b)
{
    int ends[2];
    join_pair(ends);
    b->fd = ends[0];
    b->other = ends[1];
    (void)fill(b->fd);
}

static void lay_socket(bench *b)
{
    char text[WEFT_ADDRESS_TEXT];
    b->fd = listen_at("udp:127.0.0.1:0", text);
}

static void do_accept(void *arg)
{
    bench *const b = arg;
    b->result = weft_context_accept(b->context, b->fd);
}

static void do_read(void *arg)
{
    bench *const b = arg;
    char byte = 0;
    b->result = weft_context_read(b->context, b->fd, &byte, 1);
}

static void do_readv(void *arg)
{
    bench *const b = arg;
    char byte = 0;
    b->result = weft_context_readv(b->context, b->fd, &(struct iovec){&byte, 1}, 1);
}

static void do_write(void *arg)
{
    bench *const b = arg;
    b->result = weft_context_write(b->context, b->fd, b->data, BIG);
}

static void do_writev(void *arg)
{
    bench *const b = arg;
    b->result = weft_context_writev(b->context, b->fd, &(struct iovec){b->data, BIG}, 1);
}

static void do_recvfrom(void *arg)
{
    bench *const b = arg;
    char byte = 0;
    b->result = weft_context_recvfrom(b->context, b->fd, &byte, 1, NULL);
}

static void do_poll(void *arg)
{
    bench *const b = arg;
    b->result = weft_context_poll(b->context, b->fd, POLLIN);
}

static const waiting_call calls[] = {
    {lay_listener, do_accept}, {lay_empty, do_read},    {lay_empty, do_readv},
    {lay_full, do_write},      {lay_full, do_writev},   {lay_socket, do_recvfrom},
    {lay_empty, do_poll},      {lay_listener, do_poll},
};
enum { CALLS = sizeof calls / sizeof *calls };

static bench laid(const waiting_call *call, weft_context *context)
{
    bench b = {.fd = -1, .other = -1, .data = bytes(BIG), .context = context};
    call->lay(&b);
    return b;
}

static void put_away(const bench *b)
{
    free(b->data);
    shut(b->fd);
    if (b->other >= 0) {
        shut(b->other);
    }
}

static weft_context *with_cancel(weft_context *parent)
{
    weft_context *const context = weft_context_with_cancel(parent);
    assert_non_null(context);
    return context;
}

static weft_context *with_timeout(weft_context *parent)
{
    weft_context *const context = weft_context_with_timeout(parent, SHORT_NS);
    assert_non_null(context);
    return context;
}

/* ---- each of the calls ---- */

static void test_a_cancelled_context_does_not_let_wait(void **state)
{
    (void)state;
    weft_context *const context = with_cancel(NULL);
    weft_context_cancel(context);
    for (size_t i = 0; i < CALLS; i++) {
        bench b = laid(&calls[i], context);
        calls[i].call(&b);
        assert_int_equal(b.result, -ECANCELED);
        put_away(&b);
    }
    weft_context_release(context);
}

static void check_cancelled_while_waiting(const waiting_call *call)
{
    weft_waitgroup wg = {{0}};
    weft_context *const context = with_cancel(NULL);
    bench b = laid(call, context);
    START(&wg, call->call, &b);
    weft_yield();
    weft_context_cancel(context);
    weft_waitgroup_wait(&wg);
    assert_int_equal(b.result, -ECANCELED);
    put_away(&b);
    weft_context_release(context);
}

static void test_a_cancel_wakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        check_cancelled_while_waiting(&calls[i]);
    }
}

static void test_a_context_ends_a_call_by_its_deadline(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        const int64_t deadline_ns = soon();
        weft_context *const context = weft_context_with_deadline(NULL, deadline_ns);
        assert_non_null(context);
        bench b = laid(&calls[i], context);
        calls[i].call(&b);
        assert_int_equal(b.result, -ETIMEDOUT);
        assert_true(weft_now() >= deadline_ns);
        put_away(&b);
        weft_context_release(context);
    }
}

static void test_a_context_that_has_expired_does_not_let_wait(void **state)
{
    (void)state;
    weft_context *const context = weft_context_with_deadline(NULL, weft_now() - 1);
    assert_non_null(context);
    for (size_t i = 0; i < CALLS; i++) {
        bench b = laid(&calls[i], context);
        calls[i].call(&b);
        assert_int_equal(b.result, -ETIMEDOUT);
        put_away(&b);
    }
    weft_context_release(context);
}

static void test_a_call_ends_with_the_parent_of_its_context(void **state)
{
    (void)state;
    for (size_t i = 0; i < CALLS; i++) {
        weft_waitgroup wg = {{0}};
        weft_context *const parent = with_cancel(NULL);
        weft_context *const context = with_cancel(parent);
        bench b = laid(&calls[i], context);
        START(&wg, calls[i].call, &b);
        weft_yield();
        weft_context_cancel(parent);
        weft_waitgroup_wait(&wg);
        assert_int_equal(b.result, -ECANCELED);
        put_away(&b);
        weft_context_release(context);
        weft_context_release(parent);
    }
}

static void test_a_close_wakes_who_has_a_context(void **state)
{
    (void)state;
    weft_context *const context = with_cancel(NULL);
    for (size_t i = 0; i < CALLS; i++) {
        weft_waitgroup wg = {{0}};
        bench b = laid(&calls[i], context);
        START(&wg, calls[i].call, &b);
        weft_yield();
        shut(b.fd);
        weft_waitgroup_wait(&wg);
        assert_true(b.result == -ECANCELED || b.result == -EBADF);
        free(b.data);
        if (b.other >= 0) {
            shut(b.other);
        }
    }
    assert_int_equal(weft_context_err(context), 0);
    weft_context_release(context);
}

/* ---- what can be done is done ---- */

static void check_transfer(weft_context *context)
{
    int ends[2];
    char bytes_read[4] = "";
    struct iovec piece = {bytes_read + 1, 1};
    join_tcp(ends);
    assert_int_equal(weft_context_write(context, ends[0], "a", 1), 1);
    assert_int_equal(weft_context_writev(context, ends[0], &(struct iovec){"bc", 2}, 1), 2);
    assert_int_equal(weft_context_poll(NULL, ends[1], POLLIN), POLLIN);
    assert_int_equal(weft_context_poll(context, ends[1], POLLIN), POLLIN);
    assert_int_equal(weft_context_read(NULL, ends[1], bytes_read, 1), 1);
    assert_int_equal(weft_context_readv(NULL, ends[1], &piece, 1), 1);
    assert_string_equal(bytes_read, "ab");
    shut_both(ends);
}

static void test_without_a_context_there_is_no_limit(void **state)
{
    (void)state;
    check_transfer(NULL);
}

static void test_a_context_that_lives_changes_nothing(void **state)
{
    (void)state;
    weft_context *const context = with_cancel(NULL);
    check_transfer(context);
    weft_context_release(context);
}

static void test_what_can_be_done_is_done_though_cancelled(void **state)
{
    (void)state;
    weft_context *const context = with_cancel(NULL);
    weft_context_cancel(context);
    check_transfer(context);
    weft_context_release(context);
}

/* Also when a read before has shown that nothing was there. */
static void test_what_has_just_come_is_read_though_cancelled(void **state)
{
    (void)state;
    int ends[2];
    char buffer[8];
    weft_context *const context = with_cancel(NULL);
    join_pair(ends);
    write_text(ends[0], "x");
    assert_int_equal(weft_context_read(context, ends[1], buffer, sizeof buffer), 1);
    write_text(ends[0], "y");
    weft_context_cancel(context);
    assert_int_equal(weft_context_read(context, ends[1], buffer, sizeof buffer), 1);
    assert_int_equal(weft_context_read(context, ends[1], buffer, sizeof buffer), -ECANCELED);
    shut_both(ends);
    weft_context_release(context);
}

static void test_datagrams_within_a_context(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char byte = 0;
    weft_address to;
    weft_context *const context = with_cancel(NULL);
    const int there = listen_at("udp:127.0.0.1:0", text);
    const int here = opened(weft_context_dial(context, text));
    assert_int_equal(weft_local_address(there, &to), 0);
    assert_int_equal(weft_context_sendto(context, here, "x", 1, NULL), 1);
    assert_int_equal(weft_context_recvfrom(context, there, &byte, 1, NULL), 1);
    assert_int_equal(byte, 'x');
    shut_both((int[]){here, there});
    weft_context_release(context);
}

static void test_connections_within_a_context(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_context *const context = with_cancel(NULL);
    const int listener = listen_here(text);
    const int here = opened(weft_context_dial(context, text));
    const int there = opened(weft_context_accept(context, listener));
    write_text(here, "x");
    expect_text(there, "x");
    shut_both((int[]){here, there});
    shut(listener);
    assert_int_equal(weft_context_dial(context, text), -ECONNREFUSED);
    weft_context_release(context);
}

/* It may be connected at once. */
static void test_a_dial_that_is_cancelled_leaves_nothing_behind(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_context *const context = with_cancel(NULL);
    const int listener = listen_here(text);
    weft_context_cancel(context);
    const int fd = weft_context_dial(context, text);
    if (fd < 0) {
        assert_int_equal(fd, -ECANCELED);
    } else {
        shut(fd);
    }
    shut(listener);
    weft_context_release(context);
}

/* ---- both at once, and afterwards ---- */

static void check_cancel_and_byte(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    weft_context *const context = with_cancel(NULL);
    bench b = {.fd = ends[1], .context = context};
    START(&wg, do_read, &b);
    weft_yield();
    write_text(ends[0], "x");
    weft_context_cancel(context);
    weft_waitgroup_wait(&wg);
    if (b.result != 1) {
        assert_int_equal(b.result, -ECANCELED);
        expect_text(ends[1], "x");
    }
    shut_both(ends);
    weft_context_release(context);
}

static void test_no_byte_is_lost_to_a_cancel(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        on_each_stream(check_cancel_and_byte);
        on_pipe(check_cancel_and_byte);
    }
}

static void check_used_after_cancel(const int ends[2])
{
    weft_context *const context = with_timeout(NULL);
    bench b = {.fd = ends[1], .context = context};
    do_read(&b);
    assert_int_equal(b.result, -ETIMEDOUT);
    write_text(ends[0], "later");
    expect_text(ends[1], "later");
    shut_both(ends);
    weft_context_release(context);
}

static void test_a_descriptor_is_as_before_after_a_context(void **state)
{
    (void)state;
    on_each_stream(check_used_after_cancel);
    on_pipe(check_used_after_cancel);
}

static void check_partial(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    bench b = {.fd = ends[0], .data = bytes(BIG), .context = with_cancel(NULL)};
    START(&wg, do_write, &b);
    read_all(ends[1], &byte, 1);
    weft_context_cancel(b.context);
    weft_waitgroup_wait(&wg);
    assert_in_range(b.result, 1, BIG - 1);
    free(b.data);
    shut_both(ends);
    weft_context_release(b.context);
}

static void test_a_cancelled_write_tells_how_much_was_taken(void **state)
{
    (void)state;
    on_pair_and_pipe(check_partial);
}

/* One context for several calls, on several descriptors. */
static void test_a_cancel_ends_all_calls_of_its_context(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    bench benches[CALLS];
    weft_context *const context = with_cancel(NULL);
    for (size_t i = 0; i < CALLS; i++) {
        benches[i] = laid(&calls[i], context);
        START(&wg, calls[i].call, &benches[i]);
    }
    weft_context_cancel(context);
    weft_waitgroup_wait(&wg);
    for (size_t i = 0; i < CALLS; i++) {
        assert_int_equal(benches[i].result, -ECANCELED);
        put_away(&benches[i]);
    }
    weft_context_release(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_cancelled_context_does_not_let_wait),
        weft_unit_test(test_a_cancel_wakes),
        weft_unit_test(test_a_context_ends_a_call_by_its_deadline),
        weft_unit_test(test_a_context_that_has_expired_does_not_let_wait),
        weft_unit_test(test_a_call_ends_with_the_parent_of_its_context),
        weft_unit_test(test_a_close_wakes_who_has_a_context),
        weft_unit_test(test_without_a_context_there_is_no_limit),
        weft_unit_test(test_a_context_that_lives_changes_nothing),
        weft_unit_test(test_what_can_be_done_is_done_though_cancelled),
        weft_unit_test(test_what_has_just_come_is_read_though_cancelled),
        weft_unit_test(test_datagrams_within_a_context),
        weft_unit_test(test_connections_within_a_context),
        weft_unit_test(test_a_dial_that_is_cancelled_leaves_nothing_behind),
        weft_unit_test(test_no_byte_is_lost_to_a_cancel),
        weft_unit_test(test_a_descriptor_is_as_before_after_a_context),
        weft_unit_test(test_a_cancelled_write_tells_how_much_was_taken),
        weft_unit_test(test_a_cancel_ends_all_calls_of_its_context),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
