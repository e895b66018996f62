/* settings.c: see settings.h. Nothing is guessed: what cannot be read exactly is an error. */
#include "settings.h"

#include <errno.h>
#include <string.h>

#include "explore/workers.h"
#include "race/watch.h"
#include "report/console.h"
#include "strategy/strategy.h"
#include "variable.h"

enum { SCHEDULES_DEFAULT = 10000, STEPS_DEFAULT = 100000, GOROUTINES_DEFAULT = 1000000 };

/* *value is 0 if the options left it open: then the variable, then the default. */
static int read_number(const char *name, uint64_t max, uint64_t fallback, uint64_t *value)
{
    const char *const text = weft__variable(name);
    if (*value != 0) {
        return 0;
    }
    if (text == NULL) {
        *value = fallback;
        return 0;
    }
    const char *rest = NULL;
    if (!weft__number_parse(text, value, &rest) || rest[0] != '\0' || *value == 0 || *value > max) {
        return weft__variable_reject(name, text,
                                     max == UINT64_MAX ? "not a number from 1 to 2^64 - 1"
                                                       : "not a number from 1 to its limit");
    }
    return 0;
}

static int read_size(const char *name, size_t fallback, size_t *value)
{
    static const char wanted[] =
        "not a size in bytes from 16384 to 1073741824 (64k and 1m may be written so)";
    const char *const text = weft__variable(name);
    if (*value != 0 || text == NULL) {
        *value = *value != 0 ? *value : fallback;
        return 0;
    }
    uint64_t number = 0;
    const char *rest = NULL;
    if (!weft__number_parse(text, &number, &rest) || number > (uint64_t)1 << 30) {
        return weft__variable_reject(name, text, wanted);
    }
    if (strcmp(rest, "k") == 0 || strcmp(rest, "m") == 0) {
        number <<= rest[0] == 'k' ? 10 : 20;
    } else if (rest[0] != '\0') {
        return weft__variable_reject(name, text, wanted);
    }
    if (number < (uint64_t)16 << 10 || number > (uint64_t)1 << 30) {
        return weft__variable_reject(name, text, wanted);
    }
    *value = number;
    return 0;
}

static int read_time(const char *name, int64_t fallback_ns, int64_t *value_ns)
{
    static const struct {
        const char *text;
        int64_t ns;
    } units[] = {{"ms", WEFT_MILLISECOND}, {"s", WEFT_SECOND}, {"m", 60 * WEFT_SECOND}};
    const char *const text = weft__variable(name);
    if (*value_ns != 0 || text == NULL) {
        *value_ns = *value_ns != 0 ? *value_ns : fallback_ns;
        return 0;
    }
    uint64_t number = 0;
    const char *rest = NULL;
    if (weft__number_parse(text, &number, &rest) && number != 0 && number <= 1000000) {
        for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
            if (strcmp(rest, units[i].text) == 0) {
                *value_ns = (int64_t)number * units[i].ns;
                return 0;
            }
        }
    }
    return weft__variable_reject(name, text, "not a time: write it as 500ms, 5s or 2m");
}

static const char *read_text(const char *option, const char *name, const char *fallback)
{
    const char *const text = weft__variable(name);
    return option != NULL ? option : text != NULL ? text : fallback;
}

static int read_words(const weft_options *options, weft__settings *s)
{
    s->strategy = read_text(options->strategy, "WEFT_STRATEGY", "portfolio");
    if (weft__strategy_find(s->strategy) == NULL) {
        weft__console_error("WEFT_STRATEGY=\"%s\": no such strategy; there are: %s", s->strategy,
                            weft__strategy_names());
        return -EINVAL;
    }
    const char *const timers = read_text(options->timers, "WEFT_TIMERS", "elastic");
    s->elastic = strcmp(timers, "elastic") == 0;
    if (!s->elastic && strcmp(timers, "idle") != 0) {
        return weft__variable_reject("WEFT_TIMERS", timers, "not elastic or idle");
    }
    return 0;
}

/* Which of the `count` words the text is, or -EINVAL. */
static int read_choice(const char *name, const char *text, const char *const *words, int count,
                       const char *wanted)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(text, words[i]) == 0) {
            return i;
        }
    }
    return weft__variable_reject(name, text, wanted);
}

static int read_races(const weft_options *options, weft__settings *s)
{
    static const char *const words[] = {"off", "allow", "find"};
    const int races = read_choice(
        "WEFT_RACES",
        read_text(options->races, "WEFT_RACES", weft__the_watch.instrumented ? "find" : "off"),
        words, 3, "not find, allow or off");
    s->races = (weft__races)races;
    return races < 0 ? races : 0;
}

static int read_memory(const weft_options *options, weft__settings *s)
{
    static const char *const words[] = {"sc", "c11"};
    const int memory = read_choice("WEFT_MEMORY", read_text(options->memory, "WEFT_MEMORY", "sc"),
                                   words, 2, "not sc or c11");
    s->memory = (weft__memory)memory;
    return memory < 0 ? memory : 0;
}

static int read_styles(const weft_options *options, weft__settings *s)
{
    static const char *const reports[] = {"text", "json", "none"};
    static const char *const progresses[] = {"bar", "json", "none"};
    const int report = read_choice("WEFT_REPORT", read_text(options->report, "WEFT_REPORT", "text"),
                                   reports, 3, "not text, json or none");
    const int progress = read_choice("WEFT_PROGRESS", read_text(NULL, "WEFT_PROGRESS", "bar"),
                                     progresses, 3, "not bar, json or none");
    if (report < 0 || progress < 0) {
        return -EINVAL;
    }
    s->report = (weft__report_style)report;
    s->progress = (weft__progress_style)progress;
    return 0;
}

