/* io_local_test.c: what connects the goroutines of one host: pipes, pairs of sockets, and Unix
 * sockets with a name.
 *
 * Goal:   how they are made and named, and what tells them from TCP; how they transfer is in
 *         io_stream, io_half and the others.
 * Source: weft.h, weft_pipe, weft_listen; POSIX pipe; unix(7). */
#include "wires.h"

/* ---- pipes ---- */

static void test_a_pipe_has_two_ends(void **state)
{
    (void)state;
    int fds[2] = {-1, -1};
    assert_int_equal(weft_pipe(fds), 0);
    assert_int_not_equal(opened(fds[0]), opened(fds[1]));
    write_text(fds[1], "x");
    expect_text(fds[0], "x");
    shut_both(fds);
}

static void test_a_pipe_has_one_direction(void **state)
{
    (void)state;
    int fds[2] = {-1, -1};
    char byte = 0;
    assert_int_equal(weft_pipe(fds), 0);
    assert_int_equal(weft_write(fds[0], "x", 1, WEFT_NEVER), -EBADF);
    assert_int_equal(weft_read(fds[1], &byte, 1, WEFT_NEVER), -EBADF);
    shut_both(fds);
}

static void check_no_address(const int ends[2])
{
    weft_address address;
    assert_int_equal(weft_local_address(ends[0], &address), -ENOTSOCK);
    assert_int_equal(weft_peer_address(ends[0], &address), -ENOTSOCK);
    shut_both(ends);
}

static void test_a_pipe_has_no_address(void **state)
{
    (void)state;
    on_pipe(check_no_address);
}

static void check_no_accept(const int ends[2])
{
    assert_int_equal(weft_accept(ends[1], WEFT_NEVER), -ENOTSOCK);
    shut_both(ends);
}

static void test_a_pipe_accepts_nobody(void **state)
{
    (void)state;
    on_pipe(check_no_accept);
}

/* ---- pairs ---- */

static void test_a_pair_is_connected(void **state)
{
    (void)state;
    int ends[2] = {-1, -1};
    assert_int_equal(weft_socketpair(ends), 0);
    assert_int_not_equal(opened(ends[0]), opened(ends[1]));
    write_text(ends[0], "there");
    write_text(ends[1], "and back");
    expect_text(ends[1], "there");
    expect_text(ends[0], "and back");
    shut_both(ends);
}

static void test_pairs_are_apart(void **state)
{
    (void)state;
    int first[2];
    int second[2];
    char byte = 0;
    join_pair(first);
    join_pair(second);
    write_text(first[0], "x");
    assert_int_equal(weft_read(second[1], &byte, 1, 0), -ETIMEDOUT);
    expect_text(first[1], "x");
    shut_both(first);
    shut_both(second);
}

/* ---- Unix sockets ---- */

static void check_named(const char *name)
{
    char text[WEFT_ADDRESS_TEXT];
    char peer[WEFT_ADDRESS_TEXT];
    const int listener = listen_at(name, text);
    assert_string_equal(text, name);
    const int here = opened(weft_dial(name, WEFT_NEVER));
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    peer_text(here, peer);
    assert_string_equal(peer, name);
    write_text(here, "question");
    expect_text(there, "question");
    write_text(there, "answer");
    expect_text(here, "answer");
    shut_both((int[]){here, there});
    shut(listener);
}

static void test_a_socket_with_an_abstract_name(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:@weft-");
    check_named(name);
}

static void test_a_socket_with_a_path(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:/tmp/weft-");
    check_named(name);
    assert_int_equal(weft_unlink(name + strlen("unix:")), 0);
}

static void test_a_path_without_a_socket_is_not_dialled(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:/tmp/weft-");
    assert_int_equal(weft_dial(name, WEFT_NEVER), -ENOENT);
}

static void test_an_abstract_name_without_a_socket_is_refused(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:@weft-");
    assert_int_equal(weft_dial(name, WEFT_NEVER), -ECONNREFUSED);
}

static void check_in_use(const char *name)
{
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_at(name, text);
    assert_int_equal(weft_listen(name, 0), -EADDRINUSE);
    shut(listener);
}

static void test_a_path_that_exists_is_in_use(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:/tmp/weft-");
    check_in_use(name);
    assert_int_equal(weft_unlink(name + strlen("unix:")), 0);
}

static void test_an_abstract_name_that_exists_is_in_use(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:@weft-");
    check_in_use(name);
}

static void test_a_path_stays_after_the_close(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char text[WEFT_ADDRESS_TEXT];
    fresh(name, "unix:/tmp/weft-");
    shut(listen_at(name, text));
    assert_int_equal(weft_listen(name, 0), -EADDRINUSE);
    assert_int_equal(weft_dial(name, WEFT_NEVER), -ECONNREFUSED);
    assert_int_equal(weft_unlink(name + strlen("unix:")), 0);
    assert_int_equal(weft_dial(name, WEFT_NEVER), -ENOENT);
    shut(listen_at(name, text));
    assert_int_equal(weft_unlink(name + strlen("unix:")), 0);
}

static void test_an_abstract_name_is_free_after_the_close(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    fresh(name, "unix:@weft-");
    check_named(name);
    check_named(name);
}

static void test_names_are_apart(void **state)
{
    (void)state;
    char name[NAME_SIZE];
    char longer[NAME_SIZE + 1];
    char text[WEFT_ADDRESS_TEXT];
    fresh(name, "unix:@weft-");
    (void)snprintf(longer, sizeof longer, "%s2", name);
    const int listeners[] = {listen_at(name, text), listen_at(longer, text)};
    const int here = opened(weft_dial(longer, WEFT_NEVER));
    const int there = opened(weft_accept(listeners[1], WEFT_NEVER));
    assert_int_equal(weft_accept(listeners[0], 0), -ETIMEDOUT);
    shut_both((int[]){here, there});
    shut_both(listeners);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_pipe_has_two_ends),
        weft_unit_test(test_a_pipe_has_one_direction),
        weft_unit_test(test_a_pipe_has_no_address),
        weft_unit_test(test_a_pipe_accepts_nobody),
        weft_unit_test(test_a_pair_is_connected),
        weft_unit_test(test_pairs_are_apart),
        weft_unit_test(test_a_socket_with_an_abstract_name),
        weft_unit_test(test_a_socket_with_a_path),
        weft_unit_test(test_a_path_without_a_socket_is_not_dialled),
        weft_unit_test(test_an_abstract_name_without_a_socket_is_refused),
        weft_unit_test(test_a_path_that_exists_is_in_use),
        weft_unit_test(test_an_abstract_name_that_exists_is_in_use),
        weft_unit_test(test_a_path_stays_after_the_close),
        weft_unit_test(test_an_abstract_name_is_free_after_the_close),
        weft_unit_test(test_names_are_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
