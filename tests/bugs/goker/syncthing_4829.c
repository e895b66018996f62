/* syncthing_4829: removing a mapping clears its addresses with its write lock held, and the
 * notification that this sends takes the read lock of the same mapping.
 * Expected: deadlock, main in rwmutex rlock. */
#include "../support/bug.h"

static weft_rwmutex service;
static weft_rwmutex mapping;
static int mapping_count;
static int address_count;

static void notify(void)
{
    weft_rwmutex_rlock(&mapping);
    weft_rwmutex_runlock(&mapping);
}

static void clear_addresses(void)
{
    weft_rwmutex_lock(&mapping);
    const bool removed = address_count > 0;
    address_count = 0;
#ifdef FIXED
    weft_rwmutex_unlock(&mapping);
    if (removed) {
        notify();
    }
#else
    if (removed) {
        notify();
    }
    weft_rwmutex_unlock(&mapping);
#endif
}

static void remove_mapping(void)
{
    weft_rwmutex_lock(&service);
    if (mapping_count > 0) {
        clear_addresses();
        mapping_count--;
    }
    weft_rwmutex_unlock(&service);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_rwmutex_lock(&service);
    mapping_count++;
    weft_rwmutex_unlock(&service);
    address_count = 1;
    remove_mapping();
}

BUG_MAIN(kernel, DEADLOCK({"main", "rwmutex rlock"}))
