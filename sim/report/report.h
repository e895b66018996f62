/* report.h: what a person, or a machine, is told. All of it goes to standard error, JSON to
 * standard output. */
#ifndef WEFT_SIM_REPORT_H
#define WEFT_SIM_REPORT_H

#include <stdio.h>

#include "../explore/explorer.h"

/* The outcome of an exploration or replay, in the style that the settings ask for. */
void weft__report(const weft__explorer *explorer);

/* progress.c: whether the user is to see how far an exploration is; then: show it, if the last time
 * was long enough ago; and make way for the report. */
bool weft__progress_wanted(const weft__explorer *explorer);
void weft__progress_show(const weft__explorer *explorer);
void weft__progress_end(const weft__explorer *explorer);

/* Lines about a replay: that the failure is gone; that it fails in another way; where the run left
 * the recorded one (actual NULL: by ending). */
void weft__report_gone(const weft__schedule *schedule);
void weft__report_other(const weft__schedule *schedule);
void weft__report_divergence(size_t step, const weft__step *recorded, const weft__step *actual);

void weft__report_text(const weft__explorer *explorer); /* text.c */
void weft__report_json(const weft__explorer *explorer); /* json.c */
void weft__json_string(FILE *file, const char *text);   /* json.c: quoted */
/* text.c: "portfolio, seed 1, 2 workers, shard 0 of 4" */
void weft__effort_text(const weft__explorer *explorer, char *into, size_t size);

/* steps.c: the table of what happened in the last run. */
void weft__report_steps(const weft__explorer *explorer, FILE *file);
size_t weft__report_rows(size_t event_count); /* how many rows the first events take */

/* reasons.c: what the finding's explanation says. */
void weft__report_orders(const weft_finding *finding);
void weft__report_nearest(const weft_finding *finding);

#endif
