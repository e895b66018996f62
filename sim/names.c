/* names.c: stable names for objects and variables: no address enters a decision, hash or report.
 *
 * An object is named by who made it, or used it first (BY_USE), and by its number among that
 * goroutine's objects: goroutine id << 24 | number. Such a name survives address randomisation,
 * another compiler and small edits. But who is first depends on the schedule: to compare runs of
 * one process there is the place instead, which tells a global by its offset in the program's data,
 * a local variable by its goroutine and its distance from the top of that stack, and what lies in a
 * block of the heap by who has allocated it as which of its blocks. */
#include "addresses.h"
#include "heap/heap.h"
#include "memory.h"
#include "run.h"

static weft__run *const run = &weft__the_run;

static weft__addresses variables WEFT_KEEP; /* names of those seen in this run */

#define BY_USE ((uint64_t)1 << 62)
enum { ORDINAL_BITS = 24, STACKS_SEARCHED = 256 };

/* Counted apart from what the goroutine makes, whose numbers do not depend on the schedule. */
static uint64_t make_name(weft__g *self)
{
    return BY_USE | self->id << ORDINAL_BITS | (++weft__task_of(self)->used_count & 0xffffff);
}

uint64_t weft__name_of_used(weft__g *self, weft__object *object)
{
    if (object->name == 0) {
        object->name = make_name(self);
    }
    return object->name;
}

uint64_t weft__name_of_object(uint64_t object)
{
    const uint64_t id = (object & ~BY_USE) >> ORDINAL_BITS;
    const uint64_t maker = id == 0 || id > run->member_count ? 0 : run->members[id - 1].name;
    return object == 0 ? 0 : weft__mix(maker ^ UINT64_C(0x6f626a), object & (BY_USE | 0xffffff));
}

static bool on_stack(uint32_t slot, const void *address, uint64_t *ret_place)
{
    const weft__member *const member = &run->members[slot];
    if (member->g == NULL) {
        return false;
    }
    const weft__stack *const stack = &member->g->stack;
    if ((uintptr_t)address - (uintptr_t)stack->low >= stack->size) {
        return false;
    }
    const uintptr_t depth = (uintptr_t)member->g - (uintptr_t)address; /* g is where it begins */
    *ret_place = weft__mix(member->name ^ UINT64_C(0x706c616365), depth);
    return true;
}

uint64_t weft__place_of_address(uint32_t slot, const void *address)
{
    uint64_t place = weft__memory_place(address);
    place = place != 0 ? place : weft__heap_place(address);
    if (place != 0 || on_stack(slot, address, &place)) {
        return place;
    }
    for (uint32_t other = 0; other < run->member_count && other < STACKS_SEARCHED; other++) {
        if (on_stack(other, address, &place)) {
            return place;
        }
    }
    return 0;
}

uint64_t weft__touched(uint32_t slot, uint64_t object, const void *address)
{
    if ((object & BY_USE) == 0) {
        return object;
    }
    const uint64_t place = weft__place_of_address(slot, address);
    return place != 0 ? weft__object_of_place(place) : WEFT__OBJECT_UNNAMED;
}

uint64_t weft__name_of_touched(uint64_t object)
{
    return (object & WEFT__OBJECT_OF_ALL_RUNS) != 0 ? object : weft__name_of_object(object);
}

void weft__names_reset(void)
{
    weft__addresses_reset(&variables);
}

uint64_t weft__name_known(const void *address)
{
    return weft__name_of_object(*weft__addresses_at(&variables, address));
}

uint64_t weft__name_of_address(weft__g *self, const void *address)
{
    uint64_t *const name = weft__addresses_at(&variables, address);
    if (*name == 0) {
        *name = make_name(self);
    }
    return *name;
}
