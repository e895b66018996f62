/* http_request.h: the head of a request: its line and header.
 *
 * INVARIANTS
 *   - Texts lie in the connection's input, and are there until more is read.
 *   - Where two readers could understand a head differently it is refused: RFC 9112, 11.2. So a
 *     line ends with CR LF and nothing else, no field goes on in the next line, no blank stands
 *     before a colon, a body has one length or is chunked, and a host is named exactly once. */
#ifndef HTTP_REQUEST_H
#define HTTP_REQUEST_H

#include "http_connection.h"

enum {
    HTTP_TARGET_MAX = 4096,
    HTTP_FIELDS_MAX = 64,
};

typedef struct http_text {
    const char *data;
    size_t size;
} http_text;

typedef struct http_field {
    http_text name;
    http_text value;
} http_field;

typedef struct http_request {
    unsigned method; /* enum http_method of http_parser.h */
    http_text target;
    int minor; /* HTTP/1.minor */
    bool keep_alive;
    bool expects_continue;
    bool chunked;
    uint64_t content_length; /* 0 where there is none */
    size_t head_size;
    size_t field_count;
    http_field fields[HTTP_FIELDS_MAX];
} http_request;

/* Read the head of the next request, behind http_connection_wait. Returns 0; the status of the
 * error response; or negative: the connection is over. */
int http_request_read(http_connection *c, http_request *ret_request);

/* The only field of this name: NULL: there is none. */
const http_field *http_request_field(const http_request *request, const char *name);

#endif
