/* text.c: the report for people. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "holders.h"
#include "report.h"
#include "source.h"
#include "words.h"

void weft__effort_text(const weft__explorer *e, char *into, size_t size)
{
    const weft__settings *const settings = &e->settings;
    char workers[32] = "";
    char shard[48] = "";
    if (settings->jobs > 1) {
        (void)snprintf(workers, sizeof workers, ", %u workers", settings->jobs);
    }
    if (settings->shard.count > 1) {
        (void)snprintf(shard, sizeof shard, ", shard %u of %u", settings->shard.index,
                       settings->shard.count);
    }
    (void)snprintf(into, size, "%s, seed %" PRIu64 "%s%s", settings->strategy, settings->seed,
                   workers, shard);
}

static void print_effort(const weft__explorer *e)
{
    const weft_result *const r = e->result;
    char effort[256];
    char runs[WEFT__GROUPED_SIZE];
    char distinct[WEFT__GROUPED_SIZE];
    if (e->reproducing) {
        (void)fprintf(stderr, "  replaying  %s: %s\n", e->settings.name, e->settings.replay);
        return;
    }
    if (r->finding_count != 0 && r->findings[0].known) {
        (void)fprintf(stderr, "  trying     %s: the failures that %s holds of it\n",
                      e->settings.name, e->settings.store);
        return;
    }
    if (e->fuzzing) {
        (void)fprintf(stderr, "  fuzzing    %s: %s executions  %.1f s\n", e->settings.name,
                      weft__grouped(r->runs, runs), (double)r->time_ns / 1e9);
        return;
    }
    weft__effort_text(e, effort, sizeof effort);
    (void)fprintf(stderr, "  exploring  %s: %s   %s schedules  %s%s distinct  %.1f s\n",
                  e->settings.name, effort, weft__grouped(r->runs, runs),
                  r->overflowed ? "at least " : "", weft__grouped(r->distinct, distinct),
                  (double)r->time_ns / 1e9);
}

/* What the pass is worth. */
static void print_chance(const weft_result *r)
{
    const double percent = 100 * r->new_chance;
    if (r->runs == 0 || r->overflowed) {
        return; /* nothing to estimate it from */
    }
    (void)fprintf(stderr, ", chance that the next one is new: %s%.*f %%",
                  percent < 0.01 ? "below " : "", percent < 0.1 ? 2 : 1,
                  percent < 0.01 ? 0.01 : percent);
}

static void print_passed(const weft__explorer *e)
{
    const weft_result *const r = e->result;
    char runs[WEFT__GROUPED_SIZE];
    char distinct[WEFT__GROUPED_SIZE];
    if (e->reproducing) {
        return;
    }
    if (r->complete) {
        (void)fprintf(stderr, "  passed     %s schedules: all %s behaviours of this input",
                      weft__grouped(r->runs, runs), weft__grouped(r->behaviours, distinct));
    } else if (r->bounded != NULL) {
        const int unit_length = (int)strlen(r->bounded) - (r->bound == 1 ? 1 : 0);
        (void)fprintf(stderr, "  passed     %s schedules: all with at most %u %.*s, %s%s distinct",
                      weft__grouped(r->runs, runs), r->bound, unit_length, r->bounded,
                      r->overflowed ? "at least " : "", weft__grouped(r->distinct, distinct));
    } else {
        (void)fprintf(stderr, "  passed     %s schedules, %s%s distinct",
                      weft__grouped(r->runs, runs), r->overflowed ? "at least " : "",
                      weft__grouped(r->distinct, distinct));
        print_chance(r);
    }
    if (r->bound_hits != 0) {
        (void)fprintf(stderr,
                      "; %" PRIu64 " reached the step bound of the strategy and went on fairly",
                      r->bound_hits);
    }
    (void)fprintf(stderr, "\n");
}

static void print_headline(const weft__explorer *e, const weft_finding *f)
{
    (void)fprintf(stderr, "  FOUND      %s", weft_finding_kind_name(f->kind));
    if (e->reproducing) {
        (void)fprintf(stderr, ", again, with %u forced switches and choices\n", f->switches_shrunk);
        return;
    }
    if (f->known) {
        (void)fprintf(stderr, ", known failure, with %u forced switches and choices\n",
                      f->switches_shrunk);
        return;
    }
    if (f->hash[0] == '\0') {
        (void)fprintf(stderr, ", schedule %" PRIu64 "\n", f->run + 1);
        return;
    }
    (void)fprintf(stderr, ", %s %" PRIu64 ", shrunk from %u to %u forced switches and choices%s\n",
                  e->fuzzing ? "execution" : "schedule", f->run + 1, f->switches_found,
                  f->switches_shrunk, f->minimal ? "" : "; perhaps fewer would do");
    if (f->predicted != NULL) {
        (void)fprintf(stderr,
                      "             predicted from schedule %" PRIu64 ", which passed: %s\n",
                      f->predicted_from + 1, f->predicted);
    }
}

