/* io_listen_test.c: listening, dialling, accepting over TCP.
 *
 * Goal:   who gets connected with whom, under which addresses, and what is refused.
 * Source: weft.h, "Input and output"; POSIX listen, connect, accept. */
#include "wires.h"

static uint32_t port_of(const char *text)
{
    const char *const colon = strrchr(text, ':');
    assert_non_null(colon);
    return (uint32_t)strtoul(colon + 1, NULL, 10);
}

/* ---- listening ---- */

static void test_port_0_takes_a_free_port(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    assert_memory_equal(text, "127.0.0.1:", 10);
    assert_in_range(port_of(text), 1, 65535);
    shut(listener);
}

static void test_two_listeners_at_port_0_get_two_ports(void **state)
{
    (void)state;
    char first[WEFT_ADDRESS_TEXT];
    char second[WEFT_ADDRESS_TEXT];
    const int listeners[] = {listen_here(first), listen_here(second)};
    assert_string_not_equal(first, second);
    shut_both(listeners);
}

static void test_a_port_with_a_listener_is_in_use(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    assert_int_equal(weft_listen(text, 0), -EADDRINUSE);
    shut(listener);
}

static void test_a_port_is_free_once_its_listener_is_closed(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    shut(listen_here(text));
    shut(opened(weft_listen(text, 0)));
}

/* Where the port is free though one of its connections is still there, and another one was closed
 * by this side first. */
static void test_a_port_is_free_though_it_has_connections(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int first = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    const int there = opened(weft_accept(first, WEFT_NEVER));
    const int other = opened(weft_dial(text, WEFT_NEVER));
    shut(opened(weft_accept(first, WEFT_NEVER)));
    expect_end(other);
    shut(other);
    shut(first);
    const int second = opened(weft_listen(text, 0));
    write_text(here, "still there");
    expect_text(there, "still there");
    shut_both((int[]){here, there});
    shut(second);
}

static void test_no_listener_at_an_address_of_elsewhere(void **state)
{
    (void)state;
    assert_int_equal(weft_listen("192.0.2.1:0", 0), -EADDRNOTAVAIL);
}

static void test_malformed_addresses_are_refused(void **state)
{
    (void)state;
    static const char *const rows[] = {"", "127.0.0.1", "127.0.0.1:", ":65536", "unix:relative"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(weft_listen(rows[i], 0), -EINVAL);
        assert_int_equal(weft_dial(rows[i], WEFT_NEVER), -EINVAL);
    }
}

/* ---- dialling ---- */

static void test_a_dial_where_nobody_listens_is_refused(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    shut(listen_here(text));
    assert_int_equal(weft_dial(text, WEFT_NEVER), -ECONNREFUSED);
}

static void test_a_dial_is_done_before_the_accept(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    write_text(here, "early");
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    expect_text(there, "early");
    shut_both((int[]){here, there});
    shut(listener);
}

static void test_tcp_may_stand_in_front(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char named[WEFT_ADDRESS_TEXT + 4];
    const int listener = listen_at("tcp:127.0.0.1:0", text);
    (void)snprintf(named, sizeof named, "tcp:%s", text);
    shut(opened(weft_dial(named, WEFT_NEVER)));
    shut(listener);
}

static void dial_port(const char *format, uint32_t port)
{
    char text[WEFT_ADDRESS_TEXT];
    (void)snprintf(text, sizeof text, format, port);
    shut(opened(weft_dial(text, WEFT_NEVER)));
}

static void test_a_listener_without_host_is_found_here_and_by_number(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_at(":0", text);
    dial_port(":%u", port_of(text));
    dial_port("127.0.0.1:%u", port_of(text));
    shut(listener);
}

static void test_the_address_of_all_is_dialled_as_this_host(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_at("0.0.0.0:0", text);
    shut(opened(weft_dial(text, WEFT_NEVER)));
    shut(listener);
}

static void test_localhost_is_this_host(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    dial_port("localhost:%u", port_of(text));
    shut(listener);
}

