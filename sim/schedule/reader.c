/* reader.c: see reader.h. */
#include "reader.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../hash.h"

void weft__reader_fail(weft__reader *r, const char *format, ...)
{
    if (r->failed) {
        return; /* the first error counts */
    }
    r->failed = true;
    char what[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(what, sizeof what, format, args);
    va_end(args);
    (void)snprintf(r->error, 256, "line %zu: %s", r->number, what);
}

void weft__reader_line(weft__reader *r)
{
    r->number++;
    r->line = r->rest;
    if (r->line == NULL || *r->line == '\0') {
        r->line = NULL;
        weft__reader_fail(r, "the file ends too early");
        return;
    }
    char *const end = strchr(r->line, '\n');
    if (end == NULL) {
        weft__reader_fail(r, "the line does not end");
        return;
    }
    *end = '\0';
    r->rest = end + 1;
    for (const char *c = r->line; *c != '\0'; c++) {
        if ((unsigned char)*c < ' ') { /* weft__line_write writes none */
            weft__reader_fail(r, "a control character, %d", *c);
            return;
        }
    }
}

bool weft__reader_next_is(const weft__reader *r, const char *key)
{
    const size_t length = strlen(key);
    return !r->failed && r->rest != NULL && strncmp(r->rest, key, length) == 0 &&
           r->rest[length] == ' ';
}

char *weft__reader_field(weft__reader *r, const char *key)
{
    const size_t length = strlen(key);
    if (r->failed) {
        return NULL;
    }
    weft__reader_line(r);
    if (r->failed) {
        return NULL;
    }
    if (strncmp(r->line, key, length) != 0 || r->line[length] != ' ') {
        weft__reader_fail(r, "\"%s\" expected, found \"%.60s\"", key, r->line);
        return NULL;
    }
    return r->line + length + 1;
}

void weft__reader_string(weft__reader *r, const char *key, char *into, size_t size)
{
    const char *const value = weft__reader_field(r, key);
    if (value == NULL) {
        return;
    }
    if (strlen(value) >= size) {
        weft__reader_fail(r, "\"%s\" is too long", key);
        return;
    }
    memcpy(into, value, strlen(value) + 1);
}

uint64_t weft__reader_to_number(weft__reader *r, const char *text, int base, uint64_t max)
{
    char *rest = NULL;
    errno = 0;
    const uint64_t number = text == NULL ? 0 : strtoull(text, &rest, base);
    if (text == NULL || errno != 0 || rest == text || *rest != '\0' || *text == '-' ||
        *text == '+' || *text == ' ' || number > max) {
        weft__reader_fail(r, "a number expected, found \"%.60s\"", text == NULL ? "" : text);
        return 0;
    }
    return number;
}

uint64_t weft__reader_number(weft__reader *r, const char *key, int base, uint64_t max)
{
    const char *const value = weft__reader_field(r, key);
    return value == NULL ? 0 : weft__reader_to_number(r, value, base, max);
}

void weft__reader_check(weft__reader *r, const char *text, size_t size)
{
    size_t start = size;
    if (size > 0 && text[size - 1] == '\n') {
        start--;
    }
    while (start > 0 && text[start - 1] != '\n') {
        start--;
    }
    char expected[32];
    (void)snprintf(expected, sizeof expected, "end %016" PRIx64 "\n",
                   weft__hash_bytes(text, start).low);
    if (size - start != strlen(expected) || memcmp(text + start, expected, size - start) != 0) {
        r->number = 0;
        r->failed = true;
        (void)snprintf(r->error, 256,
                       "its end does not match its contents: it is truncated or was changed");
    }
}

void weft__reader_version(weft__reader *r, const char *kind, uint64_t version)
{
    const char *const value = weft__reader_field(r, kind);
    if (value == NULL) {
        (void)snprintf(r->error, 256, "line 1: this is not a %s", kind);
        return;
    }
    const uint64_t found = weft__reader_to_number(r, value, 10, UINT32_MAX);
    if (!r->failed && found != version) {
        weft__reader_fail(r,
                          "format %" PRIu64 " is not known to this version of Weft, which reads "
                          "format %" PRIu64,
                          found, version);
    }
}

void weft__reader_end(weft__reader *r)
{
    (void)weft__reader_field(r, "end");
    if (!r->failed && *r->rest != '\0') {
        weft__reader_fail(r, "something follows the end");
    }
}

void weft__line_write(FILE *file, const char *key, const char *text)
{
    (void)fprintf(file, "%s ", key);
    for (const char *c = text; *c != '\0'; c++) {
        (void)fputc((unsigned char)*c < ' ' ? ' ' : *c, file);
    }
    (void)fputc('\n', file);
}
