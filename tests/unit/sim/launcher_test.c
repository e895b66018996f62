/* launcher_test.c: which shard of how many the variables of a launcher stand for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include <shard.h>

static const char *const known[] = {
    "WEFT_SHARD",
    "WEFT_SHARDS",
    "TEST_SHARD_INDEX",
    "TEST_TOTAL_SHARDS",
    "TEST_SHARD_STATUS_FILE",
    "JOB_COMPLETION_INDEX",
    "SLURM_ARRAY_TASK_ID",
    "SLURM_ARRAY_TASK_MIN",
    "SLURM_ARRAY_TASK_COUNT",
    "SLURM_ARRAY_TASK_STEP",
    "SLURM_PROCID",
    "SLURM_NTASKS",
    "SLURM_STEP_NUM_TASKS",
    "OMPI_COMM_WORLD_RANK",
    "OMPI_COMM_WORLD_SIZE",
    "PMI_RANK",
    "PMI_SIZE",
};

/* Exactly the variables of `environment`, pairs of a name and a value up to NULL. */
static int read_shard(const char *const *environment, weft__shard *ret_shard)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        (void)unsetenv(known[i]);
    }
    for (; environment[0] != NULL; environment += 2) {
        assert_int_equal(setenv(environment[0], environment[1], 1), 0);
    }
    return weft__shard_read(ret_shard);
}

static void expect(uint32_t index, uint32_t count, const char *const *environment)
{
    weft__shard shard = {.index = 99, .count = 99};
    assert_int_equal(read_shard(environment, &shard), 0);
    assert_int_equal(shard.index, index);
    assert_int_equal(shard.count, count);
}

static void reject(const char *const *environment)
{
    weft__shard shard = {.index = 99, .count = 99};
    assert_int_equal(read_shard(environment, &shard), -22);
    assert_int_equal(shard.index, 99);
}

#define VARIABLES(...) ((const char *const[]){__VA_ARGS__, NULL})

static void test_without_variables_it_is_the_whole(void **state)
{
    (void)state;
    expect(0, 1, VARIABLES(NULL));
    expect(0, 1, VARIABLES("WEFT_SHARD", ""));
}

static void test_weft_shard_wins(void **state)
{
    (void)state;
    expect(3, 8, VARIABLES("WEFT_SHARD", "3/8"));
    expect(0, 1, VARIABLES("WEFT_SHARD", "0/1", "TEST_SHARD_INDEX", "1", "TEST_TOTAL_SHARDS", "2"));
    reject(VARIABLES("WEFT_SHARD", "8/8"));
    reject(VARIABLES("WEFT_SHARD", "1of8"));
}

static void test_bazel(void **state)
{
    (void)state;
    char path[] = "/tmp/weft-shard-status-XXXXXX";
    const int file = mkstemp(path);
    assert_true(file >= 0);
    assert_int_equal(unlink(path), 0);
    expect(2, 4,
           VARIABLES("TEST_SHARD_INDEX", "2", "TEST_TOTAL_SHARDS", "4", "TEST_SHARD_STATUS_FILE",
                     path));
    assert_int_equal(unlink(path), 0); /* it is there: shards are understood */
    (void)close(file);
    expect(1, 2, VARIABLES("TEST_SHARD_INDEX", "1", "TEST_TOTAL_SHARDS", "2"));
    reject(VARIABLES("TEST_SHARD_INDEX", "2", "TEST_TOTAL_SHARDS", "2"));
    reject(VARIABLES("TEST_SHARD_INDEX", "x", "TEST_TOTAL_SHARDS", "2"));
    reject(VARIABLES("TEST_TOTAL_SHARDS", "2"));
    reject(VARIABLES("TEST_SHARD_INDEX", "1", "TEST_TOTAL_SHARDS", "2", "TEST_SHARD_STATUS_FILE",
                     "/nowhere/status"));
}

