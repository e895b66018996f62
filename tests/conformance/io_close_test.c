/* io_close_test.c: closing a descriptor that others use.
 *
 * Goal:   whoever waits is woken with -ECANCELED, and when the close returns nobody uses the number
 *         any more, whatever has got it since.
 * Source: weft.h, weft_close. */
#include "wires.h"

#include <limits.h>

enum { WAITERS = 3 };

/* By the close, of a large write perhaps after some bytes; or it came too late. */
static bool is_cut_off(const io_call *c)
{
    return c->result == -ECANCELED || c->result == -EBADF ||
           (c->size == BIG && c->result > 0 && c->result < BIG);
}

/* Several goroutines wait in fn, or are about to. */
static void check_close_wakes(weft_fn *fn, const io_call *like)
{
    weft_waitgroup wg = {{0}};
    io_call calls[WAITERS];
    char buffers[WAITERS][8];
    for (int i = 0; i < WAITERS; i++) {
        calls[i] = *like;
        calls[i].buffer = like->buffer == NULL ? buffers[i] : like->buffer;
        calls[i].deadline_ns = WEFT_NEVER;
        START(&wg, fn, &calls[i]);
    }
    weft_yield();
    shut(like->fd);
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < WAITERS; i++) {
        assert_true(is_cut_off(&calls[i]));
    }
}

static void check_readers(const int ends[2])
{
    check_close_wakes(call_read, &(io_call){.fd = ends[1], .size = 1});
    shut(ends[0]);
}

static void test_a_close_wakes_readers(void **state)
{
    (void)state;
    on_each_stream(check_readers);
    on_pipe(check_readers);
}

static void test_a_close_wakes_acceptors(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    check_close_wakes(call_accept, &(io_call){.fd = listen_here(text)});
}

static void check_pollers(const int ends[2])
{
    check_close_wakes(call_poll, &(io_call){.fd = ends[1], .events = POLLIN});
    shut(ends[0]);
}

static void test_a_close_wakes_pollers(void **state)
{
    (void)state;
    on_each_stream(check_pollers);
    on_pipe(check_pollers);
}

static void check_pollers_of_both(const int ends[2])
{
    (void)fill(ends[0]);
    check_close_wakes(call_poll, &(io_call){.fd = ends[0], .events = POLLIN | POLLOUT});
    shut(ends[1]);
}

static void test_a_close_wakes_pollers_of_both(void **state)
{
    (void)state;
    int ends[2];
    join_pair(ends);
    check_pollers_of_both(ends);
}

static void test_a_close_wakes_receivers_of_datagrams(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    check_close_wakes(call_recvfrom, &(io_call){.fd = listen_at("udp:127.0.0.1:0", text)});
}

/* One of them is in the middle of its bytes; the others wait for their turn. */
static void check_writers(const int ends[2])
{
    char *const data = bytes(BIG);
    (void)fill(ends[0]);
    check_close_wakes(call_write, &(io_call){.fd = ends[0], .buffer = data, .size = BIG});
    free(data);
    shut(ends[1]);
}

static void test_a_close_wakes_writers(void **state)
{
    (void)state;
    on_pair_and_pipe(check_writers);
}

static void check_partial_count(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    char byte = 0;
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    read_all(ends[1], &byte, 1);
    shut(ends[0]);
    weft_waitgroup_wait(&wg);
    assert_in_range(write.result, 1, BIG - 1);
    free(data);
    shut(ends[1]);
}

static void test_a_write_that_is_cut_off_tells_how_much_was_taken(void **state)
{
    (void)state;
    on_pair_and_pipe(check_partial_count);
}

/* ---- twice, and afterwards ---- */

static void check_second_close(const int ends[2])
{
    shut_both(ends);
    assert_int_equal(weft_close(ends[0]), -EBADF);
    assert_int_equal(weft_close(ends[1]), -EBADF);
}

static void test_the_second_close_is_of_nothing(void **state)
{
    (void)state;
    on_each_stream(check_second_close);
    on_pipe(check_second_close);
}

static void check_closes_at_once(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    io_call closes[WAITERS];
    ssize_t sum = 0;
    for (int i = 0; i < WAITERS; i++) {
        closes[i] = (io_call){.fd = ends[0]};
        START(&wg, call_close, &closes[i]);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < WAITERS; i++) {
        assert_true(closes[i].result == 0 || closes[i].result == -EBADF);
        sum += closes[i].result;
    }
    assert_int_equal(sum, (WAITERS - 1) * -EBADF);
    shut(ends[1]);
}

static void test_one_of_several_closes_closes(void **state)
{
    (void)state;
    on_each_stream(check_closes_at_once);
}

