/* io_until_test.c: deadlines of input and output.
 *
 * Goal:   a call ends by its deadline and not before; what can be done at once is done whatever the
 *         deadline; what is left can be used as before.
 * Source: weft.h, "Input and output"; net.Conn.SetDeadline, but for each call. */
#include "wires.h"

/* A call has ended by the deadline, which has passed. */
static void check_late(ssize_t result, int64_t deadline_ns)
{
    assert_int_equal(result, -ETIMEDOUT);
    assert_true(weft_now() >= deadline_ns);
}

/* ---- reading ---- */

static void check_read_until(const int ends[2])
{
    char byte = 0;
    const int64_t deadline_ns = soon();
    check_late(weft_read(ends[1], &byte, 1, deadline_ns), deadline_ns);
    write_text(ends[0], "later");
    expect_text(ends[1], "later");
    shut_both(ends);
}

static void test_a_read_ends_by_its_deadline(void **state)
{
    (void)state;
    on_each_stream(check_read_until);
    on_pipe(check_read_until);
}

static void check_past(const int ends[2])
{
    char byte = 0;
    assert_int_equal(weft_read(ends[1], &byte, 1, 0), -ETIMEDOUT);
    assert_int_equal(weft_read(ends[1], &byte, 1, -1), -ETIMEDOUT);
    assert_int_equal(weft_read(ends[1], &byte, 1, INT64_MIN), -ETIMEDOUT);
    assert_int_equal(weft_read(ends[1], &byte, 1, weft_now()), -ETIMEDOUT);
    shut_both(ends);
}

static void test_a_deadline_in_the_past_does_not_wait(void **state)
{
    (void)state;
    on_each_stream(check_past);
    on_pipe(check_past);
}

/* What was written has come: poll says so. */
static void check_read_wins(const int ends[2])
{
    char byte = 0;
    write_text(ends[0], "abc");
    assert_int_equal(weft_poll(ends[1], POLLIN, WEFT_NEVER), POLLIN);
    assert_int_equal(weft_read(ends[1], &byte, 1, 0), 1);
    assert_int_equal(weft_read(ends[1], &byte, 1, weft_now() - 1), 1);
    assert_int_equal(byte, 'b');
    shut_both(ends);
}

static void test_what_is_there_is_read_whatever_the_deadline(void **state)
{
    (void)state;
    on_each_stream(check_read_wins);
    on_pipe(check_read_wins);
}

/* Here it comes when a read has just shown that nothing is there. */
static void check_read_wins_again(const int ends[2])
{
    for (int i = 0; i < 20; i++) {
        char buffer[8];
        write_text(ends[0], "x");
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1);
        write_text(ends[0], "y");
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, 0), 1);
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, 0), -ETIMEDOUT);
    }
    shut_both(ends);
}

static void test_what_has_just_come_is_read_whatever_the_deadline(void **state)
{
    (void)state;
    on_pair_and_pipe(check_read_wins_again);
}

static void check_end_wins(const int ends[2])
{
    char buffer[8];
    write_text(ends[0], "x");
    assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1);
    shut(ends[0]);
    assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, 0), 0);
    shut(ends[1]);
}

static void test_the_end_is_read_whatever_the_deadline(void **state)
{
    (void)state;
    on_pair_and_pipe(check_end_wins);
}

/* Either the byte or the deadline; the byte is not lost. */
static void check_race(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = soon()};
    START(&wg, call_read, &read);
    weft_sleep(SHORT_NS);
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    if (read.result != 1) {
        check_late(read.result, read.deadline_ns);
        expect_text(ends[1], "x");
    } else {
        assert_int_equal(byte, 'x');
    }
    shut_both(ends);
}

static void test_no_byte_is_lost_to_a_deadline(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        on_each_stream(check_race);
        on_pipe(check_race);
    }
}

static void check_never(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_sleep(SHORT_NS);
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    assert_int_equal(read.result, 1);
    shut_both(ends);
}

static void test_without_a_deadline_a_read_waits(void **state)
{
    (void)state;
    on_each_stream(check_never);
}

/* Each of them has a deadline of its own. */
static void check_two_readers(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    char other = 0;
    io_call patient = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    io_call hasty = {.fd = ends[1], .buffer = &other, .size = 1, .deadline_ns = soon()};
    START(&wg, call_read, &patient);
    call_read(&hasty);
    check_late(hasty.result, hasty.deadline_ns);
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    assert_int_equal(patient.result, 1);
    shut_both(ends);
}

static void test_a_deadline_is_that_of_one_call(void **state)
{
    (void)state;
    on_each_stream(check_two_readers);
    on_pipe(check_two_readers);
}

/* ---- writing ---- */

static void check_write_until(const int ends[2])
{
    const size_t size = fill(ends[0]);
    const int64_t deadline_ns = soon();
    check_late(weft_write(ends[0], "x", 1, deadline_ns), deadline_ns);
    drain(ends[1], size);
    write_text(ends[0], "later");
    expect_text(ends[1], "later");
    shut_both(ends);
}