static int widest(const weft_finding *f)
{
    int width = 8;
    for (size_t i = 0; i < f->goroutine_count; i++) {
        const int length = (int)strlen(f->goroutines[i].name);
        width = length > width ? length : width;
    }
    return width;
}

static const char *state_word(weft_finding_kind kind)
{
    switch (kind) {
    case WEFT_FOUND_DEADLOCK:
    case WEFT_FOUND_LEAK:
        return "waits ";
    case WEFT_FOUND_RUNAWAY:
    case WEFT_FOUND_LIVELOCK:
        return "alive ";
    case WEFT_FOUND_STARVATION:
        return "starved";
    case WEFT_FOUND_DATA_RACE:
        return "";
    default:
        return "failed";
    }
}

static void print_goroutines(const weft_finding *f)
{
    const int width = widest(f);
    const bool waits = f->kind == WEFT_FOUND_DEADLOCK || f->kind == WEFT_FOUND_LEAK;
    const bool tells = waits || f->kind == WEFT_FOUND_DATA_RACE;
    for (size_t i = 0; i < f->goroutine_count; i++) {
        const weft_finding_goroutine *const g = &f->goroutines[i];
        char holder[96];
        (void)fprintf(stderr, "    %-*s  %s %-22s  %-20s  %s", width, g->name, state_word(f->kind),
                      tells ? g->reason : "", g->object, g->place);
        if (waits && weft__holder_of(g->path, holder, sizeof holder)) {
            (void)fprintf(stderr, "   held by %s", holder);
        }
        if (g->after[0] != '\0') {
            (void)fprintf(stderr, "   after %s", g->after);
        }
        (void)fprintf(stderr, "\n");
    }
}

static void print_stacks(const weft_finding *f)
{
    const char *line = f->stacks == NULL ? "" : f->stacks;
    (void)fputs(line[0] == '\0' ? "" : "\n", stderr);
    while (line[0] != '\0') {
        const int length = (int)strcspn(line, "\n");
        (void)fprintf(stderr, "  %.*s\n", length, line);
        line += length + 1;
    }
}

static void print_cycle(const weft_finding *f)
{
    weft__cycle cycle;
    weft__cycle_of(f, &cycle);
    if (cycle.count == 0) {
        return;
    }
    (void)fprintf(stderr, "\n  cycle      ");
    for (size_t i = 0; i < cycle.count; i++) {
        (void)fprintf(stderr, "%s -> %s -> ", cycle.waits[i].goroutine, cycle.waits[i].object);
    }
    (void)fprintf(stderr, "%s\n", cycle.waits[0].goroutine);
}

static void print_replay(const weft__explorer *e, const weft_finding *f)
{
    char program[WEFT__NAME_MAX];
    if (f->hash[0] == '\0') {
        return;
    }
    weft__source_program(program, sizeof program);
    (void)fprintf(stderr, "\n  replay     WEFT_REPLAY=%s ./%s\n", f->hash, program);
    if (f->file != NULL) {
        (void)fprintf(stderr, "  stored     %s\n", f->file);
    }
    if (f->token != NULL && !e->reproducing) {
        (void)fprintf(stderr, "  token      %s\n", f->token);
    }
}

static void print_steps(const weft__explorer *e, const weft_finding *f)
{
    const char *const kept = e->kept_steps[f - e->result->findings];
    if (kept != NULL) {
        (void)fputs(kept, stderr);
    } else {
        weft__report_steps(e, stderr);
    }
}

static void print_finding(const weft__explorer *e, const weft_finding *f)
{
    print_headline(e, f);
    (void)fprintf(stderr, "             %s\n\n", f->message);
    print_goroutines(f);
    print_stacks(f);
    print_cycle(f);
    weft__report_orders(f);
    if (f->kind != WEFT_FOUND_NEVER_REACHED && f->kind != WEFT_FOUND_NONDETERMINISM) {
        print_steps(e, f);
    }
    weft__report_nearest(f);
    print_replay(e, f);
}

void weft__report_text(const weft__explorer *explorer)
{
    const weft_result *const r = explorer->result;
    print_effort(explorer);
    if (r->finding_count == 0) {
        print_passed(explorer);
    }
    for (size_t i = 0; i < r->finding_count; i++) {
        print_finding(explorer, &r->findings[i]);
    }
}
