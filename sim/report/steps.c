/* steps.c: the steps of the last run, one column for each goroutine as long as they fit. */
#include <stdio.h>
#include <string.h>

#include "../net/network.h"
#include "../race/race.h"
#include "report.h"
#include "source.h"
#include "words.h"

enum { COLUMNS_MAX = 4, COLUMN_GAP = 3, WIDTH_MAX = 140, STEPS_SHOWN = 40, TEXT_SIZE = 320 };

typedef struct weft__columns {
    uint32_t slots[COLUMNS_MAX];
    int widths[COLUMNS_MAX];
    uint32_t count;
    FILE *file;
    bool fit; /* otherwise: one column for all, with the goroutine's name in front */
} weft__columns;

/* Whether event i has a row of its own: not the cases of a select, nor choices made by the
 * operation in the row above. */
static bool shown(size_t i)
{
    const weft__event *const event = &weft__the_run.trace.events[i];
    if ((event->flags & WEFT__EVENT_CHOICE) != 0) {
        return i == 0 || event[-1].slot != event->slot;
    }
    return (event->flags & WEFT__EVENT_CASE) == 0;
}

size_t weft__report_rows(size_t event_count)
{
    size_t rows = 0;
    for (size_t i = 0; i < event_count; i++) {
        rows += shown(i) ? 1 : 0;
    }
    return rows;
}

static uint32_t column_of(weft__columns *columns, uint32_t slot)
{
    for (uint32_t i = 0; i < columns->count; i++) {
        if (columns->slots[i] == slot) {
            return i;
        }
    }
    if (columns->count == COLUMNS_MAX) {
        columns->fit = false;
        return 0;
    }
    char label[64];
    weft__goroutine_label(slot, label, sizeof label);
    columns->widths[columns->count] = (int)strlen(label);
    columns->slots[columns->count] = slot;
    return columns->count++;
}

/* The cases of the select that is event i: "{receive main#1, send main#2}". */
static void describe_cases(size_t i, char *into, size_t size)
{
    const weft__trace *const trace = &weft__the_run.trace;
    size_t used = (size_t)snprintf(into, size, "{");
    for (size_t k = i + 1; k < trace->count && !shown(k) && used < size; k++) {
        const weft__event *const event = &trace->events[k];
        char object[128];
        if ((event->flags & WEFT__EVENT_CASE) == 0) {
            continue;
        }
        weft__object_name_text(event->object, trace->places[k].address, object, sizeof object);
        used += (size_t)snprintf(into + used, size - used, "%s%s %s", used == 1 ? "" : ", ",
                                 weft__op_verb(event->kind), object);
    }
    if (used < size) {
        (void)snprintf(into + used, size - used, "}");
    }
}

/* "lock a  bank.c:41  waits" */
static void describe(size_t i, char *into, size_t size)
{
    const weft__trace *const trace = &weft__the_run.trace;
    const weft__event *const event = &trace->events[i];
    const weft__place *const at = &trace->places[i];
    char object[128] = "";
    char place[160];
    if ((event->flags & WEFT__EVENT_CHOICE) != 0) {
        (void)snprintf(into, size, "chooses %u of %u", event->value, event->arity);
        return;
    }
    if (event->kind == WEFT__OP_SELECT) {
        describe_cases(i, object, sizeof object);
    } else if (event->object != 0) {
        weft__object_name_text(event->object, at->address, object, sizeof object);
    }
    weft__source_place(weft__site_told(i), place, sizeof place);
    (void)snprintf(into, size, "%s%s%s%s%s%s", weft__op_verb(event->kind),
                   object[0] == '\0' ? "" : " ", object, place[0] == '-' ? "" : "  ",
                   place[0] == '-' ? "" : place,
                   (event->flags & WEFT__EVENT_PARKED) != 0 ? "  waits" : "");
}

/* The forced switch right before event i, + 1; 0: there is none. */
static size_t forced_before(const weft__explorer *e, size_t i)
{
    for (size_t k = 0; k < e->schedule.decisions.count && e->forced_at != NULL; k++) {
        if (e->forced_at[k] == i + 1 && e->schedule.decisions.list[k].is_choice == 0) {
            return k + 1;
        }
    }
    return 0;
}

/* Whether it is known that the run passes without that switch. */
static bool needed_before(const weft__explorer *e, size_t i)
{
    const size_t k = forced_before(e, i);
    return k != 0 && e->needed != NULL && e->needed[k - 1];
}

static void print_memory_choice(FILE *file, const weft__event *event)
{
    if (event->value != 0) {
        (void)fprintf(file, "  [%s: choice %u of %u]", weft__memory_choice(event->kind),
                      event->value, event->arity);
    }
}

/* What went wrong; nothing where nothing did. */
static void print_mishap(FILE *file, const weft__event *event)
{
    const char *const text = weft__mishap_text(event->object, event->value);
    if (text[0] != '\0') {
        (void)fprintf(file, "  [%s]", text);
    }
}

static void print_choices(FILE *file, size_t i)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t k = i + 1; k < trace->count && !shown(k); k++) {
        const weft__event *const event = &trace->events[k];
        if ((event->flags & WEFT__EVENT_CHOICE) == 0) {
            continue;
        }
        if (weft__op_is_of_variable((weft__op_kind)event->kind)) {
            print_memory_choice(file, event);
        } else if (event->object != 0) {
            print_mishap(file, event);
        } else {
            (void)fprintf(file, "  [choice %u of %u]", event->value, event->arity);
        }
    }
}

static int column_start(const weft__columns *columns, uint32_t column)
{
    int start = 0;
    for (uint32_t i = 0; i < column; i++) {
        start += columns->widths[i] + COLUMN_GAP;
    }
    return start;
}

