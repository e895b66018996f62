/* disk_test.c: the simulator's disks: what is left of a file after a crash of its host.
 *
 * Goal:   what was synced is there, always; of what was not, any part from the first change on may
 *         be, the last of them torn; nothing else can be. */
#include "../support/explore.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

/* Run fn(arg) on the host "node", until it ends, and crash the host or not. */
typedef struct life {
    weft_fn *fn;
    weft_chan *ended;
    int syncs; /* for fn */
} life;

static void live(void *arg)
{
    const life *const l = arg;
    l->fn((void *)(uintptr_t)l);
    weft_chan_send(l->ended, NULL);
}

static void run_on_node(weft_fn *fn, int syncs)
{
    life l = {.fn = fn, .ended = weft_chan_make(0, 0), .syncs = syncs};
    WEFT_ASSERT(weft_host_start("node", live, &l) == 0);
    (void)weft_chan_recv(l.ended, NULL);
}

enum { SYNC_FILE = 1, SYNC_DIRECTORY = 2 };

static void sync_directory(const char *path)
{
    const int fd = weft_open(path, O_RDONLY | O_DIRECTORY, 0);
    WEFT_ASSERT(fd >= 0);
    WEFT_ASSERT(weft_fsync(fd) == 0);
    WEFT_ASSERT(weft_close(fd) == 0);
}

/* "abcd" is written first, then "efgh". */
static void write_twice(void *arg)
{
    const life *const l = arg;
    const int fd = weft_open("log", O_WRONLY | O_CREAT | O_APPEND, 0600);
    WEFT_ASSERT(fd >= 0);
    if ((l->syncs & SYNC_DIRECTORY) != 0) {
        sync_directory(".");
    }
    WEFT_ASSERT(weft_write(fd, "abcd", 4, WEFT_NEVER) == 4);
    if ((l->syncs & SYNC_FILE) != 0) {
        WEFT_ASSERT(weft_fsync(fd) == 0);
    }
    WEFT_ASSERT(weft_write(fd, "efgh", 4, WEFT_NEVER) == 4);
    WEFT_ASSERT(weft_close(fd) == 0);
}

static char found[32];
static ssize_t found_size;

static void read_log(void *arg)
{
    (void)arg;
    const int fd = weft_open("log", O_RDONLY, 0);
    found_size = fd;
    if (fd >= 0) {
        found_size = weft_pread(fd, found, sizeof found, 0);
        WEFT_ASSERT(found_size >= 0);
        WEFT_ASSERT(memcmp(found, "abcdefgh", (size_t)found_size) == 0);
        (void)weft_close(fd);
    }
}

static void crash_between(int syncs)
{
    run_on_node(write_twice, syncs);
    weft_host_crash("node");
    run_on_node(read_log, 0);
}

static void without_sync(void *arg)
{
    (void)arg;
    crash_between(0);
    WEFT_SOMETIMES(found_size == -ENOENT, "no file");
    WEFT_SOMETIMES(found_size == 0, "empty");
    WEFT_SOMETIMES(found_size == 2, "the first write torn");
    WEFT_SOMETIMES(found_size == 4, "the first write");
    WEFT_SOMETIMES(found_size == 6, "the second write torn");
    WEFT_SOMETIMES(found_size == 8, "both");
}

static void with_the_directory_synced(void *arg)
{
    (void)arg;
    crash_between(SYNC_DIRECTORY);
    WEFT_ASSERT(found_size >= 0);
    WEFT_SOMETIMES(found_size == 0, "empty");
    WEFT_SOMETIMES(found_size == 8, "both");
}

static void with_the_file_synced(void *arg)
{
    (void)arg;
    crash_between(SYNC_FILE);
    WEFT_ASSERT(found_size == -ENOENT || found_size >= 4); /* its name may be lost */
    WEFT_SOMETIMES(found_size == -ENOENT, "no name");
}

static void with_both_synced(void *arg)
{
    (void)arg;
    crash_between(SYNC_FILE | SYNC_DIRECTORY);
    WEFT_ASSERT(found_size >= 4);
    WEFT_SOMETIMES(found_size == 4, "the first write");
    WEFT_SOMETIMES(found_size == 8, "both");
}

/* All of it is explored. */
static void explore_all(weft_fn *fn)
{
    weft_result result = explore_runs(fn, NULL, 20000);
    if (result.finding_count != 0) {
        print_error("%s\n", result.findings[0].message);
    }
    assert_int_equal(result.finding_count, 0);
    assert_true(result.complete);
    weft_result_clear(&result);
}

static void test_a_crash_keeps_what_was_synced_and_any_part_of_the_rest(void **state)
{
    (void)state;
    explore_all(without_sync);
    explore_all(with_the_directory_synced);
    explore_all(with_the_file_synced);
    explore_all(with_both_synced);
}

