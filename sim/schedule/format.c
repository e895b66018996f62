/* format.c: schedules as text. See schedule.h and docs/schedule-format.md.
 *
 *   weft schedule 1
 *   test transfer
 *   ...
 *   point bank.c:41
 *   decisions 2
 *   switch main/1 3 0 0 main/2
 *   choice main/2 5 0 1
 *   steps 14
 *   step main/1 lock main#3 bank.c:40
 *   end 0123456789abcdef
 *
 * `end` is the XXH3 hash of all bytes before it. Fields stand in this order, one to a line. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "base64.h"
#include "path.h"
#include "reader.h"
#include "schedule.h"

enum {
    FORMAT_VERSION = 1,
    DECISIONS_MAX = 10000000,
    STEPS_MAX = 10000000,
    INPUT_PART = 66, /* bytes of an input that stand on one line */
};

void weft__schedule_clear(weft__schedule *schedule)
{
    free(schedule->decisions.list);
    free(schedule->decision_texts);
    free(schedule->steps);
    free(schedule->input);
    weft__points_clear(&schedule->points);
    *schedule = (weft__schedule){0};
}

void weft__schedule_take_input(weft__schedule *schedule, const uint8_t *input, size_t size)
{
    schedule->input = weft__grow(schedule->input, size + 1);
    schedule->input_size = size;
    if (size != 0) {
        memcpy(schedule->input, input, size);
    }
}

/* ---- Writing ---- */

static void write_input(const weft__schedule *s, FILE *file)
{
    for (size_t i = 0; i < s->input_size; i += INPUT_PART) {
        const size_t rest = s->input_size - i;
        char text[2 * INPUT_PART];
        weft__base64_write(s->input + i, rest < INPUT_PART ? rest : INPUT_PART, text);
        weft__line_write(file, "input", text);
    }
}

static void write_body(const weft__schedule *s, bool with_steps, FILE *file)
{
    (void)fprintf(file, "weft schedule %d\n", FORMAT_VERSION);
    weft__line_write(file, "test", s->test);
    weft__line_write(file, "program", s->program);
    weft__line_write(file, "build", s->build);
    weft__line_write(file, "verdict", weft_finding_kind_name(s->verdict));
    weft__line_write(file, "message", with_steps ? s->message : "");
    (void)fprintf(file, "seed %" PRIu64 "\nrun %" PRIu64 "\nstrategy %s\nmax_steps %" PRIu64 "\n",
                  s->seed, s->run, s->strategy, s->max_steps);
    if (s->memory == WEFT__MEMORY_C11) {
        weft__line_write(file, "memory", "c11");
    }
    if (s->alloc_failures != 0) {
        (void)fprintf(file, "alloc_failures %" PRIu32 "\n", s->alloc_failures);
    }
    (void)fprintf(file, "hash %016" PRIx64 "\n", s->hash);
    for (int i = 0; i < 2 && s->race[0].text[0] != '\0'; i++) {
        weft__line_write(file, "race", s->race[i].text);
    }
    for (size_t i = 0; i < s->points.count; i++) {
        weft__line_write(file, "point", s->points.lines[i].text);
    }
    write_input(s, file);
    (void)fprintf(file, "decisions %zu\n", s->decisions.count);
    for (size_t i = 0; i < s->decisions.count; i++) {
        (void)fprintf(file, "%s\n", s->decision_texts[i]);
    }
    const size_t steps = with_steps ? s->step_count : 0;
    (void)fprintf(file, "steps %zu\n", steps);
    for (size_t i = 0; i < steps; i++) {
        const weft__step *const step = &s->steps[i];
        (void)fprintf(file, "step %s %s %s %s\n", step->actor, step->verb, step->object,
                      step->place);
    }
}

void weft__schedule_write(const weft__schedule *schedule, bool with_steps, FILE *file)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const memory = open_memstream(&text, &size);
    if (memory == NULL) {
        weft__no_memory();
    }
    write_body(schedule, with_steps, memory);
    if (fclose(memory) != 0) {
        weft__no_memory();
    }
    (void)fwrite(text, 1, size, file);
    (void)fprintf(file, "end %016" PRIx64 "\n", weft__hash_bytes(text, size).low);
    free(text);
}

