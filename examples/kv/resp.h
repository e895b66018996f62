/* resp.h: Redis' protocol, version 2: requests out of a stream of bytes, and replies into a buffer.
 *
 * INVARIANTS
 *   - What has been parsed of a request is not parsed again when more of it has come.
 *   - Memory follows what has come, not what was announced.
 *   - args point into `in`: they live until the next call. */
#ifndef KV_RESP_H
#define KV_RESP_H

#include "slices.h"

typedef struct resp_limits {
    uint64_t bulk;
    uint64_t arguments;
    uint64_t line;
} resp_limits;

/* A stream of requests, and the one that came last. */
typedef struct resp_reader {
    buffer in;
    size_t start;      /* of the request */
    size_t at;         /* parsed up to here */
    int64_t args_left; /* of a request that has begun; 0: none has */
    int64_t bulk_size; /* of the argument that comes next; below 0: not known yet */
    slice *args;
    size_t count;
    size_t capacity;
    const char *error;
    char unexpected; /* what came instead of '$', for that error */
} resp_reader;

typedef enum resp_result {
    RESP_REQUEST, /* count may be 0: an empty line */
    RESP_MORE,    /* it is not there as a whole */
    RESP_ERROR,   /* reader->error says why; nothing can be read any more */
} resp_result;

/* Where the next bytes go, and how many there is room for; the caller adds to in.size how many have
 * come. NULL: no memory. */
char *resp_room(resp_reader *r, size_t *ret_size);
resp_result resp_next(resp_reader *r, const resp_limits *limits);
void resp_reader_free(resp_reader *r);

void resp_simple(buffer *out, const char *text);                  /* +OK */
void resp_error(buffer *out, const char *text);                   /* -ERR what */
void resp_error_about(buffer *out, const char *text, slice what); /* -ERR what 'argument' */
void resp_integer(buffer *out, int64_t value);
void resp_bulk(buffer *out, slice bytes);
void resp_null(buffer *out);
void resp_array(buffer *out, size_t count); /* its elements follow */
void resp_null_array(buffer *out);
void resp_request(buffer *out, const slice *args, size_t count); /* as a client writes it */

#endif
