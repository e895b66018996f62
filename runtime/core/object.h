/* object.h: the head of every channel and sync object: its name and its lock.
 *
 * INVARIANTS
 *   - Who holds an object's lock has what lock.h says.
 *   - BIAS: while one thread only runs the core's code, "biased" locks and claims are taken by a
 *     load and a store instead of an atomic instruction. That thread writes `taking`, reads
 *     `alone`, takes the word and clears `taking`. Who wants to let another thread in clears
 *     `alone`, makes the first see that by a barrier on both sides (membarrier), and reads
 *     `taking`: where it is set he gives up, and may come again. So no other thread takes a word
 *     between that load and that store. All takers of one word must do it in the biased way. */
#ifndef WEFT_CORE_OBJECT_H
#define WEFT_CORE_OBJECT_H

#include "lock.h"

/* All zero until the object is used. */
typedef struct weft__object {
    uint64_t name; /* channels: from birth; others: given by the simulator at the first operation */
    weft__lock lock;
} weft__object;

/* `alone` is the backend's to write; 0 at first. Both are atomic. */
typedef struct weft__bias {
    uint32_t alone;
    uint32_t taking;
} weft__bias;
extern weft__bias weft__bias_state;

/* Turn *word from 0 into 1. false: it was not 0. Acquires. */
static inline bool weft__take_biased(uint32_t *word)
{
    weft__bias *const bias = &weft__bias_state;
    if (weft__load_relaxed(&bias->alone) == 0) {
        return weft__cas_acquire(word, 0, 1);
    }
    weft__store_relaxed(&bias->taking, 1);
    __atomic_signal_fence(__ATOMIC_SEQ_CST);
    const bool alone = weft__load_acquire(&bias->alone) != 0;
    const bool taken = alone && weft__load_relaxed(word) == 0;
    if (taken) {
        weft__store_relaxed(word, 1);
    }
    weft__store_release(&bias->taking, 0);
    return alone ? taken : weft__cas_acquire(word, 0, 1);
}

static inline void weft__lock_acquire_biased(weft__lock *lock)
{
    if (!weft__take_biased(&lock->held)) {
        weft__lock_wait(lock);
    }
}

static inline void weft__object_lock(weft__object *object)
{
    weft__lock_acquire_biased(&object->lock);
}

static inline void weft__object_unlock(weft__object *object)
{
    weft__lock_release(&object->lock);
}

#endif
