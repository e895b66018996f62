/* commands.c: the table of commands, and how a request is run. */
#include <errno.h>
#include <stdlib.h>

#include "call.h"

enum { WRITES = 1, ANY_TIME = 2, ALONE = 4 }; /* ANY_TIME: a subscriber may; ALONE: command_run */

typedef struct command {
    const char *name; /* in small letters */
    int arity;        /* with the name; below 0: at least so many */
    unsigned flags;
    kv_command_fn *run;
    int first_key; /* 0: there are none */
    int last_key;
    int key_step;
    const char *summary;
} command;

/* ---- what commands have in common ---- */

int64_t call_now_ms(const kv_call *call)
{
    return call->server->options->unix_ms();
}

void call_log(kv_call *call, const slice *args, size_t count)
{
    aof_append(call->server->aof, args, count);
}

void call_log_as_is(kv_call *call)
{
    call_log(call, call->args, call->count);
}

void call_remove(kv_call *call, entry *e)
{
    const slice args[] = {SLICE("DEL"), e->node.key};
    if (aof_reserve(call->server->aof, 2 * INTEGER_TEXT + e->node.key.size)) {
        call_log(call, args, 2);
        keyspace_remove(&call->server->keys, e);
    }
}

/* What the file tells has not expired: if it had, the file would say that it was removed. Where
 * there is no memory to log the removal, which is never so in commands that write, it stays. */
entry *call_find(kv_call *call, slice key)
{
    entry *const e = keyspace_find(&call->server->keys, key);
    if (e == NULL || e->expires_at_ms == KEY_LASTS || call->client == NULL ||
        e->expires_at_ms > call_now_ms(call)) {
        return e;
    }
    call->server->stats.expired++;
    call_remove(call, e);
    return NULL;
}

entry *call_find_typed(kv_call *call, slice key, value_type type, bool *ret_wrong)
{
    entry *const e = call_find(call, key);
    if (e != NULL && e->type != type) {
        resp_error(call->out, "WRONGTYPE Operation against a key holding the wrong kind of value");
        *ret_wrong = true;
        return NULL;
    }
    return e;
}

void call_out_of_memory(kv_call *call)
{
    resp_error(call->out, "OOM out of memory");
}

void call_syntax_error(kv_call *call)
{
    resp_error(call->out, "ERR syntax error");
}

