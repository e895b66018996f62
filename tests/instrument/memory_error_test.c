/* memory_error_test.c: each memory error is found and told, and not in its repaired twin. */
#include "../support/explore.h"

#include <malloc.h>
#include <stdio.h>

typedef struct node {
    struct node *next;
    int value;
} node;

/* A compiler must not know what comes of it. */
static void *volatile hidden;

static void *hide(void *block)
{
    hidden = block;
    return hidden;
}

static void *make(size_t size)
{
    return hide(malloc(size));
}

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* The one finding is a memory error whose message has these parts; and it can be replayed. */
static void expect_error(weft_fn *fn, const char *start, const char *part)
{
    weft_result r = explore_expecting(fn, WEFT_FOUND_MEMORY);
    const weft_finding *const f = &r.findings[0];
    weft_result again;
    if (strncmp(f->message, start, strlen(start)) != 0 || !contains(f->message, part)) {
        fail_msg("\"%s\" does not begin with \"%s\" and contain \"%s\"", f->message, start, part);
    }
    assert_int_equal(f->goroutine_count, 1);
    assert_true(contains(f->goroutines[0].place, "memory_error_test.c:"));
    const weft_options options = {.name = "test", .replay = f->token};
    assert_int_equal(weft_explore(&options, fn, NULL, &again), 1);
    assert_string_equal(again.findings[0].message, f->message);
    weft_result_clear(&again);
    weft_result_clear(&r);
}

/* ---- Use after free ---- */

static void free_block(void *block)
{
    free(block);
}

static void use_while_freed(void *arg)
{
    node *const n = make(sizeof *n);
    weft_go(free_block, n);
    weft_yield();
    n->value = arg == NULL ? 1 : 2;
}

static void free_after_use(void *arg)
{
    node *const n = make(sizeof *n);
    (void)arg;
    n->value = 1;
    weft_go(free_block, n);
}

static void test_use_after_free_names_the_block_and_who_freed_it(void **state)
{
    (void)state;
    expect_error(use_while_freed,
                 "use after free: write of 4 bytes at 8 inside the 16-byte block main#1 (allocated "
                 "at memory_error_test.c:",
                 " by main, freed at memory_error_test.c:");
    explore_clean(free_after_use, 1000);
}

static void test_both_stacks_are_in_the_report(void **state)
{
    (void)state;
    weft_result r = explore_expecting(use_while_freed, WEFT_FOUND_MEMORY);
    assert_non_null(r.findings[0].stacks);
    assert_true(contains(r.findings[0].stacks, "allocated   memory_error_test.c:"));
    assert_true(contains(r.findings[0].stacks, "freed       memory_error_test.c:"));
    assert_true(contains(r.findings[0].message, "by main/1)"));
    weft_result_clear(&r);
}

static void read_freed(void *arg)
{
    char *const text = make(8);
    memset(text, 'x', 7);
    text[7] = '\0';
    WEFT_ASSERT(strlen(hidden) == 7);
    free(text);
    WEFT_ASSERT(arg != NULL || strlen(hidden) == 7);
}

static void read_live(void *arg)
{
    (void)arg;
    read_freed("live");
}

static void test_libc_reading_a_freed_string_is_told_of_its_caller(void **state)
{
    (void)state;
    expect_error(read_freed, "use after free: read of 8 bytes at 0 inside the 8-byte block main#1",
                 "freed at");
    explore_clean(read_live, 1000);
}

static void use_what_realloc_left(void *arg)
{
    int *const large = realloc(make(4 * sizeof *large), 400 * sizeof *large);
    WEFT_ASSERT(large != NULL);
    large[399] = 1;
    (arg == NULL ? (int *)hidden : large)[0] = 1;
    free(large);
}

static void use_what_realloc_gave(void *arg)
{
    (void)arg;
    use_what_realloc_left("new");
}

static void test_what_realloc_moved_away_from_is_freed(void **state)
{
    (void)state;
    expect_error(use_what_realloc_left, "use after free: write of 4 bytes at 0 inside", "main#1");
    explore_clean(use_what_realloc_gave, 1000);
}

