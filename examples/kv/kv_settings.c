/* kv_settings.c: see kv_settings.h. */
#include "kv_settings.h"

#include <stddef.h>

typedef enum setting_kind { NUMBER, TEXT, SWITCH, POLICY } setting_kind;

typedef struct setting {
    const char *name;
    setting_kind kind;
    size_t offset; /* in kv_options */
} setting;

static const setting settings[] = {
    {"address", TEXT, offsetof(kv_options, address)},
    {"dir", TEXT, offsetof(kv_options, directory)},
    {"appendfilename", TEXT, offsetof(kv_options, file_name)},
    {"appendonly", SWITCH, offsetof(kv_options, append_only)},
    {"appendfsync", POLICY, offsetof(kv_options, fsync)},
    {"maxclients", NUMBER, offsetof(kv_options, connection_limit)},
    {"proto-max-bulk-len", NUMBER, offsetof(kv_options, bulk_limit)},
    {"proto-max-arguments", NUMBER, offsetof(kv_options, argument_limit)},
    {"proto-max-inline-len", NUMBER, offsetof(kv_options, inline_limit)},
    {"client-output-limit", NUMBER, offsetof(kv_options, output_limit)},
    {"timeout", NUMBER, offsetof(kv_options, idle_timeout_s)},
};
enum { SETTINGS = sizeof settings / sizeof settings[0] };

static const char *const policies[] = {
    [KV_FSYNC_ALWAYS] = "always", [KV_FSYNC_EVERYSEC] = "everysec", [KV_FSYNC_NO] = "no"};
enum { POLICIES = sizeof policies / sizeof policies[0] };

const kv_options kv_defaults = {
    .address = "127.0.0.1:6379",
    .directory = ".",
    .file_name = "appendonly.aof",
    .fsync = KV_FSYNC_EVERYSEC,
    .connection_limit = 10000,
    .bulk_limit = 512 << 20,
    .argument_limit = 1 << 20,
    .inline_limit = 64 << 10,
    .output_limit = 32 << 20,
};

static bool set_number(uint64_t *number, const char *value)
{
    int64_t parsed = 0;
    const bool ok = slice_integer(slice_of(value), &parsed) && parsed >= 0;
    if (ok) {
        *number = (uint64_t)parsed;
    }
    return ok;
}

static bool set_policy(kv_fsync *policy, const char *value)
{
    for (unsigned i = 0; i < POLICIES; i++) {
        if (strcmp(policies[i], value) == 0) {
            *policy = (kv_fsync)i;
            return true;
        }
    }
    return false;
}

static bool set(const setting *s, char *field, const char *value)
{
    switch (s->kind) {
    case NUMBER:
        return set_number((uint64_t *)(void *)field, value);
    case POLICY:
        return set_policy((kv_fsync *)(void *)field, value);
    case SWITCH:
        *(bool *)field = strcmp(value, "yes") == 0;
        return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
    case TEXT:
        *(const char **)(void *)field = value;
        return value[0] != '\0';
    }
    return false;
}

bool settings_set(kv_options *options, const char *name, const char *value)
{
    for (size_t i = 0; i < SETTINGS; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return set(&settings[i], (char *)options + settings[i].offset, value);
        }
    }
    return false;
}

const char *settings_get(const kv_options *options, size_t index, buffer *ret_value)
{
    char number[INTEGER_TEXT];
    if (index >= SETTINGS) {
        return NULL;
    }
    const setting *const s = &settings[index];
    const char *const field = (const char *)options + s->offset;
    slice text = {number, 0};
    switch (s->kind) {
    case NUMBER:
        text.size = integer_text((int64_t) * (const uint64_t *)(const void *)field, number);
        break;
    case POLICY:
        text = slice_of(policies[*(const kv_fsync *)(const void *)field]);
        break;
    case SWITCH:
        text = slice_of(*(const bool *)field ? "yes" : "no");
        break;
    case TEXT:
        text = slice_of(*(const char *const *)(const void *)field);
        break;
    }
    buffer_add(ret_value, text.bytes, text.size);
    return s->name;
}
