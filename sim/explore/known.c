/* known.c: stored failures are tried before anything else. See explorer.h.
 *
 * Bounded in number and time, so that a large store does not eat the exploration. Files stay as
 * they are: what has gone may come back. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "../heap/heap.h"
#include "../explain/explain.h"
#include "../report/source.h"
#include "../schedule/store.h"
#include "explorer.h"

enum { FILES_MAX = 4096, REPLAYS_MAX = 64, HEAD_SIZE = 1024 };

/* By the first lines: reading all of it costs more than that. */
static bool is_of(const char *path, const char *test, const char *program)
{
    char head[HEAD_SIZE];
    char wanted[HEAD_SIZE];
    FILE *const file = fopen(path, "re");
    if (file == NULL) {
        return false;
    }
    const size_t size = fread(head, 1, sizeof head - 1, file);
    (void)fclose(file);
    head[size] = '\0';
    (void)snprintf(wanted, sizeof wanted, "\ntest %s\nprogram %s\n", test, program);
    const char *const first_end = strchr(head, '\n');
    return first_end != NULL && strncmp(first_end, wanted, strlen(wanted)) == 0;
}

/* Twice: what does not repeat is not the failure that is stored. */
static bool still_fails(weft__explorer *e)
{
    weft__reproduce_once(e);
    const weft__outcome first = weft__the_run.outcome;
    if (first.kind == WEFT_FOUND_NOTHING) {
        return false;
    }
    weft__reproduce_once(e);
    return weft__same_failure(&weft__the_run.outcome, &first);
}

static void add_known(weft__explorer *e, const char *path)
{
    weft_finding *const finding = weft__finding_add(e);
    finding->known = true;
    finding->run = e->schedule.run;
    finding->switches_found = (uint32_t)e->schedule.decisions.count;
    finding->switches_shrunk = finding->switches_found;
    finding->file = strdup(path);
    (void)snprintf(finding->hash, sizeof finding->hash, "%016" PRIx64, e->schedule.hash);
    weft__explain(e, finding);
}

/* What needs weak memory or allocations that fail, or is a data race, counts only when such things
 * are looked for. */
static bool is_asked_for(const weft__explorer *e)
{
    const weft__schedule *const s = &e->schedule;
    return (s->memory == WEFT__MEMORY_SC || e->settings.memory == WEFT__MEMORY_C11) &&
           (s->alloc_failures == 0 || e->settings.alloc_failures != 0) &&
           (s->verdict != WEFT_FOUND_DATA_RACE || e->settings.races == WEFT__RACES_FIND);
}

/* Whether the schedule of this file still fails; then it is the finding. */
static bool try_one(weft__explorer *e, const char *path)
{
    const weft__plan plan = e->plan;
    if (weft__store_load(e->settings.store, path, &e->schedule) != 0) {
        return false;
    }
    if (is_asked_for(e) && still_fails(e)) {
        add_known(e, path);
        return true;
    }
    weft__schedule_clear(&e->schedule);
    e->plan = plan;
    weft__the_heap.may_fail = e->settings.alloc_failures;
    return false;
}

/* At most 1 s, or a tenth of the time that the exploration may take. */
static int64_t budget(const weft__explorer *e)
{
    return e->settings.time_ns / 10 < WEFT_SECOND ? e->settings.time_ns / 10 : WEFT_SECOND;
}

bool weft__known_failure(weft__explorer *e)
{
    char **paths = NULL;
    size_t count = 0;
    char program[WEFT__NAME_MAX];
    if (weft__store_list(e->settings.store, false, &paths, &count) != 0) {
        return false; /* there is none */
    }
    const int64_t deadline_ns = e->start_ns + budget(e);
    bool found = false;
    unsigned tried = 0;
    weft__source_program(program, sizeof program);
    for (size_t i = 0; i < count && i < FILES_MAX && tried < REPLAYS_MAX && !found; i++) {
        if (weft__real_now() > deadline_ns) {
            break;
        }
        if (is_of(paths[i], e->settings.name, program)) {
            tried++;
            found = try_one(e, paths[i]);
        }
    }
    weft__store_list_clear(paths, count);
    return found;
}
