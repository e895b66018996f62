/* shard.h: which part of an exploration this process is to do, of several on other machines.
 *
 * Told by WEFT_SHARD, or taken from what launchers set; docs/testing.md lists them. Shards need not
 * talk to each other: which runs are whose follows from their numbers. */
#ifndef WEFT_SIM_SHARD_H
#define WEFT_SIM_SHARD_H

#include <stdint.h>

typedef struct weft__shard {
    uint32_t index; /* below count */
    uint32_t count; /* 1: the exploration is not split */
} weft__shard;

/* 0, or -EINVAL after a line on standard error. */
int weft__shard_read(weft__shard *ret_shard);

#endif
