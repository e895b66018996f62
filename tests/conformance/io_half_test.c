/* io_half_test.c: streams of which one direction has ended, or that are broken.
 *
 * Goal:   what shutdown and a peer that has gone mean for reads and writes, at once and for who
 *         waits; -EPIPE and -ECONNRESET.
 * Source: weft.h, weft_shutdown, weft_write; POSIX shutdown, send. */
#include "wires.h"

static void shut_down(int fd, int how)
{
    assert_int_equal(weft_shutdown(fd, how), 0);
}

/* ---- shutdown ---- */

static void check_half_close(const int ends[2])
{
    write_text(ends[0], "question");
    shut_down(ends[0], SHUT_WR);
    expect_text(ends[1], "question");
    expect_end(ends[1]);
    write_text(ends[1], "answer");
    expect_text(ends[0], "answer");
    shut_both(ends);
}

static void test_the_other_direction_goes_on_after_a_half_close(void **state)
{
    (void)state;
    on_each_stream(check_half_close);
}

/* A read that gets less than it asks for has drained the stream, but for its end. */
static void test_an_end_before_the_accept_is_read(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char got[16];
    ssize_t n = 1;
    ssize_t total = 0;
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    write_text(here, "early");
    shut_down(here, SHUT_WR);
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    while (n > 0) {
        n = weft_read(there, got, sizeof got, WEFT_NEVER);
        total += n;
    }
    assert_int_equal(total, 5);
    shut_both((int[]){here, there});
    shut(listener);
}

static void check_end_stays(const int ends[2])
{
    shut_down(ends[0], SHUT_WR);
    for (int i = 0; i < 3; i++) {
        expect_end(ends[1]);
    }
    shut_both(ends);
}

static void test_the_end_is_read_again_and_again(void **state)
{
    (void)state;
    on_each_stream(check_end_stays);
}

static void check_no_more_writes(const int ends[2])
{
    shut_down(ends[0], SHUT_WR);
    assert_int_equal(weft_write(ends[0], "x", 1, WEFT_NEVER), -EPIPE);
    shut_both(ends);
}

static void test_no_write_after_a_half_close(void **state)
{
    (void)state;
    on_each_stream(check_no_more_writes);
}

static void check_no_more_reads(const int ends[2])
{
    shut_down(ends[1], SHUT_RD);
    expect_end(ends[1]);
    write_text(ends[1], "still");
    expect_text(ends[0], "still");
    shut_both(ends);
}

static void test_a_read_ends_after_a_shutdown_of_reading(void **state)
{
    (void)state;
    on_each_stream(check_no_more_reads);
}

static void check_shutdown_of_both(const int ends[2])
{
    shut_down(ends[0], SHUT_RDWR);
    expect_end(ends[0]);
    expect_end(ends[1]);
    assert_int_equal(weft_write(ends[0], "x", 1, WEFT_NEVER), -EPIPE);
    shut_both(ends);
}

static void test_a_shutdown_of_both_directions(void **state)
{
    (void)state;
    on_each_stream(check_shutdown_of_both);
}

/* Who waits in a read of fds[0] while fds[1] is shut down. */
static void check_shutdown_ends_read(const int fds[2], int how)
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = fds[0], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_yield();
    shut_down(fds[1], how);
    weft_waitgroup_wait(&wg);
    assert_int_equal(read.result, 0);
}

static void check_peer_wakes(const int ends[2])
{
    check_shutdown_ends_read(ends, SHUT_WR);
    shut_both(ends);
}

static void test_a_half_close_wakes_the_peer(void **state)
{
    (void)state;
    on_each_stream(check_peer_wakes);
}

static void check_own_reader_wakes(const int ends[2])
{
    check_shutdown_ends_read((int[]){ends[0], ends[0]}, SHUT_RD);
    shut_both(ends);
}

static void test_a_shutdown_of_reading_wakes_the_reader(void **state)
{
    (void)state;
    on_each_stream(check_own_reader_wakes);
}

