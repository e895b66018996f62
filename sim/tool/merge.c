/* merge.c: `weft merge`. Everything is read and checked before anything is written. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../memory.h"
#include "../report/console.h"
#include "../schedule/coverage.h"
#include "../schedule/store.h"
#include "command.h"

typedef struct weft__merged_schedule {
    char *name; /* of the file */
    char *text;
    size_t size;
    bool added; /* not in the first store */
} weft__merged_schedule;

typedef struct weft__merged_coverage {
    weft__coverage sum;
    char *path; /* of the file it started with */
} weft__merged_coverage;

typedef struct weft__merger {
    weft__merged_schedule *schedules;
    size_t schedule_count;
    weft__merged_coverage *coverages;
    size_t coverage_count;
    int status;
} weft__merger;

/* ---- Schedules ---- */

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

static bool has_schedule(const weft__merger *m, const char *name)
{
    for (size_t i = 0; i < m->schedule_count; i++) {
        if (strcmp(m->schedules[i].name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Its bytes are kept as they are. */
static void read_schedule(weft__merger *m, const char *store, const char *path, bool added)
{
    weft__schedule schedule;
    char hash[32];
    (void)snprintf(hash, sizeof hash, "%.16s", base_name(path));
    if (weft__store_load(store, hash, &schedule) != 0) {
        m->status = 1;
        return;
    }
    weft__schedule_clear(&schedule);
    if (has_schedule(m, base_name(path))) {
        return;
    }
    m->schedules = weft__grow(m->schedules, (m->schedule_count + 1) * sizeof *m->schedules);
    weft__merged_schedule *const s = &m->schedules[m->schedule_count++];
    *s = (weft__merged_schedule){.name = strdup(base_name(path)), .added = added};
    s->text = weft__store_read(path, &s->size);
    if (s->text == NULL || s->name == NULL) {
        weft__console_error("cannot read %s: %s", path, strerror(errno));
        m->status = 1;
    }
}

static void write_schedule(const void *what, FILE *file)
{
    const weft__merged_schedule *const s = what;
    (void)fwrite(s->text, 1, s->size, file);
}

/* ---- Coverage ---- */

static weft__merged_coverage *find_coverage(const weft__merger *m, const weft__coverage *c)
{
    for (size_t i = 0; i < m->coverage_count; i++) {
        const weft__coverage *const sum = &m->coverages[i].sum;
        if (strcmp(sum->test, c->test) == 0 && strcmp(sum->program, c->program) == 0) {
            return &m->coverages[i];
        }
    }
    return NULL;
}

static void add_coverage(weft__merger *m, weft__coverage *c, const char *path)
{
    weft__merged_coverage *const known = find_coverage(m, c);
    bool partly = false;
    if (known == NULL) {
        m->coverages = weft__grow(m->coverages, (m->coverage_count + 1) * sizeof *m->coverages);
        m->coverages[m->coverage_count++] =
            (weft__merged_coverage){.sum = *c, .path = strdup(path)};
        *c = (weft__coverage){0};
        return;
    }
    if (strcmp(known->sum.build, c->build) != 0) {
        weft__console_error("%s and %s are of different builds of %s: they do not add up", path,
                            known->path, c->program);
        m->status = 1;
        return;
    }
    if (!weft__coverage_add(&known->sum, c, &partly) && partly) {
        weft__console_error("%s: some of its explorations are counted already, and not all", path);
        m->status = 1;
    }
}

static void read_coverage(weft__merger *m, const char *path)
{
    weft__coverage c;
    if (weft__coverage_load(path, &c) != 0) {
        m->status = 1;
        return;
    }
    add_coverage(m, &c, path);
    weft__coverage_clear(&c);
}

/* ---- Stores ---- */

/* `into` need not be there. */
static void read_store(weft__merger *m, const char *store, bool is_into)
{
    for (int coverage = 0; coverage <= 1; coverage++) {
        char **paths = NULL;
        size_t count = 0;
        const int error = weft__store_list(store, coverage == 1, &paths, &count);
        if (error != 0 && !(is_into && error == -ENOENT)) {
            weft__console_error("cannot read %s: %s", store, strerror(-error));
            m->status = 1;
            return;
        }
        for (size_t i = 0; i < count; i++) {
            if (coverage == 1) {
                read_coverage(m, paths[i]);
            } else {
                read_schedule(m, store, paths[i], !is_into);
            }
        }
        weft__store_list_clear(paths, count);
    }
}

static void write_all(weft__merger *m, const char *into)
{
    size_t added = 0;
    for (size_t i = 0; i < m->schedule_count && m->status == 0; i++) {
        if (m->schedules[i].added) {
            char *const path =
                weft__store_write(into, m->schedules[i].name, write_schedule, &m->schedules[i], "");
            m->status = path == NULL ? 1 : 0;
            free(path);
            added++;
        }
    }
    for (size_t i = 0; i < m->coverage_count && m->status == 0; i++) {
        char name[WEFT__NAME_MAX];
        const weft__coverage *const sum = &m->coverages[i].sum;
        weft__coverage_name(sum, NULL, name, sizeof name);
        char *const path = weft__store_write(into, name, weft__coverage_write, sum, "");
        m->status = path == NULL ? 1 : 0;
        free(path);
    }
    if (m->status == 0) {
        (void)printf("%zu schedules added, %zu in all; coverage of %zu tests\n", added,
                     m->schedule_count, m->coverage_count);
    }
}

static void clear(weft__merger *m)
{
    for (size_t i = 0; i < m->schedule_count; i++) {
        free(m->schedules[i].name);
        free(m->schedules[i].text);
    }
    for (size_t i = 0; i < m->coverage_count; i++) {
        weft__coverage_clear(&m->coverages[i].sum);
        free(m->coverages[i].path);
    }
    free(m->schedules);
    free(m->coverages);
}

int weft__command_merge(int count, char **stores)
{
    weft__merger merger = {0};
    for (int i = 0; i < count; i++) {
        read_store(&merger, stores[i], i == 0);
    }
    if (merger.status == 0) {
        write_all(&merger, stores[0]);
    } else {
        weft__console_error("nothing was merged");
    }
    clear(&merger);
    return merger.status;
}