static void check_bad(int fd)
{
    char byte = 0;
    const struct iovec piece = {&byte, 1};
    weft_address address;
    assert_int_equal(weft_read(fd, &byte, 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_write(fd, &byte, 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_readv(fd, &piece, 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_writev(fd, &piece, 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_recvfrom(fd, &byte, 1, NULL, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_sendto(fd, &byte, 1, NULL, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_accept(fd, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_poll(fd, POLLIN, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_shutdown(fd, SHUT_WR), -EBADF);
    assert_int_equal(weft_local_address(fd, &address), -EBADF);
    assert_int_equal(weft_peer_address(fd, &address), -EBADF);
    assert_int_equal(weft_close(fd), -EBADF);
    assert_int_equal(weft_disown(fd), -EBADF);
    assert_int_equal(weft_pread(fd, &byte, 1, 0), -EBADF);
    assert_int_equal(weft_pwrite(fd, &byte, 1, 0), -EBADF);
    assert_int_equal(weft_fsync(fd), -EBADF);
    assert_int_equal(weft_ftruncate(fd, 0), -EBADF);
    assert_int_equal(weft_file_size(fd), -EBADF);
}

static void check_closed(const int ends[2])
{
    shut_both(ends);
    check_bad(ends[0]);
}

static void test_no_call_on_what_is_closed(void **state)
{
    (void)state;
    on_each_stream(check_closed);
    on_pipe(check_closed);
}

static void test_no_call_on_numbers_that_never_were(void **state)
{
    (void)state;
    check_bad(-1);
    check_bad(INT_MIN);
    check_bad(INT_MAX);
    check_bad(WEFT_SIM_FD + 100000);
}

/* ---- the number belongs to something else ---- */

/* A write that has begun before the close does not go on into what has the number then. */
static void check_reuse(const int ends[2])
{
    int next[2];
    weft_waitgroup wg = {{0}};
    char *const data = bytes(BIG);
    char byte = 'x';
    io_call write = {.fd = ends[0], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
    START(&wg, call_write, &write);
    read_all(ends[1], &byte, 1);
    assert_int_equal(byte, 0);
    shut_both(ends);
    join_pair(next);
    write_text(next[0], "f");
    write_text(next[1], "f");
    weft_waitgroup_wait(&wg);
    assert_in_range(write.result, 1, BIG - 1);
    expect_text(next[0], "f");
    expect_text(next[1], "f");
    shut_both(next);
    free(data);
}

static void test_a_call_does_not_go_on_with_the_next_owner_of_its_number(void **state)
{
    (void)state;
    on_pair_and_pipe(check_reuse);
}

/* Nobody waits any more: what was closed and opened again begins anew. */
static void test_a_number_begins_anew(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++) {
        int ends[2];
        char buffer[8];
        join_pair(ends);
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, 0), -ETIMEDOUT);
        write_text(ends[0], "x");
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1);
        shut(ends[0]);
        expect_end(ends[1]);
        shut(ends[1]);
    }
}

/* No synchronisation but the close: nobody writes to the buffer any more. */
static void check_buffer(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char buffer[8] = "";
    io_call read = {
        .fd = ends[1], .buffer = buffer, .size = sizeof buffer, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    write_text(ends[0], "abc");
    shut(ends[1]);
    memset(buffer, 'x', sizeof buffer);
    weft_waitgroup_wait(&wg);
    for (size_t i = 0; i < sizeof buffer; i++) {
        assert_int_equal(buffer[i], 'x');
    }
    shut(ends[0]);
}

static void test_a_buffer_is_not_used_once_the_close_has_returned(void **state)
{
    (void)state;
    on_each_stream(check_buffer);
    on_pipe(check_buffer);
}

/* Each of them reads what it can get and then the error, whenever the close comes. */
static void read_until_closed(void *arg)
{
    io_call *const c = arg;
    char byte = 0;
    while ((c->result = weft_read(c->fd, &byte, 1, WEFT_NEVER)) == 1) {
        c->size++;
    }
}

static void check_busy_reader(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    io_call reader = {.fd = ends[1]};
    START(&wg, read_until_closed, &reader);
    write_text(ends[0], "abc");
    shut(ends[1]);
    weft_waitgroup_wait(&wg);
    assert_true(is_cut_off(&reader));
    assert_in_range(reader.size, 0, 3);
    shut(ends[0]);
}

static void test_a_reader_may_be_cut_off_between_its_reads(void **state)
{
    (void)state;
    on_each_stream(check_busy_reader);
    on_pipe(check_busy_reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_close_wakes_readers),
        weft_unit_test(test_a_close_wakes_acceptors),
        weft_unit_test(test_a_close_wakes_pollers),
        weft_unit_test(test_a_close_wakes_pollers_of_both),
        weft_unit_test(test_a_close_wakes_receivers_of_datagrams),
        weft_unit_test(test_a_close_wakes_writers),
        weft_unit_test(test_a_write_that_is_cut_off_tells_how_much_was_taken),
        weft_unit_test(test_the_second_close_is_of_nothing),
        weft_unit_test(test_one_of_several_closes_closes),
        weft_unit_test(test_no_call_on_what_is_closed),
        weft_unit_test(test_no_call_on_numbers_that_never_were),
        weft_unit_test(test_a_call_does_not_go_on_with_the_next_owner_of_its_number),
        weft_unit_test(test_a_number_begins_anew),
        weft_unit_test(test_a_buffer_is_not_used_once_the_close_has_returned),
        weft_unit_test(test_a_reader_may_be_cut_off_between_its_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