/* ---- Reading ---- */

static void read_verdict(weft__reader *r, weft__schedule *s)
{
    const char *const value = weft__reader_field(r, "verdict");
    if (value == NULL) {
        return;
    }
    for (int kind = WEFT_FOUND_DEADLOCK; kind < WEFT_FOUND_COUNT; kind++) {
        if (strcmp(weft_finding_kind_name((weft_finding_kind)kind), value) == 0) {
            s->verdict = (weft_finding_kind)kind;
            return;
        }
    }
    weft__reader_fail(r, "unknown verdict \"%.60s\"", value);
}

static uint64_t to_name(weft__reader *r, const char *path)
{
    uint64_t name = 0;
    if (path == NULL || !weft__path_parse(path, &name)) {
        weft__reader_fail(r, "a path expected, found \"%.60s\"", path == NULL ? "" : path);
    }
    return name;
}

/* The text of the next decision. */
static void keep_text(weft__schedule *s, const char *line)
{
    const size_t size = sizeof *s->decision_texts;
    s->decision_texts = weft__grow(s->decision_texts, (s->decisions.count + 1) * size);
    (void)snprintf(s->decision_texts[s->decisions.count], size, "%s", line);
}

/* switch <actor> <seq> <parked> <fires> <target>, or choice <actor> <seq> <nth> <value> */
static void read_decision(weft__reader *r, weft__schedule *s)
{
    weft__reader_line(r);
    if (r->failed) {
        return;
    }
    keep_text(s, r->line);
    char *save = NULL;
    const char *const verb = strtok_r(r->line, " ", &save);
    const bool is_switch = verb != NULL && strcmp(verb, "switch") == 0;
    if (!is_switch && (verb == NULL || strcmp(verb, "choice") != 0)) {
        weft__reader_fail(r, "a decision expected, found \"%.60s\"", verb == NULL ? "" : verb);
        return;
    }
    weft__decision d = {.is_choice = is_switch ? 0 : 1};
    d.at.actor = to_name(r, strtok_r(NULL, " ", &save));
    d.at.seq = (uint32_t)weft__reader_to_number(r, strtok_r(NULL, " ", &save), 10, UINT32_MAX);
    if (is_switch) {
        d.at.parked = (uint16_t)weft__reader_to_number(r, strtok_r(NULL, " ", &save), 10, 2);
    }
    d.at.fires = (uint16_t)weft__reader_to_number(r, strtok_r(NULL, " ", &save), 10, UINT16_MAX);
    if (is_switch) {
        d.target = to_name(r, strtok_r(NULL, " ", &save));
    } else {
        d.choice = (uint32_t)weft__reader_to_number(r, strtok_r(NULL, " ", &save), 10, UINT32_MAX);
    }
    if (strtok_r(NULL, " ", &save) != NULL) {
        weft__reader_fail(r, "something follows the decision");
    }
    weft__decisions_add(&s->decisions, d);
}

static void read_step(weft__reader *r, weft__step *step)
{
    char *const value = weft__reader_field(r, "step");
    if (value == NULL) {
        return;
    }
    /* actor verb object place, where only the place may hold blanks */
    char *save = NULL;
    const char *const actor = strtok_r(value, " ", &save);
    const char *const verb = strtok_r(NULL, " ", &save);
    const char *const object = strtok_r(NULL, " ", &save);
    if (object == NULL || save == NULL) {
        weft__reader_fail(r, "a step expected: actor, operation, object, place");
        return;
    }
    (void)snprintf(step->actor, sizeof step->actor, "%s", actor);
    (void)snprintf(step->verb, sizeof step->verb, "%s", verb);
    (void)snprintf(step->object, sizeof step->object, "%s", object);
    (void)snprintf(step->place, sizeof step->place, "%s", save);
}

static void read_memory(weft__reader *r, weft__schedule *s)
{
    if (!weft__reader_next_is(r, "memory")) {
        return;
    }
    const char *const value = weft__reader_field(r, "memory");
    if (value != NULL && strcmp(value, "c11") != 0) {
        weft__reader_fail(r, "unknown memory model \"%.60s\"", value);
    }
    s->memory = WEFT__MEMORY_C11;
}

