/* io_stream_test.c: reading and writing streams.
 *
 * Goal:   bytes arrive once, in order and whole, however they are cut, by one goroutine or by
 *         several; what the calls return; what happens before what.
 * Source: weft.h, weft_read to weft_writev. */
#include "wires.h"

enum { WRITERS = 4, RECORDS = 2, RECORD = 300000, PIECES = 100 };

/* ---- reading ---- */

static void check_transfer(const int ends[2])
{
    write_text(ends[0], "hello");
    expect_text(ends[1], "hello");
    shut_both(ends);
}

static void test_what_was_written_is_read(void **state)
{
    (void)state;
    on_each_stream(check_transfer);
    on_pipe(check_transfer);
}

static void check_both_directions(const int ends[2])
{
    write_text(ends[0], "question");
    expect_text(ends[1], "question");
    write_text(ends[1], "answer");
    expect_text(ends[0], "answer");
    shut_both(ends);
}

static void test_a_stream_has_two_directions(void **state)
{
    (void)state;
    on_each_stream(check_both_directions);
}

static void check_short_read(const int ends[2])
{
    char buffer[100];
    write_text(ends[0], "few");
    assert_in_range(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1, 3);
    shut_both(ends);
}

static void test_a_read_returns_what_is_there(void **state)
{
    (void)state;
    on_each_stream(check_short_read);
    on_pipe(check_short_read);
}

static void check_rest(const int ends[2])
{
    write_text(ends[0], "abcdef");
    expect_text(ends[1], "ab");
    expect_text(ends[1], "cd");
    expect_text(ends[1], "ef");
    shut_both(ends);
}

static void test_what_was_not_read_stays(void **state)
{
    (void)state;
    on_each_stream(check_rest);
    on_pipe(check_rest);
}

static void check_waiting_read(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char byte = 0;
    io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
    START(&wg, call_read, &read);
    weft_yield();
    write_text(ends[0], "x");
    weft_waitgroup_wait(&wg);
    assert_int_equal(read.result, 1);
    assert_int_equal(byte, 'x');
    shut_both(ends);
}

static void test_a_read_waits_for_bytes(void **state)
{
    (void)state;
    on_each_stream(check_waiting_read);
    on_pipe(check_waiting_read);
}

static void check_size_0(const int ends[2])
{
    char byte = 0;
    assert_int_equal(weft_read(ends[1], &byte, 0, WEFT_NEVER), 0);
    assert_int_equal(weft_write(ends[0], &byte, 0, WEFT_NEVER), 0);
    write_text(ends[0], "x");
    assert_int_equal(weft_read(ends[1], &byte, 0, WEFT_NEVER), 0);
    expect_text(ends[1], "x");
    shut_both(ends);
}

static void test_no_bytes_are_read_and_written_at_once(void **state)
{
    (void)state;
    on_each_stream(check_size_0);
    on_pipe(check_size_0);
}

/* A read that got less than it asked for knows that nothing is left; not for longer than is so. */
static void check_read_after_short_reads(const int ends[2])
{
    for (int i = 0; i < 10; i++) {
        char buffer[8];
        write_text(ends[0], "x");
        assert_int_equal(weft_read(ends[1], buffer, sizeof buffer, WEFT_NEVER), 1);
    }
    shut(ends[0]);
    expect_end(ends[1]);
    shut(ends[1]);
}

static void test_reads_go_on_after_short_ones(void **state)
{
    (void)state;
    on_each_stream(check_read_after_short_reads);
    on_pipe(check_read_after_short_reads);
}

/* ---- whole writes ---- */

/* So many bytes are read in small pieces, with a rest for others in between. */
static void read_slowly(void *arg)
{
    io_call *const c = arg;
    char buffer[8192];
    for (size_t got = 0; got < c->size;) {
        const ssize_t n = weft_read(c->fd, buffer, sizeof buffer, WEFT_NEVER);
        assert_in_range(n, 1, sizeof buffer);
        check_pattern(buffer, (size_t)n, got);
        got += (size_t)n;
        weft_yield();
    }
    c->result = (ssize_t)c->size;
}

