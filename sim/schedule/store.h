/* store.h: where failing schedules are kept: <directory>/<hash>.weft; and tokens, which hold one on
 * a line. Beside them lie files of coverage (coverage.h).
 *
 * A file is written under another name, and renamed when it is on disk: it is there completely or
 * not at all. */
#ifndef WEFT_SIM_STORE_H
#define WEFT_SIM_STORE_H

#include "schedule.h"

#define WEFT__COVERAGE_ENDING ".coverage"

typedef void weft__store_writer(const void *what, FILE *file);

/* Write a file. Its path, for the caller to free; NULL after a line on standard error, which ends
 * with the consequence. */
char *weft__store_write(const char *directory, const char *name, weft__store_writer *write,
                        const void *what, const char *consequence);

/* The same of these bytes. */
char *weft__store_write_bytes(const char *directory, const char *name, const void *bytes,
                              size_t size);

/* A whole file, for the caller to free; NULL with errno set. */
char *weft__store_read(const char *path, size_t *ret_size);

/* The paths of all schedules, or files of coverage, by name, for weft__store_list_clear. 0 or a
 * negative errno value. */
int weft__store_list(const char *directory, bool coverage, char ***ret_paths, size_t *ret_count);
void weft__store_list_clear(char **paths, size_t count);

/* Write a schedule under its hash. Like weft__store_write. */
char *weft__store_save(const char *directory, const weft__schedule *schedule);

/* Find a schedule by hash, file or token. 0, -ENOENT or -EBADMSG, after a line on standard
 * error. */
int weft__store_load(const char *directory, const char *reference, weft__schedule *ret_schedule);

/* token.c: the schedule without its steps as one word, for the caller to free; and back: the text
 * form in *ret_text, or false when it is not a token. */
char *weft__token_make(const weft__schedule *schedule);
bool weft__token_is(const char *text);
bool weft__token_open(const char *token, char **ret_text, size_t *ret_size);

#endif
