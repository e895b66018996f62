/* memory.h: the simulator's own heap, the arena of the runs, and putting the program's globals
 * back.
 *
 * INVARIANTS
 *   - The arena serves weft__alloc (channels, timers, contexts). What was allocated before an
 *     exploration is its prefix, and is put back before each run; the rest is dropped at once.
 *   - The globals of the main program are put back before each run, except those in the section
 *     weft_keep, where the simulator's own live too. Libraries keep what they keep.
 *   - So are the stack frames of those who called the exploration on the main thread: a test may
 *     share local variables of its caller with its goroutines. */
#ifndef WEFT_SIM_MEMORY_H
#define WEFT_SIM_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* realloc that does not fail: without memory the process ends with a message. */
void *weft__grow(void *memory, size_t size);
void *weft__zeroed(size_t size); /* likewise */
_Noreturn void weft__no_memory(void);

/* An array of entries of `size` bytes, grown so that `more` of them fit behind `count`. */
void *weft__with_room(void *array, size_t count, size_t more, size_t *capacity, size_t size);

/* The same for `count` entries, those that are new zeroed. */
void *weft__with_zeroed(void *array, size_t count, size_t *capacity, size_t size);

/* Remember the globals (unless keep_globals), the stack above `frame`, and the arena as they are
 * now; put them back; put all but the stack back for the last time and forget. */
void weft__memory_remember(bool keep_globals, const void *frame);
void weft__memory_restore(void);
void weft__memory_forget(void);
bool weft__memory_restores(void); /* the globals, too */

/* Show `look` each part of what is put back, and the arena, which holds pointers of the program's
 * in channels and timers. */
void weft__memory_visit(void (*look)(const void *start, size_t size));

/* Where an address lies in what is put back: the same number for the same variable, whatever the
 * address space looks like. 0: elsewhere. Below 2^32. */
uint64_t weft__memory_place(const void *address);

#endif
