/* http_serve.h: the server: it accepts connections, has a goroutine for each, and stops.
 *
 * INVARIANTS
 *   - A connection is in the list from before its goroutine starts until its descriptor is about to
 *     be closed: so what is in the list is open.
 *   - The server outlives the run: what ends late connections may start just before the last one
 *     has ended. */
#ifndef HTTP_SERVE_H
#define HTTP_SERVE_H

#include "http_connection.h"

typedef struct http_serve {
    const http_settings *settings;
    int listener;
    atomic_bool closing;
    weft_sema slots; /* for connections */
    weft_waitgroup alive;
    weft_mutex lock;
    http_connection *connections; /* these two under the lock */
    weft_timer *late;             /* ends those that are there after grace_ns */
} http_serve;

/* Listen. Returns 0 or a negated errno. */
int http_serve_begin(http_serve *server, const http_settings *settings);

/* Accept until the server is stopped; then let the requests under way end, for as long as
 * grace_ns. Returns when the last connection is closed: 0, or why it could not go on. */
int http_serve_run(http_serve *server);

/* Accept no more, from any goroutine. */
void http_serve_stop(http_serve *server);

#endif
