/* replay_main.c: a fuzz target without a fuzzing engine: runs the files, and the files of the
 * folders, that its arguments name, once each, in order of name.
 *
 * With AFL++'s compiler it is the loop of its persistent mode instead. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long files;

_Noreturn static void give_up(const char *path)
{
    (void)fprintf(stderr, "weft: cannot read %s: %s\n", path, strerror(errno));
    exit(2);
}

static void run_file(const char *path)
{
    uint8_t *data = NULL;
    size_t size = 0;
    size_t got = 0;
    FILE *const file = fopen(path, "re");
    if (file == NULL) {
        give_up(path);
    }
    do {
        enum { PART = 65536 };
        uint8_t *const grown = realloc(data, size + PART);
        if (grown == NULL) {
            give_up(path);
        }
        data = grown;
        got = fread(data + size, 1, PART, file);
        size += got;
    } while (got != 0);
    if (ferror(file) != 0) {
        give_up(path);
    }
    (void)fclose(file);
    (void)fprintf(stderr, "Running: %s\n", path);
    uint8_t *const exact = realloc(data, size == 0 ? 1 : size); /* a read behind it can be seen */
    (void)LLVMFuzzerTestOneInput(exact == NULL ? data : exact, size);
    free(exact);
    files++;
}

static int is_visible(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void run_folder(const char *path);

static void run_path(const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        give_up(path);
    }
    if (S_ISDIR(status.st_mode)) {
        run_folder(path);
    } else {
        run_file(path);
    }
}

static void run_folder(const char *path)
{
    struct dirent **entries = NULL;
    const int count = scandir(path, &entries, is_visible, alphasort);
    if (count < 0) {
        give_up(path);
    }
    for (int i = 0; i < count; i++) {
        char *inner = NULL;
        if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0) {
            give_up(path);
        }
        run_path(inner);
        free(inner);
        free(entries[i]);
    }
    free(entries);
}

#ifdef __AFL_FUZZ_INIT
__AFL_FUZZ_INIT();

static void run_loop(void)
{
    const uint8_t *const data = __AFL_FUZZ_TESTCASE_BUF;
    while (__AFL_LOOP(100000)) {
        (void)LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
    }
}
#endif

int main(int argc, char **argv)
{
    (void)LLVMFuzzerInitialize(&argc, &argv);
#ifdef __AFL_FUZZ_INIT
    if (argc == 1) {
        run_loop();
        return 0;
    }
#endif
    for (int i = 1; i < argc; i++) {
        if (argv[i][0] != '-') { /* libFuzzer's options */
            run_path(argv[i]);
        }
    }
    (void)fprintf(stderr, "Done: %lu files passed\n", files);
    return files == 0 ? 2 : 0;
}
