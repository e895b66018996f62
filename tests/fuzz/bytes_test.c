/* bytes_test.c: every byte string is an input and a schedule; what it decides can be written as
 * bytes again and decides the same; cut off, it decides the beginning of it. And a schedule file
 * keeps the input. */
#include "../support/explore.h"

#include "bytes.h"
#include "memory.h"
#include "schedule/schedule.h"

enum { STRINGS = 2000, SIZE_MAX_BYTES = 40 };

static weft_chan *ch;
static int shared;

static void work(void *arg)
{
    int value = 0;
    (void)arg;
    for (int i = 0; i < 3; i++) {
        weft_chan_send(ch, &value);
        WEFT_WRITE(shared, WEFT_READ(shared) + (int)weft_choose(5));
        (void)weft_chan_recv(ch, &value);
    }
}

/* Goroutines, timers and choices. */
static void busy(void *arg)
{
    weft_waitgroup ended = {0};
    (void)arg;
    ch = weft_chan_make(sizeof(int), 2);
    for (int i = 0; i < 3; i++) {
        weft_waitgroup_go(&ended, work, NULL);
    }
    weft_sleep(WEFT_SECOND);
    weft_waitgroup_wait(&ended);
}

/* Departs from the default late only, and to far tasks. */
static void write_often(void *arg)
{
    (void)arg;
    for (int i = 0; i < 600; i++) {
        WEFT_WRITE(shared, i);
    }
}

static void long_and_wide(void *arg)
{
    (void)arg;
    for (int i = 0; i < 600; i++) {
        weft_go(write_often, NULL);
        if (i == 300) {
            WEFT_ASSERT(weft_choose(1000) < 1000);
        }
    }
}

static weft__plan plan_for(weft_fn *fn, weft__strategy *strategy)
{
    return (weft__plan){.main_fn = fn,
                        .strategy = strategy,
                        .seed = 1,
                        .exploration = 1,
                        .max_steps = 1000000,
                        .tail_steps = 100000,
                        .elastic = true,
                        .replaying = true,
                        .starts_first = true,
                        .same_random = true};
}

/* Execute a string; what it decided is added to `decisions`. */
static weft__hash128 execute(weft_fn *fn, const uint8_t *data, size_t size,
                             weft__decisions *decisions)
{
    weft__bytes bytes;
    weft__bytes_init(&bytes);
    (void)weft__bytes_set(&bytes, data, size);
    weft__plan plan = plan_for(fn, &bytes.strategy);
    plan.record = decisions;
    (void)weft__run_execute(&plan);
    return weft__trace_hash(&weft__the_run.trace);
}

static void expect_same_trace(weft__hash128 a, weft__hash128 b)
{
    assert_int_equal(a.high, b.high);
    assert_int_equal(a.low, b.low);
}

/* By decisions, and by the bytes made of them. */
static void check_round_trip(weft_fn *fn, const weft__decisions *decisions, weft__hash128 hash)
{
    const uint8_t input[] = {'i', 0xfe, 0xff};
    weft__plan plan = plan_for(fn, NULL);
    weft__decisions again = {0};
    weft__bytes bytes;
    size_t size = 0;
    uint8_t *const made = weft__bytes_make(decisions, &plan, input, sizeof input, &size);
    assert_non_null(made);
    expect_same_trace(weft__trace_hash(&weft__the_run.trace), hash);
    weft__bytes_init(&bytes);
    assert_int_equal(weft__bytes_set(&bytes, made, size), sizeof input);
    assert_memory_equal(made, input, sizeof input);
    expect_same_trace(execute(fn, made, size, &again), hash);
    assert_int_equal(again.count, decisions->count);
    assert_memory_equal(again.list, decisions->list, again.count * sizeof *again.list);
    free(again.list);
    free(made);
}

static void draw_string(weft__stream *dice, uint8_t data[SIZE_MAX_BYTES], size_t *ret_size)
{
    *ret_size = weft__draw(dice, SIZE_MAX_BYTES - 1) + 1;
    data[0] = 0xfe;
    for (size_t i = 1; i < *ret_size; i++) {
        const uint32_t byte = weft__draw(dice, 32);
        data[i] = byte == 31 ? 0xff : (uint8_t)byte;
    }
}

__attribute__((noinline)) static void check_strings(void)
{
    weft__stream dice;
    weft__stream_seed(&dice, 1, 1);
    size_t departed = 0;
    for (int i = 0; i < STRINGS; i++) {
        uint8_t data[SIZE_MAX_BYTES];
        size_t size = 0;
        weft__decisions decisions = {0};
        weft__decisions cut_off = {0};
        draw_string(&dice, data, &size);
        const weft__hash128 hash = execute(busy, data, size, &decisions);
        expect_same_trace(execute(busy, data, size, NULL), hash);
        check_round_trip(busy, &decisions, hash);
        (void)execute(busy, data, weft__draw(&dice, (uint32_t)size) + 1, &cut_off);
        assert_true(cut_off.count <= decisions.count);
        if (cut_off.count != 0) {
            assert_memory_equal(cut_off.list, decisions.list, cut_off.count * sizeof *cut_off.list);
        }
        departed += decisions.count;
        free(cut_off.list);
        free(decisions.list);
    }
    assert_true(departed > STRINGS);
}

