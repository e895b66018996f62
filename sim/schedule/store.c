/* store.c: see store.h. */
#include "store.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../memory.h"
#include "../report/console.h"

enum { HASH_DIGITS = 16, FILE_SIZE_MAX = 1 << 30 };

static char *join(const char *directory, const char *name, const char *ending)
{
    char *path = NULL;
    if (asprintf(&path, "%s/%s%s", directory, name, ending) < 0) {
        weft__no_memory();
    }
    return path;
}

static int make_directory(const char *directory)
{
    char *const path = strdup(directory);
    if (path == NULL) {
        weft__no_memory();
    }
    int error = 0;
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(path, 0777); /* what matters is the last one */
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        error = errno;
    }
    free(path);
    return error;
}

/* 0 or an errno value; the file is on disk when it is 0. */
static int write_file(const char *path, weft__store_writer *write, const void *what)
{
    FILE *const file = fopen(path, "we");
    if (file == NULL) {
        return errno;
    }
    errno = 0;
    write(what, file);
    int error = fflush(file) != 0 || ferror(file) != 0 ? errno : 0;
    if (error == 0 && fsync(fileno(file)) != 0) {
        error = errno;
    }
    if (fclose(file) != 0 && error == 0) {
        error = errno;
    }
    return error;
}

char *weft__store_write(const char *directory, const char *name, weft__store_writer *write,
                        const void *what, const char *consequence)
{
    char *const path = join(directory, name, "");
    char ending[32];
    (void)snprintf(ending, sizeof ending, ".%ld.tmp", (long)getpid());
    char *const draft = join(directory, name, ending);
    int error = make_directory(directory);
    error = error != 0 ? error : write_file(draft, write, what);
    if (error == 0 && rename(draft, path) != 0) {
        error = errno;
    }
    if (error != 0) {
        (void)unlink(draft);
        weft__console_error("cannot write %s: %s%s", path, strerror(error), consequence);
    }
    free(draft);
    if (error != 0) {
        free(path);
        return NULL;
    }
    return path;
}

typedef struct weft__bytes_to_write {
    const void *bytes;
    size_t size;
} weft__bytes_to_write;

static void write_bytes(const void *what, FILE *file)
{
    const weft__bytes_to_write *const w = what;
    (void)fwrite(w->bytes, 1, w->size, file);
}

char *weft__store_write_bytes(const char *directory, const char *name, const void *bytes,
                              size_t size)
{
    const weft__bytes_to_write what = {.bytes = bytes, .size = size};
    return weft__store_write(directory, name, write_bytes, &what, "");
}

static void write_schedule(const void *what, FILE *file)
{
    weft__schedule_write(what, true, file);
}

char *weft__store_save(const char *directory, const weft__schedule *schedule)
{
    char name[HASH_DIGITS + sizeof ".weft"];
    (void)snprintf(name, sizeof name, "%016" PRIx64 ".weft", schedule->hash);
    return weft__store_write(directory, name, write_schedule, schedule,
                             "; the token still replays the failure");
}

char *weft__store_read(const char *path, size_t *ret_size)
{
    FILE *const file = fopen(path, "re");
    if (file == NULL) {
        return NULL;
    }
    char *text = NULL;
    size_t size = 0;
    size_t room = 0;
    size_t got = 0;
    do {
        size += got;
        if (size == room) {
            room = room == 0 ? 65536 : room * 2;
            text = weft__grow(text, room);
        }
        errno = 0;
        got = fread(text + size, 1, room - size, file);
    } while (got != 0 && size < FILE_SIZE_MAX);
    const int error = ferror(file) != 0 ? (errno != 0 ? errno : EIO) : 0;
    (void)fclose(file);
    if (error != 0) {
        free(text);
        errno = error;
        return NULL;
    }
    *ret_size = size;
    return text;
}

static bool is_hash(const char *text)
{
    return strlen(text) == HASH_DIGITS && strspn(text, "0123456789abcdef") == HASH_DIGITS;
}

static bool is_schedule(const char *name)
{
    return strspn(name, "0123456789abcdef") == HASH_DIGITS &&
           strcmp(name + HASH_DIGITS, ".weft") == 0;
}

static bool is_coverage(const char *name)
{
    const size_t length = strlen(name);
    const size_t ending = sizeof WEFT__COVERAGE_ENDING - 1;
    return length > ending && strcmp(name + length - ending, WEFT__COVERAGE_ENDING) == 0;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

int weft__store_list(const char *directory, bool coverage, char ***ret_paths, size_t *ret_count)
{
    DIR *const folder = opendir(directory);
    if (folder == NULL) {
        return -errno;
    }
    char **paths = NULL;
    size_t count = 0;
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (coverage ? is_coverage(entry->d_name) : is_schedule(entry->d_name)) {
            paths = weft__grow(paths, (count + 1) * sizeof *paths);
            paths[count++] = join(directory, entry->d_name, "");
        }
    }
    (void)closedir(folder);
    if (count != 0) {
        qsort(paths, count, sizeof *paths, by_name);
    }
    *ret_paths = paths;
    *ret_count = count;
    return 0;
}

void weft__store_list_clear(char **paths, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(paths[i]);
    }
    free(paths);
}

static int parse(const char *what, const char *text, size_t size, weft__schedule *ret_schedule)
{
    char error[256];
    const int result = weft__schedule_read(text, size, ret_schedule, error);
    if (result != 0) {
        weft__console_error("%s: %s", what, error);
    }
    return result;
}

static int load_token(const char *token, weft__schedule *ret_schedule)
{
    char *text = NULL;
    size_t size = 0;
    if (!weft__token_open(token, &text, &size)) {
        weft__console_error("the token is damaged: it was not copied whole");
        return -EBADMSG;
    }
    const int result = parse("the token", text, size, ret_schedule);
    free(text);
    return result;
}

static int load_file(const char *path, weft__schedule *ret_schedule)
{
    size_t size = 0;
    char *const text = weft__store_read(path, &size);
    if (text == NULL) {
        weft__console_error("cannot read %s: %s", path, strerror(errno));
        return -ENOENT;
    }
    const int result = parse(path, text, size, ret_schedule);
    free(text);
    return result;
}

static int load_hash(const char *directory, const char *hash, weft__schedule *ret_schedule)
{
    char *const path = join(directory, hash, ".weft");
    const int result = load_file(path, ret_schedule);
    if (result == 0 && ret_schedule->hash != strtoull(hash, NULL, 16)) {
        weft__console_error("%s: it holds another schedule, %016" PRIx64, path, ret_schedule->hash);
        weft__schedule_clear(ret_schedule);
        free(path);
        return -EBADMSG;
    }
    free(path);
    return result;
}

int weft__store_load(const char *directory, const char *reference, weft__schedule *ret_schedule)
{
    if (weft__token_is(reference)) {
        return load_token(reference, ret_schedule);
    }
    if (is_hash(reference)) {
        return load_hash(directory, reference, ret_schedule);
    }
    if (strchr(reference, '/') != NULL || strstr(reference, ".weft") != NULL) {
        return load_file(reference, ret_schedule);
    }
    weft__console_error("schedule \"%.80s\": neither a hash of 16 hexadecimal digits, nor a "
                        "file, nor a token (weft1:...)",
                        reference);
    return -ENOENT;
}
