/* http_body.h: the body of a request, read whole.
 *
 * INVARIANTS
 *   - Never more than body_max bytes are kept, whatever the peer announces. */
#ifndef HTTP_BODY_H
#define HTTP_BODY_H

#include "http_request.h"

typedef struct http_body {
    char *data; /* malloc's */
    size_t size;
    size_t capacity;
} http_body;

/* Read the body of `request`, whose head has been taken. Tells a client that waits for it to send
 * (100). Returns 0; the status of the error response; or negative: the connection is over.
 * *ret_body is to be freed in any case. */
int http_body_read(http_connection *c, const http_request *request, http_body *ret_body);
void http_body_free(http_body *body);

#endif
