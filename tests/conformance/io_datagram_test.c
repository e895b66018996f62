/* io_datagram_test.c: datagrams.
 *
 * Goal:   each is one read, whole or cut, with its sender; who is sent to need not be there.
 * Method: a datagram may be lost, come twice and come late, so who expects an answer asks again,
 *         and what comes more than once is left out.
 * Source: weft.h, weft_recvfrom, weft_sendto; udp(7). */
#include "wires.h"

enum { PLENTY = 2048 };

static int socket_here(char ret_text[WEFT_ADDRESS_TEXT])
{
    return listen_at("udp:127.0.0.1:0", ret_text);
}

static weft_address address_of(const char *text)
{
    weft_address address;
    assert_int_equal(weft_address_parse(text, &address), 0);
    return address;
}

/* A socket, and one that has dialled it. */
static void join_datagrams(int ends[2])
{
    char text[WEFT_ADDRESS_TEXT];
    ends[1] = socket_here(text);
    ends[0] = opened(weft_dial(text, WEFT_NEVER));
}

/* Send `text` from fd until it comes to `there`, and what came: its size, first `size` bytes and
 * sender. */
static ssize_t pass(int fd, const char *text, size_t length, int there, void *buffer, size_t size,
                    weft_address *ret_from)
{
    ssize_t n = -ETIMEDOUT;
    while (n == -ETIMEDOUT) {
        assert_int_equal(weft_sendto(fd, text, length, NULL, WEFT_NEVER), length);
        n = weft_recvfrom(there, buffer, size, ret_from, weft_now() + WEFT_SECOND);
    }
    return n;
}

static void test_a_datagram_comes_as_it_was_sent(void **state)
{
    (void)state;
    int ends[2];
    char got[PLENTY] = "";
    join_datagrams(ends);
    assert_int_equal(pass(ends[0], "hello", 5, ends[1], got, sizeof got, NULL), 5);
    assert_string_equal(got, "hello");
    shut_both(ends);
}

static void test_a_datagram_has_a_sender(void **state)
{
    (void)state;
    int ends[2];
    char got[PLENTY];
    char here[WEFT_ADDRESS_TEXT];
    char sender[WEFT_ADDRESS_TEXT];
    weft_address from;
    join_datagrams(ends);
    local_text(ends[0], here);
    assert_int_equal(pass(ends[0], "x", 1, ends[1], got, sizeof got, &from), 1);
    (void)weft_address_text(&from, sender, sizeof sender);
    assert_string_equal(sender, here);
    assert_memory_equal(sender, "udp:127.0.0.1:", 14);
    shut_both(ends);
}

static void test_the_sender_can_be_answered(void **state)
{
    (void)state;
    int ends[2];
    char got[PLENTY] = "";
    weft_address from;
    ssize_t n = -ETIMEDOUT;
    join_datagrams(ends);
    assert_int_equal(pass(ends[0], "?", 1, ends[1], got, sizeof got, &from), 1);
    while (n == -ETIMEDOUT) {
        assert_int_equal(weft_sendto(ends[1], "answer", 6, &from, WEFT_NEVER), 6);
        n = weft_read(ends[0], got, sizeof got, weft_now() + WEFT_SECOND);
    }
    assert_int_equal(n, 6);
    assert_memory_equal(got, "answer", 6);
    shut_both(ends);
}

static void test_what_does_not_fit_is_lost(void **state)
{
    (void)state;
    int ends[2];
    char got[4] = "";
    join_datagrams(ends);
    assert_int_equal(pass(ends[0], "abcdef", 6, ends[1], got, 3, NULL), 3);
    assert_string_equal(got, "abc");
    for (int i = 0; i < 2; i++) { /* once more, perhaps; never the rest */
        const ssize_t n = weft_recvfrom(ends[1], got, 3, NULL, soon());
        assert_true(n == -ETIMEDOUT || (n == 3 && memcmp(got, "abc", 3) == 0));
    }
    shut_both(ends);
}

static void test_an_empty_datagram_comes(void **state)
{
    (void)state;
    int ends[2];
    char got[PLENTY];
    weft_address from = {0};
    join_datagrams(ends);
    assert_int_equal(pass(ends[0], "", 0, ends[1], got, sizeof got, &from), 0);
    assert_int_not_equal(from.size, 0);
    shut_both(ends);
}

