/* coverage.c: see coverage.h. */
#include "coverage.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../report/console.h"
#include "reader.h"
#include "store.h"

enum { FORMAT_VERSION = 1, MORE_THAN_ONCE = 1 };

static const uint64_t LIST_MAX = (uint64_t)1 << 32;

void weft__coverage_clear(weft__coverage *coverage)
{
    free(coverage->parts);
    free(coverage->behaviours);
    *coverage = (weft__coverage){0};
}

/* ---- Writing ---- */

static void write_body(const weft__coverage *c, FILE *file)
{
    (void)fprintf(file, "weft coverage %d\n", FORMAT_VERSION);
    weft__line_write(file, "test", c->test);
    weft__line_write(file, "program", c->program);
    weft__line_write(file, "build", c->build);
    (void)fprintf(file, "runs %" PRIu64 "\noverflowed %d\nparts %zu\n", c->runs,
                  c->overflowed ? 1 : 0, c->part_count);
    for (size_t i = 0; i < c->part_count; i++) {
        (void)fprintf(file, "part %016" PRIx64 "\n", c->parts[i]);
    }
    (void)fprintf(file, "behaviours %zu\n", c->behaviour_count);
    for (size_t i = 0; i < c->behaviour_count; i++) {
        const bool again = (c->behaviours[i] & MORE_THAN_ONCE) != 0;
        (void)fprintf(file, "%s %016" PRIx64 "\n", again ? "more" : "once",
                      c->behaviours[i] & ~(uint64_t)MORE_THAN_ONCE);
    }
}

void weft__coverage_write(const void *coverage, FILE *file)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const memory = open_memstream(&text, &size);
    if (memory == NULL) {
        weft__no_memory();
    }
    write_body(coverage, memory);
    if (fclose(memory) != 0) {
        weft__no_memory();
    }
    (void)fwrite(text, 1, size, file);
    (void)fprintf(file, "end %016" PRIx64 "\n", weft__hash_bytes(text, size).low);
    free(text);
}

/* ---- Reading ---- */

typedef struct weft__numbers {
    uint64_t *list;
    size_t count;
    size_t room;
} weft__numbers;

/* Lists are ascending, so that nothing is in them twice. */
static void append(weft__reader *r, weft__numbers *numbers, uint64_t number)
{
    if (numbers->count != 0 &&
        (numbers->list[numbers->count - 1] | MORE_THAN_ONCE) >= (number | MORE_THAN_ONCE)) {
        weft__reader_fail(r, "the list is not ascending");
        return;
    }
    if (numbers->count == numbers->room) { /* grown by what is really there */
        numbers->room = numbers->room == 0 ? 64 : numbers->room * 2;
        numbers->list = weft__grow(numbers->list, numbers->room * sizeof *numbers->list);
    }
    numbers->list[numbers->count++] = number;
}

static void read_behaviour(weft__reader *r, weft__numbers *numbers)
{
    weft__reader_line(r);
    if (r->failed) {
        return;
    }
    const bool again = strncmp(r->line, "more ", 5) == 0;
    if (!again && strncmp(r->line, "once ", 5) != 0) {
        weft__reader_fail(r, "a behaviour expected, found \"%.60s\"", r->line);
        return;
    }
    const uint64_t number = weft__reader_to_number(r, r->line + 5, 16, UINT64_MAX);
    if (number == 0 || (number & MORE_THAN_ONCE) != 0) {
        weft__reader_fail(r, "not a behaviour: %.60s", r->line + 5);
    }
    append(r, numbers, number | (again ? MORE_THAN_ONCE : 0));
}

static void read_fields(weft__reader *r, weft__coverage *c)
{
    weft__numbers parts = {0};
    weft__numbers behaviours = {0};
    weft__reader_string(r, "test", c->test, sizeof c->test);
    weft__reader_string(r, "program", c->program, sizeof c->program);
    weft__reader_string(r, "build", c->build, sizeof c->build);
    c->runs = weft__reader_number(r, "runs", 10, UINT64_MAX);
    c->overflowed = weft__reader_number(r, "overflowed", 10, 1) != 0;
    const uint64_t part_count = weft__reader_number(r, "parts", 10, LIST_MAX);
    for (uint64_t i = 0; i < part_count && !r->failed; i++) {
        append(r, &parts, weft__reader_number(r, "part", 16, UINT64_MAX) & ~(uint64_t)1);
    }
    const uint64_t behaviour_count = weft__reader_number(r, "behaviours", 10, LIST_MAX);
    for (uint64_t i = 0; i < behaviour_count && !r->failed; i++) {
        read_behaviour(r, &behaviours);
    }
    c->parts = parts.list;
    c->part_count = parts.count;
    c->behaviours = behaviours.list;
    c->behaviour_count = behaviours.count;
}

