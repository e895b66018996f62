/* options.c: the settings of a run. See options.h. */
#include "options.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "core/stack.h"
#include "cpus.h"
#include "fatal.h"
#include "worker.h"

enum {
    GOROUTINES_DEFAULT = 1000000,
    THREADS_DEFAULT = 10000, /* as in Go */
    SLICE_US_DEFAULT = 10000,
    TRACE_SIZE_DEFAULT = 256 << 20,
    TRACE_SIZE_MIN = 4096,
    DECIMAL_DIGITS_MAX = 19,
};

/* Decimal digits only: no sign, space, prefix or unit. */
static bool parse(const char *text, uint64_t *ret_value)
{
    uint64_t value = 0;
    int digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < DECIMAL_DIGITS_MAX; digits++) {
        value = value * 10 + (uint64_t)(text[digits] - '0');
    }
    if (digits == 0 || text[digits] != '\0') {
        return false;
    }
    *ret_value = value;
    return true;
}

/* One setting: from the options, the environment, or the default. */
typedef struct weft__setting {
    const char *variable;
    uint64_t given; /* 0: not */
    uint64_t fallback;
    uint64_t min;
    uint64_t max;
} weft__setting;

static int read_setting(const weft__setting *setting, uint64_t *ret_value)
{
    if (setting->given != 0) {
        if (setting->given > setting->max) {
            weft__complain("the option for %s is %llu: it must be at most %llu", setting->variable,
                           (unsigned long long)setting->given, (unsigned long long)setting->max);
            return -EINVAL;
        }
        *ret_value = setting->given;
        return 0;
    }
    const char *const text = getenv(setting->variable);
    if (text == NULL) {
        *ret_value = setting->fallback;
        return 0;
    }
    uint64_t value = 0;
    if (!parse(text, &value) || value < setting->min || value > setting->max) {
        weft__complain("%s=%.100s: it must be a decimal number from %llu to %llu",
                       setting->variable, text, (unsigned long long)setting->min,
                       (unsigned long long)setting->max);
        return -EINVAL;
    }
    *ret_value = value;
    return 0;
}

static uint32_t default_workers(void)
{
    const uint32_t cpus = weft__cpus();
    return cpus < WEFT_WORKERS_MAX ? cpus : WEFT_WORKERS_MAX;
}

int weft__settings_read(const weft_options *options, weft__settings *ret_settings)
{
    const bool no_dumps = options->dump_signal < 0;
    const weft__setting settings[] = {
        {"WEFT_WORKERS", options->workers, 0, 1, WEFT_WORKERS_MAX}, /* 0: as there are CPUs */
        {"WEFT_GOROUTINES", options->goroutine_limit, GOROUTINES_DEFAULT, 1, UINT32_MAX},
        {"WEFT_STACK_SIZE", options->stack_size, WEFT__STACK_DEFAULT, 1, WEFT__STACK_MAX},
        {"WEFT_THREADS", options->thread_limit, THREADS_DEFAULT, 1, UINT32_MAX},
        {"WEFT_SLICE_US", options->slice_us, SLICE_US_DEFAULT, 1, UINT32_MAX},
        {"WEFT_DUMP_SIGNAL", no_dumps ? 0 : (uint64_t)options->dump_signal, SIGQUIT, 0, NSIG - 1},
        {"WEFT_LEAKS", options->leaks, 0, 0, 1},
        {"WEFT_TRACE_SIZE", 0, TRACE_SIZE_DEFAULT, TRACE_SIZE_MIN, INT64_MAX},
    };
    uint64_t values[sizeof settings / sizeof *settings];
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        const int error = read_setting(&settings[i], &values[i]);
        if (error != 0) {
            return error;
        }
    }
    const uint32_t workers = (uint32_t)values[0];
    *ret_settings = (weft__settings){.workers = workers != 0 ? workers : default_workers(),
                                     .goroutine_limit = (uint32_t)values[1],
                                     .stack_size = (size_t)values[2],
                                     .threads = (uint32_t)values[3],
                                     .slice_us = (int64_t)values[4],
                                     .dump_signal = no_dumps ? 0 : (int)values[5],
                                     .leaks = values[6] != 0,
                                     .trace = getenv("WEFT_TRACE"),
                                     .trace_size = values[7]};
    if (ret_settings->threads < ret_settings->workers) {
        weft__complain("%u threads (WEFT_THREADS) are too few for %u workers (WEFT_WORKERS)",
                       ret_settings->threads, ret_settings->workers);
        return -EINVAL;
    }
    return 0;
}