/* 0 and auto: the CPUs there are. */
static int read_jobs(uint32_t given, uint32_t *ret_jobs)
{
    const char *const text = weft__variable("WEFT_JOBS");
    uint64_t number = given;
    const char *rest = NULL;
    if (given == 0 && text == NULL) {
        number = 1;
    } else if (given == 0 && strcmp(text, "auto") == 0) {
        number = weft__workers_default();
    } else if (given == 0 && (!weft__number_parse(text, &number, &rest) || rest[0] != '\0' ||
                              number > WEFT__JOBS_MAX)) {
        return weft__variable_reject("WEFT_JOBS", text,
                                     "not auto or a number of processes from 0 to 1024");
    } else if (number > WEFT__JOBS_MAX) {
        weft__console_error("weft_options.jobs: %u processes are too many", given);
        return -EINVAL;
    }
    *ret_jobs = number == 0 ? weft__workers_default() : (uint32_t)number;
    return 0;
}

/* Left as it is when the variable is not set. */
static int read_flag(const char *name, bool *value)
{
    const char *const text = weft__variable(name);
    if (text == NULL) {
        return 0;
    }
    if (strcmp(text, "0") != 0 && strcmp(text, "1") != 0) {
        return weft__variable_reject(name, text, "not 0 or 1");
    }
    *value = text[0] == '1';
    return 0;
}

/* 1 is the runtime's: it lists goroutines, which is what the simulator does anyway. */
static int read_leaks(bool *value)
{
    const char *const text = weft__variable("WEFT_LEAKS");
    if (text == NULL || strcmp(text, "0") == 0 || strcmp(text, "1") == 0) {
        return 0;
    }
    *value = strcmp(text, "objects") == 0;
    return *value ? 0 : weft__variable_reject("WEFT_LEAKS", text, "not 0, 1 or objects");
}

static int read_alloc_failures(uint32_t given, uint32_t *ret_count)
{
    const char *const text = weft__variable("WEFT_ALLOC_FAILURES");
    uint64_t number = given;
    const char *rest = NULL;
    if (given == 0 && text != NULL &&
        (!weft__number_parse(text, &number, &rest) || rest[0] != '\0' || number > UINT32_MAX)) {
        return weft__variable_reject("WEFT_ALLOC_FAILURES", text,
                                     "not a number from 0 to 4294967295");
    }
    *ret_count = (uint32_t)number;
    return 0;
}

static int read_flags(const weft_options *options, weft__settings *s)
{
    bool keep_globals = false;
    s->store_first = true;
    int error = read_flag("WEFT_KEEP_GLOBALS", &keep_globals);
    error = error != 0 ? error : read_flag("WEFT_STORE_FIRST", &s->store_first);
    error = error != 0 ? error : read_flag("WEFT_COVERAGE", &s->coverage);
    s->keep_globals = options->keep_globals || keep_globals;
    s->leaked_objects = options->leaked_objects;
    error = error != 0 ? error : read_leaks(&s->leaked_objects);
    return error != 0 ? error : read_alloc_failures(options->alloc_failures, &s->alloc_failures);
}

static int read_numbers(const weft_options *options, weft__settings *s)
{
    uint64_t goroutines = options->goroutine_limit;
    const bool counted = options->schedules != 0 || weft__variable("WEFT_SCHEDULES") != NULL;
    s->seed = options->seed;
    s->schedules = options->schedules;
    s->max_steps = options->max_steps;
    s->time_ns = options->time_ns;
    s->stack_size = options->stack_size;
    int error = read_number("WEFT_SEED", UINT64_MAX, 1, &s->seed);
    error = error != 0 ? error : read_time("WEFT_TIME", 0, &s->time_ns);
    /* Without a word from the user: 10 000 schedules or 5 s. One limit given: that one only. */
    const bool timed = s->time_ns != 0;
    s->time_ns = timed ? s->time_ns : counted ? WEFT_NEVER : 5 * WEFT_SECOND;
    error = error != 0 ? error
                       : read_number("WEFT_SCHEDULES", UINT64_MAX,
                                     timed ? UINT64_MAX : SCHEDULES_DEFAULT, &s->schedules);
    error = error != 0 ? error
                       : read_number("WEFT_STEPS", UINT32_MAX, STEPS_DEFAULT, &s->max_steps);
    error = error != 0 ? error
                       : read_number("WEFT_GOROUTINES", 1u << 24, GOROUTINES_DEFAULT, &goroutines);
    error = error != 0 ? error : read_size("WEFT_STACK_SIZE", WEFT__STACK_DEFAULT, &s->stack_size);
    s->goroutine_limit = (uint32_t)goroutines;
    return error;
}

int weft__settings_read(const weft_options *options, weft__settings *ret_settings)
{
    weft__settings s = {.name = options->name == NULL ? "main" : options->name};
    int error = read_numbers(options, &s);
    error = error != 0 ? error : read_words(options, &s);
    error = error != 0 ? error : read_memory(options, &s);
    error = error != 0 ? error : read_races(options, &s);
    error = error != 0 ? error : read_styles(options, &s);
    error = error != 0 ? error : read_flags(options, &s);
    error = error != 0 ? error : read_jobs(options->jobs, &s.jobs);
    error = error != 0 ? error : weft__shard_read(&s.shard);
    s.store = read_text(options->store, "WEFT_STORE", ".weft");
    s.replay = weft__variable("WEFT_REPLAY") != NULL ? weft__variable("WEFT_REPLAY")
                                                     : options->replay;
    if (error == 0) {
        *ret_settings = s;
    }
    return error;
}
