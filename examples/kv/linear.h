/* linear.h: whether what clients saw of a register could have happened one operation at a time,
 * each at a moment between its call and its return: Herlihy and Wing's linearizability.
 *
 * The search is Wing's and Gong's, with Lowe's memory of what has been tried: a set of operations
 * and the value they lead to are looked at once.
 *
 * INVARIANTS
 *   - Keys are independent: each is checked alone, as linearizability is local.
 *   - An operation without a return may have happened at any time after its call, or never. */
#ifndef KV_LINEAR_H
#define KV_LINEAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINEAR_ABSENT INT64_MIN   /* the value of a key that is not there */
#define LINEAR_PENDING UINT64_MAX /* `returned` of an operation that did not */

typedef enum linear_kind {
    LINEAR_GET,  /* returns the value */
    LINEAR_SET,  /* to its argument */
    LINEAR_INCR, /* returns the new value; what is absent counts as 0 */
    LINEAR_DEL,  /* returns 1, or 0 where nothing was */
} linear_kind;

/* Calls and returns have numbers in the order in which they happened, all different. */
typedef struct linear_op {
    linear_kind kind;
    uint32_t key;
    int64_t value; /* SET: the argument; otherwise what it returned */
    uint64_t called;
    uint64_t returned;
} linear_op;

/* 1: linearizable; 0: it is not, because of *ret_key (NULL: not wanted). Every key is absent at
 * first. Errors: -ENOMEM. */
int linear_check(const linear_op *ops, size_t count, uint32_t *ret_key);

#endif
