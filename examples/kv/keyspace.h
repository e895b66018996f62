/* keyspace.h: the data: keys, their values, strings or lists, and when they expire.
 *
 * INVARIANTS
 *   - A list has an element: who takes the last one removes the key.
 *   - Nothing here looks at a clock: who finds an entry that has expired removes it (and says so in
 *     the file).
 *   - A call that has found no memory has changed nothing. */
#ifndef KV_KEYSPACE_H
#define KV_KEYSPACE_H

#include "dict.h"

enum { KEYSPACE_SWEEP = 20 }; /* buckets, that many in one go, looked through for the expired */
#define KEY_LASTS INT64_MAX

typedef enum value_type { VALUE_STRING, VALUE_LIST } value_type;

/* A ring of elements, each allocated on its own. */
typedef struct list_value {
    slice *ring;
    size_t capacity; /* a power of two, or 0 */
    size_t first;
    size_t count;
} list_value;

typedef struct entry {
    dict_node node;
    int64_t expires_at_ms; /* KEY_LASTS: never */
    value_type type;
    union {
        struct {
            char *bytes;
            size_t size;
            size_t capacity;
        };
        list_value list;
    };
    char key[];
} entry;

typedef struct keyspace {
    dict entries;
    uint64_t expiring; /* entries that do not last */
    size_t swept;      /* for dict_bucket */
} keyspace;

entry *keyspace_find(keyspace *ks, slice key);

/* The key is not there yet: an empty string, or list, that lasts. NULL: no memory. */
entry *keyspace_make(keyspace *ks, slice key, value_type type);
void keyspace_remove(keyspace *ks, entry *e);
void keyspace_clear(keyspace *ks);
void keyspace_set_expiry(keyspace *ks, entry *e, int64_t at_ms);

/* Make it a string with these bytes. false: no memory. */
bool entry_set_string(entry *e, slice bytes);
static inline slice entry_string(const entry *e)
{
    return (slice){e->bytes, e->size};
}

/* At either end. push copies; false: no memory. */
bool list_push(list_value *list, slice element, bool front);
void list_pop(list_value *list, bool front);
slice list_get(const list_value *list, size_t index);

#endif
