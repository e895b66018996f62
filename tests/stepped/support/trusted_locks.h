/* trusted_locks.h: included in front of each inner source of the tests whose locks are mutexes of
 * the outer world. short_lock_test.c tests the real ones: where much else happens, to take them for
 * granted leaves many times fewer behaviours. */
#ifndef WEFT_STEPPED_TRUSTED_LOCKS_H
#define WEFT_STEPPED_TRUSTED_LOCKS_H

#include "core/object.h"
#include "outer.h"

static inline void trusted_object_lock(weft__object *object)
{
    outer_lock_at(&object->lock);
}

static inline void trusted_object_unlock(weft__object *object)
{
    outer_unlock_at(&object->lock);
}

#define weft__lock_acquire(lock) outer_lock_at(lock)
#define weft__lock_try(lock) outer_try_lock_at(lock)
#define weft__lock_release(lock) outer_unlock_at(lock)
#define weft__object_lock(object) trusted_object_lock(object)
#define weft__object_unlock(object) trusted_object_unlock(object)

#endif
