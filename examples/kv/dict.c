/* dict.c: see dict.h. */
#include "dict.h"

#include <stdlib.h>

enum { SMALLEST = 16, EMPTY_STEPS = 16, SPARSE = 16 };

static dict_node **bucket_of(const dict *d, size_t table, uint64_t hash)
{
    return &d->tables[table][hash & (d->sizes[table] - 1)];
}

static bool is_resizing(const dict *d)
{
    return d->tables[1] != NULL;
}

static void finish(dict *d)
{
    free(d->tables[0]);
    d->tables[0] = d->tables[1];
    d->sizes[0] = d->sizes[1];
    d->tables[1] = NULL;
    d->sizes[1] = 0;
    d->moved = 0;
}

/* Move one bucket that holds something, if there is one nearby. */
static void step(dict *d)
{
    for (int i = 0; i < EMPTY_STEPS && d->moved < d->sizes[0]; i++) {
        dict_node *node = d->tables[0][d->moved++];
        const bool full = node != NULL;
        while (node != NULL) {
            dict_node *const next = node->next;
            dict_node **const bucket = bucket_of(d, 1, node->hash);
            node->next = *bucket;
            *bucket = node;
            node = next;
        }
        d->tables[0][d->moved - 1] = NULL;
        if (full) {
            break;
        }
    }
    if (d->moved == d->sizes[0]) {
        finish(d);
    }
}

/* Where there is no memory it stays as it is. */
static void resize(dict *d, size_t size)
{
    dict_node **const table = calloc(size, sizeof(dict_node *));
    if (table == NULL) {
        return;
    }
    const size_t which = d->sizes[0] == 0 ? 0 : 1;
    d->tables[which] = table;
    d->sizes[which] = size;
}

static void tend(dict *d)
{
    if (is_resizing(d)) {
        step(d);
    } else if (d->count >= d->sizes[0]) {
        resize(d, d->sizes[0] == 0 ? SMALLEST : d->sizes[0] * 2);
    } else if (d->sizes[0] > SMALLEST && d->count < d->sizes[0] / SPARSE) {
        resize(d, d->sizes[0] / 2);
    }
}

dict_node *dict_find(dict *d, slice key)
{
    if (d->count == 0) {
        return NULL;
    }
    if (is_resizing(d)) {
        step(d);
    }
    const uint64_t hash = hash_bytes(key.bytes, key.size, d->seed);
    for (size_t table = 0; table < 2 && d->tables[table] != NULL; table++) {
        for (dict_node *node = *bucket_of(d, table, hash); node != NULL; node = node->next) {
            if (node->hash == hash && slice_equal(node->key, key)) {
                return node;
            }
        }
    }
    return NULL;
}

bool dict_insert(dict *d, dict_node *node)
{
    tend(d);
    if (d->sizes[0] == 0) {
        return false;
    }
    node->hash = hash_bytes(node->key.bytes, node->key.size, d->seed);
    dict_node **const bucket = bucket_of(d, is_resizing(d) ? 1 : 0, node->hash);
    node->next = *bucket;
    *bucket = node;
    d->count++;
    return true;
}

void dict_remove(dict *d, dict_node *node)
{
    for (size_t table = 0; table < 2 && d->tables[table] != NULL; table++) {
        dict_node **link = bucket_of(d, table, node->hash);
        while (*link != NULL && *link != node) {
            link = &(*link)->next;
        }
        if (*link == node) {
            *link = node->next;
            d->count--;
            return;
        }
    }
}

dict_node *dict_next(const dict *d, dict_cursor *cursor)
{
    while (cursor->next == NULL) {
        if (cursor->bucket == d->sizes[cursor->table]) {
            if (cursor->table == 1) {
                return NULL;
            }
            cursor->table = 1;
            cursor->bucket = 0;
        } else {
            cursor->next = d->tables[cursor->table][cursor->bucket++];
        }
    }
    dict_node *const node = cursor->next;
    cursor->next = node->next;
    return node;
}

dict_node *dict_bucket(const dict *d, size_t *at)
{
    const size_t buckets = d->sizes[0] + d->sizes[1];
    if (buckets == 0) {
        return NULL;
    }
    const size_t i = (*at)++ % buckets;
    return i < d->sizes[0] ? d->tables[0][i] : d->tables[1][i - d->sizes[0]];
}

void dict_free(dict *d)
{
    free(d->tables[0]);
    free(d->tables[1]);
    *d = (dict){.seed = d->seed};
}