static void read_fields(weft__reader *r, weft__schedule *s)
{
    weft__reader_string(r, "test", s->test, sizeof s->test);
    weft__reader_string(r, "program", s->program, sizeof s->program);
    weft__reader_string(r, "build", s->build, sizeof s->build);
    read_verdict(r, s);
    weft__reader_string(r, "message", s->message, sizeof s->message);
    s->seed = weft__reader_number(r, "seed", 10, UINT64_MAX);
    s->run = weft__reader_number(r, "run", 10, UINT64_MAX);
    weft__reader_string(r, "strategy", s->strategy, sizeof s->strategy);
    s->max_steps = weft__reader_number(r, "max_steps", 10, UINT32_MAX);
    read_memory(r, s);
    if (weft__reader_next_is(r, "alloc_failures")) {
        s->alloc_failures = (uint32_t)weft__reader_number(r, "alloc_failures", 10, UINT32_MAX);
    }
    s->hash = weft__reader_number(r, "hash", 16, UINT64_MAX);
}

/* Which lines raced, and which are schedule points: there may be none. */
static void read_lines(weft__reader *r, weft__schedule *s)
{
    for (int i = 0; i < 2 && weft__reader_next_is(r, "race"); i++) {
        weft__reader_string(r, "race", s->race[i].text, sizeof s->race[i].text);
    }
    if (!r->failed && (s->verdict == WEFT_FOUND_DATA_RACE) != (s->race[1].text[0] != '\0')) {
        weft__reader_fail(r, "two lines that race belong to a data race, and to nothing else");
    }
    while (weft__reader_next_is(r, "point")) {
        weft__line line;
        weft__reader_string(r, "point", line.text, sizeof line.text);
        if (!r->failed) {
            weft__points_insert(&s->points, line.text);
        }
    }
}

static void read_input(weft__reader *r, weft__schedule *s)
{
    while (weft__reader_next_is(r, "input")) {
        char *const text = weft__reader_field(r, "input");
        size_t size = 0;
        if (text == NULL || !weft__base64_read(text, text, &size)) {
            weft__reader_fail(r, "the input is damaged");
            return;
        }
        s->input = weft__grow(s->input, s->input_size + size + 1);
        memcpy(s->input + s->input_size, text, size);
        s->input_size += size;
    }
}

static void read_lists(weft__reader *r, weft__schedule *s)
{
    const uint64_t decisions = weft__reader_number(r, "decisions", 10, DECISIONS_MAX);
    for (uint64_t i = 0; i < decisions && !r->failed; i++) {
        read_decision(r, s);
    }
    const uint64_t steps = weft__reader_number(r, "steps", 10, STEPS_MAX);
    size_t room = 0;
    for (uint64_t i = 0; i < steps && !r->failed; i++) {
        if (s->step_count == room) { /* grown by what is really there, not by what is claimed */
            room = room == 0 ? 64 : room * 2;
            s->steps = weft__grow(s->steps, room * sizeof *s->steps);
        }
        read_step(r, &s->steps[s->step_count++]);
    }
}

int weft__schedule_read(const char *text, size_t size, weft__schedule *ret_schedule,
                        char ret_error[256])
{
    char *const copy = weft__grow(NULL, size + 1);
    memcpy(copy, text, size);
    copy[size] = '\0';
    weft__schedule schedule = {0};
    weft__reader reader = {.rest = copy, .error = ret_error};
    if (memchr(text, '\0', size) != NULL) {
        weft__reader_fail(&reader, "this is not text");
    }
    weft__reader_version(&reader, "weft schedule", FORMAT_VERSION);
    if (!reader.failed) {
        weft__reader_check(&reader, text, size);
    }
    read_fields(&reader, &schedule);
    read_lines(&reader, &schedule);
    read_input(&reader, &schedule);
    read_lists(&reader, &schedule);
    weft__reader_end(&reader);
    free(copy);
    if (reader.failed) {
        weft__schedule_clear(&schedule);
        return -EBADMSG;
    }
    *ret_schedule = schedule;
    return 0;
}
