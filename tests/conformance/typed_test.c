/* typed_test.c: the macros of weft/typed.h do what the calls of weft.h do, for each kind of type.
 *
 * Goal:   each macro is expanded and run; that typed channels pass between functions without a
 *         typedef, that arguments are evaluated once, and that types are what they should be.
 * Source: weft/typed.h. What must not compile cannot stand here: see WEFT__IS, tested below. */
#include <weft/typed.h>

#include "peers.h"

#include <string.h>

typedef struct point {
    int x;
    double y;
    const char *name;
} point;

#define SAME_TYPE(a, b) __builtin_types_compatible_p(a, b)

/* ---- Types ---- */

static void test_the_same_element_makes_the_same_type(void **state)
{
    (void)state;
    assert_true(SAME_TYPE(WEFT_CHAN(int), WEFT_CHAN(int)));
    assert_true(SAME_TYPE(WEFT_CHAN(point), WEFT_CHAN(struct point)));
    assert_true(SAME_TYPE(WEFT_CHAN(const char *), WEFT_CHAN(char const *)));
    assert_true(SAME_TYPE(WEFT_CHAN(WEFT_CHAN(int)), WEFT_CHAN(WEFT_CHAN(int))));
}

static void test_another_element_makes_another_type(void **state)
{
    (void)state;
    assert_false(SAME_TYPE(WEFT_CHAN(int), WEFT_CHAN(unsigned)));
    assert_false(SAME_TYPE(WEFT_CHAN(long), WEFT_CHAN(long long)));
    assert_false(SAME_TYPE(WEFT_CHAN(char *), WEFT_CHAN(const char *)));
    assert_false(SAME_TYPE(WEFT_CHAN(int), WEFT_CHAN(WEFT_CHAN(int))));
    assert_false(SAME_TYPE(WEFT_CHAN(int), weft_chan *));
}

static void test_the_element_type_is_recovered(void **state)
{
    (void)state;
    WEFT_CHAN(int) a = NULL;
    WEFT_CHAN(point) b = NULL;
    WEFT_CHAN(int (*)(const char *)) c = NULL;
    assert_true(SAME_TYPE(WEFT_ELEM(a), int));
    assert_true(SAME_TYPE(WEFT_ELEM(b), point));
    assert_true(SAME_TYPE(WEFT_ELEM(c), int (*)(const char *)));
    assert_null(weft_untyped(a));
    assert_null(weft_untyped(b));
    assert_null(weft_untyped(c));
}

/* What the compile-time checks of receive pointers are made of. */
static void test_the_type_check_tells_pointers_apart(void **state)
{
    (void)state;
    int value = 0;
    int array[2] = {0, 0};
    long other = 0;
    int *const constant_pointer = &value;
    const int *const pointer_to_constant = &value;
    assert_true(WEFT__IS(&value, int *));
    assert_true(WEFT__IS(array, int *));
    assert_true(WEFT__IS(constant_pointer, int *));
    assert_true(WEFT__IS(NULL, void *));
    assert_false(WEFT__IS(&other, int *));
    assert_false(WEFT__IS(value, int *));
    assert_false(WEFT__IS(pointer_to_constant, int *));
    assert_false(WEFT__IS(&array, int *));
}

/* ---- Make, reference, len, cap, close ---- */

static void test_make_uses_the_size_of_the_type(void **state)
{
    (void)state;
    WEFT_CHAN(point) ch = weft_make(point, 2);
    assert_non_null(ch);
    assert_int_equal(2, weft_cap(ch));
    assert_int_equal(0, weft_len(ch));
    const point sent = {1, 2.5, "three"};
    point got;
    weft_chan_send(weft_untyped(ch), &sent);
    assert_int_equal(1, weft_len(ch));
    assert_true(weft_chan_recv(weft_untyped(ch), &got));
    assert_string_equal("three", got.name);
    weft_release(ch);
}

static void test_make_returns_null_as_weft_chan_make(void **state)
{
    (void)state;
    WEFT_CHAN(int64_t) ch = weft_make(int64_t, SIZE_MAX / 4);
    assert_null(ch);
    weft_release(ch);
    assert_null(weft_retain(ch));
    assert_int_equal(0, weft_len(ch));
    assert_int_equal(0, weft_cap(ch));
}

