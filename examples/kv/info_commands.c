/* info_commands.c: INFO and CONFIG: what the server tells about itself. */
#include "call.h"
#include "kv_settings.h"

/* ---- INFO ---- */

typedef struct info {
    const kv_server *server;
    buffer text;
} info;

static void add_text(info *i, const char *text)
{
    buffer_add(&i->text, text, strlen(text));
}

static void add_field(info *i, const char *name, int64_t value)
{
    char number[INTEGER_TEXT];
    add_text(i, name);
    buffer_add(&i->text, number, integer_text(value, number));
    add_text(i, "\r\n");
}

static void about_server(info *i)
{
    add_text(i, "redis_version:7.0.0\r\nserver_name:weft-kv\r\n");
    add_field(i, "uptime_in_seconds:", (weft_now() - i->server->started_ns) / WEFT_SECOND);
}

static void about_clients(info *i)
{
    add_field(i, "connected_clients:", (int64_t)i->server->client_count);
    add_field(i, "maxclients:", (int64_t)i->server->options->connection_limit);
}

static void about_persistence(info *i)
{
    const kv_aof *const aof = i->server->aof;
    add_field(i, "loading:", 0);
    add_field(i, "aof_enabled:", aof != NULL ? 1 : 0);
    if (aof != NULL) {
        add_text(i, aof->error == 0 ? "aof_last_write_status:ok\r\n"
                                    : "aof_last_write_status:err\r\n");
        add_field(i, "aof_current_size:", aof->committed);
        add_field(i, "aof_synced_size:", aof->synced);
    }
}

static void about_stats(info *i)
{
    const kv_stats *const stats = &i->server->stats;
    add_field(i, "total_connections_received:", (int64_t)stats->connections);
    add_field(i, "rejected_connections:", (int64_t)stats->rejected);
    add_field(i, "total_commands_processed:", (int64_t)stats->requests);
    add_field(i, "keyspace_hits:", (int64_t)stats->hits);
    add_field(i, "keyspace_misses:", (int64_t)stats->misses);
    add_field(i, "expired_keys:", (int64_t)stats->expired);
    add_field(i, "pubsub_channels:", (int64_t)i->server->channels.count);
}

static void about_keyspace(info *i)
{
    if (i->server->keys.entries.count != 0) {
        add_field(i, "db0:keys=", (int64_t)i->server->keys.entries.count);
        i->text.size -= i->text.size >= 2 ? 2 : 0; /* the line goes on */
        add_field(i, ",expires=", (int64_t)i->server->keys.expiring);
    }
}

static const struct {
    const char *word;
    const char *title;
    void (*tell)(info *i);
} sections[] = {
    {"SERVER", "# Server\r\n", about_server},
    {"CLIENTS", "# Clients\r\n", about_clients},
    {"PERSISTENCE", "# Persistence\r\n", about_persistence},
    {"STATS", "# Stats\r\n", about_stats},
    {"KEYSPACE", "# Keyspace\r\n", about_keyspace},
};
enum { SECTIONS = sizeof sections / sizeof sections[0] };

static bool is_asked_for(const kv_call *call, const char *section)
{
    bool asked = call->count == 1;
    for (size_t i = 1; i < call->count; i++) {
        asked = asked || slice_is(call->args[i], section) || slice_is(call->args[i], "ALL") ||
                slice_is(call->args[i], "DEFAULT") || slice_is(call->args[i], "EVERYTHING");
    }
    return asked;
}

void command_info(kv_call *call)
{
    info i = {.server = call->server};
    for (size_t s = 0; s < SECTIONS; s++) {
        if (is_asked_for(call, sections[s].word)) {
            add_text(&i, i.text.size != 0 ? "\r\n" : "");
            add_text(&i, sections[s].title);
            sections[s].tell(&i);
        }
    }
    if (i.text.failed) {
        call_out_of_memory(call);
    } else {
        resp_bulk(call->out, (slice){i.text.bytes, i.text.size});
    }
    buffer_free(&i.text);
}

/* ---- CONFIG GET ---- */

static bool matches(const kv_call *call, const char *name)
{
    for (size_t i = 2; i < call->count; i++) {
        if (glob_match(call->args[i], slice_of(name))) {
            return true;
        }
    }
    return false;
}

/* Also `save`, which this server never does, since redis-benchmark asks for it. */
static size_t get(const kv_call *call, buffer *out)
{
    buffer value = {0};
    size_t count = 0;
    const char *name = NULL;
    for (size_t i = 0; (name = settings_get(call->server->options, i, &value)) != NULL; i++) {
        if (matches(call, name)) {
            resp_bulk(out, slice_of(name));
            resp_bulk(out, (slice){value.bytes, value.size});
            count += 2;
        }
        value.size = 0;
    }
    if (matches(call, "save")) {
        resp_bulk(out, SLICE("save"));
        resp_bulk(out, SLICE(""));
        count += 2;
    }
    buffer_free(&value);
    return count;
}

void command_config(kv_call *call)
{
    if (!slice_is(call->args[1], "GET")) {
        resp_error_about(call->out, "ERR unknown subcommand", call->args[1]);
        return;
    }
    if (call->count < 3) {
        resp_error(call->out, "ERR wrong number of arguments for 'config|get' command");
        return;
    }
    buffer found = {0};
    const size_t count = get(call, &found);
    if (found.failed) {
        call_out_of_memory(call);
    } else {
        resp_array(call->out, count);
        buffer_add(call->out, found.bytes, found.size);
    }
    buffer_free(&found);
}