/* ---- Beside a block ---- */

static size_t beyond; /* set before the exploration */

static void write_at(void *arg)
{
    volatile char *const block = make(21);
    (void)arg;
    block[beyond] = 1;
    free((char *)block);
}

static void test_one_byte_behind_a_block_is_an_overflow(void **state)
{
    (void)state;
    beyond = 21;
    expect_error(write_at,
                 "heap overflow: write of 1 byte 0 bytes after the 21-byte block main#1 (allocated",
                 "by main)");
    beyond = 20;
    explore_clean(write_at, 1000);
    beyond = (size_t)-1;
    expect_error(write_at, "heap underflow: write of 1 byte 1 byte before the 21-byte block main#1",
                 "by main)");
}

typedef struct __attribute__((packed)) packed {
    char first[18];
    int last;
} packed;

static void write_across_end(void *arg)
{
    volatile packed *const block = make(arg == NULL ? 20 : sizeof *block);
    block->last = 1;
    free((void *)(uintptr_t)block);
}

static void write_up_to_end(void *arg)
{
    (void)arg;
    write_across_end("fits");
}

static void test_an_access_across_the_end_is_an_overflow(void **state)
{
    (void)state;
    expect_error(write_across_end,
                 "heap overflow: write of 4 bytes at 18 inside the 20-byte block main#1", "");
    explore_clean(write_up_to_end, 1000);
}

static void copy_too_much(void *arg)
{
    char *const from = calloc(1, 100);
    char *const to = make(arg == NULL ? 99 : 100);
    (void)hide(from);
    memcpy(hide(to), from, beyond);
    free(from);
    free(hidden);
}

static void copy_all(void *arg)
{
    (void)arg;
    copy_too_much("room");
}

static void test_memcpy_beyond_a_block_is_an_overflow(void **state)
{
    (void)state;
    beyond = 100;
    expect_error(copy_too_much, "heap overflow: write of 100 bytes at 0 inside the 99-byte block",
                 "main#2");
    explore_clean(copy_all, 1000);
}

static void print_too_much(void *arg)
{
    char *const text = make(arg == NULL ? 4 : 5);
    (void)sprintf(text, "%d", 1234);
    free(text);
}

static void print_all(void *arg)
{
    (void)arg;
    print_too_much("room");
}

static void test_sprintf_beyond_a_block_is_an_overflow(void **state)
{
    (void)state;
    expect_error(print_too_much, "heap overflow: write of 5 bytes at 0 inside the 4-byte block",
                 "main#1");
    explore_clean(print_all, 1000);
}

static void write_far_away(void *arg)
{
    char *const block = make(1);
    (void)arg;
    ((volatile char *)block)[100 << 20] = 1;
}

static void test_an_access_far_from_any_block_is_wild(void **state)
{
    (void)state;
    expect_error(write_far_away, "wild access: write of 1 byte in no block of the heap", "");
}

/* ---- free ---- */

static void free_twice(void *arg)
{
    void *const block = make(24);
    free(block);
    if (arg == NULL) {
        free(hidden);
    }
}

static void free_once(void *arg)
{
    (void)arg;
    free_twice("once");
}

static void test_double_free(void **state)
{
    (void)state;
    expect_error(free_twice, "double free of the 24-byte block main#1 (allocated at", ", freed at");
    explore_clean(free_once, 1000);
}

static void free_inside(void *arg)
{
    char *const block = make(24);
    (void)arg;
    free(hide(block + 8));
}

static int variable;

static void free_variable(void *arg)
{
    (void)arg;
    free(hide(&variable));
}

static void free_local(void *arg)
{
    int local = 0;
    (void)arg;
    free(hide(&local));
}

static void test_free_of_what_is_no_block(void **state)
{
    (void)state;
    expect_error(free_inside,
                 "free of a pointer that is no block: it points to byte 8 of the "
                 "24-byte block main#1",
                 "");
    expect_error(free_variable,
                 "free of a pointer that is no block: it points to variable variable", "");
    expect_error(free_local, "free of a pointer that is no block: it points to the stack of main",
                 "");
}

