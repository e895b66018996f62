/* profile.h: what earlier runs have shown, for strategies that make use of it.
 *
 * INVARIANTS
 *   - Only teaching runs teach: those below 32, and every 64th. Whoever explores executes all of
 *     them, in order, and shares out the others; each is learned from once, however often it is
 *     executed.
 *   - Run i uses what the teaching runs below the last epoch boundary (1, 2, 4, 8, 16, 32, 128,
 *     512, ...) that is <= i have taught: so it depends on the seed and i only.
 *   - Everything is numbered in order of its first appearance; addresses are never ordered.
 *
 * A strategy learns by calling begin, event and end from its own functions of these names; the
 * portfolio does it for those members that do not. */
#ifndef WEFT_SIM_PROFILE_H
#define WEFT_SIM_PROFILE_H

#include "numbering.h"
#include "strategy.h"

enum {
    WEFT__OBJECTS_MAX = 256,
    WEFT__SHARES_MAX = 2048,
    WEFT__CLASSES_MAX = 512,
    WEFT__PAIRS_MAX = 4096,
};

/* Operations that are the same in all runs, but for how often they take place. Their sites do not
 * tell them apart: compilers copy and merge code, and the same seed is to give the same runs. */
typedef struct weft__class {
    uint64_t goroutine;
    uint64_t object; /* keys.h */
    uint32_t kind;
} weft__class;

typedef struct weft__profile {
    uint32_t runs;        /* learned from */
    uint32_t choices_max; /* steps of a run at which there was a choice: of the longest */
    uint32_t races_max;   /* of these, operations on contended objects */

    weft__numbering object_numbers;
    uint64_t objects[WEFT__OBJECTS_MAX];   /* keys */
    uint32_t conflicts[WEFT__OBJECTS_MAX]; /* pairs of classes on it that conflict */

    /* By goroutine and object; object WEFT__EVERYTHING: all of them. */
    weft__numbering share_numbers;
    uint64_t share_own[WEFT__SHARES_MAX];    /* operations of the goroutine, in all runs */
    uint64_t share_mass[WEFT__SHARES_MAX];   /* and of its descendants */
    uint64_t share_births[WEFT__SHARES_MAX]; /* of WEFT__EVERYTHING: runs that had the goroutine */

    weft__numbering class_numbers;
    weft__class classes[WEFT__CLASSES_MAX];
    uint32_t occurrences[WEFT__CLASSES_MAX]; /* in one run, at most */

    uint32_t pair_count; /* of classes that conflict, of different goroutines */
    uint16_t pairs[WEFT__PAIRS_MAX][2];
} weft__profile;

#define WEFT__EVERYTHING UINT64_C(1)

/* A new exploration: forget everything. */
void weft__profile_reset(void);

bool weft__run_teaches(uint64_t run);

void weft__profile_begin(uint64_t run);
void weft__profile_event(weft__strategy *self, const weft__task *task);
void weft__profile_end(weft__strategy *self, const weft__trace *trace);

/* What this run may use; NULL: nothing yet. Between begin and end. */
const weft__profile *weft__profile_now(void);

/* Operations of a goroutine of this name, and of its descendants, on an object, in an average
 * run that has it. */
double weft__profile_mass(const weft__profile *profile, uint64_t goroutine, uint64_t object);

/* Whether the task's operation is on an object on which those of several goroutines conflict. */
bool weft__profile_contended(const weft__profile *profile, const weft__task *task);

/* Whether the goroutine itself uses the object (a number). */
bool weft__profile_uses(const weft__profile *profile, uint64_t goroutine, uint32_t number);

#endif
