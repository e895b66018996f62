/* libc_lock.c: the locks of threads, used by goroutines. All of them run on one thread, so a lock
 * that is taken would block it for ever: taking one is trying again and again here, with others in
 * between.
 *
 * What waits for a thread in any other way (a condition variable, a barrier, pthread_join) cannot
 * be answered: it is a fatal finding that names the call. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <threads.h>

#include "race/foreign.h"
#include "wrap.h"

/* Try once, 0: taken. */
typedef int weft__try_fn(void *lock);

static int try_once(weft__try_fn *try, void *lock, const void *pc)
{
    weft__foreign_point(lock, pc);
    const int result = try(lock);
    if (result == 0) {
        weft__foreign_taken(lock);
    }
    return result;
}

static int take(weft__try_fn *try, void *lock, int busy, const void *pc)
{
    for (;;) {
        const int result = try_once(try, lock, pc);
        if (result != busy) {
            return result;
        }
        weft__g *const self = weft__self();
        WEFT__POINT(self, .kind = WEFT__OP_YIELD, .site = pc);
        weft__yield(self);
    }
}

static void give(void *lock, const void *pc)
{
    weft__foreign_point(lock, pc);
    weft__foreign_released(lock);
}

#define PLAIN(lock) ((void *)(uintptr_t)(lock)) /* not volatile */

/* <name>, which tries once. */
#define TRIES(type, name)                                                                          \
    int __real_##name(type *lock);                                                                 \
    static int once_##name(void *lock)                                                             \
    {                                                                                              \
        return __real_##name(lock);                                                                \
    }                                                                                              \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        return WEFT__SIMULATED() ? try_once(once_##name, PLAIN(lock), PC) : __real_##name(lock);   \
    }

/* <name>, which takes the lock: answered by trying, by a function that stands before. */
#define TAKES(type, name, trying, busy)                                                            \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        return WEFT__SIMULATED() ? take(once_##trying, PLAIN(lock), busy, PC)                      \
                                 : __real_##name(lock);                                            \
    }

#define GIVES(type, name)                                                                          \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        if (WEFT__SIMULATED()) {                                                                   \
            give(PLAIN(lock), PC);                                                                 \
        }                                                                                          \
        return __real_##name(lock);                                                                \
    }

TRIES(pthread_mutex_t, pthread_mutex_trylock)
TAKES(pthread_mutex_t, pthread_mutex_lock, pthread_mutex_trylock, EBUSY)
GIVES(pthread_mutex_t, pthread_mutex_unlock)

TRIES(pthread_rwlock_t, pthread_rwlock_tryrdlock)
TRIES(pthread_rwlock_t, pthread_rwlock_trywrlock)
TAKES(pthread_rwlock_t, pthread_rwlock_rdlock, pthread_rwlock_tryrdlock, EBUSY)
TAKES(pthread_rwlock_t, pthread_rwlock_wrlock, pthread_rwlock_trywrlock, EBUSY)
GIVES(pthread_rwlock_t, pthread_rwlock_unlock)

TRIES(pthread_spinlock_t volatile, pthread_spin_trylock)
TAKES(pthread_spinlock_t volatile, pthread_spin_lock, pthread_spin_trylock, EBUSY)
GIVES(pthread_spinlock_t volatile, pthread_spin_unlock)

TRIES(mtx_t, mtx_trylock)
TAKES(mtx_t, mtx_lock, mtx_trylock, thrd_busy)
GIVES(mtx_t, mtx_unlock)

TRIES(sem_t, sem_trywait)
GIVES(sem_t, sem_post)

/* A semaphore that is 0 is told by errno. */
static int try_semaphore(void *semaphore)
{
    return once_sem_trywait(semaphore) == 0 ? 0 : errno;
}

WRAP(int, sem_wait, (sem_t * semaphore))
{
    if (!WEFT__SIMULATED()) {
        return __real_sem_wait(semaphore);
    }
    const int error = take(try_semaphore, semaphore, EAGAIN, PC);
    errno = error != 0 ? error : errno;
    return error != 0 ? -1 : 0;
}

/* ---- What cannot be answered ---- */

#define BLOCKS(function) #function " would block the thread that runs all goroutines: use "

REFUSED(pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex), (cond, mutex),
        BLOCKS(pthread_cond_wait) "weft_cond")
REFUSED(pthread_cond_timedwait,
        (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
        (cond, mutex, until), BLOCKS(pthread_cond_timedwait) "weft_cond")
REFUSED(cnd_wait, (cnd_t * cond, mtx_t *mutex), (cond, mutex), BLOCKS(cnd_wait) "weft_cond")
REFUSED(pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier),
        BLOCKS(pthread_barrier_wait) "weft_waitgroup")
REFUSED(pthread_join, (pthread_t thread, void **ret_value), (thread, ret_value),
        BLOCKS(pthread_join) "weft_waitgroup")