static void test_what_is_too_large_is_refused(void **state)
{
    (void)state;
    int ends[2];
    char *const data = bytes(BIG);
    join_datagrams(ends);
    assert_int_equal(weft_write(ends[0], data, BIG, WEFT_NEVER), -EMSGSIZE);
    assert_int_equal(weft_sendto(ends[0], data, BIG, NULL, WEFT_NEVER), -EMSGSIZE);
    free(data);
    shut_both(ends);
}

static void test_read_and_write_take_datagrams(void **state)
{
    (void)state;
    int ends[2];
    char got[PLENTY] = "";
    ssize_t n = -ETIMEDOUT;
    join_datagrams(ends);
    while (n == -ETIMEDOUT) {
        write_text(ends[0], "whole");
        n = weft_read(ends[1], got, sizeof got, weft_now() + WEFT_SECOND);
    }
    assert_int_equal(n, 5);
    assert_string_equal(got, "whole");
    shut_both(ends);
}

static void test_pieces_become_one_datagram(void **state)
{
    (void)state;
    int ends[2];
    char first[2] = "";
    char second[PLENTY] = "";
    const struct iovec out[] = {{"ab", 2}, {NULL, 0}, {"cde", 3}};
    const struct iovec in[] = {{first, 1}, {second, sizeof second}};
    ssize_t n = -ETIMEDOUT;
    join_datagrams(ends);
    while (n == -ETIMEDOUT) {
        assert_int_equal(weft_writev(ends[0], out, 3, WEFT_NEVER), 5);
        n = weft_readv(ends[1], in, 2, weft_now() + WEFT_SECOND);
    }
    assert_int_equal(n, 5);
    assert_string_equal(first, "a");
    assert_string_equal(second, "bcde");
    shut_both(ends);
}

static void test_whoever_is_named_is_sent_to(void **state)
{
    (void)state;
    char text[2][WEFT_ADDRESS_TEXT];
    char got[PLENTY];
    weft_address from;
    char sender[WEFT_ADDRESS_TEXT];
    ssize_t n = -ETIMEDOUT;
    const int ends[] = {socket_here(text[0]), socket_here(text[1])};
    const weft_address to = address_of(text[1]);
    while (n == -ETIMEDOUT) {
        assert_int_equal(weft_sendto(ends[0], "x", 1, &to, WEFT_NEVER), 1);
        n = weft_recvfrom(ends[1], got, sizeof got, &from, weft_now() + WEFT_SECOND);
    }
    assert_int_equal(n, 1);
    (void)weft_address_text(&from, sender, sizeof sender);
    assert_string_equal(sender, text[0]);
    shut_both(ends);
}

static void test_nobody_in_particular_is_not_sent_to(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int fd = socket_here(text);
    assert_int_equal(weft_sendto(fd, "x", 1, NULL, WEFT_NEVER), -EDESTADDRREQ);
    assert_int_equal(weft_write(fd, "x", 1, WEFT_NEVER), -EDESTADDRREQ);
    shut(fd);
}

static void test_who_is_sent_to_need_not_be_there(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char nobody[WEFT_ADDRESS_TEXT];
    const int fd = socket_here(text);
    shut(socket_here(nobody));
    const weft_address to = address_of(nobody);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(weft_sendto(fd, "x", 1, &to, WEFT_NEVER), 1);
    }
    shut(fd);
}

static void test_who_is_dialled_need_not_be_there(void **state)
{
    (void)state;
    char nobody[WEFT_ADDRESS_TEXT];
    shut(socket_here(nobody));
    const int fd = opened(weft_dial(nobody, WEFT_NEVER));
    assert_int_equal(weft_write(fd, "x", 1, WEFT_NEVER), 1);
    shut(fd);
}

static void test_a_dialled_socket_hears_its_peer_only(void **state)
{
    (void)state;
    int ends[2];
    char text[WEFT_ADDRESS_TEXT];
    char here[WEFT_ADDRESS_TEXT];
    char byte = 0;
    join_datagrams(ends);
    local_text(ends[0], here);
    const int stranger = socket_here(text);
    const weft_address to = address_of(here);
    assert_int_equal(weft_sendto(stranger, "s", 1, &to, WEFT_NEVER), 1);
    assert_int_equal(weft_recvfrom(ends[0], &byte, 1, NULL, soon()), -ETIMEDOUT);
    shut_both(ends);
    shut(stranger);
}

