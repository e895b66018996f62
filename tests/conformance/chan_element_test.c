/* chan_element_test.c: what a channel copies.
 *
 * Goal:   elem_size bytes are copied, no more and no less, from the buffer and from hand to hand;
 *         size 0 and NULL pointers are allowed; a NULL receive pointer discards.
 * Source: weft.h, "Channels"; Go spec, "Send statements", "Receive operator".
 * Method: Values follow a pattern; the target of a receive lies between guard bytes. */
#include "peers.h"

#include <string.h>

/* ---- Element sizes: elem_size bytes are copied, no more and no less ---- */

enum { LARGEST = 4096, GUARD = 16, VALUES = 3 };

typedef struct block {
    weft_chan *ch;
    size_t size;
} block;

static unsigned char pattern(int value, size_t i)
{
    return (unsigned char)(1 + (size_t)value * 31 + i * 7);
}

static void send_blocks(void *arg)
{
    const block *const b = arg;
    unsigned char bytes[LARGEST];
    for (int value = 0; value < VALUES; value++) {
        for (size_t i = 0; i < b->size; i++) {
            bytes[i] = pattern(value, i);
        }
        weft_chan_send(b->ch, bytes);
        memset(bytes, 0xee, sizeof bytes);
    }
    weft_chan_close(b->ch);
}

static bool all_bytes_are(const unsigned char *bytes, size_t count, unsigned char byte)
{
    for (size_t i = 0; i < count; i++) {
        if (bytes[i] != byte) {
            return false;
        }
    }
    return true;
}

static void recv_blocks(const block *b)
{
    unsigned char bytes[GUARD + LARGEST + GUARD];
    unsigned char *const target = bytes + GUARD;
    for (int value = 0; value <= VALUES; value++) {
        memset(bytes, 0xcc, sizeof bytes);
        assert_int_equal(value < VALUES, weft_chan_recv(b->ch, target));
        for (size_t i = 0; i < b->size; i++) {
            assert_int_equal(value < VALUES ? pattern(value, i) : 0, target[i]);
        }
        assert_true(all_bytes_are(bytes, GUARD, 0xcc));
        assert_true(all_bytes_are(target + b->size, GUARD, 0xcc));
    }
}

static void check_size(size_t size)
{
    for (size_t capacity = 0; capacity <= 2; capacity++) {
        weft_waitgroup wg = {{0}};
        block b = {.ch = weft_chan_make(size, capacity), .size = size};
        START(&wg, send_blocks, &b);
        recv_blocks(&b);
        weft_waitgroup_wait(&wg);
        weft_chan_release(b.ch);
    }
}

static void test_elements_of_0_bytes(void **state)
{
    (void)state;
    check_size(0);
}

static void test_elements_of_1_byte(void **state)
{
    (void)state;
    check_size(1);
}

static void test_elements_of_3_bytes(void **state)
{
    (void)state;
    check_size(3);
}

static void test_elements_of_8_bytes(void **state)
{
    (void)state;
    check_size(8);
}

static void test_elements_of_24_bytes(void **state)
{
    (void)state;
    check_size(24);
}

static void test_elements_of_4096_bytes(void **state)
{
    (void)state;
    check_size(LARGEST);
}

static void test_values_need_not_be_aligned(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(sizeof(uint64_t), 1);
    const char text[] = "?12345678";
    char into[10] = "?????????";
    weft_chan_send(ch, text + 1);
    assert_true(weft_chan_recv(ch, into + 1));
    assert_memory_equal(text, into, sizeof text);
    weft_chan_release(ch);
}

static void send_nothing(void *ch)
{
    weft_chan_send(ch, NULL);
    assert_int_equal(0, weft_chan_send_until(ch, NULL, WEFT_NEVER));
    weft_chan_close(ch);
}

static void test_zero_size_elements_are_null_pointers(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = weft_chan_make(0, 0);
    assert_int_equal(-EAGAIN, weft_chan_try_send(ch, NULL));
    START(&wg, send_nothing, ch);
    assert_true(weft_chan_recv(ch, NULL));
    assert_int_equal(0, weft_chan_recv_until(ch, NULL, WEFT_NEVER));
    assert_false(weft_chan_recv(ch, NULL));
    assert_int_equal(-EPIPE, weft_chan_try_recv(ch, NULL));
    weft_waitgroup_wait(&wg);
    weft_chan_release(ch);
}

static void test_zero_size_buffer_counts(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(0, 2);
    assert_int_equal(0, weft_chan_try_send(ch, NULL));
    assert_int_equal(0, weft_chan_try_send(ch, NULL));
    assert_int_equal(-EAGAIN, weft_chan_try_send(ch, NULL));
    assert_int_equal(2, weft_chan_len(ch));
    assert_true(weft_chan_recv(ch, NULL));
    assert_int_equal(1, weft_chan_len(ch));
    weft_chan_release(ch);
}

/* ---- A NULL receive pointer receives and discards ---- */

static void test_discard_takes_the_oldest_from_the_buffer(void **state)
{
    (void)state;
    weft_chan *const ch = ints(3);
    for (int i = 1; i <= 3; i++) {
        send_int(ch, i);
    }
    assert_true(weft_chan_recv(ch, NULL));
    assert_int_equal(0, weft_chan_try_recv(ch, NULL));
    assert_int_equal(3, recv_int(ch));
    weft_chan_release(ch);
}

static void test_discard_meets_a_sender(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    stream s = {.out = ints(0), .first = 1, .count = 3};
    START(&wg, send_ascending, &s);
    assert_true(weft_chan_recv(s.out, NULL));
    assert_int_equal(0, weft_chan_recv_until(s.out, NULL, WEFT_NEVER));
    assert_int_equal(3, recv_int(s.out));
    weft_waitgroup_wait(&wg);
    weft_chan_release(s.out);
}

static void discard_one(void *ch)
{
    assert_true(weft_chan_recv(ch, NULL));
}

static void test_a_parked_discarding_receiver_is_served(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    weft_chan *const ch = ints(0);
    START(&wg, discard_one, ch);
    send_int(ch, 1);
    weft_waitgroup_wait(&wg);
    assert_int_equal(-EAGAIN, try_send_int(ch, 2));
    weft_chan_release(ch);
}

static void test_discard_from_a_closed_channel_returns_false(void **state)
{
    (void)state;
    weft_chan *const ch = ints(1);
    send_int(ch, 1);
    weft_chan_close(ch);
    assert_true(weft_chan_recv(ch, NULL));
    assert_false(weft_chan_recv(ch, NULL));
    assert_int_equal(-EPIPE, weft_chan_try_recv(ch, NULL));
    assert_int_equal(-EPIPE, weft_chan_recv_until(ch, NULL, WEFT_NEVER));
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_elements_of_0_bytes),
        weft_unit_test(test_elements_of_1_byte),
        weft_unit_test(test_elements_of_3_bytes),
        weft_unit_test(test_elements_of_8_bytes),
        weft_unit_test(test_elements_of_24_bytes),
        weft_unit_test(test_elements_of_4096_bytes),
        weft_unit_test(test_values_need_not_be_aligned),
        weft_unit_test(test_zero_size_elements_are_null_pointers),
        weft_unit_test(test_zero_size_buffer_counts),
        weft_unit_test(test_discard_takes_the_oldest_from_the_buffer),
        weft_unit_test(test_discard_meets_a_sender),
        weft_unit_test(test_a_parked_discarding_receiver_is_served),
        weft_unit_test(test_discard_from_a_closed_channel_returns_false),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
