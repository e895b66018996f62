/* responder.h: what the servers of this folder do with what they read, so that only the way in
 * which they read and write differs: "http" answers each request that ends in it with the same
 * response; "echo" sends back what has come.
 *
 * INVARIANTS
 *   - matched: so many bytes of "\r\n\r\n" end what was read so far. */
#ifndef WEFT_BENCH_RESPONDER_H
#define WEFT_BENCH_RESPONDER_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

enum { RESPONDER_BUFFER = 4096, RESPONDER_PIPELINED = 32 };

/* As long as what Go's net/http sends for the same body. */
#define RESPONDER_ONE                                                                              \
    "HTTP/1.1 200 OK\r\nDate: Sat, 28 Nov 2026 12:00:00 GMT\r\nContent-Length: 13\r\n"             \
    "Content-Type: text/plain; charset=utf-8\r\n\r\nHello, World!"

typedef struct responder {
    bool echo;
    unsigned matched;
    char buffer[RESPONDER_BUFFER];
} responder;

/* How many requests end in the first `size` bytes of the buffer. */
static inline size_t responder_requests(responder *r, size_t size)
{
    static const char end[] = "\r\n\r\n";
    size_t requests = 0;
    for (const char *at = r->buffer; at < r->buffer + size; at++) {
        if (r->matched == 0 && (at = memchr(at, '\r', (size_t)(r->buffer + size - at))) == NULL) {
            break;
        }
        r->matched = *at == end[r->matched] ? r->matched + 1 : *at == '\r' ? 1 : 0;
        if (r->matched == sizeof end - 1) {
            r->matched = 0;
            requests++;
        }
    }
    return requests;
}

/* What to write after `size` bytes have come into the buffer; *ret_data is where it lies. */
static inline size_t responder_answer(responder *r, size_t size, const char **ret_data)
{
    static char responses[RESPONDER_PIPELINED * (sizeof RESPONDER_ONE - 1)];
    const size_t one = sizeof RESPONDER_ONE - 1;
    *ret_data = r->buffer;
    if (r->echo) {
        return size;
    }
    if (responses[0] == '\0') {
        for (size_t i = 0; i < RESPONDER_PIPELINED; i++) {
            memcpy(responses + i * one, RESPONDER_ONE, one);
        }
    }
    const size_t requests = responder_requests(r, size);
    *ret_data = responses;
    return (requests < RESPONDER_PIPELINED ? requests : RESPONDER_PIPELINED) * one;
}

#endif
