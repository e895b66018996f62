/* options.h: the settings of a run: weft_options, else the environment, else defaults. */
#ifndef WEFT_SCHED_OPTIONS_H
#define WEFT_SCHED_OPTIONS_H

#include <weft.h>

typedef struct weft__settings {
    uint32_t workers;
    uint32_t goroutine_limit;
    size_t stack_size;
    uint32_t threads; /* at most */
    int64_t slice_us;
    int dump_signal;   /* 0: none */
    bool leaks;        /* report them */
    const char *trace; /* WEFT_TRACE; NULL: none */
    uint64_t trace_size;
} weft__settings;

/* Errors: -EINVAL  something is malformed; a line on standard error says what. */
WEFT_NODISCARD int weft__settings_read(const weft_options *options, weft__settings *ret_settings);

#endif
