/* io_adopt_test.c: descriptors that are given away and taken back.
 *
 * Goal:   a descriptor that is disowned is none of ours, and stays open; adopted again it is what
 *         it was, whatever kind that is.
 * Source: weft.h, weft_adopt, weft_disown. */
#include "wires.h"

#include <fcntl.h>

static void give_and_take(int fd)
{
    assert_int_equal(weft_disown(fd), 0);
    assert_int_equal(weft_poll(fd, POLLIN, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_adopt(fd), 0);
}

static void check_streams(const int ends[2])
{
    write_text(ends[0], "before");
    give_and_take(ends[0]);
    give_and_take(ends[1]);
    write_text(ends[0], " and after");
    expect_text(ends[1], "before and after");
    shut(ends[0]);
    expect_end(ends[1]);
    shut(ends[1]);
}

static void test_a_stream_is_adopted_again(void **state)
{
    (void)state;
    on_each_stream(check_streams);
    on_pipe(check_streams);
}

static void check_waits(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    char *const data = bytes(BIG);
    give_and_take(ends[0]);
    give_and_take(ends[1]);
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_yield();
    START(&wg, call_write, &write);
    drain(ends[1], BIG - 1);
    weft_waitgroup_wait(&wg);
    assert_int_equal(read.result, 1);
    assert_int_equal(write.result, BIG);
    free(data);
    shut_both(ends);
}

static void test_what_was_adopted_wakes_who_waits(void **state)
{
    (void)state;
    on_each_stream(check_waits);
    on_pipe(check_waits);
}

static void test_a_listener_is_adopted_again(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    give_and_take(listener);
    io_call accept = {.fd = listener, .deadline_ns = WEFT_NEVER};
    START(&wg, call_accept, &accept);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    weft_waitgroup_wait(&wg);
    shut_both((int[]){here, opened((int)accept.result)});
    shut(listener);
}

/* Whole datagrams: it is known for what it is. */
static void test_a_socket_of_datagrams_is_adopted_again(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char byte = 0;
    ssize_t n = -ETIMEDOUT;
    const int there = listen_at("udp:127.0.0.1:0", text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    give_and_take(there);
    give_and_take(here);
    while (n == -ETIMEDOUT) {
        write_text(here, "abc");
        n = weft_read(there, &byte, 1, weft_now() + WEFT_SECOND);
    }
    assert_int_equal(n, 1);
    n = weft_read(there, &byte, 1, 0);
    assert_true(n == -ETIMEDOUT || (n == 1 && byte == 'a'));
    shut_both((int[]){here, there});
}

static void test_a_file_is_adopted_again(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char buffer[8] = "";
    fresh(name, "io-adopt-");
    const int fd = opened(weft_open(name, O_RDWR | O_CREAT, 0600));
    write_text(fd, "abc");
    give_and_take(fd);
    assert_int_equal(weft_pread(fd, buffer, sizeof buffer, 0), 3);
    assert_string_equal(buffer, "abc");
    write_text(fd, "def");
    assert_int_equal(weft_file_size(fd), 6);
    shut(fd);
    assert_int_equal(weft_unlink(name), 0);
}

static void check_adopted_twice(const int ends[2])
{
    assert_int_equal(weft_adopt(ends[0]), -EEXIST);
    give_and_take(ends[0]);
    assert_int_equal(weft_adopt(ends[0]), -EEXIST);
    shut_both(ends);
}

static void test_what_is_ours_is_not_adopted(void **state)
{
    (void)state;
    on_each_stream(check_adopted_twice);
    on_pipe(check_adopted_twice);
}

static void call_adopt(void *arg)
{
    io_call *const c = arg;
    c->result = weft_adopt(c->fd);
}

static void check_adopted_by_several(const int ends[2])
{
    enum { SEVERAL = 4 };
    weft_waitgroup wg = {{0}};
    io_call adopts[SEVERAL];
    ssize_t sum = 0;
    assert_int_equal(weft_disown(ends[0]), 0);
    for (int i = 0; i < SEVERAL; i++) {
        adopts[i] = (io_call){.fd = ends[0]};
        START(&wg, call_adopt, &adopts[i]);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < SEVERAL; i++) {
        assert_true(adopts[i].result == 0 || adopts[i].result == -EEXIST);
        sum += adopts[i].result;
    }
    assert_int_equal(sum, (SEVERAL - 1) * -EEXIST);
    write_text(ends[0], "ours");
    expect_text(ends[1], "ours");
    shut_both(ends);
}

static void test_one_of_several_adopts(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        on_each_stream(check_adopted_by_several);
    }
}

static void test_a_number_without_a_descriptor_is_not_adopted(void **state)
{
    (void)state;
    assert_int_equal(weft_adopt(-1), -EBADF);
    int ends[2];
    join_pair(ends);
    shut_both(ends);
    assert_int_equal(weft_adopt(ends[0]), -EBADF);
}

static void check_disowned_twice(const int ends[2])
{
    assert_int_equal(weft_disown(ends[0]), 0);
    assert_int_equal(weft_disown(ends[0]), -EBADF);
    assert_int_equal(weft_close(ends[0]), -EBADF);
    assert_int_equal(weft_adopt(ends[0]), 0);
    shut_both(ends);
}

static void test_what_is_not_ours_is_not_disowned_or_closed(void **state)
{
    (void)state;
    on_each_stream(check_disowned_twice);
    on_pipe(check_disowned_twice);
}

static void check_disown_wakes(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_yield();
    assert_int_equal(weft_disown(ends[1]), 0);
    weft_waitgroup_wait(&wg);
    assert_true(read.result == -ECANCELED || read.result == -EBADF);
    assert_int_equal(weft_adopt(ends[1]), 0);
    write_text(ends[0], "x");
    expect_text(ends[1], "x");
    shut_both(ends);
}

static void test_who_waits_for_what_is_disowned_is_woken(void **state)
{
    (void)state;
    on_each_stream(check_disown_wakes);
    on_pipe(check_disown_wakes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_stream_is_adopted_again),
        weft_unit_test(test_what_was_adopted_wakes_who_waits),
        weft_unit_test(test_a_listener_is_adopted_again),
        weft_unit_test(test_a_socket_of_datagrams_is_adopted_again),
        weft_unit_test(test_a_file_is_adopted_again),
        weft_unit_test(test_what_is_ours_is_not_adopted),
        weft_unit_test(test_one_of_several_adopts),
        weft_unit_test(test_a_number_without_a_descriptor_is_not_adopted),
        weft_unit_test(test_what_is_not_ours_is_not_disowned_or_closed),
        weft_unit_test(test_who_waits_for_what_is_disowned_is_woken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
