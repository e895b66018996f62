/* fault.h: the memory error of a run, kept until it is put into words. */
#ifndef WEFT_SIM_FAULT_H
#define WEFT_SIM_FAULT_H

#include "block.h"

typedef enum weft__fault_kind {
    WEFT__FAULT_ACCESS,
    WEFT__FAULT_FREE, /* of something that is no block, or not any more */
    WEFT__FAULT_LEAK,
} weft__fault_kind;

typedef struct weft__fault {
    weft__fault_kind kind;
    const volatile void *address;
    size_t size;  /* of the access; of all leaked blocks */
    size_t count; /* leaked blocks */
    bool writes;
    const char *verb; /* "free" */
    weft__calls calls;
} weft__fault;

extern weft__fault weft__the_fault;

/* End the run with weft__the_fault; outside of a run: the program. */
_Noreturn void weft__fault_end(void);

#endif
