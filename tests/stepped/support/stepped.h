/* stepped.h: how a stepped test begins. Its code belongs to the inner world (outer.h): all that it
 * calls by weft_... is our own core in slow motion. */
#ifndef WEFT_STEPPED_H
#define WEFT_STEPPED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/g.h"
#include "outer.h"

/* How parking is done: commits run on the parking goroutine's stack; or elsewhere, so that it may
 * go on before its commit has returned. */
typedef enum stepped_commits { COMMITS_HERE, COMMITS_ELSEWHERE } stepped_commits;
extern stepped_commits stepped_commit_mode;

/* Somebody may be alone (object.h). Both are main's to set, first of all. */
extern bool stepped_biased;

/* Start an inner goroutine; the second returns when it has parked, and is for main, before there
 * are others. join waits until all have ended: from main. */
void start(weft_fn *fn, void *arg);
void start_parked(weft_fn *fn, void *arg);
void join(void);

/* A test program is a table of scenarios. All behaviours of each, as the goroutine main, are
 * explored: without a race, a deadlock or a failed assertion. */
typedef struct scenario {
    const char *name;
    weft_fn *program;
} scenario;
int run_scenarios(const scenario *scenarios, size_t count);
#define SCENARIO(program)                                                                          \
    {                                                                                              \
#program, program                                                                          \
    }
#define RUN_SCENARIOS(...)                                                                         \
    int main(void)                                                                                 \
    {                                                                                              \
        static const scenario scenarios[] = {__VA_ARGS__};                                         \
        return run_scenarios(scenarios, sizeof scenarios / sizeof scenarios[0]);                   \
    }

#endif