/* Where the host has it at all. */
static void test_version_6_of_the_protocol(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = weft_listen("[::1]:0", 0);
    if (listener == -EADDRNOTAVAIL || listener == -EAFNOSUPPORT) {
        return;
    }
    local_text(opened(listener), text);
    assert_memory_equal(text, "[::1]:", 6);
    shut(opened(weft_dial(text, WEFT_NEVER)));
    shut(listener);
}

/* ---- accepting ---- */

typedef struct dialler {
    const char *text;
    int fd;
} dialler;

static void call_dial(void *arg)
{
    dialler *const d = arg;
    d->fd = weft_dial(d->text, WEFT_NEVER);
}

static void test_accept_waits_for_a_connection(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    io_call accept = {.fd = listener, .deadline_ns = WEFT_NEVER};
    START(&wg, call_accept, &accept);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    weft_waitgroup_wait(&wg);
    const int there = opened((int)accept.result);
    write_text(there, "welcome");
    expect_text(here, "welcome");
    shut_both((int[]){here, there});
    shut(listener);
}

enum { SEVERAL = 5 };

static void test_each_acceptor_gets_one_connection(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    io_call accepts[SEVERAL];
    dialler dials[SEVERAL];
    for (size_t i = 0; i < SEVERAL; i++) {
        accepts[i] = (io_call){.fd = listener, .deadline_ns = WEFT_NEVER};
        dials[i] = (dialler){.text = text};
        START(&wg, call_accept, &accepts[i]);
        START(&wg, call_dial, &dials[i]);
    }
    weft_waitgroup_wait(&wg);
    for (size_t i = 0; i < SEVERAL; i++) {
        shut(opened(dials[i].fd));
    }
    for (size_t i = 0; i < SEVERAL; i++) {
        expect_end(opened((int)accepts[i].result));
        shut((int)accepts[i].result);
    }
    shut(listener);
}

static void test_connections_wait_to_be_accepted_in_order(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    int here[SEVERAL];
    const int listener = opened(weft_listen("127.0.0.1:0", SEVERAL));
    local_text(listener, text);
    for (int i = 0; i < SEVERAL; i++) {
        const char number = (char)('0' + i);
        here[i] = opened(weft_dial(text, WEFT_NEVER));
        write_all(here[i], &number, 1);
    }
    for (int i = 0; i < SEVERAL; i++) {
        const int there = opened(weft_accept(listener, WEFT_NEVER));
        char number = 0;
        read_all(there, &number, 1);
        assert_int_equal(number, '0' + i);
        shut_both((int[]){there, here[i]});
    }
    shut(listener);
}

static void test_a_connection_whose_peer_has_gone_is_accepted(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    write_text(here, "last words");
    shut(here);
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    expect_text(there, "last words");
    expect_end(there);
    shut(there);
    shut(listener);
}

static void test_a_closed_listener_ends_who_was_not_accepted(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    shut(listener);
    char byte = 0;
    const ssize_t n = weft_read(here, &byte, 1, WEFT_NEVER);
    assert_true(n == -ECONNRESET || n == 0);
    shut(here);
}

static void check_accept_is_invalid(const int ends[2])
{
    assert_int_equal(weft_accept(ends[0], WEFT_NEVER), -EINVAL);
    shut_both(ends);
}

static void test_only_listeners_accept(void **state)
{
    (void)state;
    on_each_stream(check_accept_is_invalid);
}

static void test_a_listener_is_not_read_or_written(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char byte = 0;
    const int listener = listen_here(text);
    assert_int_equal(weft_read(listener, &byte, 1, WEFT_NEVER), -ENOTCONN);
    const ssize_t n = weft_write(listener, &byte, 1, WEFT_NEVER);
    assert_true(n == -ENOTCONN || n == -EPIPE);
    shut(listener);
}

/* ---- addresses ---- */

