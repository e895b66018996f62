/* kv_server.c: the listener, and a goroutine for each connection: see kv.h and server.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "server.h"

enum {
    STACK_SIZE = 32 << 10,
    KEEP = 64 << 10,       /* of a buffer, between batches */
    OUTPUT_BATCH = 1 << 20 /* so much is written before more requests are run */
};

/* ---- a batch of requests ---- */

/* Run what has come. The lock is held. Returns false when the connection must end. */
static bool run_requests(kv_client *client)
{
    kv_server *const server = client->server;
    const resp_limits limits = {.bulk = server->options->bulk_limit,
                                .arguments = server->options->argument_limit,
                                .line = server->options->inline_limit};
    while (!client->closing && client->out.size < OUTPUT_BATCH) {
        const resp_result result = client->held ? RESP_REQUEST : resp_next(&client->in, &limits);
        client->held = false;
        if (result == RESP_MORE) {
            break;
        }
        if (result == RESP_ERROR) {
            return false;
        }
        kv_call call = {.server = server,
                        .client = client,
                        .args = client->in.args,
                        .count = client->in.count,
                        .out = &client->out};
        if (!command_run(&call)) {
            client->held = true;
            break;
        }
        client->replies += client->in.count != 0 ? 1 : 0;
    }
    return true;
}

/* What the replies tell was taken back: each becomes an error. */
static void deny(kv_client *client)
{
    const size_t replies = client->replies;
    buffer_clear(&client->out, KEEP);
    for (size_t i = 0; i < replies; i++) {
        resp_error(&client->out, "MISCONF Errors writing to the AOF file: it was taken back");
    }
}

static bool send_replies(kv_client *client)
{
    const buffer *const out = &client->out;
    const bool sent = !out->failed &&
                      (out->size == 0 || weft_write(client->fd, out->bytes, out->size,
                                                    WEFT_NEVER) == (ssize_t)out->size);
    buffer_clear(&client->out, KEEP);
    return sent;
}

static void hand_over(kv_client *client)
{
    client->pending.failed = client->pending.failed || client->out.failed;
    buffer_add(&client->pending, client->out.bytes, client->out.size);
    buffer_clear(&client->out, KEEP);
    subscribers_wake(client);
}

/* Run, log and answer one batch. *ret_more: not everything that has come was in it. Returns whether
 * the connection goes on. */
static bool serve_batch(kv_client *client, bool *ret_more)
{
    kv_server *const server = client->server;
    client->replies = 0;
    weft_mutex_lock(&server->lock);
    keys_sweep(server);
    const bool sound = run_requests(client);
    *ret_more = client->held || client->out.size >= OUTPUT_BATCH;
    if (server->aof != NULL && !aof_commit(server)) {
        deny(client);
    }
    if (!sound) {
        const char *const why = client->in.error;
        buffer_add(&client->out, "-ERR Protocol error: ", 21);
        buffer_add(&client->out, why, strlen(why));
        if (client->in.unexpected != '\0') {
            buffer_add(&client->out, ", got '", 7);
            buffer_add(&client->out, &client->in.unexpected, 1);
            buffer_add(&client->out, "'", 1);
        }
        buffer_add(&client->out, "\r\n", 2);
        client->closing = true;
    }
    const bool subscriber = client->subscriber;
    if (subscriber) {
        hand_over(client);
    }
    weft_mutex_unlock(&server->lock);
    return (subscriber || send_replies(client)) && !client->closing;
}

/* ---- a connection ---- */

static void free_client(kv_client *client)
{
    resp_reader_free(&client->in);
    buffer_free(&client->out);
    free(client);
}

static int64_t read_deadline_ns(const kv_server *server)
{
    const uint64_t seconds = server->options->idle_timeout_s;
    return seconds == 0 || seconds > INT32_MAX ? WEFT_NEVER
                                               : weft_now() + (int64_t)seconds * WEFT_SECOND;
}

static bool read_some(kv_client *client)
{
    size_t room = 0;
    char *const into = resp_room(&client->in, &room);
    if (into == NULL) {
        return false;
    }
    const ssize_t n = weft_read(client->fd, into, room, read_deadline_ns(client->server));
    client->in.in.size += n > 0 ? (size_t)n : 0;
    return n > 0;
}

static void serve_client(void *arg)
{
    kv_client *const client = arg;
    kv_server *const server = client->server;
    bool more = false;
    while ((more || read_some(client)) && serve_batch(client, &more)) {
    }
    weft_mutex_lock(&server->lock);
    subscribers_leave(client);
    *client->link = client->next;
    if (client->next != NULL) {
        client->next->link = client->link;
    }
    server->client_count--;
    weft_mutex_unlock(&server->lock);
    (void)weft_close(client->fd);
    free_client(client);
}

