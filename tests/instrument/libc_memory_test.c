/* libc_memory_test.c: functions of libc do what they always do, for the program and for others, and
 * what they give the program to free is the run's. */
#include "../support/explore.h"

#include <stdio.h>
#include <strings.h>
#include <unistd.h>

static void *volatile hidden;

static void *hide(void *block)
{
    hidden = block;
    return hidden;
}

static char *text_of(const char *text)
{
    char *const copy = strdup(text);
    return hide(copy);
}

static bool same(const char *a, const char *b)
{
    return a != NULL && strcmp(a, b) == 0;
}

/* ---- They do what they should ---- */

static void use_bytes(void *arg)
{
    char *const block = calloc(1, 32);
    char *const text = text_of("0123456789");
    (void)arg;
    WEFT_ASSERT(memcpy(block, text, 4) == block && same(block, "0123"));
    WEFT_ASSERT(mempcpy(block, text, 4) == block + 4);
    WEFT_ASSERT(memmove(block + 1, block, 5) == block + 1 && same(block, "00123"));
    WEFT_ASSERT(memset(block, 'x', 2) == block && same(block, "xx123"));
    WEFT_ASSERT(memcmp(block + 2, text + 1, 3) == 0 && memcmp(block, text, 3) != 0);
    WEFT_ASSERT(memchr(text, '3', 10) == text + 3 && memchr(text, 'x', 10) == NULL);
    free(block);
    free(text);
}

static void use_strings(void *arg)
{
    char *const block = calloc(1, 32);
    char *const text = text_of("0123456789");
    (void)arg;
    WEFT_ASSERT(strlen(text) == 10 && strnlen(text, 4) == 4 && strnlen(text, 40) == 10);
    WEFT_ASSERT(strcpy(block, text) == block && same(block, text));
    WEFT_ASSERT(stpcpy(block, text + 5) == block + 5 && same(block, "56789"));
    WEFT_ASSERT(strncpy(block, text, 3) == block && same(block, "01289"));
    WEFT_ASSERT(strcat(block, "ab") == block && strncat(block, "cdef", 2) == block);
    WEFT_ASSERT(same(block, "01289abcd"));
    WEFT_ASSERT(strncmp(block, text, 3) == 0 && strncmp(block, text, 4) > 0);
    WEFT_ASSERT(strcasecmp(block + 5, "ABCD") == 0);
    WEFT_ASSERT(strchr(text, '7') == text + 7 && strchr(text, 'x') == NULL);
    WEFT_ASSERT(strchr(text, 0) == text + 10 && strrchr(text, '0') == text);
    WEFT_ASSERT(strstr(text, "45") == text + 4 && strpbrk(text, "98") == text + 8);
    WEFT_ASSERT(strspn(text, "012") == 3 && strcspn(text, "43") == 3);
    free(block);
    free(text);
}

static void use_tokens(void *arg)
{
    char *rest = NULL;
    (void)arg;
    WEFT_ASSERT(strtok(NULL, ";") == NULL); /* nothing is left of the run before */
    char *const text = text_of(",a,b;c");
    WEFT_ASSERT(same(strtok(text, ","), "a"));
    WEFT_ASSERT(same(strtok(NULL, ";"), "b"));
    WEFT_ASSERT(same(strtok(NULL, ";"), "c"));
    WEFT_ASSERT(strtok(NULL, ";") == NULL);
    char *const left = text_of("3 4");
    WEFT_ASSERT(same(strtok(left, " "), "3"));
    char *const other = text_of("1 2");
    WEFT_ASSERT(same(strtok_r(other, " ", &rest), "1") && same(strtok_r(NULL, " ", &rest), "2"));
    free(text);
    free(left);
    free(other);
}

static int descending(const void *a, const void *b)
{
    return *(const int *)b - *(const int *)a;
}

static void use_arrays(void *arg)
{
    int *const array = malloc(5 * sizeof *array);
    const int key = 2;
    (void)arg;
    for (int i = 0; i < 5; i++) {
        array[i] = i;
    }
    qsort(array, 5, sizeof *array, descending);
    WEFT_ASSERT(array[0] == 4 && array[4] == 0);
    WEFT_ASSERT(bsearch(&key, array, 5, sizeof *array, descending) == &array[2]);
    free(array);
}

