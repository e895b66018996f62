/* bytes.c: see bytes.h. */
#include "bytes.h"

#include <stdlib.h>
#include <string.h>

#include <memory.h>

enum { DIVIDER = 0xfe, MORE = 0xff, MORE_COUNTS = 253 };
enum { SHORT_GAPS = 32, LONG_GAPS_FROM = 224 };

#define NO_MORE (UINT64_MAX / 2) /* decisions: more than any run has */

static weft__run *const run = &weft__the_run;

/* ---- Reading ---- */

/* To the program these bytes are out of bounds: fuzz.c. */
__attribute__((no_sanitize("address"))) static bool read_number(weft__bytes *b,
                                                                uint64_t *ret_number)
{
    uint64_t number = 0;
    while (b->next < b->schedule_size) {
        const uint8_t byte = b->schedule[b->next++];
        if (byte != MORE) {
            *ret_number = number + byte;
            return true;
        }
        number += MORE_COUNTS;
    }
    return false;
}

static void read_pair(weft__bytes *b)
{
    uint64_t number = 0;
    if (!read_number(b, &number) || !read_number(b, &b->which)) {
        b->strategy.idle = NO_MORE;
    } else {
        b->strategy.idle = number < LONG_GAPS_FROM ? number % SHORT_GAPS
                                                   : number - LONG_GAPS_FROM + SHORT_GAPS;
    }
    b->at += b->strategy.idle;
}

/* A decision is due. true: it is not the default's, but *ret_which says what. */
static bool departs(weft__bytes *b, uint64_t *ret_which)
{
    if (b->strategy.idle != 0) {
        b->strategy.idle--;
        return false;
    }
    *ret_which = b->which;
    b->at++;
    read_pair(b);
    return true;
}

/* ---- Places ---- */

static uint32_t timers_among(weft__task *const *tasks, uint32_t count)
{
    uint32_t timers = 0;
    while (timers < count && weft__task_is_timer(tasks[count - 1 - timers])) {
        timers++;
    }
    return timers;
}

/* Timers stand at the end of the tasks. */
static uint32_t place_of(weft__task *const *tasks, uint32_t i, uint32_t first_timer)
{
    return weft__task_is_timer(tasks[i]) ? run->member_count + i - first_timer : tasks[i]->slot;
}

static uint32_t other(weft__task *const *tasks, uint32_t count, uint32_t not_this, uint64_t which)
{
    const uint32_t timers = timers_among(tasks, count);
    const uint32_t places = run->member_count + timers;
    const uint32_t wanted = (uint32_t)(which % places);
    uint32_t least = UINT32_MAX;
    uint32_t best = not_this;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t place = place_of(tasks, i, count - timers);
        const uint32_t distance = place >= wanted ? place - wanted : place + places - wanted;
        if (i != not_this && distance < least) {
            least = distance;
            best = i;
        }
    }
    return best;
}

/* ---- The strategy ---- */

static bool begin(weft__strategy *self, weft__stream *draws, uint64_t run_number)
{
    (void)draws;
    (void)run_number;
    weft__bytes *const b = (weft__bytes *)self;
    b->next = 0;
    b->at = 0;
    read_pair(b);
    return true;
}

static uint32_t pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                     const weft__task *current)
{
    (void)current;
    const uint32_t usual = weft__run_default(tasks, count);
    uint64_t which = 0;
    if (!departs((weft__bytes *)self, &which)) {
        return usual;
    }
    return other(tasks, count, usual, which);
}

static uint32_t choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    (void)task;
    uint64_t which = 0;
    return departs((weft__bytes *)self, &which) ? 1 + (uint32_t)(which % (arity - 1)) : 0;
}

void weft__bytes_init(weft__bytes *bytes)
{
    *bytes = (weft__bytes){
        .strategy = {.name = "bytes", .begin = begin, .pick = pick, .choose = choose}};
}

size_t weft__bytes_input(const uint8_t *data, size_t size)
{
    const uint8_t *const divider = size == 0 ? NULL : memrchr(data, DIVIDER, size);
    return divider == NULL ? size : (size_t)(divider - data);
}

size_t weft__bytes_set(weft__bytes *bytes, const uint8_t *data, size_t size)
{
    const size_t input_size = weft__bytes_input(data, size);
    bytes->schedule = input_size == size ? NULL : data + input_size + 1;
    bytes->schedule_size = input_size == size ? 0 : size - 1 - input_size;
    return input_size;
}

