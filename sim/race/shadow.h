/* shadow.h: who used which bytes last: the state of the FastTrack algorithm (Flanagan, Freund, PLDI
 * 2009).
 *
 * An epoch is a goroutine and how far its clock had come: it is before a point if the clock there
 * knows as much of that goroutine. For each location there is the epoch of the last write, and that
 * of the last read, or a list of readers that nothing orders.
 *
 * INVARIANTS
 *   - A location is an aligned word of 4 bytes. Accesses of parts of it are kept apart, byte by
 *     byte, and so are atomic ones, which race with plain ones only: an access is checked against
 *     all kinds that it could race with and written down as what it is.
 *   - Times are counted on from run to run: what earlier runs have left is before everything, and
 *     nothing is ever cleared, but for memory that changes hands within a run. */
#ifndef WEFT_SIM_SHADOW_H
#define WEFT_SIM_SHADOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "vector.h"

typedef enum weft__shadow_kind {
    WEFT__SHADOW_READ,
    WEFT__SHADOW_WRITE,
    WEFT__SHADOW_ATOMIC_READ,
    WEFT__SHADOW_ATOMIC_WRITE,
    WEFT__SHADOW_SEND, /* on a channel: a read of it */
    WEFT__SHADOW_CLOSE,
} weft__shadow_kind;

/* One of the two accesses of a race. */
typedef struct weft__shadow_use {
    const volatile void *address;
    size_t size;
    weft__shadow_kind kind;
    uint32_t slot;
    const void *site;
} weft__shadow_use;

/* A new run, after one in which no clock came further than `highest`. */
void weft__shadow_reset(uint32_t highest);

/* A goroutine with this clock uses these bytes. Races are told to weft__race_found. */
void weft__shadow_access(uint32_t slot, const weft__vector *clock, const volatile void *address,
                         size_t size, weft__shadow_kind kind, const void *site);

/* The same, without the fast path of cells.h. */
void weft__shadow_access_slowly(uint32_t slot, const weft__vector *clock,
                                const volatile void *address, size_t size, weft__shadow_kind kind,
                                const void *site);

/* The memory is new: nobody has used it. */
void weft__shadow_forget(const volatile void *address, size_t size);

#endif
