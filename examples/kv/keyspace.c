/* keyspace.c: see keyspace.h. */
#include "keyspace.h"

#include <stdlib.h>

/* ---- lists ---- */

static size_t slot(const list_value *list, size_t index)
{
    return (list->first + index) & (list->capacity - 1);
}

static bool grow(list_value *list)
{
    const size_t capacity = list->capacity == 0 ? 4 : list->capacity * 2;
    slice *const ring = malloc(capacity * sizeof *ring);
    if (ring == NULL) {
        return false;
    }
    for (size_t i = 0; i < list->count; i++) {
        ring[i] = list->ring[slot(list, i)];
    }
    free(list->ring);
    list->ring = ring;
    list->capacity = capacity;
    list->first = 0;
    return true;
}

bool list_push(list_value *list, slice element, bool front)
{
    if (list->count == list->capacity && !grow(list)) {
        return false;
    }
    char *const bytes = malloc(element.size == 0 ? 1 : element.size);
    if (bytes == NULL) {
        return false;
    }
    memcpy(bytes, element.bytes, element.size);
    if (front) {
        list->first = slot(list, list->capacity - 1);
    }
    list->ring[slot(list, front ? 0 : list->count)] = (slice){bytes, element.size};
    list->count++;
    return true;
}

slice list_get(const list_value *list, size_t index)
{
    return list->ring[slot(list, index)];
}

static void free_slice(slice s)
{
    free((void *)(uintptr_t)s.bytes);
}

void list_pop(list_value *list, bool front)
{
    free_slice(list_get(list, front ? 0 : list->count - 1));
    list->first = front ? slot(list, 1) : list->first;
    list->count--;
}

static void free_list(list_value *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free_slice(list_get(list, i));
    }
    free(list->ring);
}

/* ---- entries ---- */

static void free_value(entry *e)
{
    if (e->type == VALUE_LIST) {
        free_list(&e->list);
    } else {
        free(e->bytes);
    }
}

static void free_entry(entry *e)
{
    free_value(e);
    free(e);
}

/* The bytes stay where they are if they fit, and do not waste much. */
bool entry_set_string(entry *e, slice bytes)
{
    const bool fits = e->type == VALUE_STRING && e->bytes != NULL && bytes.size <= e->capacity &&
                      bytes.size >= e->capacity / 4;
    if (!fits) {
        char *const fresh = malloc(bytes.size == 0 ? 1 : bytes.size);
        if (fresh == NULL) {
            return false;
        }
        free_value(e);
        e->type = VALUE_STRING;
        e->bytes = fresh;
        e->capacity = bytes.size;
    }
    memmove(e->bytes, bytes.bytes, bytes.size);
    e->size = bytes.size;
    return true;
}

/* ---- keys ---- */

entry *keyspace_find(keyspace *ks, slice key)
{
    return (entry *)dict_find(&ks->entries, key);
}

entry *keyspace_make(keyspace *ks, slice key, value_type type)
{
    entry *const e = malloc(sizeof *e + key.size);
    if (e == NULL) {
        return NULL;
    }
    *e = (entry){.node.key = {e->key, key.size}, .expires_at_ms = KEY_LASTS, .type = type};
    memcpy(e->key, key.bytes, key.size);
    if (!dict_insert(&ks->entries, &e->node)) {
        free(e);
        return NULL;
    }
    return e;
}

void keyspace_remove(keyspace *ks, entry *e)
{
    keyspace_set_expiry(ks, e, KEY_LASTS);
    dict_remove(&ks->entries, &e->node);
    free_entry(e);
}

void keyspace_clear(keyspace *ks)
{
    dict_cursor cursor = {0};
    for (dict_node *node = NULL; (node = dict_next(&ks->entries, &cursor)) != NULL;) {
        free_entry((entry *)node);
    }
    dict_free(&ks->entries);
    ks->expiring = 0;
}

void keyspace_set_expiry(keyspace *ks, entry *e, int64_t at_ms)
{
    ks->expiring -= e->expires_at_ms != KEY_LASTS ? 1 : 0;
    ks->expiring += at_ms != KEY_LASTS ? 1 : 0;
    e->expires_at_ms = at_ms;
}
