/* mutate.c: see mutate.h. */
#include "mutate.h"

#include <stdlib.h>
#include <string.h>

#include <strategy/stream.h>

#include "bytes.h"

/* libFuzzer's. */
extern size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size) __attribute__((weak));

/* What libFuzzer looks for. A target may have its own instead. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
    __attribute__((weak));
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size, unsigned seed)
    __attribute__((weak));

enum { DEPARTURES_MAX = 256, WHICH = 64, NEAR = 4, STACKED_MAX = 3 };

typedef struct weft__draft {
    weft__stream dice;
    weft__departure list[DEPARTURES_MAX]; /* in order */
    size_t count;
    uint64_t length; /* decisions of a run, more or less */
} weft__draft;

static weft__draft draft WEFT_KEEP;
static uint64_t decisions WEFT_KEEP;

void weft__mutate_learn(uint64_t count)
{
    decisions = count;
}

/* ---- The schedule ---- */

static uint64_t anywhere(void)
{
    return weft__draw(&draft.dice,
                      (uint32_t)(draft.length < UINT32_MAX ? draft.length : UINT32_MAX));
}

static size_t any(void)
{
    return weft__draw(&draft.dice, (uint32_t)draft.count);
}

/* Where another decision would stand. */
static uint64_t near(uint64_t at)
{
    const uint32_t distance = 1 + weft__draw(&draft.dice, NEAR);
    return weft__draw(&draft.dice, 2) == 0 || at < distance ? at + distance : at - distance;
}

static void take_out(size_t i)
{
    draft.count--;
    memmove(draft.list + i, draft.list + i + 1, (draft.count - i) * sizeof *draft.list);
}

/* In place of one that stands there already. */
static void insert(weft__departure departure)
{
    size_t i = 0;
    while (i < draft.count && draft.list[i].at < departure.at) {
        i++;
    }
    if (i < draft.count && draft.list[i].at == departure.at) {
        draft.list[i] = departure;
        return;
    }
    if (draft.count == DEPARTURES_MAX) {
        return;
    }
    memmove(draft.list + i + 1, draft.list + i, (draft.count - i) * sizeof *draft.list);
    draft.list[i] = departure;
    draft.count++;
}

static void add(uint64_t at)
{
    insert((weft__departure){.at = at, .which = weft__draw(&draft.dice, WHICH)});
}

static void move(size_t i)
{
    weft__departure departure = draft.list[i];
    take_out(i);
    departure.at = weft__draw(&draft.dice, 4) == 0 ? anywhere() : near(departure.at);
    insert(departure);
}

/* All from i on come sooner or later. */
static void shift(size_t i)
{
    const uint64_t least = i == 0 ? 0 : draft.list[i - 1].at + 1;
    const uint64_t to = near(draft.list[i].at);
    const uint64_t by = (to < least ? least : to) - draft.list[i].at; /* modulo 2^64 */
    for (; i < draft.count; i++) {
        draft.list[i].at += by;
    }
}

static void change_schedule(void)
{
    enum { ADD, ADD_NEAR, MOVE, SHIFT, TURN, TAKE_OUT, CUT, KINDS };
    const uint32_t kind = draft.count == 0 ? ADD : weft__draw(&draft.dice, KINDS);
    switch (kind) {
    case ADD:
        add(anywhere());
        break;
    case ADD_NEAR:
        add(near(draft.list[any()].at));
        break;
    case MOVE:
        move(any());
        break;
    case SHIFT:
        shift(any());
        break;
    case TURN:
        draft.list[any()].which = weft__draw(&draft.dice, WHICH);
        break;
    case TAKE_OUT:
        take_out(any());
        break;
    default:
        draft.count = any();
    }
}

/* ---- The input ---- */

/* Programs look for letters and signs more often than for other bytes. */
static uint8_t any_byte(void)
{
    const bool printable = weft__draw(&draft.dice, 2) == 0;
    return (uint8_t)(printable ? ' ' + weft__draw(&draft.dice, '~' - ' ' + 1)
                               : weft__draw(&draft.dice, UINT8_MAX + 1));
}

/* One byte: another one, or one more. */
static size_t change_byte(uint8_t *input, size_t size, size_t max_size)
{
    const size_t at = weft__draw(&draft.dice, (uint32_t)size + 1);
    if (at < size && weft__draw(&draft.dice, 2) == 0) {
        input[at] = any_byte();
        return size;
    }
    if (size >= max_size) {
        return size;
    }
    memmove(input + at + 1, input + at, size - at);
    input[at] = any_byte();
    return size + 1;
}

/* Before the same schedule. */
static size_t change_input(uint8_t *data, size_t size, size_t input_size, size_t max_size)
{
    const size_t behind = size - input_size;
    uint8_t *const schedule = malloc(behind + 1);
    if (schedule == NULL) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    memcpy(schedule, data + input_size, behind);
    input_size = weft__draw(&draft.dice, 2) == 0
                     ? change_byte(data, input_size, max_size - behind)
                     : LLVMFuzzerMutate(data, input_size, max_size - behind);
    memcpy(data + input_size, schedule, behind);
    free(schedule);
    return input_size + behind;
}

/* ---- libFuzzer's entry points ---- */

static void begin(const uint8_t *data, size_t size, size_t input_size, unsigned seed)
{
    const size_t start = input_size < size ? input_size + 1 : size;
    weft__stream_seed(&draft.dice, seed, size);
    draft.count = weft__bytes_departures(data + start, size - start, draft.list, DEPARTURES_MAX);
    draft.length = 2 + decisions;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    enum { INPUT = 6, BOTH = 7, WAYS = 16 };
    const size_t input_size = weft__bytes_input(data, size);
    begin(data, size, input_size, seed);
    const uint32_t way = weft__draw(&draft.dice, WAYS);
    if (way < INPUT && size - input_size < max_size) {
        return change_input(data, size, input_size, max_size);
    }
    if (way < BOTH || input_size + 1 >= max_size) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (uint32_t i = weft__draw(&draft.dice, STACKED_MAX) + 1; i > 0; i--) {
        change_schedule();
    }
    return weft__bytes_put(data, input_size, max_size, draft.list, draft.count);
}

/* One's input and schedule up to some decision, the other's schedule from there on. libFuzzer calls
 * this as often as the other one, which is too often. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
                                 size_t other_size, uint8_t *out, size_t max_size, unsigned seed)
{
    enum { SELDOM = 8 };
    const size_t input_size = weft__bytes_input(data, size);
    const size_t other_input = weft__bytes_input(other, other_size);
    weft__departure head[DEPARTURES_MAX];
    begin(data, size, input_size, seed);
    if (size > max_size || input_size + 1 >= max_size) {
        return 0;
    }
    memcpy(out, data, size);
    if (weft__draw(&draft.dice, SELDOM) != 0) {
        return LLVMFuzzerCustomMutator(out, size, max_size, seed + 1);
    }
    const size_t count = draft.count;
    memcpy(head, draft.list, count * sizeof *head);
    const uint64_t at = weft__draw(&draft.dice, 2) == 0 ? 0 : anywhere();
    begin(other, other_size, other_input, seed);
    while (draft.count != 0 && draft.list[0].at < at) {
        take_out(0);
    }
    for (size_t i = 0; i < count && head[i].at < at; i++) {
        insert(head[i]);
    }
    return weft__bytes_put(out, input_size, max_size, draft.list, draft.count);
}