static void grow_freed(void *arg)
{
    void *const block = make(24);
    (void)arg;
    free(block);
    free(realloc(hidden, 48));
}

static void test_realloc_of_a_freed_block(void **state)
{
    (void)state;
    expect_error(grow_freed, "realloc after free of the 24-byte block main#1", "freed at");
}

/* ---- Blocks of before the run ---- */

static int *made_before;

static void free_what_was_made_before(void *arg)
{
    (void)arg;
    WEFT_ASSERT(made_before[0] == 7);
    made_before[0] = 8;
    free(made_before);
}

static void use_what_was_made_before(void *arg)
{
    free_what_was_made_before(arg);
    ((volatile int *)hide(made_before))[0] = 9;
}

static void test_a_block_of_before_the_run_is_watched_too(void **state)
{
    (void)state;
    made_before = malloc(sizeof(int));
    made_before[0] = 7;
    explore_clean(free_what_was_made_before, 1000);
    expect_error(use_what_was_made_before,
                 "use after free: write of 4 bytes at 0 inside the 4-byte block outside#",
                 " before the run, freed at");
    assert_int_equal(made_before[0], 7);
    free(made_before);
}

/* ---- All of them ---- */

static void use_every_function(void *arg)
{
    void *aligned = NULL;
    (void)arg;
    WEFT_ASSERT(posix_memalign(&aligned, 256, 10) == 0 && (uintptr_t)aligned % 256 == 0);
    free(aligned);
    aligned = aligned_alloc(64, 128);
    WEFT_ASSERT((uintptr_t)aligned % 64 == 0 && malloc_usable_size(aligned) == 128);
    free(aligned);
    aligned = memalign(4096, 1);
    WEFT_ASSERT((uintptr_t)aligned % 4096 == 0);
    free(aligned);
    free(calloc(0, 8));
    free(NULL);
    int *array = reallocarray(NULL, 10, sizeof *array);
    array[9] = 1;
    array = reallocarray(array, 20, sizeof *array);
    WEFT_ASSERT(array[9] == 1);
    free(array);
    WEFT_ASSERT(calloc((size_t)hide((void *)(SIZE_MAX / 2)), 8) == NULL);
    WEFT_ASSERT(malloc((size_t)hide((void *)(SIZE_MAX / 2))) == NULL);
}

static void test_all_allocating_functions_do_what_they_should(void **state)
{
    (void)state;
    explore_clean(use_every_function, 1000);
}

static void never_written(void *arg)
{
    (void)arg;
    const unsigned char *const block = make(100);
    WEFT_ASSERT(block[0] == 0xbe && block[99] == 0xbe);
    memset((void *)(uintptr_t)block, 1, 100);
}

static void test_fresh_memory_has_the_same_content_in_each_run(void **state)
{
    (void)state;
    explore_clean(never_written, 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_use_after_free_names_the_block_and_who_freed_it),
        cmocka_unit_test(test_both_stacks_are_in_the_report),
        cmocka_unit_test(test_libc_reading_a_freed_string_is_told_of_its_caller),
        cmocka_unit_test(test_what_realloc_moved_away_from_is_freed),
        cmocka_unit_test(test_one_byte_behind_a_block_is_an_overflow),
        cmocka_unit_test(test_an_access_across_the_end_is_an_overflow),
        cmocka_unit_test(test_memcpy_beyond_a_block_is_an_overflow),
        cmocka_unit_test(test_sprintf_beyond_a_block_is_an_overflow),
        cmocka_unit_test(test_an_access_far_from_any_block_is_wild),
        cmocka_unit_test(test_double_free),
        cmocka_unit_test(test_free_of_what_is_no_block),
        cmocka_unit_test(test_realloc_of_a_freed_block),
        cmocka_unit_test(test_a_block_of_before_the_run_is_watched_too),
        cmocka_unit_test(test_all_allocating_functions_do_what_they_should),
        cmocka_unit_test(test_fresh_memory_has_the_same_content_in_each_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