int weft__coverage_read(const char *text, size_t size, weft__coverage *ret_coverage,
                        char ret_error[256])
{
    char *const copy = weft__grow(NULL, size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    weft__coverage coverage = {0};
    weft__reader reader = {.rest = copy, .error = ret_error};
    if (memchr(text, '\0', size) != NULL) {
        weft__reader_fail(&reader, "this is not text");
    }
    weft__reader_version(&reader, "weft coverage", FORMAT_VERSION);
    if (!reader.failed) {
        weft__reader_check(&reader, text, size);
    }
    read_fields(&reader, &coverage);
    weft__reader_end(&reader);
    free(copy);
    if (reader.failed) {
        weft__coverage_clear(&coverage);
        return -EBADMSG;
    }
    *ret_coverage = coverage;
    return 0;
}

int weft__coverage_load(const char *path, weft__coverage *ret_coverage)
{
    size_t size = 0;
    char error[256];
    char *const text = weft__store_read(path, &size);
    if (text == NULL) {
        weft__console_error("cannot read %s: %s", path, strerror(errno));
        return -ENOENT;
    }
    const int result = weft__coverage_read(text, size, ret_coverage, error);
    if (result != 0) {
        weft__console_error("%s: %s", path, error);
    }
    free(text);
    return result;
}

/* ---- Adding up ---- */

/* The union; what is in both lists is marked. */
static uint64_t *unite(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
                       size_t *ret_count)
{
    uint64_t *const all = weft__grow(NULL, (a_count + b_count + 1) * sizeof *all);
    size_t count = 0;
    size_t i = 0;
    size_t k = 0;
    while (i < a_count || k < b_count) {
        const uint64_t left = i < a_count ? a[i] | MORE_THAN_ONCE : UINT64_MAX;
        const uint64_t right = k < b_count ? b[k] | MORE_THAN_ONCE : UINT64_MAX;
        const bool from_a = k == b_count || (i < a_count && left <= right);
        const bool from_b = i == a_count || (k < b_count && right <= left);
        all[count++] = from_a && from_b ? left : from_a ? a[i] : b[k];
        i += from_a ? 1 : 0;
        k += from_b ? 1 : 0;
    }
    *ret_count = count;
    return all;
}

/* How many parts of `from` are in `into`. */
static size_t shared_parts(const weft__coverage *into, const weft__coverage *from)
{
    size_t shared = 0;
    size_t i = 0;
    for (size_t k = 0; k < from->part_count; k++) {
        while (i < into->part_count && into->parts[i] < from->parts[k]) {
            i++;
        }
        shared += i < into->part_count && into->parts[i] == from->parts[k] ? 1 : 0;
    }
    return shared;
}

bool weft__coverage_add(weft__coverage *into, const weft__coverage *from, bool *ret_partly)
{
    const size_t shared = shared_parts(into, from);
    *ret_partly = shared != 0 && shared != from->part_count;
    if (shared != 0) {
        return false;
    }
    size_t count = 0;
    uint64_t *const parts =
        unite(into->parts, into->part_count, from->parts, from->part_count, &count);
    free(into->parts);
    into->parts = parts;
    into->part_count = count;
    uint64_t *const behaviours = unite(into->behaviours, into->behaviour_count, from->behaviours,
                                       from->behaviour_count, &count);
    free(into->behaviours);
    into->behaviours = behaviours;
    into->behaviour_count = count;
    into->runs += from->runs;
    into->overflowed = into->overflowed || from->overflowed;
    return true;
}

uint64_t weft__coverage_once(const weft__coverage *coverage)
{
    uint64_t once = 0;
    for (size_t i = 0; i < coverage->behaviour_count; i++) {
        once += (coverage->behaviours[i] & MORE_THAN_ONCE) == 0 ? 1 : 0;
    }
    return once;
}

void weft__coverage_name(const weft__coverage *coverage, const char *part, char *into, size_t size)
{
    (void)snprintf(into, size, "%.80s.%.80s%s%s" WEFT__COVERAGE_ENDING, coverage->program,
                   coverage->test, part == NULL ? "" : ".", part == NULL ? "" : part);
    for (char *c = into; *c != '\0'; c++) {
        if (*c == '/' || (unsigned char)*c <= ' ') {
            *c = '_';
        }
    }
}