static void check_addresses_of_ends(const int ends[2])
{
    char here[WEFT_ADDRESS_TEXT];
    char there[WEFT_ADDRESS_TEXT];
    local_text(ends[0], here);
    peer_text(ends[1], there);
    assert_string_equal(here, there);
    peer_text(ends[0], here);
    local_text(ends[1], there);
    assert_string_equal(here, there);
    shut_both(ends);
}

static void test_one_end_is_the_peer_of_the_other(void **state)
{
    (void)state;
    on_each_stream(check_addresses_of_ends);
}

static void test_the_accepted_end_has_the_address_of_the_listener(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char same[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int here = opened(weft_dial(text, WEFT_NEVER));
    const int there = opened(weft_accept(listener, WEFT_NEVER));
    local_text(there, same);
    assert_string_equal(text, same);
    shut_both((int[]){here, there});
    shut(listener);
}

static void test_a_listener_has_no_peer(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_address address;
    const int listener = listen_here(text);
    assert_int_equal(weft_peer_address(listener, &address), -ENOTCONN);
    shut(listener);
}

static void test_two_connections_have_two_ports(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char first[WEFT_ADDRESS_TEXT];
    char second[WEFT_ADDRESS_TEXT];
    const int listener = listen_here(text);
    const int ends[] = {opened(weft_dial(text, WEFT_NEVER)), opened(weft_dial(text, WEFT_NEVER))};
    local_text(ends[0], first);
    local_text(ends[1], second);
    assert_string_not_equal(first, second);
    shut_both(ends);
    shut(listener);
}

static void test_a_listener_that_is_shut_down_listens_no_more(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    weft_waitgroup wg = {{0}};
    const int listener = listen_here(text);
    io_call accept = {.fd = listener, .deadline_ns = WEFT_NEVER};
    START(&wg, call_accept, &accept);
    weft_yield();
    assert_int_equal(weft_shutdown(listener, SHUT_RD), 0);
    weft_waitgroup_wait(&wg);
    assert_int_equal(accept.result, -EINVAL);
    assert_int_equal(weft_dial(text, WEFT_NEVER), -ECONNREFUSED);
    shut(listener);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_port_0_takes_a_free_port),
        weft_unit_test(test_two_listeners_at_port_0_get_two_ports),
        weft_unit_test(test_a_port_with_a_listener_is_in_use),
        weft_unit_test(test_a_port_is_free_once_its_listener_is_closed),
        weft_unit_test(test_a_port_is_free_though_it_has_connections),
        weft_unit_test(test_no_listener_at_an_address_of_elsewhere),
        weft_unit_test(test_malformed_addresses_are_refused),
        weft_unit_test(test_a_dial_where_nobody_listens_is_refused),
        weft_unit_test(test_a_dial_is_done_before_the_accept),
        weft_unit_test(test_tcp_may_stand_in_front),
        weft_unit_test(test_a_listener_without_host_is_found_here_and_by_number),
        weft_unit_test(test_the_address_of_all_is_dialled_as_this_host),
        weft_unit_test(test_localhost_is_this_host),
        weft_unit_test(test_version_6_of_the_protocol),
        weft_unit_test(test_accept_waits_for_a_connection),
        weft_unit_test(test_each_acceptor_gets_one_connection),
        weft_unit_test(test_connections_wait_to_be_accepted_in_order),
        weft_unit_test(test_a_connection_whose_peer_has_gone_is_accepted),
        weft_unit_test(test_a_closed_listener_ends_who_was_not_accepted),
        weft_unit_test(test_a_listener_that_is_shut_down_listens_no_more),
        weft_unit_test(test_only_listeners_accept),
        weft_unit_test(test_a_listener_is_not_read_or_written),
        weft_unit_test(test_one_end_is_the_peer_of_the_other),
        weft_unit_test(test_the_accepted_end_has_the_address_of_the_listener),
        weft_unit_test(test_a_listener_has_no_peer),
        weft_unit_test(test_two_connections_have_two_ports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
