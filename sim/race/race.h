/* race.h: data races: two accesses of one location, at least one of them a write and at least one
 * not atomic, that nothing orders. And a send and a close of one channel likewise.
 *
 * What becomes of one is up to the run's plan: it ends the run as a finding, or its two source
 * lines become schedule points (racy_lines.h). A race is the pair of its lines, whoever executes
 * them. */
#ifndef WEFT_SIM_RACE_H
#define WEFT_SIM_RACE_H

#include "shadow.h"

typedef struct weft__race {
    weft__shadow_use first;
    weft__shadow_use second;
    size_t first_at; /* events of the trace before it; known when a race is executed again */
    size_t second_at;
} weft__race;

/* The one that ended the last run. */
extern weft__race weft__the_race;

/* `first` took place earlier in this run, `second` is about to. May end the run. */
void weft__race_found(const weft__shadow_use *first, const weft__shadow_use *second);

/* An access, where a race is executed again. */
void weft__race_note(const weft__shadow_use *use);

/* Of the lines of two accesses, in either order: what tells races apart. */
uint64_t weft__race_signature(uint64_t one_line, uint64_t other_line);

/* A new exploration: no race is known. From here on the one with this signature is, and ends no run
 * any more. */
void weft__race_reset(void);
void weft__race_know(uint64_t signature);

/* "write of 4 bytes"; and where it was: "counter", "main#2+8", ... */
void weft__race_describe_use(const weft__shadow_use *use, char *into, size_t size);
void weft__race_describe_place(const volatile void *address, char *into, size_t size);

#endif
