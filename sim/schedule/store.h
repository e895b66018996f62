/* store.h: where failing schedules are kept: <directory>/<hash>.weft; and tokens, which hold one on
 * a line. */
#ifndef WEFT_SIM_STORE_H
#define WEFT_SIM_STORE_H

#include "schedule.h"

/* Write a schedule under its hash, completely or not at all. The path, for the caller to free; NULL
 * after a line on standard error. */
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
