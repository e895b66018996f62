/* addresses.h: a number for each address that a run asks about; all are forgotten at once. */
#ifndef WEFT_SIM_ADDRESSES_H
#define WEFT_SIM_ADDRESSES_H

#include <stddef.h>
#include <stdint.h>

typedef struct weft__address_slot {
    const void *address;
    uint64_t epoch; /* entries of earlier epochs count as empty */
    uint64_t value;
} weft__address_slot;

typedef struct weft__addresses {
    weft__address_slot *slots; /* open addressing */
    size_t capacity;           /* a power of two, or 0 */
    size_t count;
    uint64_t epoch;
} weft__addresses;

void weft__addresses_reset(weft__addresses *map);

/* Where the number of this address is kept: 0 at first. Valid until the next call. */
uint64_t *weft__addresses_at(weft__addresses *map, const void *address);

#endif