static void test_port_0_takes_a_free_port(void **state)
{
    (void)state;
    char text[2][WEFT_ADDRESS_TEXT];
    const int fds[] = {socket_here(text[0]), socket_here(text[1])};
    assert_string_not_equal(text[0], text[1]);
    assert_int_equal(weft_listen(text[0], 0), -EADDRINUSE);
    shut_both(fds);
}

static void test_datagrams_and_streams_have_ports_of_their_own(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int fd = socket_here(text);
    const int listener = weft_listen(text + strlen("udp:"), 0); /* another program may be there */
    assert_true(listener >= 0 || listener == -EADDRINUSE);
    if (listener >= 0) {
        shut(listener);
    }
    shut(fd);
}

static void test_the_peer_of_a_dialled_socket(void **state)
{
    (void)state;
    int ends[2];
    char there[WEFT_ADDRESS_TEXT];
    char peer[WEFT_ADDRESS_TEXT];
    weft_address address;
    join_datagrams(ends);
    local_text(ends[1], there);
    peer_text(ends[0], peer);
    assert_string_equal(peer, there);
    assert_int_equal(weft_peer_address(ends[1], &address), -ENOTCONN);
    shut_both(ends);
}

static void test_datagrams_are_not_accepted(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    const int fd = socket_here(text);
    assert_true(weft_accept(fd, WEFT_NEVER) < 0);
    shut(fd);
}

static void check_stream(const int ends[2])
{
    const weft_address to = address_of("127.0.0.1:1");
    char byte = 0;
    const ssize_t n = weft_sendto(ends[0], "x", 1, &to, WEFT_NEVER);
    assert_true(n == 1 || n == -EISCONN); /* as the system has it: the peer is who it is */
    if (n == 1) {
        assert_int_equal(weft_recvfrom(ends[1], &byte, 1, NULL, WEFT_NEVER), 1);
    }
    shut_both(ends);
}

static void test_a_connection_has_but_one_peer(void **state)
{
    (void)state;
    on_tcp(check_stream);
}

/* As read(2) of a socket, unlike recvfrom(2). */
static void test_a_read_of_nothing_takes_no_datagram(void **state)
{
    (void)state;
    int ends[2];
    char byte = 0;
    join_datagrams(ends);
    do {
        write_text(ends[0], "x");
    } while (weft_poll(ends[1], POLLIN, weft_now() + WEFT_SECOND) != POLLIN);
    assert_int_equal(weft_read(ends[1], &byte, 0, WEFT_NEVER), 0);
    assert_int_equal(weft_poll(ends[1], POLLIN, 0), POLLIN);
    assert_int_equal(weft_recvfrom(ends[1], &byte, 1, NULL, WEFT_NEVER), 1);
    shut_both(ends);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_datagram_comes_as_it_was_sent),
        weft_unit_test(test_a_datagram_has_a_sender),
        weft_unit_test(test_the_sender_can_be_answered),
        weft_unit_test(test_what_does_not_fit_is_lost),
        weft_unit_test(test_an_empty_datagram_comes),
        weft_unit_test(test_what_is_too_large_is_refused),
        weft_unit_test(test_read_and_write_take_datagrams),
        weft_unit_test(test_a_read_of_nothing_takes_no_datagram),
        weft_unit_test(test_pieces_become_one_datagram),
        weft_unit_test(test_whoever_is_named_is_sent_to),
        weft_unit_test(test_nobody_in_particular_is_not_sent_to),
        weft_unit_test(test_who_is_sent_to_need_not_be_there),
        weft_unit_test(test_who_is_dialled_need_not_be_there),
        weft_unit_test(test_a_dialled_socket_hears_its_peer_only),
        weft_unit_test(test_port_0_takes_a_free_port),
        weft_unit_test(test_datagrams_and_streams_have_ports_of_their_own),
        weft_unit_test(test_the_peer_of_a_dialled_socket),
        weft_unit_test(test_datagrams_are_not_accepted),
        weft_unit_test(test_a_connection_has_but_one_peer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