static void test_retain_and_release_count_references(void **state)
{
    (void)state;
    WEFT_CHAN(char) ch = weft_make(char, 1);
    WEFT_CHAN(char) same = weft_retain(ch);
    assert_ptr_equal(ch, same);
    weft_release(ch);
    weft_send(same, 'x');
    assert_int_equal(1, weft_len(same));
    weft_release(same);
}

static void test_untyped_and_typed_are_inverse(void **state)
{
    (void)state;
    weft_chan *const chan = ints(1);
    WEFT_CHAN(int) ch = weft_typed(int, chan);
    assert_ptr_equal(chan, weft_untyped(ch));
    weft_send(ch, 5);
    assert_int_equal(5, recv_int(chan));
    weft_release(ch);
}

static void test_a_timer_channel_gets_a_type(void **state)
{
    (void)state;
    const int64_t start_ns = weft_now();
    int64_t at_ns = 0;
    assert_true(weft_recv(weft_typed(int64_t, weft_after(0)), &at_ns));
    assert_true(at_ns >= start_ns);
}

static void test_close_ends_a_typed_channel(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = weft_make(int, 1);
    int value = 7;
    weft_close_chan(ch);
    assert_false(weft_recv(ch, &value));
    assert_int_equal(0, value);
    assert_true(panics(do_close, weft_untyped(ch)));
    weft_release(ch);
}

/* ---- Send and receive ---- */

static void test_a_value_is_sent_and_received(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = weft_make(int, 4);
    int value = 0;
    weft_send(ch, 42);
    weft_send(ch, value + 1);
    assert_true(weft_recv(ch, &value));
    assert_int_equal(42, value);
    assert_true(weft_recv(ch, &value));
    assert_int_equal(1, value);
    weft_release(ch);
}

static void test_a_struct_is_sent_as_a_compound_literal(void **state)
{
    (void)state;
    WEFT_CHAN(point) ch = weft_make(point, 2);
    weft_send(ch, (point){.x = 1, .y = 2.5, .name = "a"});
    assert_int_equal(0, weft_try_send(ch, (point){3, 4.5, "b"}));
    assert_int_equal(-EAGAIN, weft_try_send(ch, (point){5, 6.5, "c"}));
    point got;
    assert_true(weft_recv(ch, &got));
    assert_true(got.x == 1 && got.y > 2 && strcmp(got.name, "a") == 0);
    assert_true(weft_recv(ch, &got));
    assert_true(got.x == 3 && got.y > 4 && strcmp(got.name, "b") == 0);
    weft_release(ch);
}

static void test_pointers_are_sent(void **state)
{
    (void)state;
    WEFT_CHAN(const char *) ch = weft_make(const char *, 2);
    const char *text = "?";
    weft_send(ch, "text");
    weft_send(ch, NULL);
    assert_true(weft_recv(ch, &text));
    assert_string_equal("text", text);
    assert_true(weft_recv(ch, &text));
    assert_null(text);
    weft_release(ch);
}

static int answer(const char *question)
{
    return (int)strlen(question);
}

static void test_function_pointers_are_sent(void **state)
{
    (void)state;
    WEFT_CHAN(int (*)(const char *)) ch = weft_make(int (*)(const char *), 1);
    int (*function)(const char *) = NULL;
    weft_send(ch, answer);
    assert_true(weft_recv(ch, &function));
    assert_int_equal(6, function("answer"));
    weft_release(ch);
}

static void test_a_value_is_converted_to_the_element_type(void **state)
{
    (void)state;
    WEFT_CHAN(double) ch = weft_make(double, 1);
    double value = 0;
    weft_send(ch, 3);
    assert_true(weft_recv(ch, &value));
    assert_true(value > 2.5 && value < 3.5);
    weft_release(ch);
}

static void test_a_value_is_received_into_an_array(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = weft_make(int, 2);
    int values[3] = {7, 7, 7};
    weft_send(ch, 1);
    weft_send(ch, 2);
    assert_true(weft_recv(ch, values));
    assert_true(weft_recv(ch, &values[1]));
    assert_int_equal(1, values[0]);
    assert_int_equal(2, values[1]);
    assert_int_equal(7, values[2]);
    weft_release(ch);
}