/* ---- The two accesses of a race: they are no operations ---- */

/* Those that the rows do not show anyway, as schedule points. */
static bool is_extra(const weft__shadow_use *use, size_t at)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = at; i-- > 0;) {
        if (trace->events[i].slot == use->slot) {
            return trace->places[i].site != use->site;
        }
    }
    return true;
}

static const weft__shadow_use *access_before(size_t i)
{
    const weft__race *const race = &weft__the_race;
    if (weft__the_run.outcome.kind != WEFT_FOUND_DATA_RACE || race->first_at == 0) {
        return NULL;
    }
    const weft__shadow_use *const use = i == race->first_at    ? &race->first
                                        : i == race->second_at ? &race->second
                                                               : NULL;
    return use != NULL && is_extra(use, i) ? use : NULL;
}

static void describe_access(const weft__shadow_use *use, char *into, size_t size)
{
    char object[128];
    char place[160];
    weft__race_describe_place(use->address, object, sizeof object);
    weft__source_place(use->site, place, sizeof place);
    (void)snprintf(into, size, "%s %s  %s", use->kind == WEFT__SHADOW_WRITE ? "write" : "read",
                   object, place);
}

static void print_access(weft__columns *columns, const weft__shadow_use *use)
{
    char text[TEXT_SIZE];
    char label[64];
    describe_access(use, text, sizeof text);
    weft__goroutine_label(use->slot, label, sizeof label);
    if (columns->fit) {
        (void)fprintf(columns->file, "           %*s%s\n",
                      column_start(columns, column_of(columns, use->slot)), "", text);
    } else {
        (void)fprintf(columns->file, "           %-20s %s\n", label, text);
    }
}

static void widen(weft__columns *columns, uint32_t slot, const char *text)
{
    const uint32_t column = column_of(columns, slot);
    if ((int)strlen(text) > columns->widths[column]) {
        columns->widths[column] = (int)strlen(text);
    }
}

/* All goroutines of the trace, and how wide their texts are; too many or too wide: no fit. */
static void measure_columns(weft__columns *columns)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t i = 0; i <= trace->count && columns->fit; i++) {
        char text[TEXT_SIZE];
        if (access_before(i) != NULL) {
            describe_access(access_before(i), text, sizeof text);
            widen(columns, access_before(i)->slot, text);
        }
        if (i < trace->count && shown(i)) {
            describe(i, text, sizeof text);
            widen(columns, trace->events[i].slot, text);
        }
    }
    if (column_start(columns, columns->count) > WIDTH_MAX) {
        columns->fit = false;
    }
}

static void print_step(const weft__explorer *e, weft__columns *columns, size_t number, size_t i)
{
    const weft__event *const event = &weft__the_run.trace.events[i];
    char text[TEXT_SIZE];
    char label[64];
    describe(i, text, sizeof text);
    (void)fprintf(columns->file, "    %4zu   ", number);
    if (columns->fit) {
        const uint32_t column = column_of(columns, event->slot);
        const int end = column_start(columns, columns->count) - column_start(columns, column);
        const bool more = forced_before(e, i) != 0;
        (void)fprintf(columns->file, "%*s%-*s", column_start(columns, column), "", more ? end : 0,
                      text);
    } else {
        weft__goroutine_label(event->slot, label, sizeof label);
        (void)fprintf(columns->file, "%-20s %s", label, text);
    }
    print_choices(columns->file, i);
    if (forced_before(e, i) != 0) {
        (void)fprintf(columns->file, "%s<- switch here%s", columns->fit ? "" : "   ",
                      needed_before(e, i) ? ": without it the run passes" : "");
    }
    (void)fprintf(columns->file, "\n");
}

static void print_heads(const weft__columns *columns)
{
    (void)fprintf(columns->file, "\n    step   ");
    for (uint32_t i = 0; columns->fit && i < columns->count; i++) {
        char label[64];
        weft__goroutine_label(columns->slots[i], label, sizeof label);
        (void)fprintf(columns->file, "%-*s",
                      i + 1 < columns->count ? columns->widths[i] + COLUMN_GAP : 0, label);
    }
    (void)fprintf(columns->file, "%s\n", columns->fit ? "" : "goroutine            operation");
}

/* What the schedule decides at step i, or in it: a forced switch, or a choice other than 0. */
static bool decides(const weft__explorer *e, size_t i)
{
    const weft__trace *const trace = &weft__the_run.trace;
    for (size_t k = i + 1; k < trace->count && !shown(k); k++) {
        if ((trace->events[k].flags & WEFT__EVENT_CHOICE) != 0 && trace->events[k].value != 0) {
            return true;
        }
    }
    return forced_before(e, i) != 0;
}

/* The last steps, and of those before the ones that decide. */
void weft__report_steps(const weft__explorer *explorer, FILE *file)
{
    const weft__trace *const trace = &weft__the_run.trace;
    weft__columns columns = {.file = file, .fit = true};
    const size_t total = weft__report_rows(trace->count);
    size_t number = 0;
    size_t left_out = 0;
    if (total == 0) {
        return;
    }
    measure_columns(&columns);
    print_heads(&columns);
    for (size_t i = 0; i <= trace->count; i++) {
        if (access_before(i) != NULL) {
            print_access(&columns, access_before(i));
        }
        if (i == trace->count || !shown(i)) {
            continue;
        }
        if (++number + STEPS_SHOWN <= total && !decides(explorer, i)) {
            left_out++;
            continue;
        }
        if (left_out != 0) {
            (void)fprintf(file, "     ...   %zu step%s\n", left_out, left_out == 1 ? "" : "s");
        }
        left_out = 0;
        print_step(explorer, &columns, number, i);
    }
}
