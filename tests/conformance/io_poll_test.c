/* io_poll_test.c: waiting for a descriptor without reading or writing.
 *
 * Goal:   what is ready is told, at once and to who waits, with ends and errors; waiting takes
 *         nothing from the stream.
 * Source: weft.h, weft_poll; POSIX poll. */
#include "wires.h"

#include <fcntl.h>

static void check_in(const int ends[2])
{
    write_text(ends[0], "x");
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER), POLLIN);
    assert_int_equal(weft_poll(ends[1], POLLIN, 0), POLLIN);
    expect_text(ends[1], "x");
    assert_int_equal(weft_poll(ends[1], POLLIN, 0), -ETIMEDOUT);
    shut_both(ends);
}

static void test_bytes_are_ready_until_they_are_read(void **state)
{
    (void)state;
    on_each_stream(check_in);
    on_pipe(check_in);
}

static void check_out(const int ends[2])
{
    assert_int_equal(weft_poll(ends[0], POLLOUT, WEFT_NEVER), POLLOUT);
    assert_int_equal(weft_poll(ends[0], POLLOUT, 0), POLLOUT);
    shut_both(ends);
}

static void test_an_empty_stream_can_be_written(void **state)
{
    (void)state;
    on_each_stream(check_out);
    on_pipe(check_out);
}

static void check_full(const int ends[2])
{
    (void)fill(ends[0]);
    assert_int_equal(weft_poll(ends[0], POLLOUT, 0), -ETIMEDOUT);
    assert_int_equal(weft_poll(ends[0], POLLOUT, soon()), -ETIMEDOUT);
    shut_both(ends);
}

static void test_a_full_one_cannot(void **state)
{
    (void)state;
    on_pipe(check_full);
}

static void check_both(const int ends[2])
{
    const short both = POLLIN | POLLOUT;
    assert_int_equal(weft_poll(ends[1], both, WEFT_NEVER), POLLOUT);
    write_text(ends[0], "x");
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER), POLLIN);
    assert_int_equal(weft_poll(ends[1], both, WEFT_NEVER), both);
    shut_both(ends);
}

static void test_both_are_told_at_once(void **state)
{
    (void)state;
    on_each_stream(check_both);
}

static void check_waiting(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    io_call poll_in = {.fd = ends[1], .events = POLLIN, .deadline_ns = WEFT_NEVER};
    START(&wg, call_poll, &poll_in);
    weft_yield();
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    assert_int_equal(poll_in.result, POLLIN);
    expect_text(ends[1], "x");
    shut_both(ends);
}

static void test_a_poll_waits_for_bytes(void **state)
{
    (void)state;
    on_each_stream(check_waiting);
    on_pipe(check_waiting);
}

static void check_waiting_for_room(const int ends[2], short events)
{
    weft_waitgroup wg = {{0}};
    const size_t size = fill(ends[0]);
    io_call poll_out = {.fd = ends[0], .events = events, .deadline_ns = WEFT_NEVER};
    START(&wg, call_poll, &poll_out);
    weft_yield();
    drain(ends[1], size);
    weft_waitgroup_wait(&wg);
    assert_int_equal(poll_out.result, POLLOUT);
    assert_int_equal(weft_write(ends[0], "x", 1, 0), 1);
    shut_both(ends);
}

static void check_room(const int ends[2])
{
    check_waiting_for_room(ends, POLLOUT);
}

static void check_room_or_bytes(const int ends[2])
{
    check_waiting_for_room(ends, POLLIN | POLLOUT);
}

static void test_a_poll_waits_for_room(void **state)
{
    (void)state;
    on_pair_and_pipe(check_room);
}

static void test_a_poll_for_both_waits_for_either(void **state)
{
    (void)state;
    int ends[2];
    join_pair(ends);
    check_room_or_bytes(ends);
}

static void check_several(const int ends[2])
{
    enum { POLLERS = 4 };
    weft_waitgroup wg = {{0}};
    io_call polls[POLLERS];
    for (int i = 0; i < POLLERS; i++) {
        polls[i] = (io_call){.fd = ends[1], .events = POLLIN, .deadline_ns = WEFT_NEVER};
        START(&wg, call_poll, &polls[i]);
    }
    weft_yield();
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < POLLERS; i++) {
        assert_int_equal(polls[i].result, POLLIN);
    }
    shut_both(ends);
}

static void test_all_who_poll_are_told(void **state)
{
    (void)state;
    on_each_stream(check_several);
    on_pipe(check_several);
}

/* ---- ends ---- */

static void check_end(const int ends[2])
{
    assert_int_equal(weft_shutdown(ends[0], SHUT_WR), 0);
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER), POLLIN);
    expect_end(ends[1]);
    shut_both(ends);
}

static void test_the_end_can_be_read(void **state)
{
    (void)state;
    on_each_stream(check_end);
}

static void check_gone(const int ends[2])
{
    shut(ends[0]);
    assert_int_not_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER) & (POLLIN | POLLHUP), 0);
    expect_end(ends[1]);
    shut(ends[1]);
}

static void test_a_peer_that_has_gone_is_told(void **state)
{
    (void)state;
    on_each_stream(check_gone);
    on_pipe(check_gone);
}

static void check_gone_while_waiting(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    io_call poll_in = {.fd = ends[1], .events = POLLIN, .deadline_ns = WEFT_NEVER};
    START(&wg, call_poll, &poll_in);
    weft_yield();
    shut(ends[0]);
    weft_waitgroup_wait(&wg);
    assert_int_not_equal(poll_in.result & (POLLIN | POLLHUP), 0);
    shut(ends[1]);
}

