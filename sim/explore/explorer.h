/* explorer.h: many runs, and what becomes of the first that fails.
 *
 *   explore.c     runs until a limit, a failure or the end of the space
 *   workers.c     the same in several processes; census.c, behaviours.c: what they count together
 *   proof.c       everything, if it fits
 *   failure.c     a failing run becomes a finding: confirmed, shrunk, described, stored
 *   reproduce.c   WEFT_REPLAY: one stored schedule again */
#ifndef WEFT_SIM_EXPLORER_H
#define WEFT_SIM_EXPLORER_H

#include "../real_time.h"
#include "../run.h"
#include "../schedule/schedule.h"
#include "../settings.h"
#include "census.h"

enum { WEFT__FINDINGS_MAX = 8 }; /* of one exploration; then it ends */

typedef struct weft__explorer {
    weft__settings settings;
    weft__plan plan;
    weft_result *result;
    weft__schedule schedule; /* of the failure */
    size_t *forced_at;       /* its decisions: events before each, + 1; 0: did not apply */
    bool *needed; /* likewise: whether the run passes without that one; NULL: not known */
    weft__census *census;
    uint64_t lane; /* the runs of this process are those whose number is this one modulo stride */
    uint64_t stride;
    uint64_t next; /* run that follows those taken */
    uint64_t end;  /* no run of this number or above */
    uint32_t worker;
    int *properties_files; /* one for each worker: what it knows of WEFT_SOMETIMES */
    int64_t start_ns;
    /* By finding: its steps as text, where other runs took place since; NULL: those of the last. */
    char *kept_steps[WEFT__FINDINGS_MAX];
    const uint8_t *input; /* of a fuzz target; NULL: none */
    size_t input_size;
    bool loud; /* there will be a report */
    bool shows_progress;
    bool reproducing;
    bool fuzzing; /* the runs are those of a fuzzing engine */
} weft__explorer;

/* What an exploration takes place in, for those who execute runs themselves.
 * prepare:      read the settings and make the plan. 0, or -EINVAL after a line on standard error.
 * enter, leave: what is put back before each run is as it is now; watch for crashes. `frame` is the
 *               frame address of the public function. leave writes the result's time.
 * reset:        forget what runs have taught. */
int weft__explorer_prepare(weft__explorer *explorer, const weft_options *options, weft_fn *main_fn,
                           void *arg, weft_result *result);
void weft__explorer_enter(const weft__explorer *explorer, const void *frame);
void weft__explorer_leave(weft__explorer *explorer);
void weft__explorer_reset(void);
void weft__explorer_clear(weft__explorer *explorer);

/* Explore into explorer->result. The report functions may be called afterwards, as long as no other
 * run takes place. 0, or a negative errno value after a line on standard error. */
int weft__explore(weft__explorer *explorer);

/* The last run failed: make a finding of it. */
void weft__failure_examine(weft__explorer *explorer);

/* Add a finding with what the last run tells: kind, message, goroutines. */
weft_finding *weft__finding_add(weft__explorer *explorer);

/* Replay settings.replay. 0: done, the result tells; 1: the schedule belongs to another test of
 * this program, which was not run; negative: an error that has been printed. */
int weft__reproduce(weft__explorer *explorer);

/* Execute e->schedule once: as it was stored, or its decisions only, under the explorer's plan. */
void weft__reproduce_once(weft__explorer *explorer);
void weft__reproduce_decisions(weft__explorer *explorer);

/* Whether a failure of this test that the store holds is still there; then it is the finding. */
bool weft__known_failure(weft__explorer *explorer);

/* Make the plan one that explores everything. Its runs need all earlier ones: one process. */
void weft__explorer_exhaust(weft__explorer *explorer, weft__strategy *strategy);

#endif
