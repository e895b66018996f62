/* reasons.c: the explanation of a finding, as text. See explain/explain.h. */
#include <stdio.h>
#include <string.h>

#include "report.h"

enum { ROWS_MAX = 8 };

void weft__report_orders(const weft_finding *f)
{
    if (f->depth == 0) {
        (void)fprintf(stderr, "\n  fails      in nearly every schedule, whatever the order\n");
        return;
    }
    for (size_t i = 0; i < f->order_count; i++) {
        (void)fprintf(stderr, "%s%s  before  %s\n", i == 0 ? "\n  fails when " : "         and ",
                      f->orders[i].before, f->orders[i].after);
    }
}

/* ---- Side by side ---- */

typedef struct weft__widths {
    int goroutine;
    int operation;
    int failing;
} weft__widths;

static int wider(int width, const char *text)
{
    const int length = (int)strlen(text);
    return length > width ? length : width;
}

static weft__widths measure(const weft_finding *f, size_t count)
{
    weft__widths widths = {.failing = (int)strlen("fails")};
    for (size_t i = 0; i < count; i++) {
        widths.goroutine = wider(widths.goroutine, f->differences[i].goroutine);
        widths.operation = wider(widths.operation, f->differences[i].operation);
        widths.failing = wider(widths.failing, f->differences[i].failing);
    }
    return widths;
}

void weft__report_nearest(const weft_finding *f)
{
    const size_t count = f->difference_count < ROWS_MAX ? f->difference_count : ROWS_MAX;
    if (count == 0) {
        return;
    }
    const weft__widths widths = measure(f, count);
    (void)fprintf(stderr, "\n  passes     %s; what differs:\n", f->nearest);
    (void)fprintf(stderr, "    %*s   %-*s   passes\n", widths.goroutine + 2 + widths.operation, "",
                  widths.failing, "fails");
    for (size_t i = 0; i < count; i++) {
        const weft_finding_difference *const d = &f->differences[i];
        (void)fprintf(stderr, "    %-*s  %-*s   %-*s   %s\n", widths.goroutine, d->goroutine,
                      widths.operation, d->operation, widths.failing, d->failing, d->passing);
    }
    if (f->difference_count > count) {
        (void)fprintf(stderr, "    ... and %zu more\n", f->difference_count - count);
    }
}
