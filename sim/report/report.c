/* report.c: which report, and the short lines. See report.h. */
#include "report.h"

#include <stdio.h>

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