/* The read before has shown that nothing is there. */
static void check_shutdown_after_short_read(const int ends[2])
{
    char buffer[8];
    write_text(ends[0], "x");
    assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1);
    shut_down(ends[1], SHUT_RD);
    assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, 0), 0);
    shut_both(ends);
}

static void test_a_shutdown_of_reading_is_seen_at_once(void **state)
{
    (void)state;
    on_each_stream(check_shutdown_after_short_read);
}

static void check_own_writer_wakes(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    weft_yield();
    shut_down(ends[0], SHUT_WR);
    weft_waitgroup_wait(&wg);
    assert_true(write.result == -EPIPE || (write.result > 0 && write.result < BIG));
    free(data);
    shut_both(ends);
}

static void test_a_half_close_wakes_the_writer(void **state)
{
    (void)state;
    int ends[2];
    join_pair(ends);
    check_own_writer_wakes(ends);
    join_unix(ends);
    check_own_writer_wakes(ends);
}

/* Of TCP a peer that does not read is known only once it has answered. */
static void test_no_write_to_a_peer_that_does_not_read(void **state)
{
    (void)state;
    int ends[2];
    join_pair(ends);
    shut_down(ends[1], SHUT_RD);
    assert_int_equal(weft_write(ends[0], "x", 1, WEFT_NEVER), -EPIPE);
    write_text(ends[1], "still");
    expect_text(ends[0], "still");
    shut_both(ends);
}

static void check_reset_by_shut_peer(const int ends[2])
{
    ssize_t n = 0;
    shut_down(ends[0], SHUT_RDWR);
    expect_end(ends[1]);
    do {
        n = weft_write(ends[1], "x", 1, WEFT_NEVER);
    } while (n == 1);
    assert_int_equal(n, -EPIPE);
    expect_end(ends[1]);
    shut_both(ends);
}

static void test_what_comes_to_a_socket_that_is_shut_both_ways_resets_it(void **state)
{
    (void)state;
    on_tcp(check_reset_by_shut_peer);
}

static void check_nobody_there(const int ends[2])
{
    weft_address address;
    shut_down(ends[0], SHUT_WR);
    expect_end(ends[1]);
    shut_down(ends[1], SHUT_WR);
    expect_end(ends[0]);
    assert_int_equal(weft_peer_address(ends[0], &address), -ENOTCONN);
    assert_int_equal(weft_shutdown(ends[0], SHUT_RD), -ENOTCONN);
    expect_end(ends[0]);
    shut_both(ends);
}

static void test_a_connection_that_has_ended_both_ways_has_no_peer(void **state)
{
    (void)state;
    on_tcp(check_nobody_there);
}

static void check_how(const int ends[2])
{
    assert_int_equal(weft_shutdown(ends[0], SHUT_RDWR + 1), -EINVAL);
    assert_int_equal(weft_shutdown(ends[0], -1), -EINVAL);
    write_text(ends[0], "as before");
    expect_text(ends[1], "as before");
    shut_both(ends);
}

static void test_another_kind_of_shutdown_is_invalid(void **state)
{
    (void)state;
    on_each_stream(check_how);
}

static void check_not_a_socket(const int ends[2])
{
    assert_int_equal(weft_shutdown(ends[0], SHUT_WR), -ENOTSOCK);
    shut_both(ends);
}

static void test_a_pipe_is_not_shut_down(void **state)
{
    (void)state;
    on_pipe(check_not_a_socket);
}

/* ---- a peer that has gone ---- */

static void check_rest_then_end(const int ends[2])
{
    write_text(ends[0], "last words");
    shut(ends[0]);
    expect_text(ends[1], "last words");
    expect_end(ends[1]);
    shut(ends[1]);
}

static void test_what_was_written_is_read_after_the_close(void **state)
{
    (void)state;
    on_each_stream(check_rest_then_end);
    on_pipe(check_rest_then_end);
}

static void check_peer_close_wakes(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_yield();
    shut(ends[0]);
    weft_waitgroup_wait(&wg);
    assert_int_equal(read.result, 0);
    shut(ends[1]);
}

