/* http_serve.c: see http_serve.h. */
#include "http_serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "http_site.h"

/* Between looks for a descriptor that somebody has given back. */
#define SHORTAGE_NS (10 * WEFT_MILLISECOND)

enum { STACK_SIZE = 32 * 1024 };

typedef struct guest {
    http_connection connection; /* first */
    http_serve *server;
} guest;

/* ---- the list ---- */

static void link_connection(http_serve *server, http_connection *c)
{
    weft_mutex_lock(&server->lock);
    c->previous = NULL;
    c->next = server->connections;
    if (c->next != NULL) {
        c->next->previous = c;
    }
    server->connections = c;
    weft_mutex_unlock(&server->lock);
}

static void unlink_connection(http_serve *server, http_connection *c)
{
    weft_mutex_lock(&server->lock);
    if (c->previous != NULL) {
        c->previous->next = c->next;
    } else {
        server->connections = c->next;
    }
    if (c->next != NULL) {
        c->next->previous = c->previous;
    }
    weft_mutex_unlock(&server->lock);
}

/* End the input of those that wait for a request, or both ways of all. What has come already is
 * still read. */
static void shut_connections(http_serve *server, bool all)
{
    weft_mutex_lock(&server->lock);
    for (http_connection *c = server->connections; c != NULL; c = c->next) {
        if (all || atomic_load(&c->idle)) {
            (void)weft_shutdown(c->fd, all ? SHUT_RDWR : SHUT_RD);
        }
    }
    weft_mutex_unlock(&server->lock);
}

/* ---- a connection ---- */

static void serve_requests(http_connection *c)
{
    http_request request;
    bool goes_on = true;
    while (goes_on && http_connection_wait(c)) {
        const int status = http_request_read(c, &request);
        if (status == 0) {
            goes_on = http_site_serve(c, &request);
        } else {
            goes_on = false;
            if (status > 0) {
                http_site_refuse(c, status);
            }
        }
    }
    http_connection_flush(c);
}

static void serve_connection(void *arg)
{
    guest *const g = arg;
    http_serve *const server = g->server;
    serve_requests(&g->connection);
    unlink_connection(server, &g->connection);
    http_connection_end(&g->connection);
    free(g);
    weft_sema_release(&server->slots, 1);
}

/* The descriptor and a slot are ours. */
static int start(http_serve *server, int fd)
{
    const weft_go_options options = {.name = "http connection", .stack_size = STACK_SIZE};
    guest *const g = malloc(sizeof *g);
    if (g == NULL) {
        return -ENOMEM;
    }
    g->server = server;
    http_connection_begin(&g->connection, fd, server->settings, &server->closing);
    link_connection(server, &g->connection);
    const int status = weft_waitgroup_go_with(&server->alive, &options, serve_connection, g);
    if (status != 0) {
        unlink_connection(server, &g->connection);
        free(g);
    }
    return status;
}

/* ---- the server ---- */

static bool is_shortage(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -EAGAIN;
}

/* Where there is no descriptor, no memory or no goroutine for it, a connection waits until there
 * is. Returns why there will be no more. */
static int accept_all(http_serve *server)
{
    bool short_of = false;
    for (;;) {
        weft_sema_acquire(&server->slots, 1);
        const int fd = weft_accept(server->listener, WEFT_NEVER);
        const int status = fd < 0 ? fd : start(server, fd);
        if (status == 0) {
            short_of = false;
            continue;
        }
        weft_sema_release(&server->slots, 1);
        if (fd >= 0) {
            (void)weft_close(fd);
        }
        if (!is_shortage(status)) {
            return status;
        }
        if (!short_of) {
            (void)fprintf(stderr, "http: accept: %s\n", strerror(-status));
        }
        short_of = true;
        weft_sleep(SHORTAGE_NS);
    }
}

/* The connections that are still there after grace_ns end at once. */
static void end_late(void *arg)
{
    shut_connections(arg, true);
}

int http_serve_begin(http_serve *server, const http_settings *settings)
{
    memset(server, 0, sizeof *server);
    server->settings = settings;
    server->slots = WEFT_SEMA(settings->connection_limit);
    server->listener = weft_listen(settings->address, 0);
    return server->listener < 0 ? server->listener : 0;
}

void http_serve_stop(http_serve *server)
{
    if (atomic_exchange(&server->closing, true)) {
        return;
    }
    weft_mutex_lock(&server->lock);
    server->late = weft_timer_after_func(server->settings->grace_ns, end_late, server);
    weft_mutex_unlock(&server->lock);
    (void)weft_close(server->listener);
    shut_connections(server, false);
}

int http_serve_run(http_serve *server)
{
    const int status = accept_all(server);
    const bool stopped = atomic_load(&server->closing);
    http_serve_stop(server);
    weft_waitgroup_wait(&server->alive);
    weft_mutex_lock(&server->lock);
    weft_timer_release(server->late);
    weft_mutex_unlock(&server->lock);
    return stopped ? 0 : status;
}