__attribute__((noinline)) static void check_far(void)
{
    const uint8_t data[] = {0xfe, 0xff, 0xff, 0xff, 3, 0xff, 0xff, 1, 0xff, 9, 0xff, 0xff, 0xfd};
    weft__decisions decisions = {0};
    const weft__hash128 hash = execute(long_and_wide, data, sizeof data, &decisions);
    assert_int_equal(decisions.count, 2);
    check_round_trip(long_and_wide, &decisions, hash);
    free(decisions.list);
}

static void with_memory_put_back(void (*check)(void))
{
    weft__the_run.goroutine_limit = 10000;
    weft__memory_remember(false, __builtin_frame_address(0));
    check();
    weft__memory_forget();
}

static void test_what_a_string_decides_can_be_written_and_cut_off(void **state)
{
    (void)state;
    with_memory_put_back(check_strings);
}

static void test_numbers_have_no_limit(void **state)
{
    (void)state;
    with_memory_put_back(check_far);
}

static void test_the_last_divider_counts(void **state)
{
    (void)state;
    weft__bytes bytes;
    weft__bytes_init(&bytes);
    assert_int_equal(weft__bytes_set(&bytes, NULL, 0), 0);
    assert_int_equal(weft__bytes_set(&bytes, (const uint8_t *)"abc", 3), 3);
    assert_int_equal(bytes.schedule_size, 0);
    assert_int_equal(weft__bytes_set(&bytes,
                                     (const uint8_t *)"a\xfe"
                                                      "b\xfe"
                                                      "cd",
                                     6),
                     3);
    assert_int_equal(bytes.schedule_size, 2);
    assert_int_equal(bytes.schedule[0], 'c');
    assert_int_equal(weft__bytes_set(&bytes, (const uint8_t *)"\xfe", 1), 0);
}

/* What the mutators do: read departures and write them again, as many as there is room for. */
static void test_departures_can_be_read_and_written(void **state)
{
    enum { COUNT = 4, ROOM = 16 };
    (void)state;
    const weft__departure list[COUNT] = {{0, 1}, {1, 300}, {40, 253}, {400, 0}};
    uint8_t data[ROOM] = "in";
    weft__departure again[COUNT];
    for (size_t room = 3; room <= ROOM; room++) {
        const size_t size = weft__bytes_put(data, 2, room, list, COUNT);
        assert_true(size <= room);
        assert_int_equal(weft__bytes_input(data, size), 2);
        const size_t count = weft__bytes_departures(data + 3, size - 3, again, COUNT);
        assert_true(room < ROOM || count == COUNT);
        for (size_t i = 0; i < count; i++) {
            assert_int_equal(again[i].at, list[i].at);
            assert_int_equal(again[i].which, list[i].which);
        }
    }
}

/* ---- The schedule file ---- */

static weft__schedule sample(const uint8_t *input, size_t size)
{
    weft__schedule s = {.verdict = WEFT_FOUND_PANIC, .max_steps = 1};
    (void)snprintf(s.test, sizeof s.test, "test");
    (void)snprintf(s.program, sizeof s.program, "program");
    (void)snprintf(s.build, sizeof s.build, "-");
    (void)snprintf(s.strategy, sizeof s.strategy, "bytes");
    weft__schedule_take_input(&s, input, size);
    return s;
}

static char *text_of(const weft__schedule *s, size_t *ret_size)
{
    char *text = NULL;
    FILE *const file = open_memstream(&text, ret_size);
    assert_non_null(file);
    weft__schedule_write(s, true, file);
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_a_schedule_keeps_its_input(void **state)
{
    (void)state;
    uint8_t input[300];
    for (size_t i = 0; i < sizeof input; i++) {
        input[i] = (uint8_t)(i * 7);
    }
    for (size_t size = 0; size <= sizeof input; size++) {
        weft__schedule written = sample(input, size);
        weft__schedule read = {0};
        size_t length = 0;
        char error[256];
        char *const text = text_of(&written, &length);
        assert_int_equal(weft__schedule_read(text, length, &read, error), 0);
        assert_int_equal(read.input_size, size);
        assert_int_equal(size == 0 ? 0 : memcmp(read.input, input, size), 0);
        free(text);
        weft__schedule_clear(&written);
        weft__schedule_clear(&read);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_a_string_decides_can_be_written_and_cut_off),
        cmocka_unit_test(test_numbers_have_no_limit),
        cmocka_unit_test(test_the_last_divider_counts),
        cmocka_unit_test(test_departures_can_be_read_and_written),
        cmocka_unit_test(test_a_schedule_keeps_its_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
