/* http_body.c: see http_body.h. Chunks are read here, not by http_parser, which takes any byte for
 * the CR and LF around them: a way to smuggle requests past who reads them strictly. */
#include "http_body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { CAPACITY_FIRST = 4096, CHUNK_DIGITS_MAX = 15 };

/* The lines around the chunks of a body may have three bytes for each of its bytes, which is what
 * chunks of one byte need, and so many more for extensions and the trailer, which are ignored. */
enum { LINES_MAX = HTTP_HEAD_MAX };

void http_body_free(http_body *body)
{
    free(body->data);
    *body = (http_body){0};
}

static int status_of_end(ssize_t n)
{
    return n == -ETIMEDOUT ? 408 : -1;
}

static int append(http_body *body, const char *data, size_t size)
{
    if (body->size + size > body->capacity) {
        size_t capacity = body->capacity == 0 ? CAPACITY_FIRST : body->capacity;
        while (capacity < body->size + size) {
            capacity *= 2;
        }
        char *const grown = realloc(body->data, capacity);
        if (grown == NULL) {
            return 503;
        }
        body->data = grown;
        body->capacity = capacity;
    }
    memcpy(body->data + body->size, data, size);
    body->size += size;
    return 0;
}

/* The next `size` bytes of input are body. */
static int read_bytes(http_connection *c, uint64_t size, http_body *body)
{
    if (size > c->settings->body_max - body->size) {
        return 413;
    }
    while (size > 0) {
        const size_t there = c->end - c->begin;
        const size_t part = there < size ? there : (size_t)size;
        const int status = part == 0 ? 0 : append(body, c->in + c->begin, part);
        if (status != 0) {
            return status;
        }
        http_connection_take(c, part);
        size -= part;
        const ssize_t n = size == 0 ? 1 : http_connection_fill(c);
        if (n <= 0) {
            return status_of_end(n);
        }
    }
    return 0;
}

/* The next line, in the connection's input, without its CR LF; to be taken with both. */
static int read_line(http_connection *c, size_t *left, http_text *ret_line)
{
    size_t at = 0;
    for (;;) {
        const char *const line = c->in + c->begin;
        const char *const lf = memchr(line + at, '\n', c->end - c->begin - at);
        if (lf != NULL) {
            const size_t size = (size_t)(lf - line);
            *ret_line = (http_text){line, size - (size > 0)};
            if (size > *left || size == 0 || lf[-1] != '\r' ||
                memchr(line, '\r', size - 1) != NULL) {
                return size > *left ? 431 : 400;
            }
            *left -= size;
            return 0;
        }
        at = c->end - c->begin;
        if (at > *left) {
            return 431;
        }
        const ssize_t n = http_connection_fill(c);
        if (n <= 0) {
            return n == -ENOBUFS ? 431 : status_of_end(n);
        }
    }
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Digits, then nothing or an extension. false: malformed. */
static bool parse_chunk_size(http_text line, uint64_t *ret_size)
{
    size_t i = 0;
    uint64_t size = 0;
    while (i < line.size && i <= CHUNK_DIGITS_MAX && digit_of(line.data[i]) >= 0) {
        size = size * 16 + (uint64_t)digit_of(line.data[i++]);
    }
    if (i == 0 || i > CHUNK_DIGITS_MAX) {
        return false;
    }
    *ret_size = size;
    while (i < line.size && (line.data[i] == ' ' || line.data[i] == '\t')) {
        i++; /* RFC 9112, 7.1.1: only in front of an extension */
    }
    return i == line.size ? line.data[i - 1] != ' ' && line.data[i - 1] != '\t'
                          : line.data[i] == ';';
}

static int read_chunk_size(http_connection *c, size_t *left, uint64_t *ret_size)
{
    http_text line;
    const int status = read_line(c, left, &line);
    if (status != 0) {
        return status;
    }
    const bool good = parse_chunk_size(line, ret_size);
    http_connection_take(c, line.size + 2);
    return good ? 0 : 400;
}

/* Behind the bytes of a chunk: nothing but the end of the line. */
static int read_empty_line(http_connection *c, size_t *left)
{
    http_text line;
    const int status = read_line(c, left, &line);
    if (status != 0) {
        return status;
    }
    http_connection_take(c, line.size + 2);
    return line.size == 0 ? 0 : 400;
}

static int read_trailer(http_connection *c, size_t *left)
{
    http_text line = {.size = 1};
    while (line.size != 0) {
        const int status = read_line(c, left, &line);
        if (status != 0) {
            return status;
        }
        http_connection_take(c, line.size + 2);
    }
    return 0;
}

static int read_chunks(http_connection *c, http_body *body)
{
    size_t left = LINES_MAX + 3 * c->settings->body_max;
    uint64_t size = 0;
    int status = 0;
    while (status == 0 && (status = read_chunk_size(c, &left, &size)) == 0 && size != 0) {
        status = read_bytes(c, size, body);
        status = status == 0 ? read_empty_line(c, &left) : status;
    }
    return status == 0 ? read_trailer(c, &left) : status;
}

int http_body_read(http_connection *c, const http_request *request, http_body *ret_body)
{
    static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
    *ret_body = (http_body){0};
    if (request->content_length > c->settings->body_max) {
        return 413;
    }
    const bool some = request->chunked || request->content_length != 0;
    if (some && request->expects_continue && c->begin == c->end) {
        http_connection_put(c, go_on, sizeof go_on - 1);
    }
    return request->chunked ? read_chunks(c, ret_body)
                            : read_bytes(c, request->content_length, ret_body);
}
