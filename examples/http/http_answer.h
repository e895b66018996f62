/* http_answer.h: responses.
 *
 * INVARIANTS
 *   - A response that was begun is ended, or the connection is marked as failed: what follows it is
 *     never taken for a part of it. */
#ifndef HTTP_ANSWER_H
#define HTTP_ANSWER_H

#include "http_request.h"

/* What the response to a request depends on. */
typedef struct http_answer {
    int status;
    bool keep_alive;
    bool chunked;      /* the body comes in chunks, whose end is empty */
    bool without_body; /* of HEAD */
    const char *type;  /* Content-Type; NULL: none */
    const char *allow; /* methods; NULL: no Allow field */
    int64_t size;      /* of the body, where it is not chunked */
} http_answer;

/* Begin the response, add a part of its body, and end it. */
void http_answer_begin(http_connection *c, const http_answer *answer);
void http_answer_part(http_connection *c, const http_answer *answer, const char *data, size_t size);
void http_answer_end(http_connection *c, const http_answer *answer);

/* All of it, for an error or a redirection: its body is its reason. */
void http_answer_status(http_connection *c, http_answer *answer);

#endif
