/* report.h: what a person, or a machine, is told. All of it goes to standard error, JSON to
 * standard output. */
#ifndef WEFT_SIM_REPORT_H
#define WEFT_SIM_REPORT_H

#include "../explore/explorer.h"

/* The outcome of an exploration or replay, in the style that the settings ask for. */
void weft__report(const weft__explorer *explorer);

/* While exploring, on a terminal: how far it is. */
void weft__report_progress(const weft__explorer *explorer);

/* Lines about a replay: that the failure is gone; that it fails in another way; where the run left
 * the recorded one (actual NULL: by ending). */
void weft__report_gone(const weft__schedule *schedule);
void weft__report_other(const weft__schedule *schedule);
void weft__report_divergence(size_t step, const weft__step *recorded, const weft__step *actual);

void weft__report_text(const weft__explorer *explorer); /* text.c */
void weft__report_json(const weft__explorer *explorer); /* json.c */

/* steps.c: the table of what happened in the last run. */
void weft__report_steps(const weft__explorer *explorer);

#endif
