/* http_client.h: a server in a child process, and plain blocking connections to it, for tests that
 * send what no HTTP library would.
 *
 * INVARIANTS
 *   - No call waits for ever: what does not come within CLIENT_PATIENCE_MS counts as not sent. */
#ifndef WEFT_TESTS_HTTP_CLIENT_H
#define WEFT_TESTS_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
    CLIENT_PATIENCE_MS = 10000,
    CLIENT_ENDED = 0,   /* in place of a status: the connection was closed or reset */
    CLIENT_SILENT = -1, /* nothing came in time */
};

typedef struct client_server {
    pid_t pid;
    uint16_t port;
} client_server;

/* Run `program` with a directory and settings, which a NULL ends; it listens when this returns. */
void client_server_start(client_server *ret_server, const char *program, const char *directory,
                         const char *const settings[]);

/* Ask it to end; its exit status, or -1. */
int client_server_stop(const client_server *server);

/* Clock ticks of processor time that it has used. */
uint64_t client_server_ticks(const client_server *server);

int client_connect(const client_server *server); /* -1: refused */

/* Send all of it. false: the peer has gone. */
bool client_send(int fd, const void *data, size_t size);
bool client_send_text(int fd, const char *text);

typedef struct client_response {
    int status; /* or CLIENT_ENDED, CLIENT_SILENT */
    bool close; /* Connection: close */
    char head[4096];
    size_t body_size;
    char body[64 * 1024]; /* its first bytes */
} client_response;

/* The next response, with its body unless it answers HEAD. */
void client_receive(int fd, bool head_only, client_response *ret);

/* Whether nothing but the end comes. */
bool client_at_end(int fd);

/* Count what does not hold; the test's exit status is whether there was any. */
extern int client_failures;
void client_check(bool holds, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
