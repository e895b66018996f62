/* shard.c: see shard.h.
 *
 * What a launcher sets is used only if it says both which and of how many: half of it would leave
 * runs to processes that do not exist. */
#include "shard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "report/console.h"
#include "variable.h"

enum { SHARDS_MAX = 1 << 24 };

static const weft__shard whole = {.index = 0, .count = 1};

static int read_number(const char *name, uint64_t *ret_number)
{
    const char *const text = weft__variable(name);
    const char *rest = NULL;
    if (text == NULL || !weft__number_parse(text, ret_number, &rest) || rest[0] != '\0' ||
        *ret_number > SHARDS_MAX) {
        return weft__variable_reject(name, text == NULL ? "" : text,
                                     "not a number from 0 to 16777216");
    }
    return 0;
}

/* The index is called by the name of its variable. */
static int check(const char *name, uint64_t index, uint64_t count, weft__shard *ret_shard)
{
    if (index >= count) {
        weft__console_error("%s: shard %llu of %llu: shards are numbered from 0 to the count - 1",
                            name, (unsigned long long)index, (unsigned long long)count);
        return -EINVAL;
    }
    *ret_shard = (weft__shard){.index = (uint32_t)index, .count = (uint32_t)count};
    return 0;
}

/* WEFT_SHARD=<index>/<count> */
static int read_explicit(const char *text, weft__shard *ret_shard)
{
    uint64_t index = 0;
    uint64_t count = 0;
    const char *rest = NULL;
    if (!weft__number_parse(text, &index, &rest) || rest[0] != '/' ||
        !weft__number_parse(rest + 1, &count, &rest) || rest[0] != '\0' || count > SHARDS_MAX) {
        return weft__variable_reject("WEFT_SHARD", text,
                                     "not an index and a count, as 0/4 for the first of four");
    }
    return check("WEFT_SHARD", index, count, ret_shard);
}

static int read_pair(const char *index_name, const char *count_name, weft__shard *ret_shard)
{
    uint64_t index = 0;
    uint64_t count = 0;
    int error = read_number(index_name, &index);
    error = error != 0 ? error : read_number(count_name, &count);
    return error != 0 ? error : check(index_name, index, count, ret_shard);
}

static int read_bazel(weft__shard *ret_shard)
{
    const char *const path = weft__variable("TEST_SHARD_STATUS_FILE");
    if (path != NULL) {
        /* The promise that shards are understood: without it Bazel takes the test for failed. */
        const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
        if (file < 0) {
            weft__console_error("TEST_SHARD_STATUS_FILE: cannot write %s: %s", path,
                                strerror(errno));
            return -EINVAL;
        }
        (void)close(file);
    }
    return read_pair("TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS", ret_shard);
}

/* Task ids start anywhere and go in steps. */
static int read_slurm_array(weft__shard *ret_shard)
{
    uint64_t id = 0;
    uint64_t first = 0;
    uint64_t count = 0;
    uint64_t step = 1;
    int error = read_number("SLURM_ARRAY_TASK_ID", &id);
    error = error != 0 ? error : read_number("SLURM_ARRAY_TASK_MIN", &first);
    error = error != 0 ? error : read_number("SLURM_ARRAY_TASK_COUNT", &count);
    if (error == 0 && weft__variable("SLURM_ARRAY_TASK_STEP") != NULL) {
        error = read_number("SLURM_ARRAY_TASK_STEP", &step);
    }
    if (error != 0) {
        return error;
    }
    if (id < first || step == 0 || (id - first) % step != 0) {
        weft__console_error("SLURM_ARRAY_TASK_ID=%llu: the ids of this array are not evenly "
                            "spaced: set WEFT_SHARD=<index>/<count>",
                            (unsigned long long)id);
        return -EINVAL;
    }
    return check("SLURM_ARRAY_TASK_ID", (id - first) / step, count, ret_shard);
}

static bool both_set(const char *a, const char *b)
{
    return weft__variable(a) != NULL && weft__variable(b) != NULL;
}

/* The innermost launcher of several processes. srun tells the number of processes of the step;
 * SLURM_NTASKS alone is also set in a batch script, which is one process only. */
static int read_launcher(weft__shard *ret_shard)
{
    static const char *const pairs[][2] = {
        {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
        {"PMI_RANK", "PMI_SIZE"},
        {"SLURM_PROCID", "SLURM_STEP_NUM_TASKS"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (both_set(pairs[i][0], pairs[i][1])) {
            return read_pair(pairs[i][0], pairs[i][1], ret_shard);
        }
    }
    *ret_shard = whole;
    return 0;
}

/* An array whose tasks may each be several processes. */
static int read_batch(weft__shard *ret_shard)
{
    weft__shard array = whole;
    weft__shard launcher = whole;
    int error = 0;
    if (both_set("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT")) {
        error = read_slurm_array(&array);
    }
    error = error != 0 ? error : read_launcher(&launcher);
    if (error != 0) {
        return error;
    }
    const uint64_t count = (uint64_t)array.count * launcher.count;
    if (count > SHARDS_MAX) {
        weft__console_error("SLURM_ARRAY_TASK_COUNT: %llu shards are too many",
                            (unsigned long long)count);
        return -EINVAL;
    }
    ret_shard->index = array.index * launcher.count + launcher.index;
    ret_shard->count = (uint32_t)count;
    return 0;
}

int weft__shard_read(weft__shard *ret_shard)
{
    const char *const text = weft__variable("WEFT_SHARD");
    if (text != NULL) {
        return read_explicit(text, ret_shard);
    }
    if (weft__variable("TEST_TOTAL_SHARDS") != NULL) {
        return read_bazel(ret_shard);
    }
    if (both_set("JOB_COMPLETION_INDEX", "WEFT_SHARDS")) {
        return read_pair("JOB_COMPLETION_INDEX", "WEFT_SHARDS", ret_shard);
    }
    return read_batch(ret_shard);
}
