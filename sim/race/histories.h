/* histories.h: what each atomic variable has held in this run, in modification order: where relaxed
 * memory lets a load find more than what was stored last.
 *
 * INVARIANTS
 *   - The last store of a history is what memory holds. If memory holds something else a plain
 *     write has come between: then the history starts anew with that.
 *   - A read-modify-write stands right behind the store that it has read, for ever.
 *   - The first store of a history is before everything: what memory held when it was met.
 *   - What happens before a point is told by a goroutine's slot and the time on its clock, as in
 *     shadow.h: a clock moves on behind each release, so that it counts what was done before it. */
#ifndef WEFT_SIM_HISTORIES_H
#define WEFT_SIM_HISTORIES_H

#include <stdbool.h>

#include "bits.h"
#include "vector.h"

/* Somebody's access, as clocks know it. */
typedef struct weft__stamp {
    uint32_t slot;
    uint32_t time;
} weft__stamp;

typedef struct weft__stored {
    weft__bits value;
    weft__stamp stamp;
    bool modifies;        /* a read-modify-write */
    uint32_t node;        /* its number in seq_cst.h; 0: none */
    weft__stamp *readers; /* the first load of each goroutine that has read it */
    uint32_t reader_count;
    size_t reader_capacity;
    weft__vector released; /* what loads that acquire it know */
    /* For seq_cst.h, numbers by goroutine of: */
    weft__vector own_fences; /* the fences before it, */
    weft__vector fences;     /* before it or a load of it, */
    weft__vector sources;    /* and those of them and of itself and its loads that are seq_cst */
} weft__stored;

typedef struct weft__history {
    size_t size;      /* of the variable, bytes */
    uint32_t *stores; /* in modification order */
    uint32_t count;
    size_t capacity;
} weft__history;

void weft__histories_reset(void); /* a new run */

/* The history of the variable, which holds this value. */
weft__history *weft__history_of(const volatile void *address, size_t size, weft__bits value);

/* A plain access writes there. */
void weft__history_end(const volatile void *address);

weft__stored *weft__history_at(const weft__history *history, uint32_t index);

/* Whether a read-modify-write has read it. */
bool weft__history_is_modified(const weft__history *history, uint32_t index);

/* Whether who has this clock knows of the store, or of a load that has read it: then nothing older
 * is for him to be read, or to be placed. */
bool weft__stored_known(const weft__stored *stored, const weft__vector *clock);
bool weft__stored_read_known(const weft__stored *stored, const weft__vector *clock);

void weft__stored_read(weft__stored *stored, weft__stamp reader);

/* A store at this place in the order. Stores may have moved. */
weft__stored *weft__history_insert(weft__history *history, uint32_t index, weft__bits value,
                                   weft__stamp stamp);

/* All of the run. */
uint32_t weft__histories_count(void);
weft__history *weft__histories_at(uint32_t n);

#endif