/* The lock is held. false: no memory, and the caller closes fd. */
static bool start_client(kv_server *server, int fd)
{
    const weft_go_options options = {.name = "serve_client", .stack_size = STACK_SIZE};
    kv_client *const client = calloc(1, sizeof *client);
    if (client == NULL) {
        return false;
    }
    client->server = server;
    client->fd = fd;
    client->id = ++server->next_id;
    client->next = server->clients;
    client->link = &server->clients;
    if (weft_waitgroup_go_with(&server->running, &options, serve_client, client) != 0) {
        free(client);
        return false;
    }
    if (client->next != NULL) {
        client->next->link = &client->next;
    }
    server->clients = client;
    server->client_count++;
    server->stats.connections++;
    return true;
}

/* ---- accepting ---- */

static void refuse(int fd)
{
    const slice text = SLICE("-ERR max number of clients reached\r\n");
    (void)weft_write(fd, text.bytes, text.size, 0);
    (void)weft_close(fd);
}

static void admit(kv_server *server, int fd)
{
    weft_mutex_lock(&server->lock);
    const bool full = server->client_count >= server->options->connection_limit;
    const bool started = !full && !server->stopping && start_client(server, fd);
    server->stats.rejected += full ? 1 : 0;
    weft_mutex_unlock(&server->lock);
    if (full) {
        refuse(fd);
    } else if (!started) {
        (void)weft_close(fd);
    }
}

/* What goes by if one waits: descriptors and memory. */
static bool passes(int status)
{
    return status == -EMFILE || status == -ENFILE || status == -ENOMEM || status == -ENOBUFS;
}

/* Until the listener is closed, which is how it stops. */
static void accept_all(kv_server *server)
{
    const int64_t shortest_ns = 5 * WEFT_MILLISECOND;
    const int64_t longest_ns = WEFT_SECOND / 4;
    int64_t pause_ns = shortest_ns;
    for (;;) {
        const int fd = weft_accept(server->listener, WEFT_NEVER);
        if (fd >= 0) {
            admit(server, fd);
            pause_ns = shortest_ns;
        } else if (passes(fd)) {
            weft_sleep(pause_ns);
            pause_ns = pause_ns * 2 < longest_ns ? pause_ns * 2 : longest_ns;
        } else {
            break;
        }
    }
}

/* ---- the server ---- */

void server_tell(const kv_server *server, const char *format, ...)
{
    enum { LINE = 512 };
    char line[LINE];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(line, sizeof line, format, list);
    va_end(list);
    if (!server->options->quiet) {
        (void)fprintf(stderr, "kv: %s\n", line);
    }
}

static void close_listener(void *arg)
{
    (void)weft_close(*(const int *)arg);
}

void server_stop(kv_server *server, int status)
{
    if (server->stopping) {
        return;
    }
    server->stopping = true;
    server->status = status;
    for (const kv_client *client = server->clients; client != NULL; client = client->next) {
        (void)weft_shutdown(client->fd, SHUT_RDWR);
    }
    if (server->aof != NULL) {
        weft_cond_broadcast(&server->aof->dirty);
    }
    (void)weft_waitgroup_go(&server->running, close_listener, &server->listener);
}

static int start(kv_server *server)
{
    int status = commands_init(server);
    if (status == 0 && server->options->append_only) {
        status = aof_open(server);
    }
    if (status == 0 && server->aof != NULL && server->options->fsync == KV_FSYNC_EVERYSEC) {
        status = weft_waitgroup_go(&server->running, aof_sync_now_and_then, server);
    }
    if (status != 0) {
        return status;
    }
    server->listener = weft_listen(server->options->address, 0);
    if (server->listener < 0) {
        server_tell(server, "%s: %s", server->options->address, strerror(-server->listener));
        return server->listener;
    }
    return 0;
}

int kv_serve(const kv_options *options)
{
    kv_server *const server = calloc(1, sizeof *server);
    if (server == NULL) {
        return -ENOMEM;
    }
    server->options = options;
    server->keys.entries.seed = weft_random();
    server->commands.seed = weft_random();
    server->channels.seed = weft_random();
    server->started_ns = weft_now();
    int status = start(server);
    if (status == 0) {
        accept_all(server);
    }
    weft_mutex_lock(&server->lock);
    if (!server->stopping) {
        server->stopping = true;
        server->status = status;
    }
    weft_mutex_unlock(&server->lock);
    weft_waitgroup_wait(&server->running);
    status = server->status;
    aof_close(server);
    keyspace_clear(&server->keys);
    dict_free(&server->channels);
    commands_destroy(server);
    free(server);
    return status;
}
