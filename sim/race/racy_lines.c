/* racy_lines.c: see racy_lines.h. */
#include "racy_lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weft.h>

#include "../hash.h"
#include "../memory.h"
#include "../report/source.h"

enum { CACHE_SIZE = 4096 };

weft__points weft__points_now WEFT_KEEP;
static weft__points waiting WEFT_KEEP;

/* What weft__points_has has answered. */
static struct {
    const void *site;
    bool is_point;
} cache[CACHE_SIZE] WEFT_KEEP;

static size_t place_in(const weft__points *points, uint64_t number)
{
    size_t low = 0;
    size_t high = points->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (points->numbers[middle] < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool contains(const weft__points *points, uint64_t number)
{
    const size_t i = place_in(points, number);
    return i < points->count && points->numbers[i] == number;
}

void weft__points_insert(weft__points *points, const char *line)
{
    const uint64_t number = weft__source_line_number(line);
    const size_t i = place_in(points, number);
    if (i < points->count && points->numbers[i] == number) {
        return;
    }
    if (points->count == points->capacity) {
        points->capacity = points->capacity == 0 ? 16 : 2 * points->capacity;
        points->numbers = weft__grow(points->numbers, points->capacity * sizeof *points->numbers);
        points->lines = weft__grow(points->lines, points->capacity * sizeof *points->lines);
    }
    memmove(points->numbers + i + 1, points->numbers + i,
            (points->count - i) * sizeof *points->numbers);
    memmove(points->lines + i + 1, points->lines + i, (points->count - i) * sizeof *points->lines);
    points->numbers[i] = number;
    (void)snprintf(points->lines[i].text, sizeof points->lines[i].text, "%s", line);
    points->count++;
}

void weft__points_copy(weft__points *into)
{
    into->count = 0;
    for (size_t i = 0; i < weft__points_now.count; i++) {
        weft__points_insert(into, weft__points_now.lines[i].text);
    }
}

void weft__points_clear(weft__points *points)
{
    free(points->numbers);
    free(points->lines);
    *points = (weft__points){0};
}

void weft__points_reset(void)
{
    weft__points_now.count = 0;
    waiting.count = 0;
    memset(cache, 0, sizeof cache);
}

void weft__points_add(const char *line)
{
    weft__points_insert(&weft__points_now, line);
    memset(cache, 0, sizeof cache);
}

void weft__points_learn(const void *site)
{
    const uint64_t number = weft__source_place_number(site);
    if (site == NULL || contains(&weft__points_now, number) || contains(&waiting, number)) {
        return;
    }
    char line[WEFT__PLACE_MAX];
    weft__source_place(site, line, sizeof line);
    weft__points_insert(&waiting, line);
}

bool weft__points_take(void)
{
    const bool any = waiting.count != 0;
    for (size_t i = 0; i < waiting.count; i++) {
        weft__points_add(waiting.lines[i].text);
    }
    waiting.count = 0;
    return any;
}

bool weft__points_has(const void *site)
{
    const size_t i = weft__mix((uint64_t)(uintptr_t)site, 0) % CACHE_SIZE;
    if (cache[i].site != site) {
        cache[i].is_point = contains(&weft__points_now, weft__source_place_number(site));
        cache[i].site = site;
    }
    return cache[i].is_point;
}