static void test_a_peer_that_goes_wakes_who_polls(void **state)
{
    (void)state;
    on_each_stream(check_gone_while_waiting);
    on_pipe(check_gone_while_waiting);
}

/* Both ends of both directions. */
static void check_hang_up(const int ends[2])
{
    assert_int_equal(weft_shutdown(ends[0], SHUT_RDWR), 0);
    expect_end(ends[1]);
    assert_int_equal(weft_shutdown(ends[1], SHUT_RDWR), 0);
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER) & POLLHUP, POLLHUP);
    shut_both(ends);
}

static void test_a_connection_that_is_down_hangs_up(void **state)
{
    (void)state;
    on_each_stream(check_hang_up);
}

static void check_no_reader(const int ends[2])
{
    (void)fill(ends[0]);
    shut(ends[1]);
    assert_int_equal(weft_poll(ends[0], POLLOUT, WEFT_NEVER) & POLLERR, POLLERR);
    shut(ends[0]);
}

static void test_a_pipe_that_nobody_reads_is_in_error(void **state)
{
    (void)state;
    on_pipe(check_no_reader);
}

static void check_reset(const int ends[2])
{
    write_text(ends[0], "never read");
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER), POLLIN);
    shut(ends[1]);
    const int ready = weft_poll(ends[0], POLLIN, WEFT_NEVER);
    assert_int_equal(ready & (POLLIN | POLLERR | POLLHUP), ready);
    assert_int_equal(ready & POLLERR, POLLERR);
    shut(ends[0]);
}

static void test_a_reset_is_an_error(void **state)
{
    (void)state;
    on_tcp(check_reset);
}

/* ---- the rest ---- */

static void test_a_listener_is_ready_when_somebody_waits(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    assert_int_equal(weft_poll(listener, POLLIN, 0), -ETIMEDOUT);
    io_call poll_in = {.fd = listener, .events = POLLIN, .deadline_ns = WEFT_NEVER};
    START(&wg, call_poll, &poll_in);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    weft_waitgroup_wait(&wg);
    assert_int_equal(poll_in.result, POLLIN);
    shut(opened(weft_accept(listener, 0)));
    assert_int_equal(weft_poll(listener, POLLIN, 0), -ETIMEDOUT);
    shut(here);
    shut(listener);
}

static void test_a_socket_of_datagrams_is_ready_when_one_is_there(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int there = listen_at("udp:127.0.0.1:0", text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    assert_int_equal(weft_poll(here, POLLOUT, WEFT_NEVER), POLLOUT);
    io_call poll_in = {.fd = there, .events = POLLIN, .deadline_ns = WEFT_NEVER};
    START(&wg, call_poll, &poll_in);
    weft_yield();
    write_text(here, "x");
    weft_waitgroup_wait(&wg);
    assert_int_equal(poll_in.result, POLLIN);
    shut_both((int[]){here, there});
}

static void test_a_file_is_always_ready(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "io-poll-");
    const int fd = opened(weft_open(name, O_RDWR | O_CREAT, 0600));
    assert_int_equal(weft_poll(fd, POLLIN, 0), POLLIN);
    assert_int_equal(weft_poll(fd, POLLOUT, WEFT_NEVER), POLLOUT);
    assert_int_equal(weft_poll(fd, POLLIN | POLLOUT, WEFT_NEVER), POLLIN | POLLOUT);
    shut(fd);
    assert_int_equal(weft_unlink(name), 0);
}

static void check_other_events(const int ends[2])
{
    assert_int_equal(weft_poll(ends[0], 0, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_poll(ends[0], POLLERR, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_poll(ends[0], POLLIN | POLLHUP, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_poll(ends[0], -1, WEFT_NEVER), -EINVAL);
    shut_both(ends);
}

static void test_other_events_are_invalid(void **state)
{
    (void)state;
    on_tcp(check_other_events);
}

static void check_small_write_fits(const int ends[2])
{
    char byte = 0;
    (void)fill(ends[0]);
    assert_int_equal(weft_read(ends[1], &byte, 1, WEFT_NEVER), 1);
    assert_int_equal(weft_poll(ends[0], POLLOUT, 0), -ETIMEDOUT);
    shut_both(ends);
}

static void test_a_pipe_can_be_written_when_a_small_write_fits(void **state)
{
    (void)state;
    on_pipe(check_small_write_fits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_bytes_are_ready_until_they_are_read),
        weft_unit_test(test_an_empty_stream_can_be_written),
        weft_unit_test(test_a_full_one_cannot),
        weft_unit_test(test_a_pipe_can_be_written_when_a_small_write_fits),
        weft_unit_test(test_both_are_told_at_once),
        weft_unit_test(test_a_poll_waits_for_bytes),
        weft_unit_test(test_a_poll_waits_for_room),
        weft_unit_test(test_a_poll_for_both_waits_for_either),
        weft_unit_test(test_all_who_poll_are_told),
        weft_unit_test(test_the_end_can_be_read),
        weft_unit_test(test_a_peer_that_has_gone_is_told),
        weft_unit_test(test_a_peer_that_goes_wakes_who_polls),
        weft_unit_test(test_a_connection_that_is_down_hangs_up),
        weft_unit_test(test_a_pipe_that_nobody_reads_is_in_error),
        weft_unit_test(test_a_reset_is_an_error),
        weft_unit_test(test_a_listener_is_ready_when_somebody_waits),
        weft_unit_test(test_a_socket_of_datagrams_is_ready_when_one_is_there),
        weft_unit_test(test_a_file_is_always_ready),
        weft_unit_test(test_other_events_are_invalid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
