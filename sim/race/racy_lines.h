/* racy_lines.h: the source lines whose plain accesses are schedule points.
 *
 * Accesses that synchronisation orders need none: what matters is decided where that happens. So
 * lines become points when one of their accesses has been seen in a race.
 *
 * INVARIANTS
 *   - The set does not change while a run takes place, nor while it is executed again: what runs
 *     teach waits until the explorer takes it over, before a run of another number.
 *   - A line is the text "file.c:12": the same in every build that has it. */
#ifndef WEFT_SIM_RACY_LINES_H
#define WEFT_SIM_RACY_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEFT__PLACE_MAX = 160 };

typedef struct weft__line {
    char text[WEFT__PLACE_MAX];
} weft__line;

typedef struct weft__points {
    uint64_t *numbers; /* of the lines, ascending: weft__source_place_number */
    weft__line *lines; /* likewise */
    size_t count;
    size_t capacity;
} weft__points;

/* A set as a value. */
void weft__points_insert(weft__points *points, const char *line);
void weft__points_copy(weft__points *into); /* the set in force */
void weft__points_clear(weft__points *points);

/* The set in force. */
extern weft__points weft__points_now;

void weft__points_reset(void);             /* none, and nothing waits */
void weft__points_add(const char *line);   /* at once */
void weft__points_learn(const void *site); /* its line waits */
/* Take over what waits. false: nothing did. */
bool weft__points_take(void);

/* Whether the access that returns to this address is one. */
bool weft__points_has(const void *site);

#endif
