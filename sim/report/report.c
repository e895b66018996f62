/* report.c: which report, and the short lines. See report.h. */
#include "report.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

void weft__report(const weft__explorer *explorer)
{
    switch (explorer->settings.report) {
    case WEFT__REPORT_TEXT:
        weft__report_text(explorer);
        break;
    case WEFT__REPORT_JSON:
        weft__report_json(explorer);
        break;
    case WEFT__REPORT_NONE:
    default:
        break;
    }
}

enum { PROGRESS_EVERY = 256 };

void weft__report_progress(const weft__explorer *e)
{
    static int64_t last_ns WEFT_KEEP;
    if (e->result->runs % PROGRESS_EVERY != 0 || e->settings.report != WEFT__REPORT_TEXT) {
        return;
    }
    const int64_t now_ns = weft__real_now();
    if (now_ns - last_ns < WEFT_SECOND / 5 || isatty(STDERR_FILENO) == 0) {
        return;
    }
    last_ns = now_ns;
    (void)fprintf(stderr, "\r  exploring  %s, seed %" PRIu64 "   %" PRIu64 " schedules  %.1f s ",
                  e->settings.strategy, e->settings.seed, e->result->runs,
                  (double)(now_ns - e->start_ns) / 1e9);
}

void weft__report_gone(const weft__schedule *schedule)
{
    (void)fprintf(stderr, "  replay     the %s is gone: the recorded schedule now passes\n",
                  weft_finding_kind_name(schedule->verdict));
}

void weft__report_other(const weft__schedule *schedule)
{
    (void)fprintf(stderr, "  replay     the recorded schedule was a %s: it now fails otherwise\n",
                  weft_finding_kind_name(schedule->verdict));
}

void weft__report_divergence(size_t step, const weft__step *recorded, const weft__step *actual)
{
    (void)fprintf(stderr, "  diverged   at step %zu: recorded: %s %s %s (%s); ", step,
                  recorded->actor, recorded->verb, recorded->object, recorded->place);
    if (actual == NULL) {
        (void)fprintf(stderr, "now: the run has ended\n");
    } else {
        (void)fprintf(stderr, "now: %s %s %s (%s)\n", actual->actor, actual->verb, actual->object,
                      actual->place);
    }
}