static void test_null_receives_and_discards(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = weft_make(int, 3);
    int value = 0;
    for (int i = 1; i <= 3; i++) {
        weft_send(ch, i);
    }
    assert_true(weft_recv(ch, NULL));
    assert_int_equal(0, weft_try_recv(ch, NULL));
    assert_int_equal(0, weft_recv_until(ch, &value, WEFT_NEVER));
    assert_int_equal(3, value);
    weft_release(ch);
}

static void test_try_variants_return_what_theirs_return(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = weft_make(int, 1);
    int value = 0;
    assert_int_equal(-EAGAIN, weft_try_recv(ch, &value));
    assert_int_equal(0, weft_try_send(ch, 1));
    assert_int_equal(-EAGAIN, weft_try_send(ch, 2));
    assert_int_equal(0, weft_try_recv(ch, &value));
    assert_int_equal(1, value);
    weft_close_chan(ch);
    assert_int_equal(-EPIPE, weft_try_recv(ch, &value));
    weft_release(ch);
}

static void test_until_variants_return_what_theirs_return(void **state)
{
    (void)state;
    WEFT_CHAN(point) ch = weft_make(point, 1);
    point got = {.x = 0};
    assert_int_equal(-ETIMEDOUT, weft_recv_until(ch, &got, soon()));
    assert_int_equal(0, weft_send_until(ch, ((point){1, 2, "x"}), WEFT_NEVER));
    assert_int_equal(-ETIMEDOUT, weft_send_until(ch, got, weft_now()));
    assert_int_equal(0, weft_recv_until(ch, &got, WEFT_NEVER));
    assert_int_equal(1, got.x);
    weft_close_chan(ch);
    assert_int_equal(-EPIPE, weft_recv_until(ch, &got, WEFT_NEVER));
    weft_release(ch);
}

static void test_arguments_are_evaluated_once(void **state)
{
    (void)state;
    WEFT_CHAN(int) chans[2] = {weft_make(int, 4), weft_make(int, 4)};
    int values[2] = {1, 2};
    int got[2] = {0, 0};
    int ch = 0;
    int i = 0;
    weft_send(chans[ch++], values[i++]);
    assert_int_equal(0, weft_try_send(chans[--ch], values[i--]));
    assert_int_equal(0, weft_send_until(chans[ch++], values[i++], WEFT_NEVER));
    assert_int_equal(1, ch);
    assert_int_equal(1, i);
    assert_int_equal(3, weft_len(chans[--ch]));
    assert_true(weft_recv(chans[ch++], &got[--i]));
    assert_true(weft_recv(chans[--ch], &got[++i]));
    assert_int_equal(1, got[0]);
    assert_int_equal(2, got[1]);
    weft_release(chans[ch++]);
    weft_release(chans[ch++]);
    assert_int_equal(2, ch);
}

/* ---- Between functions ---- */

static WEFT_CHAN(int) make_numbers(size_t capacity)
{
    return weft_make(int, capacity);
}

static void send_numbers(WEFT_CHAN(int) ch, int count)
{
    for (int i = 0; i < count; i++) {
        weft_send(ch, i);
    }
    weft_close_chan(ch);
}

static int sum_numbers(WEFT_CHAN(int) ch)
{
    int sum = 0;
    for (int value = 0; weft_recv(ch, &value);) {
        sum += value;
    }
    return sum;
}

static void test_a_channel_passes_between_functions_without_a_typedef(void **state)
{
    (void)state;
    WEFT_CHAN(int) ch = make_numbers(5);
    send_numbers(ch, 5);
    assert_int_equal(10, sum_numbers(ch));
    weft_release(ch);
}

typedef struct job {
    WEFT_CHAN(int) numbers;
    WEFT_CHAN(point) results;
} job;

static void add_up(void *arg)
{
    const job *const j = arg;
    weft_send(j->results, (point){.x = sum_numbers(j->numbers), .name = "sum"});
}

static void test_a_goroutine_uses_typed_channels_from_a_struct(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    const job j = {.numbers = make_numbers(0), .results = weft_make(point, 0)};
    START(&wg, add_up, (void *)(uintptr_t)&j);
    send_numbers(j.numbers, 4);
    point result;
    assert_true(weft_recv(j.results, &result));
    assert_int_equal(6, result.x);
    weft_waitgroup_wait(&wg);
    weft_release(j.numbers);
    weft_release(j.results);
}

