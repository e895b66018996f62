/* inspect.c: `weft list` and `weft show`. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <weft/sim.h>

#include "../report/console.h"
#include "../report/words.h"
#include "../schedule/coverage.h"
#include "../schedule/store.h"
#include "command.h"

static int list_schedule(const char *store, const char *path)
{
    weft__schedule s;
    if (weft__store_load(store, path, &s) != 0) {
        return 1;
    }
    (void)printf("%016" PRIx64 "  %-14s  %s: %zu forced: %s\n", s.hash,
                 weft_finding_kind_name(s.verdict), s.test, s.decisions.count, s.message);
    weft__schedule_clear(&s);
    return 0;
}

static int list_coverage(const char *path)
{
    weft__coverage c;
    char runs[WEFT__GROUPED_SIZE];
    char distinct[WEFT__GROUPED_SIZE];
    if (weft__coverage_load(path, &c) != 0) {
        return 1;
    }
    const double chance = c.runs == 0 ? 1 : (double)weft__coverage_once(&c) / (double)c.runs;
    (void)printf("coverage          %s: %s schedules, %s%s distinct, chance that the next one is "
                 "new: %.2f %%\n",
                 c.test, weft__grouped(c.runs, runs), c.overflowed ? "at least " : "",
                 weft__grouped(c.behaviour_count, distinct), 100 * chance);
    weft__coverage_clear(&c);
    return 0;
}

int weft__command_list(const char *store)
{
    int status = 0;
    for (int coverage = 0; coverage <= 1; coverage++) {
        char **paths = NULL;
        size_t count = 0;
        const int error = weft__store_list(store, coverage == 1, &paths, &count);
        if (error != 0) {
            weft__console_error("cannot read %s: %s", store, strerror(-error));
            return 1;
        }
        for (size_t i = 0; i < count; i++) {
            status |= coverage == 1 ? list_coverage(paths[i]) : list_schedule(store, paths[i]);
        }
        weft__store_list_clear(paths, count);
    }
    return status;
}

int weft__command_show(const char *store, const char *reference)
{
    weft__schedule s;
    if (weft__store_load(store, reference, &s) != 0) {
        return 1;
    }
    (void)printf("%s: %s\n", weft_finding_kind_name(s.verdict), s.message);
    (void)printf("  test       %s of %s, build %s\n", s.test, s.program, s.build);
    (void)printf("  found      %s, seed %" PRIu64 ", schedule %" PRIu64 "\n", s.strategy, s.seed,
                 s.run + 1);
    (void)printf("  forced     %zu switches and choices\n", s.decisions.count);
    (void)printf("  replay     WEFT_REPLAY=%016" PRIx64 " ./%s\n", s.hash, s.program);
    for (size_t i = 0; i < s.step_count; i++) {
        const weft__step *const step = &s.steps[i];
        (void)printf("%s  %4zu  %-16s %s %s  %s\n", i == 0 ? "\n" : "", i + 1, step->actor,
                     step->verb, step->object, step->place);
    }
    weft__schedule_clear(&s);
    return 0;
}
