/* linear.c: see linear.h. */
#include "linear.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "slices.h"

enum { WORD = 64 };

/* The history of one key. `done` is a set of operations, and behind it the value they lead to. */
typedef struct search {
    const linear_op **ops;
    size_t count;
    size_t words; /* of done, with the value */
    uint64_t *done;
    uint64_t *tried; /* a hash table of such; a first word of `free_slot` is free */
    bool *taken;
    size_t slots;
    size_t used;
    bool failed; /* no memory */
} search;

/* ---- what has been tried ---- */

static size_t slot_of(const search *s, const uint64_t *key)
{
    size_t slot = (size_t)hash_bytes(key, s->words * sizeof *key, 0) & (s->slots - 1);
    while (s->taken[slot] && memcmp(&s->tried[slot * s->words], key, s->words * sizeof *key) != 0) {
        slot = (slot + 1) & (s->slots - 1);
    }
    return slot;
}

static void put(search *s, const uint64_t *key)
{
    const size_t slot = slot_of(s, key);
    memcpy(&s->tried[slot * s->words], key, s->words * sizeof *key);
    s->taken[slot] = true;
    s->used++;
}

static void grow(search *s)
{
    search old = *s;
    s->slots = old.slots == 0 ? WORD : old.slots * 2;
    s->tried = calloc(s->slots * s->words, sizeof *s->tried);
    s->taken = calloc(s->slots, sizeof *s->taken);
    s->used = 0;
    s->failed = s->tried == NULL || s->taken == NULL;
    for (size_t i = 0; i < old.slots && !s->failed; i++) {
        if (old.taken[i]) {
            put(s, &old.tried[i * s->words]);
        }
    }
    free(old.tried);
    free(old.taken);
}

/* Whether s->done is new. */
static bool remember(search *s)
{
    if (s->used * 2 >= s->slots) {
        grow(s);
    }
    if (s->failed || s->taken[slot_of(s, s->done)]) {
        return false;
    }
    put(s, s->done);
    return true;
}

/* ---- the search ---- */

static bool is_done(const search *s, size_t i)
{
    return (s->done[i / WORD] >> (i % WORD) & 1) != 0;
}

static void flip(search *s, size_t i)
{
    s->done[i / WORD] ^= UINT64_C(1) << (i % WORD);
}

/* false: with this value it would have returned something else. */
static bool apply(const linear_op *op, int64_t *value)
{
    const bool pending = op->returned == LINEAR_PENDING;
    const int64_t before = *value;
    int64_t result = before;
    switch (op->kind) {
    case LINEAR_GET:
        break;
    case LINEAR_SET:
        *value = op->value;
        return true;
    case LINEAR_INCR:
        result = *value = before == LINEAR_ABSENT ? 1 : before + 1;
        break;
    case LINEAR_DEL:
        *value = LINEAR_ABSENT;
        result = before == LINEAR_ABSENT ? 0 : 1;
        break;
    }
    return pending || result == op->value;
}

/* The first return of those that are left: what was called later cannot come before it. */
static uint64_t first_return(const search *s)
{
    uint64_t first = LINEAR_PENDING;
    for (size_t i = 0; i < s->count; i++) {
        if (!is_done(s, i) && s->ops[i]->returned < first) {
            first = s->ops[i]->returned;
        }
    }
    return first;
}

/* NOLINTNEXTLINE(misc-no-recursion): as deep as the history of a key is long */
static bool search_from(search *s, int64_t value)
{
    const uint64_t limit = first_return(s);
    if (limit == LINEAR_PENDING) {
        return true;
    }
    s->done[s->words - 1] = (uint64_t)value;
    if (!remember(s)) {
        return false;
    }
    for (size_t i = 0; i < s->count; i++) {
        int64_t next = value;
        if (is_done(s, i) || s->ops[i]->called > limit || !apply(s->ops[i], &next)) {
            continue;
        }
        flip(s, i);
        if (search_from(s, next)) {
            return true;
        }
        flip(s, i);
    }
    return false;
}

static int check_key(const linear_op **ops, size_t count)
{
    search s = {.ops = ops, .count = count, .words = (count + WORD - 1) / WORD + 1};
    s.done = calloc(s.words, sizeof *s.done);
    if (s.done == NULL) {
        return -ENOMEM;
    }
    const bool found = search_from(&s, LINEAR_ABSENT);
    const int result = found ? 1 : s.failed ? -ENOMEM : 0;
    free(s.done);
    free(s.tried);
    free(s.taken);
    return result;
}

int linear_check(const linear_op *ops, size_t count, uint32_t *ret_key)
{
    const linear_op **const of_key = calloc(count + 1, sizeof(linear_op *));
    bool *const seen = calloc(count + 1, sizeof *seen);
    int result = of_key == NULL || seen == NULL ? -ENOMEM : 1;
    for (size_t first = 0; first < count && result == 1; first++) {
        size_t found = 0;
        for (size_t i = first; i < count && !seen[first]; i++) {
            if (ops[i].key == ops[first].key) {
                of_key[found++] = &ops[i];
                seen[i] = i != first;
            }
        }
        result = found == 0 ? 1 : check_key(of_key, found);
        if (result == 0 && ret_key != NULL) {
            *ret_key = ops[first].key;
        }
    }
    free(of_key);
    free(seen);
    return result;
}
