/* slots.c: see slots.h. */
#include "slots.h"

#include <sys/mman.h>

/* No huge pages: they would touch many slots at once. */
void *weft__slots_map(size_t count, size_t size)
{
    void *const slots = mmap(NULL, count * size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (slots == MAP_FAILED) {
        return NULL;
    }
    (void)madvise(slots, count * size, MADV_NOHUGEPAGE);
    return slots;
}

void weft__slots_unmap(void *slots, size_t count, size_t size)
{
    (void)munmap(slots, count * size);
}
