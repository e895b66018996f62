/* coverage.h: which behaviours of a test were seen, for adding up over machines and days.
 *
 * The text form is documented in docs/coverage-format.md. `parts` tell which explorations are in
 * it, so that none is counted twice. */
#ifndef WEFT_SIM_COVERAGE_H
#define WEFT_SIM_COVERAGE_H

#include "schedule.h"

typedef struct weft__coverage {
    char test[WEFT__NAME_MAX];
    char program[WEFT__NAME_MAX];
    char build[41]; /* build id, or "-" */
    uint64_t runs;
    bool overflowed; /* not all behaviours are there */
    uint64_t *parts; /* ascending, like the behaviours */
    size_t part_count;
    uint64_t *behaviours; /* the lowest bit: more than one run has shown it */
    size_t behaviour_count;
} weft__coverage;

void weft__coverage_clear(weft__coverage *coverage);

/* weft__store_writer of a weft__coverage. */
void weft__coverage_write(const void *coverage, FILE *file);

/* As weft__schedule_read. */
int weft__coverage_read(const char *text, size_t size, weft__coverage *ret_coverage,
                        char ret_error[256]);

/* Read a file. 0, -ENOENT or -EBADMSG, after a line on standard error. */
int weft__coverage_load(const char *path, weft__coverage *ret_coverage);

/* Add `from` to *into, which is of the same program, test and build. false: all of it was in there
 * already. Some of it only: an error, *ret_partly. */
bool weft__coverage_add(weft__coverage *into, const weft__coverage *from, bool *ret_partly);

/* Behaviours that one run only has shown. */
uint64_t weft__coverage_once(const weft__coverage *coverage);

/* "transfer_test.transfer.coverage"; with `part` not NULL "transfer_test.transfer.<part>.coverage".
 */
void weft__coverage_name(const weft__coverage *coverage, const char *part, char *into, size_t size);

#endif
