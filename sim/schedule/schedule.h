/* schedule.h: a failing schedule as a value: what the store keeps and a replay needs.
 *
 * The text form is documented in docs/schedule-format.md. Decisions are written by path, never by
 * address or build, so that they survive edits of the program. */
#ifndef WEFT_SIM_SCHEDULE_H
#define WEFT_SIM_SCHEDULE_H

#include <stdio.h>

#include "../race/racy_lines.h"
#include "replay.h"

enum { WEFT__NAME_MAX = 256 };

/* One step as it is written down, for telling where a replay left the recorded run. */
typedef struct weft__step {
    char actor[WEFT__NAME_MAX];
    char verb[24];
    char object[WEFT__NAME_MAX]; /* path; "-": none */
    char place[WEFT__NAME_MAX];  /* "bank.c:41"; for people, not compared */
} weft__step;

typedef struct weft__schedule {
    char test[WEFT__NAME_MAX];
    char program[WEFT__NAME_MAX];
    char build[41]; /* build id, or "-" */
    weft_finding_kind verdict;
    char message[512];
    uint64_t seed;
    uint64_t run;
    char strategy[32];
    uint64_t max_steps;
    weft__memory memory;
    uint32_t alloc_failures; /* as the options had it */
    uint64_t hash;           /* weft__identity */
    weft__line race[2];      /* of a data race: the lines of its accesses; else empty */
    weft__points points;
    uint8_t *input; /* of a fuzz target */
    size_t input_size;
    weft__decisions decisions;
    char (*decision_texts)[WEFT__NAME_MAX * 3]; /* as written, one for each */
    weft__step *steps;
    size_t step_count;
} weft__schedule;

void weft__schedule_clear(weft__schedule *schedule);

/* Copies it. */
void weft__schedule_take_input(weft__schedule *schedule, const uint8_t *input, size_t size);

/* format.c: the text form. Reading checks everything; on an error it returns -EBADMSG, and what is
 * wrong, with its line, in *ret_error. Nothing in `text` is trusted. */
void weft__schedule_write(const weft__schedule *schedule, bool with_steps, FILE *file);
int weft__schedule_read(const char *text, size_t size, weft__schedule *ret_schedule,
                        char ret_error[256]);

/* describe.c: fill in the steps, or one of them, from the last run. */
void weft__schedule_describe(weft__schedule *schedule);
void weft__step_describe(const weft__event *event, const weft__place *place, weft__step *ret_step);
bool weft__step_same(const weft__step *a, const weft__step *b); /* but for the place */

#endif