static void check_whole_write(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = pattern(BIG);
    io_call reader = {.fd = ends[1], .size = BIG};
    START(&wg, read_slowly, &reader);
    write_all(ends[0], data, BIG);
    weft_waitgroup_wait(&wg);
    assert_int_equal(reader.result, BIG);
    free(data);
    shut_both(ends);
}

static void test_a_write_waits_until_all_is_taken(void **state)
{
    (void)state;
    on_each_stream(check_whole_write);
    on_pipe(check_whole_write);
}

static void check_full_duplex(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    char *const data = pattern(BIG);
    io_call readers[2];
    io_call writers[2];
    for (int i = 0; i < 2; i++) {
        readers[i] = (io_call){.fd = ends[i], .size = BIG};
        writers[i] =
            (io_call){.fd = ends[i], .buffer = data, .size = BIG, .deadline_ns = WEFT_NEVER};
        START(&wg, call_write, &writers[i]);
        START(&wg, read_slowly, &readers[i]);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(readers[i].result, BIG);
        assert_int_equal(writers[i].result, BIG);
    }
    free(data);
    shut_both(ends);
}

static void test_both_directions_at_once(void **state)
{
    (void)state;
    on_each_stream(check_full_duplex);
}

/* ---- pieces ---- */

/* Pieces of sizes 0, step, 2 * step, 0, ... of one buffer, one after the other. */
static size_t cut(struct iovec *pieces, char *data, size_t step)
{
    size_t size = 0;
    for (size_t i = 0; i < PIECES; i++) {
        pieces[i] = (struct iovec){data + size, i % 3 * step};
        size += pieces[i].iov_len;
    }
    return size;
}

static void check_gather(const int ends[2], size_t step)
{
    weft_waitgroup wg = {{0}};
    struct iovec pieces[PIECES];
    char *const data = pattern(PIECES * 2 * step);
    const size_t size = cut(pieces, data, step);
    io_call reader = {.fd = ends[1], .size = size};
    START(&wg, read_slowly, &reader);
    assert_int_equal(weft_writev(ends[0], pieces, PIECES, WEFT_NEVER), size);
    weft_waitgroup_wait(&wg);
    assert_int_equal(reader.result, size);
    free(data);
    shut_both(ends);
}

static void check_gather_little(const int ends[2])
{
    check_gather(ends, 3);
}

static void test_writev_writes_the_pieces_in_order(void **state)
{
    (void)state;
    on_each_stream(check_gather_little);
    on_pipe(check_gather_little);
}

/* Each piece, and each rest of a piece, may end in the middle of what the kernel takes. */
static void check_gather_much(const int ends[2])
{
    check_gather(ends, 9001);
}

static void test_writev_goes_on_within_a_piece(void **state)
{
    (void)state;
    on_each_stream(check_gather_much);
    on_pipe(check_gather_much);
}

static void check_scatter(const int ends[2])
{
    struct iovec pieces[PIECES];
    char *const sent = pattern(PIECES * 2);
    char *const got = bytes(PIECES * 2);
    const size_t size = cut(pieces, got, 1);
    write_all(ends[0], sent, size);
    for (size_t done = 0; done < size;) {
        struct iovec left[PIECES];
        (void)cut(left, got + done, 1);
        const ssize_t n = weft_readv(ends[1], left, PIECES, WEFT_NEVER);
        assert_in_range(n, 1, size - done);
        done += (size_t)n;
    }
    check_pattern(got, size, 0);
    free(sent);
    free(got);
    shut_both(ends);
}

static void test_readv_fills_the_pieces_in_order(void **state)
{
    (void)state;
    on_each_stream(check_scatter);
    on_pipe(check_scatter);
}