static void use_stdio(void *arg)
{
    char buffer[64];
    char *printed = NULL;
    (void)arg;
    WEFT_ASSERT(snprintf(buffer, 4, "%s", "123456") == 6 && same(buffer, "123"));
    WEFT_ASSERT(sprintf(buffer, "%d-%d", 1, 2) == 3 && same(buffer, "1-2"));
    WEFT_ASSERT(asprintf(&printed, "%s %d", "one", 2) == 5 && same(printed, "one 2"));
    FILE *const file = tmpfile();
    WEFT_ASSERT(file != NULL && fwrite(printed, 1, 5, file) == 5 && fputs("\nnext\n", file) >= 0);
    rewind(file);
    WEFT_ASSERT(fgets(buffer, sizeof buffer, file) == buffer && same(buffer, "one 2\n"));
    WEFT_ASSERT(fread(buffer, 1, sizeof buffer, file) == 5);
    WEFT_ASSERT(pread(fileno(file), buffer, 3, 0) == 3 && memcmp(buffer, "one", 3) == 0);
    (void)fclose(file);
    free(printed);
}

static void use_lines(void *arg)
{
    char *line = NULL;
    size_t size = 0;
    FILE *const file = tmpfile();
    (void)arg;
    WEFT_ASSERT(file != NULL && fputs("one\n", file) >= 0 && fputs("two;three", file) >= 0);
    rewind(file);
    WEFT_ASSERT(getline(&line, &size, file) == 4 && same(line, "one\n") && size >= 5);
    char *const first = line;
    WEFT_ASSERT(getdelim(&line, &size, ';', file) == 4 && same(line, "two;") && line == first);
    WEFT_ASSERT(getline(&line, &size, file) == 5 && getline(&line, &size, file) == -1);
    (void)fclose(file);
    free(line);
    line = strndup("abcdef", 3);
    WEFT_ASSERT(same(line, "abc"));
    free(line);
    line = realpath("/proc/self/../self/fd/..", NULL);
    WEFT_ASSERT(line != NULL && strncmp(line, "/proc/", 6) == 0);
    free(line);
}

static void test_functions_of_libc_do_what_they_should(void **state)
{
    (void)state;
    explore_clean(use_bytes, 1000);
    explore_clean(use_strings, 1000);
    explore_clean(use_tokens, 1000);
    explore_clean(use_arrays, 1000);
    explore_clean(use_stdio, 1000);
    explore_clean(use_lines, 1000);
}

static void test_and_outside_of_runs_too(void **state)
{
    (void)state;
    use_bytes(NULL);
    use_strings(NULL);
    use_arrays(NULL);
    use_stdio(NULL);
    use_lines(NULL);
}

/* ---- What each of them is seen to touch: here, a block that was freed ---- */

static size_t sink;
static char *rest;
static char other[16] = "abc";
static FILE *file_of_four;

#define TRY(name, ...)                                                                             \
    static void try_##name(char *freed)                                                            \
    {                                                                                              \
        sink += (size_t)(__VA_ARGS__);                                                             \
    }

