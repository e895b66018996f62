/* http_site.h: what the server has:
 *
 *   GET, HEAD  /            a small text
 *   GET, HEAD  /file/NAME   a file of the directory, or of a folder below
 *   POST       /echo        the body that was sent, in chunks if it came in chunks
 *
 * INVARIANTS
 *   - No name leads out of the directory, but for links in it. */
#ifndef HTTP_SITE_H
#define HTTP_SITE_H

#include "http_request.h"

/* Answer one request, whose head is still in the input, and take it and its body. Returns whether
 * the connection goes on. */
bool http_site_serve(http_connection *c, const http_request *request);

/* The error response. */
void http_site_refuse(http_connection *c, int status);

#endif
