/* reader.h: the text files of the store, line by line. Nothing in them is trusted when they are
 * read.
 *
 * After the first error, which is kept with its line, everything gives nothing. */
#ifndef WEFT_SIM_READER_H
#define WEFT_SIM_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct weft__reader {
    char *line; /* the current one, terminated */
    char *rest; /* what follows it; NULL: nothing */
    size_t number;
    char *error; /* [256] */
    bool failed;
} weft__reader;

void weft__reader_fail(weft__reader *r, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Go on to the next line. */
void weft__reader_line(weft__reader *r);

/* Whether the next line starts with the key; it stays the next. */
bool weft__reader_next_is(const weft__reader *r, const char *key);

/* The next line's value; NULL when it does not start with the key. */
char *weft__reader_field(weft__reader *r, const char *key);
void weft__reader_string(weft__reader *r, const char *key, char *into, size_t size);
uint64_t weft__reader_number(weft__reader *r, const char *key, int base, uint64_t max);

/* All of the text is a number of at most `max`. */
uint64_t weft__reader_to_number(weft__reader *r, const char *text, int base, uint64_t max);

/* The first line: what the file is, as in "weft schedule", and its version, which must be this. */
void weft__reader_version(weft__reader *r, const char *kind, uint64_t version);

/* The last line holds the hash of all that is in front of it. */
void weft__reader_check(weft__reader *r, const char *text, size_t size);

/* It must be next, and the last. */
void weft__reader_end(weft__reader *r);

/* The key, a blank, and the text, whose control characters would break the format. */
void weft__line_write(FILE *file, const char *key, const char *text);

#endif
