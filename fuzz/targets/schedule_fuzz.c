/* schedule_fuzz.c: the parsers of the store: files of schedules, files of coverage, and tokens.
 *
 * Input: the text of a file, without its last line or with it, or a token. What must hold:
 *   - what is refused is refused with a line that says why;
 *   - what is accepted is written as a text that reads as the same, and a schedule makes a token
 *     that opens as what it was made of. */
#include <weft/fuzz.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "schedule/coverage.h"
#include "schedule/store.h"

/* A kind of file. */
typedef struct kind {
    const char *first; /* how it begins */
    int (*read)(const char *text, size_t size, void *ret, char ret_error[256]);
    void (*write)(const void *what, FILE *file);
    void (*clear)(void *what);
} kind;

static int read_schedule(const char *text, size_t size, void *ret, char ret_error[256])
{
    return weft__schedule_read(text, size, ret, ret_error);
}

static void write_schedule(const void *schedule, FILE *file)
{
    weft__schedule_write(schedule, true, file);
}

static void clear_schedule(void *schedule)
{
    weft__schedule_clear(schedule);
}

static int read_coverage(const char *text, size_t size, void *ret, char ret_error[256])
{
    return weft__coverage_read(text, size, ret, ret_error);
}

static void clear_coverage(void *coverage)
{
    weft__coverage_clear(coverage);
}

static const kind schedules = {"weft schedule", read_schedule, write_schedule, clear_schedule};
static const kind coverages = {"weft coverage", read_coverage, weft__coverage_write,
                               clear_coverage};

/* What a kind of file is read into. */
typedef union contents {
    weft__schedule schedule;
    weft__coverage coverage;
} contents;

/* false: refused, and *ret is as it was. */
static bool read_text(const kind *k, const char *text, size_t size, contents *ret)
{
    char error[256] = "";
    const int status = k->read(text, size, ret, error);
    WEFT_ASSERT(status == 0 || status == -EBADMSG);
    WEFT_ASSERT((status == 0) == (error[0] == '\0'));
    WEFT_ASSERT(strchr(error, '\n') == NULL);
    return status == 0;
}

static char *write_text(const kind *k, const contents *from, size_t *ret_size)
{
    char *text = NULL;
    FILE *const file = open_memstream(&text, ret_size);
    k->write(from, file);
    WEFT_ASSERT(fclose(file) == 0);
    return text;
}

/* Its token is the file without steps. */
static void check_token(const weft__schedule *schedule)
{
    char *text = NULL;
    size_t size = 0;
    contents opened;
    char *const token = weft__token_make(schedule);
    WEFT_ASSERT(weft__token_is(token));
    WEFT_ASSERT(weft__token_open(token, &text, &size));
    WEFT_ASSERT(read_text(&schedules, text, size, &opened));
    char *const again = weft__token_make(&opened.schedule);
    WEFT_ASSERT(strcmp(again, token) == 0);
    weft__schedule_clear(&opened.schedule);
    free(again);
    free(text);
    free(token);
}

static void check_file(const char *text, size_t size)
{
    contents first;
    contents second;
    const kind *const k = strncmp(text, coverages.first, strlen(coverages.first)) == 0 ? &coverages
                                                                                       : &schedules;
    if (!read_text(k, text, size, &first)) {
        return;
    }
    size_t written_size = 0;
    size_t again_size = 0;
    char *const written = write_text(k, &first, &written_size);
    WEFT_ASSERT(read_text(k, written, written_size, &second));
    char *const again = write_text(k, &second, &again_size);
    WEFT_ASSERT(again_size == written_size && memcmp(again, written, again_size) == 0);
    if (k == &schedules) {
        check_token(&first.schedule);
    }
    free(again);
    free(written);
    k->clear(&second);
    k->clear(&first);
}

static void target(const uint8_t *data, size_t size)
{
    enum { LAST_LINE = 32 };
    char *const text = malloc(size + LAST_LINE);
    memcpy(text, data, size);
    text[size] = '\0';
    if (weft__token_is(text)) {
        char *opened = NULL;
        size_t opened_size = 0;
        if (weft__token_open(text, &opened, &opened_size)) {
            opened = realloc(opened, opened_size + 1);
            opened[opened_size] = '\0';
            check_file(opened, opened_size);
            free(opened);
        }
    } else {
        check_file(text, size);
        const int last = snprintf(text + size, LAST_LINE, "end %016llx\n",
                                  (unsigned long long)weft__hash_bytes(text, size).low);
        check_file(text, size + (size_t)last);
    }
    free(text);
}

WEFT_FUZZ(target)
