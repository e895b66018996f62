/* triple_insert.c: who misses a key under the read lock inserts it under the write lock, without
 * looking again. A second copy is tolerated, a third one is not: it takes three goroutines with one
 * key. */
#include "look.h"

enum { INSERTERS = 4, KEYS = 32 };

static weft_rwmutex lock;
static int copies[KEYS];
static int keys[INSERTERS];

static void insert(void *arg)
{
    const int key = *(const int *)arg;
    weft_rwmutex_rlock(&lock);
    const bool missing = copies[key] == 0;
    weft_rwmutex_runlock(&lock);
    if (missing) {
        weft_rwmutex_lock(&lock);
        copies[key]++;
        weft_rwmutex_unlock(&lock);
    }
    WEFT_ASSERT(copies[key] <= 2);
}

static void target(const uint8_t *data, size_t size)
{
    static const weft_rwmutex fresh;
    lock = fresh;
    for (int i = 0; i < KEYS; i++) {
        copies[i] = 0;
    }
    for (size_t i = 0; i < INSERTERS && i < size; i++) {
        if (data[i] >= 'A' && data[i] < 'A' + KEYS) {
            keys[i] = data[i] - 'A';
            weft_go(insert, &keys[i]);
        }
    }
}

WEFT_FUZZ(target)