static void check_count_of_pieces(const int ends[2])
{
    static struct iovec pieces[WEFT_IOV_MAX + 1];
    static char byte;
    assert_int_equal(weft_writev(ends[0], pieces, -1, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_readv(ends[1], pieces, -1, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_writev(ends[0], pieces, WEFT_IOV_MAX + 1, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_readv(ends[1], pieces, WEFT_IOV_MAX + 1, WEFT_NEVER), -EINVAL);
    assert_int_equal(weft_writev(ends[0], pieces, 0, WEFT_NEVER), 0);
    assert_int_equal(weft_readv(ends[1], pieces, 0, WEFT_NEVER), 0);
    pieces[WEFT_IOV_MAX - 1] = (struct iovec){&byte, 1};
    assert_int_equal(weft_writev(ends[0], pieces, WEFT_IOV_MAX, WEFT_NEVER), 1);
    assert_int_equal(weft_readv(ends[1], pieces, WEFT_IOV_MAX, WEFT_NEVER), 1);
    shut_both(ends);
}

static void test_there_are_at_most_so_many_pieces(void **state)
{
    (void)state;
    on_each_stream(check_count_of_pieces);
    on_pipe(check_count_of_pieces);
}

/* ---- several goroutines ---- */

/* Each record is of one letter, and more than is taken at once. */
static void write_records(void *arg)
{
    const io_call *const c = arg;
    char *const record = bytes(RECORD);
    memset(record, 'a' + (int)c->size, RECORD);
    for (int i = 0; i < RECORDS; i++) {
        write_all(c->fd, record, RECORD);
    }
    free(record);
}

static size_t count_of(const char *buffer, size_t size, char letter)
{
    size_t count = 0;
    for (size_t i = 0; i < size; i++) {
        count += buffer[i] == letter;
    }
    return count;
}

static void check_records(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    int seen[WRITERS] = {0};
    io_call writers[WRITERS];
    char *const record = bytes(RECORD);
    for (size_t i = 0; i < WRITERS; i++) {
        writers[i] = (io_call){.fd = ends[0], .size = i};
        START(&wg, write_records, &writers[i]);
    }
    for (int i = 0; i < WRITERS * RECORDS; i++) {
        read_all(ends[1], record, RECORD);
        assert_in_range(record[0], 'a', 'a' + WRITERS - 1);
        assert_int_equal(count_of(record, RECORD, record[0]), RECORD);
        seen[record[0] - 'a']++;
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < WRITERS; i++) {
        assert_int_equal(seen[i], RECORDS);
    }
    free(record);
    shut_both(ends);
}

static void test_writes_of_several_goroutines_do_not_mix(void **state)
{
    (void)state;
    on_each_stream(check_records);
    on_pipe(check_records);
}

/* Until the end; result is the sum of what came, size how many bytes. */
static void add_up(void *arg)
{
    io_call *const c = arg;
    unsigned char buffer[64];
    ssize_t n = 0;
    while ((n = weft_read(c->fd, buffer, sizeof buffer, WEFT_NEVER)) > 0) {
        for (ssize_t i = 0; i < n; i++) {
            c->result += buffer[i];
        }
        c->size += (size_t)n;
    }
    assert_int_equal(n, 0);
}

static void check_readers(const int ends[2])
{
    enum { READERS = 3, SIZE = 2000 };
    weft_waitgroup wg = {{0}};
    io_call readers[READERS];
    ssize_t sum = 0;
    for (int i = 0; i < READERS; i++) {
        readers[i] = (io_call){.fd = ends[1]};
        START(&wg, add_up, &readers[i]);
    }
    char *const data = pattern(SIZE);
    for (size_t i = 0; i < SIZE; i++) {
        sum += (unsigned char)data[i];
    }
    for (size_t done = 0; done < SIZE; done += SIZE / 10) {
        write_all(ends[0], data + done, SIZE / 10);
    }
    shut(ends[0]);
    weft_waitgroup_wait(&wg);
    assert_int_equal(readers[0].result + readers[1].result + readers[2].result, sum);
    assert_int_equal(readers[0].size + readers[1].size + readers[2].size, SIZE);
    free(data);
    shut(ends[1]);
}

static void test_each_byte_comes_to_one_of_several_readers(void **state)
{
    (void)state;
    on_each_stream(check_readers);
    on_pipe(check_readers);
}

/* ---- order ---- */

typedef struct flagged {
    int fd;
    const char *address;
    int flag;
} flagged;

static void flag_then_write(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    write_text(f->fd, "x");
}

static void flag_then_close(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    shut(f->fd);
}

static void flag_then_shut_down(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    assert_int_equal(weft_shutdown(f->fd, SHUT_WR), 0);
}

static void check_write_before_read(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    flagged f = {.fd = ends[0]};
    START(&wg, flag_then_write, &f);
    expect_text(ends[1], "x");
    assert_int_equal(WEFT_READ(f.flag), 1);
    weft_waitgroup_wait(&wg);
    shut_both(ends);
}

static void test_a_write_happens_before_its_read(void **state)
{
    (void)state;
    on_each_stream(check_write_before_read);
    on_pipe(check_write_before_read);
}

static void check_close_before_end(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    flagged f = {.fd = ends[0]};
    START(&wg, flag_then_close, &f);
    expect_end(ends[1]);
    assert_int_equal(WEFT_READ(f.flag), 1);
    weft_waitgroup_wait(&wg);
    shut(ends[1]);
}

static void test_a_close_happens_before_the_end_is_read(void **state)
{
    (void)state;
    on_each_stream(check_close_before_end);
    on_pipe(check_close_before_end);
}

static void check_shutdown_before_end(const int ends[2])
{
    weft_waitgroup wg = {{0}};
    flagged f = {.fd = ends[0]};
    START(&wg, flag_then_shut_down, &f);
    expect_end(ends[1]);
    assert_int_equal(WEFT_READ(f.flag), 1);
    weft_waitgroup_wait(&wg);
    shut_both(ends);
}

static void test_a_shutdown_happens_before_the_end_is_read(void **state)
{
    (void)state;
    on_each_stream(check_shutdown_before_end);
}

static void flag_then_dial(void *arg)
{
    flagged *const f = arg;
    WEFT_WRITE(f->flag, 1);
    f->fd = opened(weft_dial(f->address, WEFT_NEVER));
}

static void test_a_dial_happens_before_its_accept(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    flagged f = {.address = text};
    START(&wg, flag_then_dial, &f);
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    assert_int_equal(WEFT_READ(f.flag), 1);
    weft_waitgroup_wait(&wg);
    shut_both((int[]){f.fd, there});
    shut(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_what_was_written_is_read),
        weft_unit_test(test_a_stream_has_two_directions),
        weft_unit_test(test_a_read_returns_what_is_there),
        weft_unit_test(test_what_was_not_read_stays),
        weft_unit_test(test_a_read_waits_for_bytes),
        weft_unit_test(test_no_bytes_are_read_and_written_at_once),
        weft_unit_test(test_reads_go_on_after_short_ones),
        weft_unit_test(test_a_write_waits_until_all_is_taken),
        weft_unit_test(test_both_directions_at_once),
        weft_unit_test(test_writev_writes_the_pieces_in_order),
        weft_unit_test(test_writev_goes_on_within_a_piece),
        weft_unit_test(test_readv_fills_the_pieces_in_order),
        weft_unit_test(test_there_are_at_most_so_many_pieces),
        weft_unit_test(test_writes_of_several_goroutines_do_not_mix),
        weft_unit_test(test_each_byte_comes_to_one_of_several_readers),
        weft_unit_test(test_a_write_happens_before_its_read),
        weft_unit_test(test_a_close_happens_before_the_end_is_read),
        weft_unit_test(test_a_shutdown_happens_before_the_end_is_read),
        weft_unit_test(test_a_dial_happens_before_its_accept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
