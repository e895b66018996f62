/* dict.h: a hash table of nodes that their owners allocate. It grows and shrinks a little with each
 * call, so that none takes long.
 *
 * INVARIANTS
 *   - While it changes its size there are two tables: what was in a bucket of tables[0] below
 *     `moved` has gone to tables[1]. New nodes go to tables[1].
 *   - sizes are powers of two, or 0. */
#ifndef KV_DICT_H
#define KV_DICT_H

#include "slices.h"

typedef struct dict_node {
    struct dict_node *next;
    uint64_t hash;
    slice key; /* the owner's */
} dict_node;

typedef struct dict {
    dict_node **tables[2];
    size_t sizes[2];
    size_t moved;
    size_t count;
    uint64_t seed; /* unknown to clients, or they could fill one bucket */
} dict;

dict_node *dict_find(dict *d, slice key);

/* The key is not there yet. false: no memory, not even for a small table. */
bool dict_insert(dict *d, dict_node *node);
void dict_remove(dict *d, dict_node *node);

/* All nodes, in no order. The first: *cursor zero. The node that was returned last may be removed
 * and freed; nothing else may change, nor may dict_find be called. NULL: the end. */
typedef struct dict_cursor {
    size_t table;
    size_t bucket;
    dict_node *next;
} dict_cursor;
dict_node *dict_next(const dict *d, dict_cursor *cursor);

/* The nodes of some bucket, for a walk in small steps: *at is any number, and goes on. */
dict_node *dict_bucket(const dict *d, size_t *at);

/* Gives the tables back, not the nodes. */
void dict_free(dict *d);

#endif