static void test_a_close_wakes_the_peer(void **state)
{
    (void)state;
    on_each_stream(check_peer_close_wakes);
    on_pipe(check_peer_close_wakes);
}

static bool is_broken(ssize_t result)
{
    return result == -EPIPE || result == -ECONNRESET;
}

/* The first writes may be taken before the peer's answer is here. */
static void check_write_to_closed(const int ends[2])
{
    ssize_t n = 1;
    shut(ends[1]);
    while (n == 1) {
        n = weft_write(ends[0], "x", 1, WEFT_NEVER);
    }
    assert_true(is_broken(n));
    assert_int_equal(weft_write(ends[0], "x", 1, WEFT_NEVER), -EPIPE);
    shut(ends[0]);
}

static void test_a_write_to_nobody_fails(void **state)
{
    (void)state;
    on_each_stream(check_write_to_closed);
    on_pipe(check_write_to_closed);
}

static void check_unread(const int ends[2])
{
    char byte = 0;
    write_text(ends[0], "never read");
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER) & POLLIN, POLLIN);
    shut(ends[1]);
    assert_int_equal(weft_read(ends[0], &byte, 1, WEFT_NEVER), -ECONNRESET);
    shut(ends[0]);
}

static void test_a_close_with_unread_bytes_resets(void **state)
{
    (void)state;
    on_each_stream(check_unread);
}

static void check_writer_of_closed(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    weft_yield();
    shut(ends[1]);
    weft_waitgroup_wait(&wg);
    assert_true(is_broken(write.result) || (write.result > 0 && write.result < BIG));
    free(data);
    shut(ends[0]);
}

static void test_a_close_of_the_reader_wakes_the_writer(void **state)
{
    (void)state;
    on_pair_and_pipe(check_writer_of_closed);
}

/* The write was under way: it tells how much was taken, the next one why not more. */
static void check_partial_write(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    char byte = 0;
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    read_all(ends[1], &byte, 1);
    shut(ends[1]);
    weft_waitgroup_wait(&wg);
    assert_in_range(write.result, 1, BIG - 1);
    const ssize_t next = weft_write(ends[0], "x", 1, WEFT_NEVER);
    assert_true(is_broken(next));
    free(data);
    shut(ends[0]);
}

static void test_a_write_that_breaks_off_tells_how_much_was_taken(void **state)
{
    (void)state;
    on_pair_and_pipe(check_partial_write);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_the_other_direction_goes_on_after_a_half_close),
        weft_unit_test(test_an_end_before_the_accept_is_read),
        weft_unit_test(test_the_end_is_read_again_and_again),
        weft_unit_test(test_no_write_after_a_half_close),
        weft_unit_test(test_a_read_ends_after_a_shutdown_of_reading),
        weft_unit_test(test_a_shutdown_of_both_directions),
        weft_unit_test(test_a_half_close_wakes_the_peer),
        weft_unit_test(test_a_shutdown_of_reading_wakes_the_reader),
        weft_unit_test(test_a_shutdown_of_reading_is_seen_at_once),
        weft_unit_test(test_a_half_close_wakes_the_writer),
        weft_unit_test(test_no_write_to_a_peer_that_does_not_read),
        weft_unit_test(test_what_comes_to_a_socket_that_is_shut_both_ways_resets_it),
        weft_unit_test(test_a_connection_that_has_ended_both_ways_has_no_peer),
        weft_unit_test(test_another_kind_of_shutdown_is_invalid),
        weft_unit_test(test_a_pipe_is_not_shut_down),
        weft_unit_test(test_what_was_written_is_read_after_the_close),
        weft_unit_test(test_a_close_wakes_the_peer),
        weft_unit_test(test_a_write_to_nobody_fails),
        weft_unit_test(test_a_close_with_unread_bytes_resets),
        weft_unit_test(test_a_close_of_the_reader_wakes_the_writer),
        weft_unit_test(test_a_write_that_breaks_off_tells_how_much_was_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
