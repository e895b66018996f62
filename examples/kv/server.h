/* server.h: what the parts of the server share: the server, its connections, and a request.
 *
 * INVARIANTS
 *   - `lock` protects everything in here but the options, and what belongs to the goroutine of one
 *     connection: its reader, its replies and its batch.
 *   - A connection is in the list from before its goroutine starts until just before it ends. */
#ifndef KV_SERVER_H
#define KV_SERVER_H

#include <weft.h>

#include "aof.h"
#include "keyspace.h"
#include "kv.h"
#include "resp.h"

typedef struct kv_stats {
    uint64_t connections; /* since the start, as the rest */
    uint64_t rejected;
    uint64_t requests;
    uint64_t hits;
    uint64_t misses;
    uint64_t expired;
} kv_stats;

typedef struct kv_client kv_client;

typedef struct kv_server {
    const kv_options *options;
    weft_mutex lock;
    keyspace keys;
    dict commands;
    dict channels; /* that somebody has subscribed to */
    kv_aof *aof;   /* NULL: none */
    kv_client *clients;
    uint64_t client_count;
    uint64_t next_id;
    weft_waitgroup running; /* goroutines of the server */
    int listener;
    bool stopping;
    int status; /* what kv_serve returns */
    int64_t started_ns;
    int64_t sweep_at_ns;
    kv_stats stats;
} kv_server;

struct kv_client {
    kv_server *server;
    kv_client *next;
    kv_client **link;
    uint64_t id;
    int fd;
    resp_reader in;
    bool held; /* the reader's request is yet to be run */
    buffer out;
    size_t replies; /* in out, of requests that may have read or changed data */
    bool closing;   /* after its replies */

    /* Of a subscriber: its replies and messages go out by a goroutine of its own. */
    bool subscriber;
    bool gone; /* nothing is delivered any more */
    slice *subscriptions;
    size_t subscription_count;
    size_t subscription_capacity;
    buffer pending;
    weft_cond wanted;
};

/* A request. The lock is held. */
typedef struct kv_call {
    kv_server *server;
    kv_client *client; /* NULL: it comes from the file */
    const slice *args;
    size_t count;
    buffer *out;
} kv_call;

/* Tell on standard error, as one line, what has happened. */
void server_tell(const kv_server *server, const char *format, ...) WEFT_PRINTF(2, 3);

/* Stop: kv_serve returns `status` soon. The lock is held. */
void server_stop(kv_server *server, int status);

/* The table of commands. Errors: -ENOMEM. */
int commands_init(kv_server *server);
void commands_destroy(kv_server *server);

/* Run a request, and add its reply to call->out; the lock is held. false: not now: what the client
 * has been answered must go out first. */
bool command_run(kv_call *call);

/* Look through some keys for those that have expired, now and then. */
void keys_sweep(kv_server *server);

/* Whoever subscribed is told; returns how many. And a client that goes away. */
size_t subscribers_publish(kv_server *server, slice channel, slice message);
void subscribers_leave(kv_client *client);

/* Something was added to what a subscriber gets. */
void subscribers_wake(kv_client *client);

#endif
