/* resp.c: see resp.h. */
#include "resp.h"

#include <stdlib.h>

enum { ROOM = 16 << 10, LEAST_ROOM = 2 << 10, KEEP = 64 << 10, NUMBER_LINE = 64 };

/* ---- the buffer ---- */

/* The buffer's bytes have moved: so have arguments that are there already. */
static void rebase(resp_reader *r, uintptr_t old, uintptr_t new)
{
    for (size_t i = 0; i < r->count; i++) {
        r->args[i].bytes = (const char *)((uintptr_t)r->args[i].bytes - old + new);
    }
}

static void to_front(resp_reader *r)
{
    const uintptr_t old = (uintptr_t)r->in.bytes + r->start;
    memmove(r->in.bytes, r->in.bytes + r->start, r->in.size - r->start);
    r->in.size -= r->start;
    r->at -= r->start;
    r->start = 0;
    rebase(r, old, (uintptr_t)r->in.bytes);
}

char *resp_room(resp_reader *r, size_t *ret_size)
{
    if (r->start == r->in.size) {
        buffer_clear(&r->in, KEEP);
        r->start = r->at = r->count = 0;
    }
    if (r->in.capacity - r->in.size < LEAST_ROOM) {
        if (r->start != 0) {
            to_front(r);
        }
        const uintptr_t old = (uintptr_t)r->in.bytes;
        if (!buffer_reserve(&r->in, r->in.capacity == 0 ? ROOM : LEAST_ROOM)) {
            return NULL;
        }
        rebase(r, old, (uintptr_t)r->in.bytes);
    }
    *ret_size = r->in.capacity - r->in.size;
    return r->in.bytes + r->in.size;
}

void resp_reader_free(resp_reader *r)
{
    buffer_free(&r->in);
    free(r->args);
    *r = (resp_reader){0};
}

/* What a client has sent, in a line of a reply, which it must not end. */
static char within_line(char c)
{
    return c == '\r' || c == '\n' ? ' ' : c;
}

static resp_result fail(resp_reader *r, const char *error)
{
    r->error = error;
    return RESP_ERROR;
}

static bool add_argument(resp_reader *r, const char *bytes, size_t size)
{
    if (r->count == r->capacity) {
        const size_t capacity = r->capacity == 0 ? 8 : r->capacity * 2;
        slice *const args = realloc(r->args, capacity * sizeof *args);
        if (args == NULL) {
            return false;
        }
        r->args = args;
        r->capacity = capacity;
    }
    r->args[r->count++] = (slice){bytes, size};
    return true;
}

/* ---- inline requests ---- */

static int hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Behind a backslash, within double quotes. */
static char unescape(const char **at, const char *end)
{
    const char *const from = "nrtba";
    const char *const to = "\n\r\t\b\a";
    const char c = *(*at)++;
    if (c == 'x' && end - *at >= 2 && hex_digit((*at)[0]) >= 0 && hex_digit((*at)[1]) >= 0) {
        const int value = hex_digit((*at)[0]) * 16 + hex_digit((*at)[1]);
        *at += 2;
        return (char)value;
    }
    const char *const known = c == '\0' ? NULL : strchr(from, c);
    return known == NULL ? c : to[known - from];
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == '\0';
}

/* One word, decoded in its place, where it is never longer. Its quotes must close, before a space.
 * Returns its end, or NULL. */
static const char *take_word(const char *at, const char *end, char *into, size_t *ret_size)
{
    const char *const start = into;
    char quote = '\0';
    while (at < end && (quote != '\0' || !is_space(*at))) {
        const char c = *at++;
        if (quote == '\0' && (c == '"' || c == '\'')) {
            quote = c;
        } else if (quote == '"' && c == '\\' && at < end) {
            *into++ = unescape(&at, end);
        } else if (quote == '\'' && c == '\\' && at < end && *at == '\'') {
            *into++ = *at++;
        } else if (quote != '\0' && c == quote) {
            quote = '\0';
            if (at < end && !is_space(*at)) {
                return NULL;
            }
        } else {
            *into++ = c;
        }
    }
    *ret_size = (size_t)(into - start);
    return quote == '\0' ? at : NULL;
}

static resp_result next_inline(resp_reader *r, const resp_limits *limits)
{
    char *const line = r->in.bytes + r->start;
    const size_t there = r->in.size - r->start;
    const char *const newline = memchr(line, '\n', there);
    if ((newline == NULL ? there : (size_t)(newline - line)) > limits->line) {
        return fail(r, "too big inline request");
    }
    if (newline == NULL) {
        return RESP_MORE;
    }
    for (const char *at = line;;) {
        while (at < newline && is_space(*at)) {
            at++;
        }
        if (at == newline) {
            break;
        }
        char *const word = line + (at - line);
        size_t size = 0;
        at = take_word(at, newline, word, &size);
        if (at == NULL) {
            return fail(r, "unbalanced quotes in request");
        }
        if (!add_argument(r, word, size)) {
            return fail(r, "out of memory");
        }
    }
    r->at = r->start + (size_t)(newline - line) + 1;
    return RESP_REQUEST;
}

/* ---- arrays of bulk strings ---- */

