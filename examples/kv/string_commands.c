/* string_commands.c: GET, SET and what else works on strings. */
#include "call.h"

void command_get(kv_call *call)
{
    bool wrong = false;
    const entry *const e = call_find_typed(call, call->args[1], VALUE_STRING, &wrong);
    if (e != NULL) {
        call->server->stats.hits++;
        resp_bulk(call->out, entry_string(e));
    } else if (!wrong) {
        call->server->stats.misses++;
        resp_null(call->out);
    }
}

void command_mget(kv_call *call)
{
    resp_array(call->out, call->count - 1);
    for (size_t i = 1; i < call->count; i++) {
        const entry *const e = call_find(call, call->args[i]);
        if (e != NULL && e->type == VALUE_STRING) {
            resp_bulk(call->out, entry_string(e));
        } else {
            resp_null(call->out);
        }
    }
}

/* ---- SET ---- */

typedef struct set_options {
    bool only_new;      /* NX */
    bool only_existing; /* XX */
    bool keep_ttl;
    bool get;
    int64_t expires_at_ms;
} set_options;

/* EX, PX, EXAT and PXAT: the number behind it as milliseconds since 1970. */
static bool parse_expiry(kv_call *call, size_t index, int64_t *ret_at_ms)
{
    const slice word = call->args[index];
    const bool seconds = slice_is(word, "EX") || slice_is(word, "EXAT");
    const bool relative = word.size == 2;
    const int64_t base = relative ? call_now_ms(call) : 0;
    int64_t value = 0;
    if (index + 1 == call->count) {
        call_syntax_error(call);
        return false;
    }
    if (!call_integer(call, index + 1, &value)) {
        return false;
    }
    const int64_t factor = seconds ? 1000 : 1;
    if (value <= 0 || value > (INT64_MAX - base) / factor) {
        resp_error(call->out, "ERR invalid expire time in 'set' command");
        return false;
    }
    *ret_at_ms = base + value * factor;
    return true;
}

static bool is_expiry(slice word)
{
    return slice_is(word, "EX") || slice_is(word, "PX") || slice_is(word, "EXAT") ||
           slice_is(word, "PXAT");
}

static bool parse_set(kv_call *call, set_options *o)
{
    bool ok = true;
    for (size_t i = 3; i < call->count && ok; i++) {
        const slice word = call->args[i];
        if (slice_is(word, "NX")) {
            o->only_new = true;
        } else if (slice_is(word, "XX")) {
            o->only_existing = true;
        } else if (slice_is(word, "GET")) {
            o->get = true;
        } else if (slice_is(word, "KEEPTTL")) {
            o->keep_ttl = true;
        } else if (is_expiry(word) && o->expires_at_ms == KEY_LASTS) {
            if (!parse_expiry(call, i, &o->expires_at_ms)) {
                return false;
            }
            i++;
        } else {
            ok = false;
        }
    }
    ok = ok && !(o->only_new && o->only_existing) &&
         !(o->keep_ttl && o->expires_at_ms != KEY_LASTS);
    if (!ok) {
        call_syntax_error(call);
    }
    return ok;
}

static void log_set(kv_call *call, slice value, int64_t expires_at_ms)
{
    char text[INTEGER_TEXT];
    const bool lasts = expires_at_ms == KEY_LASTS;
    const slice at = {text, lasts ? 0 : integer_text(expires_at_ms, text)};
    const slice args[] = {SLICE("SET"), call->args[1], value, SLICE("PXAT"), at};
    call_log(call, args, lasts ? 3 : 5);
}

/* e: the entry that is there, or NULL. false: no memory; nothing has changed. */
static bool store(kv_call *call, entry *e, slice key, slice value)
{
    keyspace *const keys = &call->server->keys;
    if (e != NULL) {
        return entry_set_string(e, value);
    }
    entry *const fresh = keyspace_make(keys, key, VALUE_STRING);
    if (fresh != NULL && !entry_set_string(fresh, value)) {
        keyspace_remove(keys, fresh);
        return false;
    }
    return fresh != NULL;
}

void command_set(kv_call *call)
{
    const slice key = call->args[1];
    const slice value = call->args[2];
    set_options o = {.expires_at_ms = KEY_LASTS};
    if (call->count > 3 && !parse_set(call, &o)) {
        return;
    }
    bool wrong = false;
    entry *const e = o.get ? call_find_typed(call, key, VALUE_STRING, &wrong)
                           : call_find(call, key);
    if (wrong) {
        return;
    }
    const size_t reply = call->out->size;
    if (o.get && e != NULL) {
        resp_bulk(call->out, entry_string(e));
    } else if (o.get) {
        resp_null(call->out);
    }
    if ((o.only_new && e != NULL) || (o.only_existing && e == NULL)) {
        if (!o.get) {
            resp_null(call->out);
        }
        return;
    }
    if (!store(call, e, key, value)) {
        call->out->size = reply;
        call_out_of_memory(call);
        return;
    }
    if (e == NULL ? o.expires_at_ms != KEY_LASTS : !o.keep_ttl) {
        keyspace_set_expiry(&call->server->keys, keyspace_find(&call->server->keys, key),
                            o.expires_at_ms);
    }
    log_set(call, value, e != NULL && o.keep_ttl ? e->expires_at_ms : o.expires_at_ms);
    if (!o.get) {
        resp_simple(call->out, "OK");
    }
}

/* All or nothing, but for memory: what was set before it ran out stays. */
void command_mset(kv_call *call)
{
    if (call->count % 2 == 0) {
        call_wrong_count(call);
        return;
    }
    size_t i = 1;
    for (; i < call->count; i += 2) {
        entry *const e = call_find(call, call->args[i]);
        if (!store(call, e, call->args[i], call->args[i + 1])) {
            break;
        }
        if (e != NULL) {
            keyspace_set_expiry(&call->server->keys, e, KEY_LASTS);
        }
    }
    if (i > 1) {
        call_log(call, call->args, i);
    }
    if (i < call->count) {
        call_out_of_memory(call);
    } else {
        resp_simple(call->out, "OK");
    }
}

/* ---- counting ---- */

static void add(kv_call *call, int64_t delta)
{
    bool wrong = false;
    int64_t value = 0;
    entry *const e = call_find_typed(call, call->args[1], VALUE_STRING, &wrong);
    if (wrong) {
        return;
    }
    if (e != NULL && !slice_integer(entry_string(e), &value)) {
        resp_error(call->out, "ERR value is not an integer or out of range");
        return;
    }
    if (__builtin_add_overflow(value, delta, &value)) {
        resp_error(call->out, "ERR increment or decrement would overflow");
        return;
    }
    char text[INTEGER_TEXT];
    const slice result = {text, integer_text(value, text)};
    if (!store(call, e, call->args[1], result)) {
        call_out_of_memory(call);
        return;
    }
    call_log_as_is(call);
    resp_integer(call->out, value);
}

void command_incr(kv_call *call)
{
    add(call, 1);
}

void command_decr(kv_call *call)
{
    add(call, -1);
}

void command_incrby(kv_call *call)
{
    int64_t delta = 0;
    if (call_integer(call, 2, &delta)) {
        add(call, delta);
    }
}

void command_decrby(kv_call *call)
{
    int64_t delta = 0;
    if (!call_integer(call, 2, &delta)) {
        return;
    }
    if (delta == INT64_MIN) {
        resp_error(call->out, "ERR decrement would overflow");
        return;
    }
    add(call, -delta);
}
