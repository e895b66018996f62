/* malloc.h: allocating what libc gives the program to free: strdup's copy, getline's line. */
#ifndef WEFT_INSTRUMENT_MALLOC_H
#define WEFT_INSTRUMENT_MALLOC_H

#include <stddef.h>

/* malloc and realloc for a function that returns to pc and has this frame. */
void *weft__program_alloc(size_t size, const void *pc, const void *frame);
void *weft__program_resize(void *block, size_t size, const void *pc, const void *frame);

/* Of a block that libc has allocated for us. */
void weft__libc_free(void *block);

#endif