void call_wrong_count(kv_call *call)
{
    char name[INTEGER_TEXT] = "";
    const size_t size = call->args[0].size < sizeof name ? call->args[0].size : sizeof name - 1;
    for (size_t i = 0; i < size; i++) {
        const char c = call->args[0].bytes[i];
        name[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    buffer_add(call->out, "-ERR wrong number of arguments for '", 36);
    buffer_add(call->out, name, size);
    buffer_add(call->out, "' command\r\n", 11);
}

bool call_integer(kv_call *call, size_t index, int64_t *ret_value)
{
    const bool ok = slice_integer(call->args[index], ret_value);
    if (!ok) {
        resp_error(call->out, "ERR value is not an integer or out of range");
    }
    return ok;
}

/* ---- about the connection ---- */

static void command_ping(kv_call *call)
{
    if (call->count > 2) {
        call_wrong_count(call);
    } else if (call->client != NULL && call->client->subscription_count != 0) {
        resp_array(call->out, 2);
        resp_bulk(call->out, SLICE("pong"));
        resp_bulk(call->out, call->count == 2 ? call->args[1] : SLICE(""));
    } else if (call->count == 2) {
        resp_bulk(call->out, call->args[1]);
    } else {
        resp_simple(call->out, "PONG");
    }
}

static void command_echo(kv_call *call)
{
    resp_bulk(call->out, call->args[1]);
}

static void command_select(kv_call *call)
{
    int64_t index = 0;
    if (!slice_integer(call->args[1], &index)) {
        resp_error(call->out, "ERR value is not an integer or out of range");
    } else if (index != 0) {
        resp_error(call->out, "ERR DB index is out of range");
    } else {
        resp_simple(call->out, "OK");
    }
}

static void command_quit(kv_call *call)
{
    resp_simple(call->out, "OK");
    if (call->client != NULL) {
        call->client->closing = true;
    }
}

static void command_shutdown(kv_call *call)
{
    if (call->client != NULL) {
        server_stop(call->server, 0);
        call->client->closing = true;
    }
}

/* ---- the table ---- */

static void command_command(kv_call *call);

static const command table[] = {
    {"command", -1, ANY_TIME, command_command, 0, 0, 0, "Tells about commands"},
    {"config", -2, 0, command_config, 0, 0, 0, "Tells the server's settings"},
    {"dbsize", 1, 0, command_dbsize, 0, 0, 0, "Counts the keys"},
    {"decr", 2, WRITES, command_decr, 1, 1, 1, "Subtracts one from a number"},
    {"decrby", 3, WRITES, command_decrby, 1, 1, 1, "Subtracts from a number"},
    {"del", -2, WRITES, command_del, 1, -1, 1, "Removes keys"},
    {"echo", 2, 0, command_echo, 0, 0, 0, "Returns its argument"},
    {"exists", -2, 0, command_exists, 1, -1, 1, "Counts which of the keys are there"},
    {"expire", -3, WRITES, command_expire, 1, 1, 1, "Lets a key expire in seconds"},
    {"flushall", -1, WRITES, command_flushall, 0, 0, 0, "Removes all keys"},
    {"get", 2, 0, command_get, 1, 1, 1, "Returns a string"},
    {"incr", 2, WRITES, command_incr, 1, 1, 1, "Adds one to a number"},
    {"incrby", 3, WRITES, command_incrby, 1, 1, 1, "Adds to a number"},
    {"info", -1, 0, command_info, 0, 0, 0, "Tells about the server"},
    {"keys", 2, 0, command_keys, 0, 0, 0, "Returns the keys that match a pattern"},
    {"llen", 2, 0, command_llen, 1, 1, 1, "Returns the length of a list"},
    {"lpop", -2, WRITES, command_lpop, 1, 1, 1, "Takes the first elements of a list"},
    {"lpush", -3, WRITES, command_lpush, 1, 1, 1, "Puts elements in front of a list"},
    {"lrange", 4, 0, command_lrange, 1, 1, 1, "Returns elements of a list"},
    {"mget", -2, 0, command_mget, 1, -1, 1, "Returns several strings"},
    {"mset", -3, WRITES, command_mset, 1, -1, 2, "Sets several strings"},
    {"persist", 2, WRITES, command_persist, 1, 1, 1, "Lets a key last"},
    {"pexpire", -3, WRITES, command_pexpire, 1, 1, 1, "Lets a key expire in milliseconds"},
    {"pexpireat", 3, WRITES, command_pexpireat, 1, 1, 1, "Lets a key expire at a time"},
    {"ping", -1, ANY_TIME, command_ping, 0, 0, 0, "Returns PONG, or its argument"},
    {"pttl", 2, 0, command_pttl, 1, 1, 1, "Returns when a key expires, in milliseconds"},
    {"publish", 3, 0, command_publish, 0, 0, 0, "Sends a message to a channel"},
    {"quit", -1, ANY_TIME, command_quit, 0, 0, 0, "Closes the connection"},
    {"rpop", -2, WRITES, command_rpop, 1, 1, 1, "Takes the last elements of a list"},
    {"rpush", -3, WRITES, command_rpush, 1, 1, 1, "Puts elements behind a list"},
    {"select", 2, 0, command_select, 0, 0, 0, "Selects the only database, 0"},
    {"set", -3, WRITES, command_set, 1, 1, 1, "Sets a string"},
    {"shutdown", -1, ANY_TIME, command_shutdown, 0, 0, 0, "Ends the server"},
    {"subscribe", -2, ANY_TIME | ALONE, command_subscribe, 0, 0, 0, "Listens to channels"},
    {"ttl", 2, 0, command_ttl, 1, 1, 1, "Returns when a key expires, in seconds"},
    {"type", 2, 0, command_type, 1, 1, 1, "Returns what a key holds"},
    {"unsubscribe", -1, ANY_TIME | ALONE, command_unsubscribe, 0, 0, 0,
     "Listens to channels no longer"},
};
enum { COMMANDS = sizeof table / sizeof table[0], LONGEST_NAME = 16 };

/* By name in the server's dict. */
typedef struct command_node {
    dict_node node;
    const command *command;
} command_node;

int commands_init(kv_server *server)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        command_node *const node = malloc(sizeof *node);
        if (node == NULL) {
            return -ENOMEM;
        }
        *node = (command_node){.node.key = slice_of(table[i].name), .command = &table[i]};
        if (!dict_insert(&server->commands, &node->node)) {
            free(node);
            return -ENOMEM;
        }
    }
    return 0;
}

void commands_destroy(kv_server *server)
{
    dict_cursor cursor = {0};
    for (dict_node *node = NULL; (node = dict_next(&server->commands, &cursor)) != NULL;) {
        free(node);
    }
    dict_free(&server->commands);
}

