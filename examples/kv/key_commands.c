/* key_commands.c: what works on keys, whatever their values are. */
#include "call.h"

void command_del(kv_call *call)
{
    int64_t removed = 0;
    for (size_t i = 1; i < call->count; i++) {
        entry *const e = call_find(call, call->args[i]);
        if (e != NULL) {
            keyspace_remove(&call->server->keys, e);
            removed++;
        }
    }
    if (removed != 0) {
        call_log_as_is(call);
    }
    resp_integer(call->out, removed);
}

void command_exists(kv_call *call)
{
    int64_t found = 0;
    for (size_t i = 1; i < call->count; i++) {
        found += call_find(call, call->args[i]) != NULL ? 1 : 0;
    }
    resp_integer(call->out, found);
}

void command_type(kv_call *call)
{
    const entry *const e = call_find(call, call->args[1]);
    resp_simple(call->out, e == NULL ? "none" : e->type == VALUE_LIST ? "list" : "string");
}

/* ---- expiry ---- */

static void expire_at(kv_call *call, int64_t at_ms)
{
    entry *const e = call_find(call, call->args[1]);
    if (e == NULL) {
        resp_integer(call->out, 0);
        return;
    }
    resp_integer(call->out, 1);
    if (call->client != NULL && at_ms <= call_now_ms(call)) {
        call_remove(call, e);
        return;
    }
    char text[INTEGER_TEXT];
    const slice at = {text, integer_text(at_ms, text)};
    const slice args[] = {SLICE("PEXPIREAT"), call->args[1], at};
    keyspace_set_expiry(&call->server->keys, e, at_ms);
    call_log(call, args, 3);
}

static void expire_in(kv_call *call, int64_t factor, const char *error)
{
    int64_t value = 0;
    if (call->count > 3) {
        resp_error_about(call->out, "ERR Unsupported option", call->args[3]);
        return;
    }
    if (!call_integer(call, 2, &value)) {
        return;
    }
    if (__builtin_mul_overflow(value, factor, &value) ||
        __builtin_add_overflow(value, call_now_ms(call), &value) || value == KEY_LASTS) {
        resp_error(call->out, error);
        return;
    }
    expire_at(call, value);
}

void command_expire(kv_call *call)
{
    expire_in(call, 1000, "ERR invalid expire time in 'expire' command");
}

void command_pexpire(kv_call *call)
{
    expire_in(call, 1, "ERR invalid expire time in 'pexpire' command");
}

void command_pexpireat(kv_call *call)
{
    int64_t at_ms = 0;
    if (call_integer(call, 2, &at_ms)) {
        expire_at(call, at_ms);
    }
}

static void time_left(kv_call *call, int64_t unit)
{
    const entry *const e = call_find(call, call->args[1]);
    if (e == NULL) {
        resp_integer(call->out, -2);
    } else if (e->expires_at_ms == KEY_LASTS) {
        resp_integer(call->out, -1);
    } else {
        resp_integer(call->out, (e->expires_at_ms - call_now_ms(call) + unit / 2) / unit);
    }
}

void command_ttl(kv_call *call)
{
    time_left(call, 1000);
}

void command_pttl(kv_call *call)
{
    time_left(call, 1);
}

void command_persist(kv_call *call)
{
    entry *const e = call_find(call, call->args[1]);
    const bool expires = e != NULL && e->expires_at_ms != KEY_LASTS;
    if (expires) {
        keyspace_set_expiry(&call->server->keys, e, KEY_LASTS);
        call_log_as_is(call);
    }
    resp_integer(call->out, expires ? 1 : 0);
}

/* ---- all keys ---- */

static bool is_wanted(const entry *e, slice pattern, int64_t now_ms)
{
    return e->expires_at_ms > now_ms && glob_match(pattern, e->node.key);
}

void command_keys(kv_call *call)
{
    const slice pattern = call->args[1];
    const int64_t now_ms = call_now_ms(call);
    dict *const entries = &call->server->keys.entries;
    const dict_node *node = NULL;
    size_t count = 0;
    for (dict_cursor at = {0}; (node = dict_next(entries, &at)) != NULL;) {
        count += is_wanted((const entry *)node, pattern, now_ms) ? 1 : 0;
    }
    resp_array(call->out, count);
    for (dict_cursor at = {0}; (node = dict_next(entries, &at)) != NULL;) {
        if (is_wanted((const entry *)node, pattern, now_ms)) {
            resp_bulk(call->out, node->key);
        }
    }
}

void command_dbsize(kv_call *call)
{
    resp_integer(call->out, (int64_t)call->server->keys.entries.count);
}

void command_flushall(kv_call *call)
{
    const bool options =
        call->count == 1 ||
        (call->count == 2 && (slice_is(call->args[1], "SYNC") || slice_is(call->args[1], "ASYNC")));
    if (!options) {
        call_syntax_error(call);
        return;
    }
    keyspace_clear(&call->server->keys);
    call_log_as_is(call);
    resp_simple(call->out, "OK");
}

void keys_sweep(kv_server *server)
{
    if (server->keys.expiring == 0) {
        return;
    }
    const int64_t now_ns = weft_now();
    if (now_ns < server->sweep_at_ns) {
        return;
    }
    kv_call call = {.server = server};
    const int64_t now_ms = server->options->unix_ms();
    int64_t found = 0;
    for (int i = 0; i < KEYSPACE_SWEEP; i++) {
        dict_node *node = dict_bucket(&server->keys.entries, &server->keys.swept);
        while (node != NULL) {
            dict_node *const next = node->next;
            if (((entry *)node)->expires_at_ms <= now_ms) {
                server->stats.expired++;
                call_remove(&call, (entry *)node);
                found++;
            }
            node = next;
        }
    }
    server->sweep_at_ns = now_ns + (found > KEYSPACE_SWEEP / 4 ? 0 : 5 * WEFT_MILLISECOND);
}