static void test_a_write_ends_by_its_deadline(void **state)
{
    (void)state;
    on_pipe(check_write_until);
}

static void check_partial(const int ends[2])
{
    char *const data = pattern(BIG);
    const ssize_t n = weft_write(ends[0], data, BIG, soon());
    assert_in_range(n, 1, BIG - 1);
    char *const got = bytes((size_t)n);
    read_all(ends[1], got, (size_t)n);
    check_pattern(got, (size_t)n, 0);
    assert_int_equal(weft_read(ends[1], got, 1, 0), -ETIMEDOUT);
    free(data);
    free(got);
    shut_both(ends);
}

static void test_a_late_write_tells_how_much_was_taken(void **state)
{
    (void)state;
    on_pair_and_pipe(check_partial);
}

static void check_write_at_once(const int ends[2])
{
    assert_int_equal(weft_write(ends[0], "abc", 3, 0), 3);
    expect_text(ends[1], "abc");
    shut_both(ends);
}

static void test_what_has_room_is_written_whatever_the_deadline(void **state)
{
    (void)state;
    on_each_stream(check_write_at_once);
    on_pipe(check_write_at_once);
}

/* It waits for its turn, behind one that does not come to an end. */
static void check_turn(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    char byte = 0;
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    read_all(ends[1], &byte, 1);
    const int64_t deadline_ns = soon();
    check_late(weft_write(ends[0], "x", 1, deadline_ns), deadline_ns);
    assert_int_equal(weft_write(ends[0], "x", 1, 0), -ETIMEDOUT);
    drain(ends[1], BIG - 1);
    weft_waitgroup_wait(&wg);
    assert_int_equal(write.result, BIG);
    write_text(ends[0], "y");
    expect_text(ends[1], "y");
    free(data);
    shut_both(ends);
}

static void test_a_write_that_waits_for_others_ends_by_its_deadline(void **state)
{
    (void)state;
    on_pair_and_pipe(check_turn);
}

/* ---- the others ---- */

static void test_an_accept_ends_by_its_deadline(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int64_t deadline_ns = soon();
    check_late(weft_accept(listener, deadline_ns), deadline_ns);
    assert_int_equal(weft_accept(listener, 0), -ETIMEDOUT);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    shut_both((int[]){here, there});
    shut(listener);
}

static void test_a_waiting_connection_is_accepted_whatever_the_deadline(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    assert_int_equal(weft_poll(listener, POLLIN, WEFT_NEVER), POLLIN);
    shut(opened(weft_accept(listener, 0)));
    shut(here);
    shut(listener);
}

static void check_poll_until(const int ends[2])
{
    const int64_t deadline_ns = soon();
    check_late(weft_poll(ends[1], POLLIN, deadline_ns), deadline_ns);
    assert_int_equal(weft_poll(ends[1], POLLIN, 0), -ETIMEDOUT);
    shut_both(ends);
}

static void test_a_poll_ends_by_its_deadline(void **state)
{
    (void)state;
    on_each_stream(check_poll_until);
    on_pipe(check_poll_until);
}

static void test_a_receive_ends_by_its_deadline(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char byte = 0;
    const int fd = listen_at("udp:127.0.0.1:0", text);
    const int64_t deadline_ns = soon();
    check_late(weft_recvfrom(fd, &byte, 1, NULL, deadline_ns), deadline_ns);
    assert_int_equal(weft_recvfrom(fd, &byte, 1, NULL, 0), -ETIMEDOUT);
    shut(fd);
}

/* It may be connected at once. */
static void test_a_late_dial_leaves_nothing_behind(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int fd = weft_dial(text, 0);
    if (fd < 0) {
        assert_int_equal(fd, -ETIMEDOUT);
    } else {
        shut(fd);
    }
    shut(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_read_ends_by_its_deadline),
        weft_unit_test(test_a_deadline_in_the_past_does_not_wait),
        weft_unit_test(test_what_is_there_is_read_whatever_the_deadline),
        weft_unit_test(test_what_has_just_come_is_read_whatever_the_deadline),
        weft_unit_test(test_the_end_is_read_whatever_the_deadline),
        weft_unit_test(test_no_byte_is_lost_to_a_deadline),
        weft_unit_test(test_without_a_deadline_a_read_waits),
        weft_unit_test(test_a_deadline_is_that_of_one_call),
        weft_unit_test(test_a_write_ends_by_its_deadline),
        weft_unit_test(test_a_late_write_tells_how_much_was_taken),
        weft_unit_test(test_what_has_room_is_written_whatever_the_deadline),
        weft_unit_test(test_a_write_that_waits_for_others_ends_by_its_deadline),
        weft_unit_test(test_an_accept_ends_by_its_deadline),
        weft_unit_test(test_a_waiting_connection_is_accepted_whatever_the_deadline),
        weft_unit_test(test_a_poll_ends_by_its_deadline),
        weft_unit_test(test_a_receive_ends_by_its_deadline),
        weft_unit_test(test_a_late_dial_leaves_nothing_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
