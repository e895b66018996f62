/* addresses.c: see addresses.h. */
#include "addresses.h"

#include <stdlib.h>
#include <string.h>

#include "hash.h"
#include "memory.h"

void weft__addresses_reset(weft__addresses *map)
{
    map->epoch++;
    map->count = 0;
}

static weft__address_slot *find(const weft__addresses *map, const void *address)
{
    size_t i = weft__mix((uint64_t)(uintptr_t)address, 0) & (map->capacity - 1);
    while (map->slots[i].epoch == map->epoch && map->slots[i].address != address) {
        i = (i + 1) & (map->capacity - 1);
    }
    return &map->slots[i];
}

static void grow(weft__addresses *map)
{
    const weft__addresses old = *map;
    map->epoch += old.epoch == 0 ? 1 : 0; /* 0 marks what was never used */
    map->capacity = old.capacity == 0 ? 256 : old.capacity * 2;
    map->slots = weft__grow(NULL, map->capacity * sizeof *map->slots);
    memset(map->slots, 0, map->capacity * sizeof *map->slots);
    for (size_t i = 0; i < old.capacity; i++) {
        if (old.slots[i].epoch == old.epoch) {
            *find(map, old.slots[i].address) = old.slots[i];
        }
    }
    free(old.slots);
}

uint64_t *weft__addresses_at(weft__addresses *map, const void *address)
{
    if (2 * map->count >= map->capacity) {
        grow(map);
    }
    weft__address_slot *const slot = find(map, address);
    if (slot->epoch != map->epoch) {
        *slot = (weft__address_slot){.address = address, .epoch = map->epoch};
        map->count++;
    }
    return &slot->value;
}
