/* touch.h: what an executed operation did to which object: the dependence of events.
 *
 * Two events of different goroutines depend on each other when they touch one object in ways that
 * conflict, or when one of them ended the run. The relation is static in what counts: it looks at
 * what an operation is, never at how full a channel happened to be, so that it means the same in
 * every order of independent events, which exhaustive exploration and the happens-before hash rest
 * on. It is finer than "on the same object", because an operation that cannot complete waits rather
 * than fails:
 *   - a blocking send and a blocking receive commute in every state of their channel; so do the
 *     arrival at a mutex, which is handed over in order of arrival, and its unlock;
 *   - reads, read locks and unlocks, additions to a wait group, subtractions from one, and waiting
 *     for one commute with their like; waiting and subtracting do with each other.
 * Where too many subtractions end in a panic, it is not told apart which of them comes last.
 * What makes a goroutine ready that waits in a select takes it off the select's other channels: it
 * touches them as well. A timer that fires moves the clock, which arming a timer reads. */
#ifndef WEFT_SIM_TOUCH_H
#define WEFT_SIM_TOUCH_H

#include <stdbool.h>
#include <stdint.h>

typedef enum weft__access {
    WEFT__ACCESS_EXCLUSIVE, /* conflicts with every access */
    WEFT__ACCESS_READ,
    WEFT__ACCESS_READ_PART, /* of a word: other parts are objects of their own */
    WEFT__ACCESS_WRITE_PART,
    WEFT__ACCESS_PUT,  /* blocking send; arrival at a mutex */
    WEFT__ACCESS_TAKE, /* blocking receive; unlock by the holder */
    WEFT__ACCESS_READ_LOCK,
    WEFT__ACCESS_READ_UNLOCK,
    WEFT__ACCESS_WRITE_LOCK,
    WEFT__ACCESS_WRITE_UNLOCK,
    WEFT__ACCESS_ADD,
    WEFT__ACCESS_SUBTRACT,
    WEFT__ACCESS_WAIT,
    WEFT__ACCESS_ARRIVE, /* at a once that has begun */
    WEFT__ACCESS_FINISH, /* its end */
    WEFT__ACCESS_COUNT,
} weft__access;

/* Whether it only looks. */
static inline bool weft__access_reads(weft__access access)
{
    return access == WEFT__ACCESS_READ || access == WEFT__ACCESS_READ_PART;
}

/* The object: what was named at birth by that name (weft__object.name), which is of this run;
 * others by a number with the highest bit set, which is the same in all runs of a process. */
typedef struct weft__touch {
    uint64_t object; /* 0: nothing */
    weft__access access;
} weft__touch;

#define WEFT__OBJECT_OF_ALL_RUNS ((uint64_t)1 << 63)
/* A byte, as against the word that starts with it. */
#define WEFT__OBJECT_BYTE ((uint64_t)1 << 61)

/* What lies at this place is called so in touches. */
static inline uint64_t weft__object_of_place(uint64_t place)
{
    return (place | WEFT__OBJECT_OF_ALL_RUNS) & ~WEFT__OBJECT_BYTE;
}

/* Objects that have no stable name of their own: on the heap and named by nobody. They count as
 * one. */
#define WEFT__OBJECT_UNNAMED (WEFT__OBJECT_OF_ALL_RUNS | 1)
/* Virtual time, as an object: fired timers write it, arming one or asking for the time reads it. */
#define WEFT__OBJECT_CLOCK (WEFT__OBJECT_OF_ALL_RUNS | 2)
/* What all connections, and files, have in common; and how many faults there may still be. */
#define WEFT__OBJECT_NETWORK (WEFT__OBJECT_OF_ALL_RUNS | 3)
#define WEFT__OBJECT_FAULTS (WEFT__OBJECT_OF_ALL_RUNS | 4)

/* Variables are told apart word by word, of four bytes; who uses part of a word touches each of
 * those bytes, and the word by READ_PART or WRITE_PART. */

/* A set of accesses: bit n for access n. */
extern const uint16_t weft__access_conflicts[WEFT__ACCESS_COUNT];

static inline bool weft__touches_conflict(weft__touch a, weft__touch b)
{
    return a.object == b.object && (weft__access_conflicts[a.access] >> b.access & 1) != 0;
}

#endif