TRY(memcpy, memcpy(freed, other, 4))
TRY(mempcpy, mempcpy(other, freed, 4))
TRY(memmove, memmove(freed, other, 4))
TRY(memset, memset(freed, 1, 3))
TRY(memcmp, memcmp(other, freed, 4))
TRY(memchr, memchr(freed, 'b', 4))
TRY(strlen, strlen(freed))
TRY(strnlen, strnlen(freed, 4))
TRY(strcpy, strcpy(freed, other))
TRY(stpcpy, stpcpy(other, freed))
TRY(strncpy, strncpy(freed, other, 4))
TRY(strcat, strcat(other, freed))
TRY(strncat, strncat(freed, other, 1))
TRY(strcmp, strcmp(other, freed))
TRY(strncmp, strncmp(freed, other, 3))
TRY(strcasecmp, strcasecmp(freed, other))
TRY(strchr, strchr(freed, 'b'))
TRY(strrchr, strrchr(freed, 'b'))
TRY(strstr, strstr(other, freed))
TRY(strpbrk, strpbrk(freed, other))
TRY(strspn, strspn(freed, other))
TRY(strcspn, strcspn(other, freed))
TRY(strtok, strtok(freed, " "))
TRY(strtok_r, strtok_r(freed, " ", &rest))
TRY(strdup, strdup(freed))
TRY(strndup, strndup(freed, 2))
TRY(qsort, (qsort(freed, 1, 4, descending), 1))
TRY(snprintf, snprintf(freed, 4, "%d", 1))
TRY(sprintf, sprintf(freed, "%d", 1))
TRY(write, write(fileno(file_of_four), freed, 4))
TRY(read, read(fileno(file_of_four), freed, 4))
TRY(pread, pread(fileno(file_of_four), freed, 4, 0))
TRY(fwrite, fwrite(freed, 1, 4, file_of_four))
TRY(fread, fread(freed, 1, 4, file_of_four))
TRY(fgets, fgets(freed, 4, file_of_four))
TRY(fputs, fputs(freed, file_of_four))
TRY(puts, puts(freed))

typedef void try_fn(char *freed);

static const struct {
    const char *name;
    try_fn *fn;
} tries[] = {
#define T(name)                                                                                    \
    {                                                                                              \
#name, try_##name                                                                          \
    }
    T(memcpy),  T(mempcpy),    T(memmove),  T(memset),  T(memcmp),  T(memchr),  T(strlen),
    T(strnlen), T(strcpy),     T(stpcpy),   T(strncpy), T(strcat),  T(strncat), T(strcmp),
    T(strncmp), T(strcasecmp), T(strchr),   T(strrchr), T(strstr),  T(strpbrk), T(strspn),
    T(strcspn), T(strtok),     T(strtok_r), T(strdup),  T(strndup), T(qsort),   T(snprintf),
    T(sprintf), T(write),      T(read),     T(pread),   T(fwrite),  T(fread),   T(fgets),
    T(fputs),   T(puts),
#undef T
};

static void use_freed(void *arg)
{
    try_fn *const *const fn = arg;
    file_of_four = tmpfile();
    WEFT_ASSERT(file_of_four != NULL && fputs("abc\n", file_of_four) >= 0);
    rewind(file_of_four);
    free(text_of("abc"));
    (*fn)(hidden);
}

static void test_each_of_them_is_seen_using_a_freed_block(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++) {
        try_fn *fn = tries[i].fn;
        weft_result r = explore_runs(use_freed, &fn, 2);
        if (r.finding_count != 1 || r.findings[0].kind != WEFT_FOUND_MEMORY ||
            strncmp(r.findings[0].message, "use after free", 14) != 0 ||
            strstr(r.findings[0].goroutines[0].place, "libc_memory_test.c") == NULL) {
            fail_msg("%s: %zu findings: %s", tries[i].name, r.finding_count,
                     r.finding_count == 0 ? "" : r.findings[0].message);
        }
        weft_result_clear(&r);
    }
}

/* ---- What libc allocates for the program ---- */

static void free_what_libc_gave(void *arg)
{
    char *text = NULL;
    size_t size = 0;
    FILE *const file = tmpfile();
    (void)arg;
    WEFT_ASSERT(file != NULL && fputs("line\n", file) >= 0);
    rewind(file);
    WEFT_ASSERT(getline(&text, &size, file) == 5);
    (void)fclose(file);
    free(text);
    ((volatile char *)hide(text))[0] = 'x';
}

static void test_what_libc_gives_the_program_is_watched(void **state)
{
    (void)state;
    weft_result r = explore_expecting(free_what_libc_gave, WEFT_FOUND_MEMORY);
    assert_non_null(strstr(r.findings[0].message, "use after free: write of 1 byte at 0 inside"));
    weft_result_clear(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_functions_of_libc_do_what_they_should),
        cmocka_unit_test(test_and_outside_of_runs_too),
        cmocka_unit_test(test_each_of_them_is_seen_using_a_freed_block),
        cmocka_unit_test(test_what_libc_gives_the_program_is_watched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
