/* names.c: stable names for objects and variables.
 *
 * An object is named by who made it, or used it first, and by its number among that goroutine's
 * objects: so no address enters a decision, a hash or a report. */
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "run.h"

static weft__run *const run = &weft__the_run;

/* Variables seen in this run: open addressing; entries of earlier runs have another epoch. */
typedef struct weft__variable {
    const void *address;
    uint64_t epoch;
    uint64_t name;
} weft__variable;

static struct {
    weft__variable *table;
    size_t capacity; /* a power of two, or 0 */
    size_t count;
    uint64_t epoch;
} variables WEFT_KEEP;

uint64_t weft__name_of_object(uint64_t object)
{
    const uint64_t id = object >> 24;
    const uint64_t maker = id == 0 || id > run->member_count ? 0 : run->members[id - 1].name;
    return object == 0 ? 0 : weft__mix(maker ^ UINT64_C(0x6f626a), object & 0xffffff);
}

void weft__names_reset(void)
{
    variables.epoch++;
    variables.count = 0;
}

static weft__variable *find(const void *address)
{
    size_t i = weft__mix((uint64_t)(uintptr_t)address, 0) & (variables.capacity - 1);
    while (variables.table[i].epoch == variables.epoch && variables.table[i].address != address) {
        i = (i + 1) & (variables.capacity - 1);
    }
    return &variables.table[i];
}

static void grow(void)
{
    weft__variable *const old = variables.table;
    const size_t old_capacity = variables.capacity;
    variables.capacity = old_capacity == 0 ? 256 : old_capacity * 2;
    variables.table = weft__grow(NULL, variables.capacity * sizeof *variables.table);
    memset(variables.table, 0, variables.capacity * sizeof *variables.table);
    for (size_t i = 0; i < old_capacity; i++) {
        if (old[i].epoch == variables.epoch) {
            *find(old[i].address) = old[i];
        }
    }
    free(old);
}

uint64_t weft__name_of_address(weft__g *self, const void *address)
{
    if (2 * variables.count >= variables.capacity) {
        grow();
    }
    weft__variable *const variable = find(address);
    if (variable->epoch != variables.epoch) {
        *variable = (weft__variable){
            .address = address, .epoch = variables.epoch, .name = weft__name_object(self)};
        variables.count++;
    }
    return variable->name;
}