size_t weft__bytes_departures(const uint8_t *schedule, size_t size, weft__departure *into,
                              size_t max)
{
    weft__bytes b = {.schedule = schedule, .schedule_size = size};
    size_t count = 0;
    read_pair(&b);
    while (b.strategy.idle != NO_MORE && count < max) {
        into[count++] = (weft__departure){.at = b.at++, .which = b.which};
        read_pair(&b);
    }
    return count;
}

/* ---- Writing ---- */

/* Where bytes are written: into memory that grows, or a part of somebody's memory. */
typedef struct weft__paper {
    uint8_t *bytes;
    size_t size; /* SIZE_MAX: more than there was room for */
    size_t capacity;
    bool fixed;
} weft__paper;

static void put(weft__paper *p, uint8_t byte)
{
    if (p->fixed && p->size >= p->capacity) {
        p->size = SIZE_MAX;
        return;
    }
    if (!p->fixed) {
        p->bytes = weft__with_room(p->bytes, p->size, 1, &p->capacity, 1);
    }
    p->bytes[p->size++] = byte;
}

static void put_number(weft__paper *p, uint64_t number)
{
    for (; number > MORE_COUNTS; number -= MORE_COUNTS) {
        put(p, MORE);
    }
    put(p, (uint8_t)number);
}

static void put_pair(weft__paper *p, uint64_t gap, uint64_t which)
{
    put_number(p, gap < SHORT_GAPS ? gap : gap - SHORT_GAPS + LONG_GAPS_FROM);
    put_number(p, which);
}

size_t weft__bytes_put(uint8_t *data, size_t input_size, size_t max_size,
                       const weft__departure *list, size_t count)
{
    weft__paper p = {.bytes = data, .size = input_size, .capacity = max_size, .fixed = true};
    uint64_t next = 0;
    put(&p, DIVIDER);
    for (size_t i = 0; i < count; i++) {
        const size_t before = p.size;
        put_pair(&p, list[i].at - next, list[i].which);
        if (p.size == SIZE_MAX) {
            return before;
        }
        next = list[i].at + 1;
    }
    return p.size;
}

/* Follows decisions and writes down what it does as pairs. */
typedef struct weft__scribe {
    weft__strategy strategy; /* first */
    weft__replayer *replayer;
    weft__paper paper;
    uint64_t gap;
    bool failed;
} weft__scribe;

static void depart(weft__scribe *s, uint64_t which)
{
    put_pair(&s->paper, s->gap, which);
    s->gap = 0;
}

static bool scribe_begin(weft__strategy *self, weft__stream *draws, uint64_t run_number)
{
    weft__strategy *const replay = &((weft__scribe *)self)->replayer->strategy;
    return replay->begin(replay, draws, run_number);
}

static uint32_t scribe_pick(weft__strategy *self, weft__task *const *tasks, uint32_t count,
                            const weft__task *current)
{
    weft__scribe *const s = (weft__scribe *)self;
    weft__strategy *const replay = &s->replayer->strategy;
    const uint32_t usual = weft__run_default(tasks, count);
    const uint32_t chosen = replay->pick(replay, tasks, count, current);
    if (tasks[usual]->internal) {
        s->failed = s->failed || !tasks[chosen]->internal;
    } else if (chosen == usual) {
        s->gap++;
    } else {
        depart(s, place_of(tasks, chosen, count - timers_among(tasks, count)));
    }
    return chosen;
}

static uint32_t scribe_choose(weft__strategy *self, const weft__task *task, uint32_t arity)
{
    weft__scribe *const s = (weft__scribe *)self;
    weft__strategy *const replay = &s->replayer->strategy;
    const uint32_t chosen = replay->choose(replay, task, arity);
    if (chosen == 0) {
        s->gap++;
    } else {
        depart(s, chosen - 1);
    }
    return chosen;
}

uint8_t *weft__bytes_make(const weft__decisions *decisions, const weft__plan *plan,
                          const uint8_t *input, size_t input_size, size_t *ret_size)
{
    weft__replayer replayer;
    weft__replayer_init(&replayer, decisions);
    weft__scribe s = {
        .strategy = {.name = "scribe",
                     .begin = scribe_begin,
                     .pick = scribe_pick,
                     .choose = scribe_choose},
        .replayer = &replayer,
    };
    for (size_t i = 0; i < input_size; i++) {
        put(&s.paper, input[i]);
    }
    put(&s.paper, DIVIDER);
    weft__plan mine = *plan;
    mine.strategy = &s.strategy;
    mine.replaying = true;
    mine.verdict_only = false;
    mine.starts_first = false;
    mine.record = NULL;
    (void)weft__run_execute(&mine);
    weft__replayer_clear(&replayer);
    if (s.failed) {
        free(s.paper.bytes);
        return NULL;
    }
    *ret_size = s.paper.size;
    return s.paper.bytes;
}