/* The way to replace a file: write a new one, sync it, rename it, sync the directory. */
static void replace(void *arg)
{
    const life *const l = arg;
    const int fd = weft_open("new", O_WRONLY | O_CREAT, 0600);
    WEFT_ASSERT(weft_write(fd, "abcdef", 6, WEFT_NEVER) == 6);
    if ((l->syncs & SYNC_FILE) != 0) {
        WEFT_ASSERT(weft_fsync(fd) == 0);
    }
    WEFT_ASSERT(weft_close(fd) == 0);
    WEFT_ASSERT(weft_rename("new", "log") == 0);
    if ((l->syncs & SYNC_DIRECTORY) != 0) {
        sync_directory("/");
    }
}

static void write_old(void *arg)
{
    (void)arg;
    const int fd = weft_open("log", O_WRONLY | O_CREAT, 0600);
    WEFT_ASSERT(weft_write(fd, "ab", 2, WEFT_NEVER) == 2);
    WEFT_ASSERT(weft_fsync(fd) == 0);
    WEFT_ASSERT(weft_close(fd) == 0);
    sync_directory("/");
}

static void replacing(int syncs)
{
    run_on_node(write_old, 0);
    run_on_node(replace, syncs);
    weft_host_crash("node");
    run_on_node(read_log, 0);
}

static void replace_rightly(void *arg)
{
    (void)arg;
    replacing(SYNC_FILE);
    WEFT_ASSERT(found_size == 2 || found_size == 6);
    WEFT_SOMETIMES(found_size == 2, "old");
    WEFT_SOMETIMES(found_size == 6, "new");
}

static void replace_without_sync(void *arg)
{
    (void)arg;
    replacing(SYNC_DIRECTORY);
    WEFT_SOMETIMES(found_size == 0, "the old one is gone, the new one empty");
}

static void test_rename_is_atomic_but_does_not_sync(void **state)
{
    (void)state;
    explore_all(replace_rightly);
    explore_all(replace_without_sync);
}

/* ---- a crash that is chosen ---- */

static void append_for_ever(void *arg)
{
    (void)arg;
    const int fd = weft_open("log", O_RDWR | O_CREAT | O_APPEND, 0600);
    WEFT_ASSERT(fd >= 0);
    sync_directory("/");
    const int64_t size = weft_file_size(fd);
    WEFT_SOMETIMES(size == 4, "started again, the first write is there");
    if (size < 8) {
        WEFT_ASSERT(weft_write(fd, "abcd", 4, WEFT_NEVER) == 4);
        WEFT_ASSERT(weft_fsync(fd) == 0);
    }
    (void)weft_close(fd);
}

static void crash_by_choice(void *arg)
{
    (void)arg;
    weft_faults_set(&(weft_faults){.crashes = 1});
    WEFT_ASSERT(weft_host_start("node", append_for_ever, NULL) == 0);
    weft_sleep(10 * WEFT_SECOND);
}

static void test_a_host_crashes_by_choice_and_starts_again(void **state)
{
    (void)state;
    explore_clean(crash_by_choice, 5000);
}

/* ---- a full disk ---- */

static void fill(void *arg)
{
    (void)arg;
    weft_host_disk_size("main", 6);
    const int fd = weft_open("file", O_WRONLY | O_CREAT, 0600);
    WEFT_ASSERT(weft_write(fd, "abcd", 4, WEFT_NEVER) == 4);
    WEFT_ASSERT(weft_write(fd, "efgh", 4, WEFT_NEVER) == 2);
    WEFT_ASSERT(weft_write(fd, "gh", 2, WEFT_NEVER) == -ENOSPC);
    WEFT_ASSERT(weft_pwrite(fd, "ABCD", 4, 0) == 4);
    WEFT_ASSERT(weft_ftruncate(fd, 0) == 0);
    WEFT_ASSERT(weft_pwrite(fd, "abcdef", 6, 0) == 6);
    (void)weft_close(fd);
}

static void test_a_full_disk_takes_what_fits(void **state)
{
    (void)state;
    explore_clean(fill, 10);
}

static void write_far_out(void *arg)
{
    (void)arg;
    const int fd = weft_open("far", O_RDWR | O_CREAT, 0600);
    WEFT_ASSERT(weft_ftruncate(fd, INT64_MAX) == -EFBIG);
    WEFT_ASSERT(weft_pwrite(fd, "x", 1, INT64_MAX - 1) == -EFBIG);
    WEFT_ASSERT(weft_pwrite(fd, "x", 0, INT64_MAX - 1) == 0);
    WEFT_ASSERT(weft_pwrite(fd, "xy", 2, 100) == 2);
    WEFT_ASSERT(weft_file_size(fd) == 102);
}

static void test_a_file_has_a_largest_size(void **state)
{
    (void)state;
    explore_clean(write_far_out, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_crash_keeps_what_was_synced_and_any_part_of_the_rest),
        cmocka_unit_test(test_rename_is_atomic_but_does_not_sync),
        cmocka_unit_test(test_a_host_crashes_by_choice_and_starts_again),
        cmocka_unit_test(test_a_full_disk_takes_what_fits),
        cmocka_unit_test(test_a_file_has_a_largest_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
