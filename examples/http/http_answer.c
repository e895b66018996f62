/* http_answer.c: see http_answer.h. There is no Date, as there is no clock but the backend's, which
 * is monotonic: RFC 9110, 6.6.1. */
#include "http_answer.h"

#include <http_parser.h>
#include <string.h>

static const char *reason_of(int status)
{
    switch (status) {
#define REASON(number, name, text)                                                                 \
    case number:                                                                                   \
        return #text;
        HTTP_STATUS_MAP(REASON)
#undef REASON
    default:
        return "Unknown";
    }
}

static void put_text(http_connection *c, const char *text)
{
    http_connection_put(c, text, strlen(text));
}

static void put_field(http_connection *c, const char *name, const char *value)
{
    put_text(c, name);
    put_text(c, ": ");
    put_text(c, value);
    put_text(c, "\r\n");
}

/* Digits of the base, in front of *end. */
static const char *number_text(uint64_t number, unsigned base, char *end)
{
    *end = '\0';
    do {
        *--end = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    return end;
}

void http_answer_begin(http_connection *c, const http_answer *answer)
{
    char digits[32];
    put_text(c, "HTTP/1.1 ");
    put_text(c, number_text((uint64_t)answer->status, 10, digits + sizeof digits - 1));
    put_text(c, " ");
    put_text(c, reason_of(answer->status));
    put_text(c, "\r\n");
    if (answer->type != NULL) {
        put_field(c, "Content-Type", answer->type);
    }
    if (answer->allow != NULL) {
        put_field(c, "Allow", answer->allow);
    }
    if (answer->chunked) {
        put_field(c, "Transfer-Encoding", "chunked");
    } else {
        put_field(c, "Content-Length",
                  number_text((uint64_t)answer->size, 10, digits + sizeof digits - 1));
    }
    put_field(c, "Connection", answer->keep_alive ? "keep-alive" : "close");
    put_text(c, "\r\n");
}

void http_answer_part(http_connection *c, const http_answer *answer, const char *data, size_t size)
{
    char digits[32];
    if (answer->without_body || size == 0) {
        return;
    }
    if (answer->chunked) {
        put_text(c, number_text(size, 16, digits + sizeof digits - 1));
        put_text(c, "\r\n");
    }
    http_connection_put(c, data, size);
    if (answer->chunked) {
        put_text(c, "\r\n");
    }
}

void http_answer_end(http_connection *c, const http_answer *answer)
{
    if (answer->chunked && !answer->without_body) {
        put_text(c, "0\r\n\r\n");
    }
}

void http_answer_status(http_connection *c, http_answer *answer)
{
    const char *const reason = reason_of(answer->status);
    answer->type = "text/plain; charset=utf-8";
    answer->chunked = false;
    answer->size = (int64_t)strlen(reason) + 1;
    http_answer_begin(c, answer);
    http_answer_part(c, answer, reason, strlen(reason));
    http_answer_part(c, answer, "\n", 1);
}
