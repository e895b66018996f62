/* heap.h: the memory that the program under test allocates: dropped after each run, and watched.
 *
 *   heap.c   the arena, and which bytes of it may be used
 *   block.c  what was allocated: by whom, where, and where freed
 *   fault.c  what is wrong with an access or a free, in words
 *   reach.c  blocks that nothing points to any more
 *
 * INVARIANTS
 *   - The arena is filled from below. What was allocated outside of runs is its lower part, whose
 *     content is remembered with the globals and put back before each run; all above is dropped.
 *   - No byte belongs to two blocks of one run: what was freed stays unusable until the run ends.
 *     Outside of runs freed blocks at the upper end are used again.
 *   - A byte is usable, as its granule's number says, if it lies in a block that was not freed.
 *     Between two blocks there are bytes that are not.
 *   - Blocks have the same addresses in every run that allocates the same, and the same content to
 *     begin with: in other processes too, if the arena lies where it should.
 *   - Only the thread that explores allocates here. With keep_globals nobody does: what lives on in
 *     them must live on too. */
#ifndef WEFT_SIM_HEAP_H
#define WEFT_SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../run.h"

enum { WEFT__HEAP_GRANULE = 8 };

typedef struct weft__heap {
    uintptr_t base;
    size_t size;       /* 0: nobody has allocated here */
    uint8_t *usable;   /* of each granule: so many bytes, from its start */
    uint64_t epoch;    /* runs begun: what is remembered of an earlier one is of no use */
    bool finds_leaks;  /* weft_options.leaked_objects */
    uint32_t may_fail; /* weft_options.alloc_failures */
} weft__heap;

extern weft__heap weft__the_heap;

/* Whether an address lies in the arena, used or not. */
static inline bool weft__heap_holds(const volatile void *address)
{
    return (uintptr_t)address - weft__the_heap.base < weft__the_heap.size;
}

bool weft__heap_bad_range(const volatile void *address, size_t size);

/* Whether an access of these bytes is an error: they lie in the arena, and not all of them in a
 * block that is allocated. */
static inline bool weft__heap_bad(const volatile void *address, size_t size)
{
    const uintptr_t offset = (uintptr_t)address - weft__the_heap.base;
    if (offset >= weft__the_heap.size) {
        return false;
    }
    return offset % WEFT__HEAP_GRANULE + size >
               weft__the_heap.usable[offset / WEFT__HEAP_GRANULE] &&
           weft__heap_bad_range(address, size);
}

/* Where an address lies in a block, as a number: the same in each run in which the same goroutine
 * has allocated as much before. 0: in none. */
uint64_t weft__heap_place(const volatile void *address);

/* "byte 8 of the 24-byte block main#3"; false: it lies in none. */
bool weft__heap_describe(const volatile void *address, char *into, size_t size);

/* End the run: the running goroutine uses bytes that it must not; the access returns to pc. */
_Noreturn void weft__heap_report(const volatile void *address, size_t size, bool writes,
                                 const void *pc);

/* ---- For malloc and its kin. `frame` is the frame address of the function that the program
 * called: where that returns to, and who called its caller, is remembered. ---- */

/* Whether what this thread allocates now comes from here. */
bool weft__heap_serves(void);

/* NULL: none is left, or this allocation is to fail. alignment: a power of two. */
void *weft__heap_alloc(size_t size, size_t alignment, const void *frame);
void weft__heap_free(void *block, const void *frame);

/* The size of a block that may be used; ends the run, saying that `verb` was done to it, if the
 * address is not one's start. */
size_t weft__heap_size_of(const void *block, const char *verb, const void *frame);

/* ---- For the explorer ---- */

/* As those of memory.h. Reset: a run begins. */
void weft__heap_remember(bool keep_globals);
void weft__heap_reset(void);
void weft__heap_forget(void);

/* A run has ended without a verdict: look for leaked blocks; they are one. */
void weft__heap_judge(void);

/* The last run's verdict is a memory error: put it into words. And the stacks that belong to it,
 * some lines of text, or "". */
void weft__heap_tell(weft__outcome *outcome);
void weft__heap_stacks(char *into, size_t size);
/* Those of the block that an address lies in. */
void weft__heap_stacks_of(const volatile void *address, char *into, size_t size);

#endif
