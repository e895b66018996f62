/* io_file_test.c: files.
 *
 * Goal:   what is written is read, at the offset or where one says; flags, sizes, names,
 *         directories; the errors.
 * Source: weft.h, weft_open to weft_mkdir; POSIX open, pread, rename, unlink, mkdir. */
#include "wires.h"

#include <fcntl.h>
#include <unistd.h>

/* A file that is not there yet. */
static int make_file(char name[NAME_SIZE])
{
    fresh(name, "io-file-");
    return opened(weft_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
}

static void remove_file(const char *name)
{
    assert_int_equal(weft_unlink(name), 0);
}

static void expect_content(int fd, const char *text)
{
    char got[NAME_SIZE] = "";
    assert_int_equal(weft_file_size(fd), strlen(text));
    assert_int_equal(weft_pread(fd, got, sizeof got, 0), strlen(text));
    assert_string_equal(got, text);
}

/* ---- content ---- */

static void test_what_was_written_is_read_where_it_stands(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char got[8] = "";
    const int fd = make_file(name);
    write_text(fd, "abcdef");
    assert_int_equal(weft_pread(fd, got, 3, 2), 3);
    assert_string_equal(got, "cde");
    shut(fd);
    remove_file(name);
}

static void test_reads_and_writes_go_on_at_one_offset(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    assert_int_equal(weft_pwrite(fd, "abcdef", 6, 0), 6);
    expect_text(fd, "ab");
    write_text(fd, "XY");
    expect_text(fd, "ef");
    expect_end(fd);
    expect_content(fd, "abXYef");
    shut(fd);
    remove_file(name);
}

static void test_pwrite_and_pread_leave_the_offset(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    const int fd = make_file(name);
    write_text(fd, "ab");
    assert_int_equal(weft_pwrite(fd, "Z", 1, 0), 1);
    assert_int_equal(weft_pread(fd, &byte, 1, 0), 1);
    write_text(fd, "cd");
    expect_content(fd, "Zbcd");
    shut(fd);
    remove_file(name);
}

static void test_each_open_has_its_own_offset(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    const int other = opened(weft_open(name, O_RDONLY, 0));
    write_text(fd, "abc");
    expect_text(other, "abc");
    expect_end(fd);
    shut_both((int[]){fd, other});
    remove_file(name);
}

static void test_a_read_beyond_the_end_gets_nothing(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    const int fd = make_file(name);
    write_text(fd, "abc");
    expect_end(fd);
    assert_int_equal(weft_pread(fd, &byte, 1, 3), 0);
    assert_int_equal(weft_pread(fd, &byte, 1, 1000), 0);
    shut(fd);
    remove_file(name);
}

static void test_a_gap_reads_as_zeros(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char got[8] = "#######";
    const int fd = make_file(name);
    assert_int_equal(weft_pwrite(fd, "x", 1, 5), 1);
    assert_int_equal(weft_file_size(fd), 6);
    assert_int_equal(weft_pread(fd, got, sizeof got, 0), 6);
    assert_memory_equal(got, "\0\0\0\0\0x#", 8);
    shut(fd);
    remove_file(name);
}

static void test_deadlines_do_not_matter(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    const int fd = make_file(name);
    assert_int_equal(weft_write(fd, "ab", 2, 0), 2);
    assert_int_equal(weft_read(fd, &byte, 1, 0), 0);
    shut(fd);
    remove_file(name);
}

static void test_a_negative_offset_is_invalid(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    const int fd = make_file(name);
    assert_int_equal(weft_pread(fd, &byte, 1, -1), -EINVAL);
    assert_int_equal(weft_pwrite(fd, &byte, 1, -1), -EINVAL);
    assert_int_equal(weft_ftruncate(fd, -1), -EINVAL);
    shut(fd);
    remove_file(name);
}

static void test_pieces_of_a_file(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char first[3] = "";
    char second[8] = "";
    const struct iovec out[] = {{"ab", 2}, {NULL, 0}, {"cdef", 4}};
    const struct iovec in[] = {{first, 2}, {second, 7}};
    const int fd = make_file(name);
    assert_int_equal(weft_writev(fd, out, 3, WEFT_NEVER), 6);
    const int other = opened(weft_open(name, O_RDONLY, 0));
    assert_int_equal(weft_readv(other, in, 2, WEFT_NEVER), 6);
    assert_string_equal(first, "ab");
    assert_string_equal(second, "cdef");
    shut_both((int[]){fd, other});
    remove_file(name);
}

static void test_a_large_file(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char *const data = pattern(BIG);
    char *const got = bytes(BIG);
    const int fd = make_file(name);
    write_all(fd, data, BIG);
    assert_int_equal(weft_file_size(fd), BIG);
    assert_int_equal(weft_pread(fd, got, BIG, 0), BIG);
    check_pattern(got, BIG, 0);
    free(data);
    free(got);
    shut(fd);
    remove_file(name);
}

static void write_at(void *arg)
{
    io_call *const c = arg;
    c->result = weft_pwrite(c->fd, c->buffer, 1, (int64_t)c->size);
}

static void test_several_write_at_places_of_their_own(void **state)
{
    (void)state;
    enum { SEVERAL = 5 };
    char name[NAME_SIZE];
    char letters[] = "abcde";
    weft_waitgroup wg = {{0}};
    io_call writes[SEVERAL];
    const int fd = make_file(name);
    for (size_t i = 0; i < SEVERAL; i++) {
        writes[i] = (io_call){.fd = fd, .buffer = &letters[i], .size = i};
        START(&wg, write_at, &writes[i]);
    }
    weft_waitgroup_wait(&wg);
    expect_content(fd, "abcde");
    shut(fd);
    remove_file(name);
}

/* ---- size ---- */

static void test_truncation_cuts_and_extends(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char got[8] = "#######";
    const int fd = make_file(name);
    write_text(fd, "abcdef");
    assert_int_equal(weft_ftruncate(fd, 2), 0);
    expect_content(fd, "ab");
    assert_int_equal(weft_ftruncate(fd, 4), 0);
    assert_int_equal(weft_pread(fd, got, sizeof got, 0), 4);
    assert_memory_equal(got, "ab\0\0###", 7);
    shut(fd);
    remove_file(name);
}

static void test_a_new_file_is_empty(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    expect_content(fd, "");
    shut(fd);
    remove_file(name);
}

/* ---- flags ---- */

static void test_a_file_stays_after_the_close(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    write_text(fd, "stays");
    shut(fd);
    const int again = opened(weft_open(name, O_RDONLY, 0));
    expect_content(again, "stays");
    shut(again);
    remove_file(name);
}

static void test_a_file_that_is_appended_to(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    write_text(fd, "ab");
    const int end = opened(weft_open(name, O_WRONLY | O_APPEND, 0));
    write_text(end, "cd");
    write_text(fd, "C");
    write_text(end, "e");
    expect_content(fd, "abCde");
    shut_both((int[]){fd, end});
    remove_file(name);
}

static void test_a_file_that_is_emptied(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    write_text(fd, "abc");
    shut(opened(weft_open(name, O_WRONLY | O_TRUNC, 0)));
    expect_content(fd, "");
    shut(fd);
    remove_file(name);
}

static void test_a_file_that_must_be_new(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    shut(make_file(name));
    assert_int_equal(weft_open(name, O_RDWR | O_CREAT | O_EXCL, 0600), -EEXIST);
    shut(opened(weft_open(name, O_RDWR | O_CREAT, 0600)));
    remove_file(name);
}

static void test_a_file_is_read_or_written_as_it_was_opened(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    shut(make_file(name));
    const int in = opened(weft_open(name, O_RDONLY, 0));
    const int out = opened(weft_open(name, O_WRONLY, 0));
    assert_int_equal(weft_write(in, "x", 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_pwrite(in, "x", 1, 0), -EBADF);
    assert_int_equal(weft_read(out, &byte, 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_pread(out, &byte, 1, 0), -EBADF);
    shut_both((int[]){in, out});
    remove_file(name);
}

/* ---- names ---- */

static void test_a_file_that_is_not_there(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "io-file-");
    assert_int_equal(weft_open(name, O_RDONLY, 0), -ENOENT);
    assert_int_equal(weft_unlink(name), -ENOENT);
    assert_int_equal(weft_rename(name, "elsewhere"), -ENOENT);
    strcat(name, "/below");
    assert_int_equal(weft_open(name, O_RDWR | O_CREAT, 0600), -ENOENT);
    assert_int_equal(weft_mkdir(name, 0700), -ENOENT);
}

static void test_a_renamed_file_has_its_new_name_only(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char other[NAME_SIZE];
    const int fd = make_file(name);
    write_text(fd, "abc");
    fresh(other, "io-file-");
    assert_int_equal(weft_rename(name, other), 0);
    assert_int_equal(weft_open(name, O_RDONLY, 0), -ENOENT);
    const int again = opened(weft_open(other, O_RDONLY, 0));
    write_text(fd, "def");
    expect_content(again, "abcdef");
    shut_both((int[]){fd, again});
    remove_file(other);
}

static void test_a_rename_replaces(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char other[NAME_SIZE];
    const int fds[] = {make_file(name), make_file(other)};
    write_text(fds[0], "new");
    write_text(fds[1], "old");
    assert_int_equal(weft_rename(name, other), 0);
    const int again = opened(weft_open(other, O_RDONLY, 0));
    expect_content(again, "new");
    expect_content(fds[1], "old");
    shut_both(fds);
    shut(again);
    remove_file(other);
}

static void test_an_unlinked_file_is_there_until_it_is_closed(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    remove_file(name);
    assert_int_equal(weft_open(name, O_RDONLY, 0), -ENOENT);
    write_text(fd, "still there");
    expect_content(fd, "still there");
    shut(fd);
}

/* ---- directories ---- */

/* One for all tests: no call of ours removes a directory. */
static const char directory[] = "io-file-directory";

static int remove_directory(void **state)
{
    (void)state;
    (void)rmdir(directory); /* in the simulator there is none */
    return 0;
}

static void make_directory(void)
{
    const int status = weft_mkdir(directory, 0700);
    assert_true(status == 0 || status == -EEXIST);
}

static void test_a_directory_is_made_once(void **state)
{
    (void)state;
    make_directory();
    assert_int_equal(weft_mkdir(directory, 0700), -EEXIST);
}

static void test_a_file_in_a_directory(void **state)
{
    (void)state;
    char below[NAME_SIZE];
    char name[NAME_SIZE];
    make_directory();
    fresh(below, "io-file-directory/");
    fresh(name, "io-file-");
    const int fd = opened(weft_open(below, O_RDWR | O_CREAT | O_EXCL, 0600));
    write_text(fd, "abc");
    assert_int_equal(weft_rename(below, name), 0);
    assert_int_equal(weft_open(below, O_RDONLY, 0), -ENOENT);
    assert_int_equal(weft_rename(name, below), 0);
    shut(fd);
    remove_file(below);
}

static void test_a_directory_is_not_moved_into_itself(void **state)
{
    (void)state;
    char below[NAME_SIZE];
    make_directory();
    fresh(below, "io-file-directory/");
    assert_int_equal(weft_rename(directory, below), -EINVAL);
    assert_int_equal(weft_rename(directory, directory), 0);
}

static void test_a_slash_behind_a_name_asks_for_a_directory(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char slash[NAME_SIZE + 1];
    shut(make_file(name));
    (void)snprintf(slash, sizeof slash, "%s/", name);
    assert_int_equal(weft_open(slash, O_RDONLY, 0), -ENOTDIR);
    assert_int_equal(weft_open(slash, O_RDWR | O_CREAT, 0600), -EISDIR);
    assert_int_equal(weft_unlink(slash), -ENOTDIR);
    assert_int_equal(weft_rename(slash, name), -ENOTDIR);
    remove_file(name);
}

static void test_an_empty_write_does_not_move_the_offset(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    shut(make_file(name));
    const int fd = opened(weft_open(name, O_RDWR | O_APPEND, 0));
    assert_int_equal(weft_pwrite(fd, "abc", 3, 0), 3);
    assert_int_equal(weft_write(fd, "", 0, WEFT_NEVER), 0);
    expect_text(fd, "abc");
    shut(fd);
    remove_file(name);
}

static void test_a_directory_is_no_file(void **state)
{
    (void)state;
    char byte = 0;
    make_directory();
    assert_int_equal(weft_open(directory, O_WRONLY, 0), -EISDIR);
    const int fd = opened(weft_open(directory, O_RDONLY | O_DIRECTORY, 0));
    assert_int_equal(weft_read(fd, &byte, 1, WEFT_NEVER), -EISDIR);
    assert_int_equal(weft_pread(fd, &byte, 1, 0), -EISDIR);
    shut(fd);
}

static void test_a_file_is_no_directory(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char below[NAME_SIZE + 6];
    shut(make_file(name));
    (void)snprintf(below, sizeof below, "%s/below", name);
    assert_int_equal(weft_open(name, O_RDONLY | O_DIRECTORY, 0), -ENOTDIR);
    assert_int_equal(weft_open(below, O_RDWR | O_CREAT, 0600), -ENOTDIR);
    assert_int_equal(weft_mkdir(below, 0700), -ENOTDIR);
    assert_int_equal(weft_unlink(below), -ENOTDIR);
    assert_int_equal(weft_mkdir(name, 0700), -EEXIST);
    remove_file(name);
}

static void test_what_was_written_is_synced(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    const int fd = make_file(name);
    write_text(fd, "abc");
    assert_int_equal(weft_fsync(fd), 0);
    const int here = opened(weft_open(".", O_RDONLY | O_DIRECTORY, 0));
    assert_int_equal(weft_fsync(here), 0);
    shut_both((int[]){fd, here});
    remove_file(name);
}

/* ---- what is no file ---- */

static void check_no_file(const int ends[2])
{
    char byte = 0;
    assert_int_equal(weft_pread(ends[1], &byte, 1, 0), -ESPIPE);
    assert_int_equal(weft_pwrite(ends[0], &byte, 1, 0), -ESPIPE);
    assert_int_equal(weft_fsync(ends[0]), -EINVAL);
    assert_int_equal(weft_ftruncate(ends[0], 0), -EINVAL);
    assert_int_equal(weft_file_size(ends[0]), -EINVAL);
    shut_both(ends);
}

static void test_a_stream_is_no_file(void **state)
{
    (void)state;
    on_each_stream(check_no_file);
    on_pipe(check_no_file);
}

static void test_a_file_is_no_socket(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char byte = 0;
    weft_address address;
    const int fd = make_file(name);
    assert_int_equal(weft_accept(fd, WEFT_NEVER), -ENOTSOCK);
    assert_int_equal(weft_shutdown(fd, SHUT_WR), -ENOTSOCK);
    assert_int_equal(weft_local_address(fd, &address), -ENOTSOCK);
    assert_int_equal(weft_peer_address(fd, &address), -ENOTSOCK);
    assert_int_equal(weft_recvfrom(fd, &byte, 1, NULL, WEFT_NEVER), -ENOTSOCK);
    assert_int_equal(weft_sendto(fd, &byte, 1, NULL, WEFT_NEVER), -ENOTSOCK);
    shut(fd);
    remove_file(name);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_what_was_written_is_read_where_it_stands),
        weft_unit_test(test_reads_and_writes_go_on_at_one_offset),
        weft_unit_test(test_pwrite_and_pread_leave_the_offset),
        weft_unit_test(test_each_open_has_its_own_offset),
        weft_unit_test(test_a_read_beyond_the_end_gets_nothing),
        weft_unit_test(test_a_gap_reads_as_zeros),
        weft_unit_test(test_deadlines_do_not_matter),
        weft_unit_test(test_a_negative_offset_is_invalid),
        weft_unit_test(test_pieces_of_a_file),
        weft_unit_test(test_a_large_file),
        weft_unit_test(test_several_write_at_places_of_their_own),
        weft_unit_test(test_truncation_cuts_and_extends),
        weft_unit_test(test_a_new_file_is_empty),
        weft_unit_test(test_a_file_stays_after_the_close),
        weft_unit_test(test_a_file_that_is_appended_to),
        weft_unit_test(test_a_file_that_is_emptied),
        weft_unit_test(test_a_file_that_must_be_new),
        weft_unit_test(test_a_file_is_read_or_written_as_it_was_opened),
        weft_unit_test(test_a_file_that_is_not_there),
        weft_unit_test(test_a_renamed_file_has_its_new_name_only),
        weft_unit_test(test_a_rename_replaces),
        weft_unit_test(test_an_unlinked_file_is_there_until_it_is_closed),
        weft_unit_test(test_a_directory_is_made_once),
        weft_unit_test(test_a_file_in_a_directory),
        weft_unit_test(test_a_directory_is_not_moved_into_itself),
        weft_unit_test(test_a_slash_behind_a_name_asks_for_a_directory),
        weft_unit_test(test_an_empty_write_does_not_move_the_offset),
        weft_unit_test(test_a_directory_is_no_file),
        weft_unit_test(test_a_file_is_no_directory),
        weft_unit_test(test_what_was_written_is_synced),
        weft_unit_test(test_a_stream_is_no_file),
        weft_unit_test(test_a_file_is_no_socket),
    };
    return cmocka_run_group_tests(tests, NULL, remove_directory);
}
