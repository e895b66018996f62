/* settings.h: what an exploration is told: the options struct, then the environment, then defaults.
 */
#ifndef WEFT_SIM_SETTINGS_H
#define WEFT_SIM_SETTINGS_H

#include <weft.h>

#include "run.h"
#include "shard.h"

typedef enum weft__report_style {
    WEFT__REPORT_TEXT,
    WEFT__REPORT_JSON,
    WEFT__REPORT_NONE,
} weft__report_style;

typedef enum weft__progress_style {
    WEFT__PROGRESS_BAR, /* on a terminal */
    WEFT__PROGRESS_JSON,
    WEFT__PROGRESS_NONE,
} weft__progress_style;

typedef struct weft__settings {
    const char *name; /* of the test */
    uint64_t seed;
    uint64_t schedules;
    int64_t time_ns; /* WEFT_NEVER: no limit */
    uint64_t max_steps;
    uint32_t jobs; /* processes, at least 1 */
    weft__shard shard;
    size_t stack_size;
    uint32_t goroutine_limit;
    const char *strategy;
    const char *store;
    const char *replay; /* NULL: explore */
    bool elastic;
    weft__memory memory;
    weft__races races;
    bool keep_globals;
    bool leaked_objects;     /* blocks that a run loses are an error */
    uint32_t alloc_failures; /* so many of a run's allocations may fail */
    bool store_first;        /* try stored failures before anything else */
    bool coverage;           /* write down which behaviours were seen */
    weft__report_style report;
    weft__progress_style progress;
} weft__settings;

/* 0, or -EINVAL after a line on standard error that names the setting and what is wrong with it. */
int weft__settings_read(const weft_options *options, weft__settings *ret_settings);

#endif
