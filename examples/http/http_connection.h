/* http_connection.h: a connection's input and output, buffered.
 *
 * INVARIANTS
 *   - in[begin .. end) has been read from the peer and belongs to no request that was answered.
 *   - Output is sent before the connection waits for input: a client that has sent several requests
 *     at once gets the answers in as few writes as possible, and none of them waits.
 *   - idle: nothing of a request has come. Whoever stops the server stores `closing` and looks at
 *     `idle`; the connection stores `idle` and looks at `closing`: one of them sees the other. */
#ifndef HTTP_CONNECTION_H
#define HTTP_CONNECTION_H

#include <stdatomic.h>
#include <weft.h>

enum {
    HTTP_HEAD_MAX = 8192, /* bytes of request line and header */
    HTTP_OUT = 4096,
};

typedef struct http_settings {
    const char *address;
    const char *directory; /* of the files */
    uint32_t connection_limit;
    size_t body_max;
    int64_t idle_ns;    /* how long a connection may be idle */
    int64_t request_ns; /* how long a request may take to arrive */
    int64_t write_ns;   /* how long the peer may read nothing */
    int64_t grace_ns;   /* how long requests may take to end when the server stops */
} http_settings;

typedef struct http_connection http_connection;
struct http_connection {
    const http_settings *settings;
    const atomic_bool *closing; /* the server stops */
    http_connection *next;      /* these two are http_server's */
    http_connection *previous;
    int fd;
    atomic_bool idle;
    bool failed;         /* nothing can be sent any more */
    int64_t deadline_ns; /* of the request that arrives */
    size_t begin;
    size_t end;
    size_t out_size;
    char in[HTTP_HEAD_MAX];
    char out[HTTP_OUT];
};

void http_connection_begin(http_connection *c, int fd, const http_settings *settings,
                           const atomic_bool *closing);

/* Wait for the first byte of a request, unless it is there. false: there will be none. */
bool http_connection_wait(http_connection *c);

/* Read more behind in[begin .. end). Returns how many bytes; 0 at the end; -ENOBUFS when there is
 * no room; errors of weft_read. */
ssize_t http_connection_fill(http_connection *c);

/* The bytes up to in[begin + size) are done with. */
void http_connection_take(http_connection *c, size_t size);

/* Send, sooner or later. */
void http_connection_put(http_connection *c, const char *data, size_t size);
void http_connection_flush(http_connection *c);

/* End it so that the peer can read what was sent, though it may be sending still. */
void http_connection_end(http_connection *c);

#endif