/* The number of the line at r->at, behind its first character. */
static resp_result take_number(resp_reader *r, int64_t *ret_value, const char *too_big,
                               const char *invalid)
{
    const char *const line = r->in.bytes + r->at;
    const size_t there = r->in.size - r->at;
    const size_t window = there < NUMBER_LINE ? there : NUMBER_LINE;
    const char *const end = memchr(line, '\r', window);
    if (end == NULL) {
        return window == NUMBER_LINE ? fail(r, too_big) : RESP_MORE;
    }
    const size_t size = (size_t)(end - line);
    if (size + 1 == there) {
        return RESP_MORE;
    }
    if (end[1] != '\n' || !slice_integer((slice){line + 1, size - 1}, ret_value)) {
        return fail(r, invalid);
    }
    r->at += size + 2;
    return RESP_REQUEST;
}

static resp_result take_bulk_size(resp_reader *r, const resp_limits *limits)
{
    if (r->at == r->in.size) {
        return RESP_MORE;
    }
    if (r->in.bytes[r->at] != '$') {
        r->unexpected = within_line(r->in.bytes[r->at]);
        return fail(r, "expected '$'");
    }
    int64_t size = 0;
    const resp_result result =
        take_number(r, &size, "too big bulk count string", "invalid bulk length");
    if (result != RESP_REQUEST) {
        return result;
    }
    if (size < 0 || (uint64_t)size > limits->bulk) {
        return fail(r, "invalid bulk length");
    }
    r->bulk_size = size;
    return RESP_REQUEST;
}

static resp_result take_argument(resp_reader *r, const resp_limits *limits)
{
    if (r->bulk_size < 0) {
        const resp_result result = take_bulk_size(r, limits);
        if (result != RESP_REQUEST) {
            return result;
        }
    }
    const size_t size = (size_t)r->bulk_size;
    const char *const bytes = r->in.bytes + r->at;
    if (r->in.size - r->at < size + 2) {
        return RESP_MORE;
    }
    if (bytes[size] != '\r' || bytes[size + 1] != '\n') {
        return fail(r, "expected the end of a bulk string");
    }
    if (!add_argument(r, bytes, size)) {
        return fail(r, "out of memory");
    }
    r->at += size + 2;
    r->bulk_size = -1;
    r->args_left--;
    return RESP_REQUEST;
}

resp_result resp_next(resp_reader *r, const resp_limits *limits)
{
    if (r->args_left == 0) {
        r->start = r->at;
        r->count = 0;
        if (r->start == r->in.size) {
            return RESP_MORE;
        }
        if (r->in.bytes[r->start] != '*') {
            return next_inline(r, limits);
        }
        int64_t count = 0;
        const resp_result result =
            take_number(r, &count, "too big mbulk count string", "invalid multibulk length");
        if (result != RESP_REQUEST) {
            return result;
        }
        if (count > 0 && (uint64_t)count > limits->arguments) {
            return fail(r, "invalid multibulk length");
        }
        r->args_left = count > 0 ? count : 0; /* less is an empty request, as it is to Redis */
        r->bulk_size = -1;
    }
    resp_result result = RESP_REQUEST;
    while (r->args_left > 0 && result == RESP_REQUEST) {
        result = take_argument(r, limits);
    }
    return result;
}

/* ---- replies ---- */

static void add_line(buffer *out, char kind, const char *text)
{
    buffer_add(out, &kind, 1);
    buffer_add(out, text, strlen(text));
    buffer_add(out, "\r\n", 2);
}

void resp_simple(buffer *out, const char *text)
{
    add_line(out, '+', text);
}

void resp_error(buffer *out, const char *text)
{
    add_line(out, '-', text);
}

void resp_error_about(buffer *out, const char *text, slice what)
{
    enum { SHOWN = 128 };
    char shown[SHOWN];
    const size_t size = what.size < SHOWN ? what.size : SHOWN;
    for (size_t i = 0; i < size; i++) {
        shown[i] = within_line(what.bytes[i]);
    }
    buffer_add(out, "-", 1);
    buffer_add(out, text, strlen(text));
    buffer_add(out, " '", 2);
    buffer_add(out, shown, size);
    buffer_add(out, "'\r\n", 3);
}

static void add_number(buffer *out, char kind, int64_t value)
{
    char line[INTEGER_TEXT + 3];
    line[0] = kind;
    const size_t size = 1 + integer_text(value, line + 1);
    line[size] = '\r';
    line[size + 1] = '\n';
    buffer_add(out, line, size + 2);
}

void resp_integer(buffer *out, int64_t value)
{
    add_number(out, ':', value);
}

void resp_bulk(buffer *out, slice bytes)
{
    add_number(out, '$', (int64_t)bytes.size);
    buffer_add(out, bytes.bytes, bytes.size);
    buffer_add(out, "\r\n", 2);
}

void resp_null(buffer *out)
{
    buffer_add(out, "$-1\r\n", 5);
}

void resp_array(buffer *out, size_t count)
{
    add_number(out, '*', (int64_t)count);
}

void resp_null_array(buffer *out)
{
    buffer_add(out, "*-1\r\n", 5);
}

void resp_request(buffer *out, const slice *args, size_t count)
{
    resp_array(out, count);
    for (size_t i = 0; i < count; i++) {
        resp_bulk(out, args[i]);
    }
}
