/* isolation_of_memory_test.c: a run starts from the memory that the first one started from, however
 * many have gone before: statics, the heap, what was allocated before, what libc remembers. */
#include "../support/explore.h"

#include <stdio.h>

#include <weft.h>

enum { BUCKETS = 64, ENTRIES = 5, RUNS = 1000000 };

/* ---- A program that remembers much, and whose order depends on addresses ---- */

typedef struct entry {
    struct entry *next;
    const void *key;
    char *text;
} entry;

static entry *table[BUCKETS];
static int count;
static weft_mutex mutex;
static weft_waitgroup working;
static entry *oldest; /* made before */

static void insert(const void *key, const char *text)
{
    entry *const e = malloc(sizeof *e);
    const size_t bucket = ((uintptr_t)key >> 4) * 2654435761u % BUCKETS;
    e->key = key;
    e->text = strdup(text);
    e->next = table[bucket];
    table[bucket] = e;
    count++;
}

static void work(void *arg)
{
    static int calls;
    weft_mutex_lock(&mutex);
    insert(arg, ++calls == 1 ? "first" : "second");
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&working);
}

/* What the run has come to goes into its trace as a number of elements. */
static size_t digest(void)
{
    size_t sum = (size_t)count;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (const entry *e = table[i]; e != NULL; e = e->next) {
            sum = sum * 31 + i + (size_t)e->text[0] + ((uintptr_t)e->key >> 4);
        }
    }
    return sum % 1000;
}

static void remember_much(void *arg)
{
    static char line[] = "a b c";
    (void)arg;
    oldest->text[0]++;
    insert(oldest, oldest->text);
    insert(malloc(10), strtok(line, " "));
    insert(malloc(100), strtok(NULL, " "));
    weft_waitgroup_add(&working, 2);
    weft_go(work, malloc(7));
    weft_go(work, malloc(70));
    weft_waitgroup_wait(&working);
    for (size_t i = digest(); i != 0; i /= 2) {
        weft_point(i % 2 == 0 ? (void *)&count : (void *)&mutex);
    }
}

static void make_oldest(void)
{
    oldest = malloc(sizeof *oldest);
    oldest->text = strdup("0");
    oldest->next = NULL;
    oldest->key = NULL;
}

/* Bytes of memory that the process has. */
static size_t resident(void)
{
    unsigned long pages = 0;
    FILE *const file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*u %lu", &pages), 1);
    (void)fclose(file);
    return pages * 4096;
}

static int kept_runs WEFT_KEEP;
static size_t first_digest WEFT_KEEP;
static size_t resident_early WEFT_KEEP;
static size_t resident_late WEFT_KEEP;

/* The same schedule again and again: strategies draw nothing that matters in it. */
static void compare_with_first_run(void *arg)
{
    (void)arg;
    oldest->text[0]++;
    WEFT_ASSERT(oldest->text[0] == '1');
    insert(oldest, oldest->text);
    for (size_t i = 0; i < ENTRIES; i++) {
        insert(malloc(i), "text");
    }
    const size_t sum = digest();
    if (kept_runs++ == 0) {
        first_digest = sum;
    }
    WEFT_ASSERT(sum == first_digest);
    WEFT_ASSERT(count == ENTRIES + 1);
    if (kept_runs == RUNS / 100) {
        resident_early = resident();
    }
    resident_late = kept_runs == RUNS ? resident() : resident_late;
}

static void test_run_1_000_000_does_what_the_first_did_in_as_much_memory(void **state)
{
    (void)state;
    weft_result r;
    const weft_options options = {.name = "test",
                                  .schedules = RUNS,
                                  .time_ns = WEFT_NEVER,
                                  .strategy = "random",
                                  .races = "off"};
    make_oldest();
    kept_runs = 0;
    weft_result first = explore_runs(remember_much, NULL, 1);
    assert_int_equal(weft_explore(&options, compare_with_first_run, NULL, &r), 0);
    weft_result last = explore_runs(remember_much, NULL, 1);
    assert_memory_equal(first.trace_hash, last.trace_hash, sizeof first.trace_hash);
    weft_result_clear(&first);
    weft_result_clear(&last);
    assert_true(kept_runs >= RUNS);
    assert_string_equal(oldest->text, "0");
    assert_int_not_equal(resident_early, 0);
    if (resident_late > resident_early + ((size_t)1 << 20)) {
        fail_msg("%zu bytes of memory grew to %zu", resident_early, resident_late);
    }
    weft_result_clear(&r);
    free(oldest->text);
    free(oldest);
}

static void test_an_exploration_repeats_in_the_same_process(void **state)
{
    (void)state;
    make_oldest();
    weft_result first = explore_runs(remember_much, NULL, 2000);
    void *const between = malloc(1000); /* and is not disturbed by what lies elsewhere */
    free(between);
    weft_result second = explore_runs(remember_much, NULL, 2000);
    assert_int_equal(first.finding_count, 0);
    assert_memory_equal(first.trace_hash, second.trace_hash, sizeof first.trace_hash);
    assert_int_equal(first.distinct, second.distinct);
    weft_result_clear(&first);
    weft_result_clear(&second);
    free(oldest->text);
    free(oldest);
}

/* ---- keep_globals keeps the heap as well ---- */

static char *grown;

static void grow_text(void *arg)
{
    (void)arg;
    const size_t length = grown == NULL ? 0 : strlen(grown);
    grown = realloc(grown, length + 2);
    memset(grown, 'x', length + 1);
    grown[length + 1] = '\0';
    WEFT_ASSERT(length < 50);
}

static void test_with_keep_globals_the_heap_lives_on_too(void **state)
{
    (void)state;
    weft_result r;
    const weft_options options = {.name = "test", .schedules = 200, .keep_globals = true};
    assert_int_equal(weft_explore(&options, grow_text, NULL, &r), 1);
    assert_true(strlen(grown) >= 50);
    free(grown);
    weft_result_clear(&r);
}

/* ---- Outside of runs it is an ordinary heap ---- */

static void test_memory_outside_of_runs_is_used_again(void **state)
{
    (void)state;
    const size_t before = resident();
    for (int i = 0; i < 200000; i++) {
        char *volatile block = malloc(10000);
        char *volatile other = strdup("text");
        block[9999] = other[0];
        free(block);
        free(other);
    }
    assert_true(resident() < before + ((size_t)16 << 20));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_1_000_000_does_what_the_first_did_in_as_much_memory),
        cmocka_unit_test(test_an_exploration_repeats_in_the_same_process),
        cmocka_unit_test(test_with_keep_globals_the_heap_lives_on_too),
        cmocka_unit_test(test_memory_outside_of_runs_is_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