static const command *find(kv_server *server, slice name)
{
    char lower[LONGEST_NAME];
    if (name.size > sizeof lower) {
        return NULL;
    }
    for (size_t i = 0; i < name.size; i++) {
        const char c = name.bytes[i];
        lower[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    const dict_node *const node = dict_find(&server->commands, (slice){lower, name.size});
    return node == NULL ? NULL : ((const command_node *)node)->command;
}

/* ---- COMMAND ---- */

static void describe(buffer *out, const command *c)
{
    resp_array(out, 6);
    resp_bulk(out, slice_of(c->name));
    resp_integer(out, c->arity);
    resp_array(out, 1);
    resp_simple(out, (c->flags & WRITES) != 0 ? "write" : "readonly");
    resp_integer(out, c->first_key);
    resp_integer(out, c->last_key);
    resp_integer(out, c->key_step);
}

static void document(buffer *out, const command *c)
{
    resp_bulk(out, slice_of(c->name));
    resp_array(out, 2);
    resp_bulk(out, SLICE("summary"));
    resp_bulk(out, slice_of(c->summary));
}

/* DOCS of all, or of those that are named and known. */
static void command_docs(kv_call *call)
{
    size_t known = call->count == 2 ? COMMANDS : 0;
    for (size_t i = 2; i < call->count; i++) {
        known += find(call->server, call->args[i]) != NULL ? 1 : 0;
    }
    resp_array(call->out, known * 2);
    for (size_t i = 0; call->count == 2 && i < COMMANDS; i++) {
        document(call->out, &table[i]);
    }
    for (size_t i = 2; i < call->count; i++) {
        const command *const c = find(call->server, call->args[i]);
        if (c != NULL) {
            document(call->out, c);
        }
    }
}

static void command_command(kv_call *call)
{
    if (call->count == 1) {
        resp_array(call->out, COMMANDS);
        for (size_t i = 0; i < COMMANDS; i++) {
            describe(call->out, &table[i]);
        }
    } else if (slice_is(call->args[1], "COUNT")) {
        resp_integer(call->out, COMMANDS);
    } else if (slice_is(call->args[1], "DOCS")) {
        command_docs(call);
    } else {
        resp_error_about(call->out, "ERR unknown subcommand", call->args[1]);
    }
}

/* ---- running ---- */

/* What it may append: itself, an expiry, and that each of its keys had expired. */
static size_t bound_of_log(const kv_call *call)
{
    enum { ONE_ARGUMENT = 2 * INTEGER_TEXT + 16, MORE = 256 };
    size_t size = MORE;
    for (size_t i = 0; i < call->count; i++) {
        size += 2 * call->args[i].size + ONE_ARGUMENT;
    }
    return size;
}

static void refuse(kv_call *call, int error)
{
    const char *const why = strerrordesc_np(-error);
    const char *const text = "-MISCONF Errors writing to the AOF file: ";
    buffer_add(call->out, text, strlen(text));
    buffer_add(call->out, why, strlen(why));
    buffer_add(call->out, "\r\n", 2);
}

/* false: the client has been told why not. */
static bool may_run(kv_call *call, const command *c)
{
    const kv_aof *const aof = call->server->aof;
    const bool subscriber = call->client != NULL && call->client->subscription_count != 0;
    const int64_t count = (int64_t)call->count;
    if (c->arity > 0 ? count != c->arity : count < -c->arity) {
        call_wrong_count(call);
    } else if (subscriber && (c->flags & ANY_TIME) == 0) {
        resp_error_about(call->out, "ERR a subscriber may only subscribe, ping and quit, not",
                         call->args[0]);
    } else if ((c->flags & WRITES) != 0 && aof != NULL && aof->error != 0 && !aof->loading) {
        refuse(call, aof->error);
    } else if ((c->flags & WRITES) != 0 && !aof_reserve(call->server->aof, bound_of_log(call))) {
        call_out_of_memory(call);
    } else {
        return true;
    }
    return false;
}

bool command_run(kv_call *call)
{
    if (call->count == 0) {
        return true;
    }
    const command *const c = find(call->server, call->args[0]);
    if (c == NULL) {
        resp_error_about(call->out, "ERR unknown command", call->args[0]);
        return true;
    }
    if ((c->flags & ALONE) != 0 && call->out->size != 0) {
        return false;
    }
    if (may_run(call, c)) {
        call->server->stats.requests++;
        c->run(call);
    }
    return true;
}