static void double_requests(void *arg)
{
    WEFT_CHAN(WEFT_CHAN(int)) requests = weft_typed(WEFT_CHAN(int), arg);
    WEFT_CHAN(int) reply = NULL;
    int value = 0;
    while (weft_recv(requests, &reply)) {
        assert_true(weft_recv(reply, &value));
        weft_send(reply, 2 * value);
    }
}

static void test_a_typed_channel_carries_typed_channels(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    WEFT_CHAN(WEFT_CHAN(int)) requests = weft_make(WEFT_CHAN(int), 0);
    WEFT_CHAN(int) reply = make_numbers(0);
    START(&wg, double_requests, weft_untyped(requests));
    int value = 0;
    weft_send(requests, reply);
    weft_send(reply, 21);
    assert_true(weft_recv(reply, &value));
    assert_int_equal(42, value);
    weft_close_chan(requests);
    weft_waitgroup_wait(&wg);
    weft_release(requests);
    weft_release(reply);
}

/* ---- Select ---- */

static void test_typed_cases_in_a_select(void **state)
{
    (void)state;
    WEFT_CHAN(int) numbers = make_numbers(1);
    WEFT_CHAN(point) points = weft_make(point, 1);
    int number = 0;
    const point sent = {.x = 5};
    weft_send(points, sent);
    weft_case cases[] = {WEFT_RECV_TYPED(numbers, &number), WEFT_SEND_TYPED(points, &sent),
                         WEFT_DEFAULT};
    assert_int_equal(2, weft_select(cases, 3));
    weft_send(numbers, 3);
    assert_int_equal(0, weft_select(cases, 3));
    assert_true(cases[0].ok);
    assert_int_equal(3, number);
    assert_true(weft_recv(points, NULL));
    assert_int_equal(1, weft_select(cases, 3));
    point got;
    assert_true(weft_recv(points, &got));
    assert_int_equal(5, got.x);
    weft_release(numbers);
    weft_release(points);
}

static void test_typed_and_untyped_cases_mix(void **state)
{
    (void)state;
    WEFT_CHAN(int) numbers = make_numbers(1);
    weft_chan *const plain = ints(0);
    WEFT_CHAN(int) never = NULL;
    weft_case cases[] = {WEFT_RECV(plain, NULL), WEFT_RECV_TYPED(never, NULL),
                         WEFT_SEND_TYPED(numbers, &(int){9}), WEFT_UNTIL(WEFT_NEVER)};
    assert_int_equal(2, weft_select(cases, 4));
    int value = 0;
    assert_true(weft_recv(numbers, &value));
    assert_int_equal(9, value);
    weft_release(numbers);
    weft_chan_release(plain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_the_same_element_makes_the_same_type),
        weft_unit_test(test_another_element_makes_another_type),
        weft_unit_test(test_the_element_type_is_recovered),
        weft_unit_test(test_the_type_check_tells_pointers_apart),
        weft_unit_test(test_make_uses_the_size_of_the_type),
        weft_unit_test(test_make_returns_null_as_weft_chan_make),
        weft_unit_test(test_retain_and_release_count_references),
        weft_unit_test(test_untyped_and_typed_are_inverse),
        weft_unit_test(test_a_timer_channel_gets_a_type),
        weft_unit_test(test_close_ends_a_typed_channel),
        weft_unit_test(test_a_value_is_sent_and_received),
        weft_unit_test(test_a_struct_is_sent_as_a_compound_literal),
        weft_unit_test(test_pointers_are_sent),
        weft_unit_test(test_function_pointers_are_sent),
        weft_unit_test(test_a_value_is_converted_to_the_element_type),
        weft_unit_test(test_a_value_is_received_into_an_array),
        weft_unit_test(test_null_receives_and_discards),
        weft_unit_test(test_try_variants_return_what_theirs_return),
        weft_unit_test(test_until_variants_return_what_theirs_return),
        weft_unit_test(test_arguments_are_evaluated_once),
        weft_unit_test(test_a_channel_passes_between_functions_without_a_typedef),
        weft_unit_test(test_a_goroutine_uses_typed_channels_from_a_struct),
        weft_unit_test(test_a_typed_channel_carries_typed_channels),
        weft_unit_test(test_typed_cases_in_a_select),
        weft_unit_test(test_typed_and_untyped_cases_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
