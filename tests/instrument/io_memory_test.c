/* io_memory_test.c: what calls on descriptors do with the program's memory is seen: races, memory
 * that was freed, buffers that are too small; and real sockets are refused.
 *
 * Goal:   each of them is found, and what is ordered by the connection is clean. */
#include "../support/explore.h"

#include <sys/socket.h>

static char shared[8];
static int fds[2];

static void read_shared(void *arg)
{
    (void)arg;
    (void)weft_read(fds[0], shared, sizeof shared, WEFT_NEVER);
}

static void race_with_a_read(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_write(fds[1], "abcdefgh", 8, WEFT_NEVER) == 8);
    WEFT_ASSERT(weft_go(read_shared, NULL) == 0);
    shared[3] = 'x';
}

static void write_shared(void *arg)
{
    (void)arg;
    (void)weft_write(fds[1], shared, sizeof shared, WEFT_NEVER);
}

static void race_with_a_write(void *arg)
{
    (void)arg;
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_go(write_shared, NULL) == 0);
    shared[3] = 'x';
}

static void ordered_by_the_connection(void *arg)
{
    char copy[8];
    (void)arg;
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_go(write_shared, NULL) == 0);
    WEFT_ASSERT(weft_read(fds[0], copy, sizeof copy, WEFT_NEVER) > 0);
    shared[3] = 'x';
}

static void read_into_freed_memory(void *arg)
{
    (void)arg;
    char *const buffer = malloc(8);
    WEFT_ASSERT(buffer != NULL);
    WEFT_ASSERT(weft_pipe(fds) == 0);
    WEFT_ASSERT(weft_write(fds[1], "abcdefgh", 8, WEFT_NEVER) == 8);
    free(buffer);
    (void)weft_read(fds[0], buffer, 8, WEFT_NEVER);
}

static void read_too_much(void *arg)
{
    (void)arg;
    char *const buffer = malloc(8);
    WEFT_ASSERT(buffer != NULL);
    WEFT_ASSERT(weft_socketpair(fds) == 0);
    WEFT_ASSERT(weft_write(fds[1], "abcdefghi", 9, WEFT_NEVER) == 9);
    (void)weft_read(fds[0], buffer, 9, WEFT_NEVER);
    free(buffer);
}

static void open_a_real_socket(void *arg)
{
    (void)arg;
    (void)socket(AF_INET, SOCK_STREAM, 0);
}

static void test_races_of_buffers_are_found(void **state)
{
    (void)state;
    weft_result result = explore_expecting(race_with_a_read, WEFT_FOUND_DATA_RACE);
    weft_result_clear(&result);
    result = explore_expecting(race_with_a_write, WEFT_FOUND_DATA_RACE);
    weft_result_clear(&result);
    explore_clean(ordered_by_the_connection, 1000);
}

static void test_errors_of_buffers_are_found(void **state)
{
    (void)state;
    weft_result result = explore_expecting(read_into_freed_memory, WEFT_FOUND_MEMORY);
    weft_result_clear(&result);
    result = explore_expecting(read_too_much, WEFT_FOUND_MEMORY);
    weft_result_clear(&result);
}

static void test_a_real_socket_is_refused(void **state)
{
    (void)state;
    weft_result result = explore_expecting(open_a_real_socket, WEFT_FOUND_FATAL);
    assert_non_null(strstr(result.findings[0].message, "network of its own"));
    weft_result_clear(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_races_of_buffers_are_found),
        cmocka_unit_test(test_errors_of_buffers_are_found),
        cmocka_unit_test(test_a_real_socket_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