static void test_kubernetes_tells_the_index_only(void **state)
{
    (void)state;
    expect(0, 1, VARIABLES("JOB_COMPLETION_INDEX", "3"));
    expect(3, 5, VARIABLES("JOB_COMPLETION_INDEX", "3", "WEFT_SHARDS", "5"));
    reject(VARIABLES("JOB_COMPLETION_INDEX", "5", "WEFT_SHARDS", "5"));
    reject(VARIABLES("JOB_COMPLETION_INDEX", "1", "WEFT_SHARDS", "many"));
}

static void test_slurm_array_ids_start_anywhere_and_go_in_steps(void **state)
{
    (void)state;
    expect(2, 4,
           VARIABLES("SLURM_ARRAY_TASK_ID", "4", "SLURM_ARRAY_TASK_MIN", "2",
                     "SLURM_ARRAY_TASK_COUNT", "4"));
    expect(3, 4,
           VARIABLES("SLURM_ARRAY_TASK_ID", "12", "SLURM_ARRAY_TASK_MIN", "0",
                     "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_STEP", "4"));
    /* --array=1,2,9: not evenly spaced */
    reject(VARIABLES("SLURM_ARRAY_TASK_ID", "9", "SLURM_ARRAY_TASK_MIN", "1",
                     "SLURM_ARRAY_TASK_COUNT", "3"));
    reject(VARIABLES("SLURM_ARRAY_TASK_ID", "9", "SLURM_ARRAY_TASK_MIN", "1",
                     "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_STEP", "3"));
    reject(VARIABLES("SLURM_ARRAY_TASK_ID", "9", "SLURM_ARRAY_TASK_COUNT", "3"));
}

static void test_mpi_launchers(void **state)
{
    (void)state;
    expect(5, 6, VARIABLES("OMPI_COMM_WORLD_RANK", "5", "OMPI_COMM_WORLD_SIZE", "6"));
    expect(1, 2, VARIABLES("PMI_RANK", "1", "PMI_SIZE", "2"));
    reject(VARIABLES("PMI_RANK", "-1", "PMI_SIZE", "2"));
}

static void test_slurm_tasks_count_where_srun_started_them(void **state)
{
    (void)state;
    expect(2, 3, VARIABLES("SLURM_PROCID", "2", "SLURM_NTASKS", "3", "SLURM_STEP_NUM_TASKS", "3"));
    /* a batch script: one process, whatever was asked for */
    expect(0, 1, VARIABLES("SLURM_PROCID", "0", "SLURM_NTASKS", "3"));
    /* mpirun inside a step that started its daemons */
    expect(5, 6,
           VARIABLES("SLURM_PROCID", "0", "SLURM_STEP_NUM_TASKS", "2", "OMPI_COMM_WORLD_RANK", "5",
                     "OMPI_COMM_WORLD_SIZE", "6"));
}

static void test_array_of_steps_multiplies(void **state)
{
    (void)state;
    expect(5, 6,
           VARIABLES("SLURM_ARRAY_TASK_ID", "3", "SLURM_ARRAY_TASK_MIN", "1",
                     "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_PROCID", "1", "SLURM_STEP_NUM_TASKS",
                     "2"));
    reject(VARIABLES("SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_MIN", "1",
                     "SLURM_ARRAY_TASK_COUNT", "10000", "PMI_RANK", "0", "PMI_SIZE", "10000"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_variables_it_is_the_whole),
        cmocka_unit_test(test_weft_shard_wins),
        cmocka_unit_test(test_bazel),
        cmocka_unit_test(test_kubernetes_tells_the_index_only),
        cmocka_unit_test(test_slurm_array_ids_start_anywhere_and_go_in_steps),
        cmocka_unit_test(test_mpi_launchers),
        cmocka_unit_test(test_slurm_tasks_count_where_srun_started_them),
        cmocka_unit_test(test_array_of_steps_multiplies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
