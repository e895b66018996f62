/* network.h: what the rest of the simulator wants of the simulated kernel. */
#ifndef WEFT_SIM_NETWORK_H
#define WEFT_SIM_NETWORK_H

#include "../order/touch.h"
#include "../task.h"

/* The program's globals are not put back: there is no kernel yet. */
void weft__kernel_forget(void);
bool weft__kernel_exists(void); /* something of it was used */

static inline bool weft__op_is_io(weft__op_kind kind)
{
    return kind >= WEFT__OP_LISTEN && kind <= WEFT__OP_NETWORK;
}

/* Where something may go wrong by free choice: the `object` of the choice's event. */
typedef enum weft__mishap {
    WEFT__MISHAP_NONE,
    WEFT__MISHAP_SHORT,
    WEFT__MISHAP_RESET,
    WEFT__MISHAP_REFUSAL,
    WEFT__MISHAP_DELAY,
    WEFT__MISHAP_LOSS,
    WEFT__MISHAP_DUPLICATE,
    WEFT__MISHAP_PARTITION,
    WEFT__MISHAP_CRASH,
    WEFT__MISHAP_FILE,
    WEFT__MISHAP_TEAR,
    WEFT__MISHAP_DIRECTORY,
    WEFT__MISHAP_COUNT,
} weft__mishap;

/* What a descriptor of the run stood for whose names were kept last, in words, by its object's
 * name; false: it is none. And keep those of the run that has just ended. */
bool weft__io_tell(uint64_t object, char *into, size_t size);
void weft__io_keep_names(void);

/* What came of the choice: "lost"; "" where nothing went wrong. */
const char *weft__mishap_text(uint64_t mishap, uint32_t chosen);

/* The connection that an operation on a descriptor is about; 0: none, or not only one: it is then
 * on the network, WEFT__OBJECT_NETWORK, like all that makes or ends connections. */
uint64_t weft__io_object(const weft__op *op);

/* Whether the order of two pending operations on descriptors, or of one and the firing of a timer
 * of the network, could matter. */
bool weft__io_conflict(const weft__op *a, const weft__op *b);

/* What an executed operation, and a timer that fires, touch. */
void weft__io_touch(const weft__op *op);
void weft__io_touch_fire(const weft__timer *timer);

#endif
