/* subscribers.c: PUBLISH, and those that it reaches.
 *
 * INVARIANTS
 *   - A subscriber's replies and messages go through client->pending, in this order, and out by the
 *     goroutine `deliver`: who publishes never waits for who subscribes.
 *   - A channel has a subscriber: the last to leave removes it. */
#include <stdlib.h>
#include <sys/socket.h>

#include "call.h"

enum { KEEP = 64 << 10 };

typedef struct channel {
    dict_node node;
    kv_client **clients;
    size_t count;
    size_t capacity;
    char name[];
} channel;

/* ---- channels ---- */

static channel *make_channel(kv_server *server, slice name)
{
    channel *const ch = calloc(1, sizeof *ch + name.size);
    if (ch == NULL) {
        return NULL;
    }
    memcpy(ch->name, name.bytes, name.size);
    ch->node.key = (slice){ch->name, name.size};
    if (!dict_insert(&server->channels, &ch->node)) {
        free(ch);
        return NULL;
    }
    return ch;
}

static void drop_if_empty(kv_server *server, channel *ch)
{
    if (ch != NULL && ch->count == 0) {
        dict_remove(&server->channels, &ch->node);
        free(ch->clients);
        free(ch);
    }
}

static bool join(channel *ch, kv_client *client)
{
    if (ch->count == ch->capacity) {
        const size_t capacity = ch->capacity == 0 ? 4 : ch->capacity * 2;
        kv_client **const clients = realloc(ch->clients, capacity * sizeof(kv_client *));
        if (clients == NULL) {
            return false;
        }
        ch->clients = clients;
        ch->capacity = capacity;
    }
    ch->clients[ch->count++] = client;
    return true;
}

static void leave(kv_server *server, slice name, const kv_client *client)
{
    channel *const ch = (channel *)dict_find(&server->channels, name);
    for (size_t i = 0; ch != NULL && i < ch->count; i++) {
        if (ch->clients[i] == client) {
            ch->clients[i] = ch->clients[--ch->count];
            break;
        }
    }
    drop_if_empty(server, ch);
}

/* ---- delivering ---- */

/* A goroutine of each subscriber. */
static void deliver(void *arg)
{
    kv_client *const client = arg;
    kv_server *const server = client->server;
    buffer sending = {0};
    weft_mutex_lock(&server->lock);
    while (!client->gone && !(client->closing && client->pending.size == 0)) {
        if (client->pending.size == 0) {
            weft_cond_wait(&client->wanted, &server->lock);
            continue;
        }
        const buffer empty = sending;
        sending = client->pending;
        client->pending = empty;
        buffer_clear(&client->pending, KEEP);
        weft_mutex_unlock(&server->lock);
        const ssize_t n = weft_write(client->fd, sending.bytes, sending.size, WEFT_NEVER);
        const bool sent = n == (ssize_t)sending.size;
        weft_mutex_lock(&server->lock);
        client->gone = client->gone || !sent;
    }
    /* Its other goroutine waits for this one in subscribers_leave. */
    buffer_free(&sending);
    client->subscriber = false;
    weft_cond_broadcast(&client->wanted);
    weft_mutex_unlock(&server->lock);
}

void subscribers_wake(kv_client *client)
{
    if (client->pending.failed || client->pending.size > client->server->options->output_limit) {
        client->gone = true;
        (void)weft_shutdown(client->fd, SHUT_RDWR);
    }
    weft_cond_signal(&client->wanted);
}

size_t subscribers_publish(kv_server *server, slice name, slice message)
{
    const channel *const ch = (const channel *)dict_find(&server->channels, name);
    const size_t count = ch == NULL ? 0 : ch->count;
    for (size_t i = 0; i < count; i++) {
        kv_client *const client = ch->clients[i];
        resp_array(&client->pending, 3);
        resp_bulk(&client->pending, SLICE("message"));
        resp_bulk(&client->pending, name);
        resp_bulk(&client->pending, message);
        subscribers_wake(client);
    }
    return count;
}

void command_publish(kv_call *call)
{
    const size_t count = subscribers_publish(call->server, call->args[1], call->args[2]);
    resp_integer(call->out, (int64_t)count);
}

/* ---- subscribing ---- */

static size_t index_of(const kv_client *client, slice name)
{
    size_t i = 0;
    while (i < client->subscription_count && !slice_equal(client->subscriptions[i], name)) {
        i++;
    }
    return i;
}

static bool remember(kv_client *client, slice name)
{
    if (client->subscription_count == client->subscription_capacity) {
        const size_t capacity = client->subscription_capacity * 2 + 4;
        slice *const list = realloc(client->subscriptions, capacity * sizeof *list);
        if (list == NULL) {
            return false;
        }
        client->subscriptions = list;
        client->subscription_capacity = capacity;
    }
    char *const copy = malloc(name.size == 0 ? 1 : name.size);
    if (copy == NULL) {
        return false;
    }
    memcpy(copy, name.bytes, name.size);
    client->subscriptions[client->subscription_count++] = (slice){copy, name.size};
    return true;
}

static void forget(kv_client *client, size_t index)
{
    free((void *)(uintptr_t)client->subscriptions[index].bytes);
    client->subscriptions[index] = client->subscriptions[--client->subscription_count];
}

static bool subscribe(kv_client *client, slice name)
{
    if (index_of(client, name) < client->subscription_count) {
        return true;
    }
    channel *ch = (channel *)dict_find(&client->server->channels, name);
    if (ch == NULL) {
        ch = make_channel(client->server, name);
    }
    if (ch == NULL || !remember(client, name)) {
        drop_if_empty(client->server, ch);
        return false;
    }
    if (!join(ch, client)) {
        forget(client, client->subscription_count - 1);
        drop_if_empty(client->server, ch);
        return false;
    }
    return true;
}

static void confirm(kv_client *client, slice kind, const slice *name)
{
    resp_array(&client->pending, 3);
    resp_bulk(&client->pending, kind);
    if (name == NULL) {
        resp_null(&client->pending);
    } else {
        resp_bulk(&client->pending, *name);
    }
    resp_integer(&client->pending, (int64_t)client->subscription_count);
    subscribers_wake(client);
}

/* From here on `deliver` writes what the client gets. */
static bool become_subscriber(kv_client *client)
{
    const weft_go_options options = {.name = "deliver", .stack_size = 32 << 10};
    if (!client->subscriber &&
        weft_waitgroup_go_with(&client->server->running, &options, deliver, client) == 0) {
        client->subscriber = true;
    }
    return client->subscriber;
}

void command_subscribe(kv_call *call)
{
    kv_client *const client = call->client;
    if (client == NULL || !become_subscriber(client)) {
        call_out_of_memory(call);
        return;
    }
    for (size_t i = 1; i < call->count; i++) {
        if (!subscribe(client, call->args[i])) {
            call_out_of_memory(call);
            return;
        }
        confirm(client, SLICE("subscribe"), &call->args[i]);
    }
}

static void unsubscribe(kv_client *client, slice name)
{
    const size_t index = index_of(client, name);
    leave(client->server, name, client);
    if (index < client->subscription_count) {
        forget(client, index);
    }
}

static void unsubscribe_all(kv_client *client, bool leaving)
{
    while (client->subscription_count != 0) {
        const size_t last = client->subscription_count - 1;
        leave(client->server, client->subscriptions[last], client);
        const slice name = client->subscriptions[last];
        client->subscription_count--;
        if (!leaving) {
            confirm(client, SLICE("unsubscribe"), &name);
        }
        free((void *)(uintptr_t)name.bytes);
    }
}

/* Also of who has not subscribed: it is one from then on, but that nobody sees. */
void command_unsubscribe(kv_call *call)
{
    kv_client *const client = call->client;
    if (client == NULL || !become_subscriber(client)) {
        call_out_of_memory(call);
        return;
    }
    if (call->count == 1 && client->subscription_count == 0) {
        confirm(client, SLICE("unsubscribe"), NULL);
    } else if (call->count == 1) {
        unsubscribe_all(client, false);
    }
    for (size_t i = 1; i < call->count; i++) {
        unsubscribe(client, call->args[i]);
        confirm(client, SLICE("unsubscribe"), &call->args[i]);
    }
}

void subscribers_leave(kv_client *client)
{
    client->gone = client->gone || !client->closing; /* what QUIT has left goes out */
    unsubscribe_all(client, true);
    free(client->subscriptions);
    weft_cond_signal(&client->wanted);
    while (client->subscriber) {
        weft_cond_wait(&client->wanted, &client->server->lock);
    }
    buffer_free(&client->pending);
}
