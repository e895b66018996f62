/* libc_lock.c: the locks of threads, used by goroutines. All of them run on one thread, so a lock
 * that is taken would block it for ever: taking one is trying again and again here, with others in
 * between.
 *
 * What waits for a thread in any other way (a condition variable, a barrier, pthread_join) cannot
 * be answered: it is a fatal finding that names the call. */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
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

/* <name>, which takes the lock and is answered by trying, as try_<name> does. */
#define TAKES(type, name, trying, busy)                                                            \
    int __real_##trying(type *lock);                                                               \
    static int try_##name(void *lock)                                                              \
    {                                                                                              \
        return __real_##trying(lock);                                                              \
    }                                                                                              \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        return WEFT__SIMULATED() ? take(try_##name, PLAIN(lock), busy, PC) : __real_##name(lock);  \
    }

#define TRIES(type, name)                                                                          \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        if (!WEFT__SIMULATED()) {                                                                  \
            return __real_##name(lock);                                                            \
        }                                                                                          \
        weft__foreign_point(PLAIN(lock), PC);                                                      \
        const int result = __real_##name(lock);                                                    \
        if (result == 0) {                                                                         \
            weft__foreign_taken(PLAIN(lock));                                                      \
        }                                                                                          \
        return result;                                                                             \
    }

#define GIVES(type, name)                                                                          \
    WRAP(int, name, (type * lock))                                                                 \
    {                                                                                              \
        if (WEFT__SIMULATED()) {                                                                   \
            give(PLAIN(lock), PC);                                                                 \
        }                                                                                          \
        return __real_##name(lock);                                                                \
    }

TAKES(pthread_mutex_t, pthread_mutex_lock, pthread_mutex_trylock, EBUSY)
TRIES(pthread_mutex_t, pthread_mutex_trylock)
GIVES(pthread_mutex_t, pthread_mutex_unlock)

TAKES(pthread_rwlock_t, pthread_rwlock_rdlock, pthread_rwlock_tryrdlock, EBUSY)
TAKES(pthread_rwlock_t, pthread_rwlock_wrlock, pthread_rwlock_trywrlock, EBUSY)
TRIES(pthread_rwlock_t, pthread_rwlock_tryrdlock)
TRIES(pthread_rwlock_t, pthread_rwlock_trywrlock)
GIVES(pthread_rwlock_t, pthread_rwlock_unlock)

TAKES(pthread_spinlock_t volatile, pthread_spin_lock, pthread_spin_trylock, EBUSY)
TRIES(pthread_spinlock_t volatile, pthread_spin_trylock)
GIVES(pthread_spinlock_t volatile, pthread_spin_unlock)

TAKES(mtx_t, mtx_lock, mtx_trylock, thrd_busy)
TRIES(mtx_t, mtx_trylock)
GIVES(mtx_t, mtx_unlock)

/* A semaphore that is 0 is told by errno. */
int __real_sem_trywait(sem_t *semaphore);
static int try_semaphore(void *semaphore)
{
    return __real_sem_trywait(semaphore) == 0 ? 0 : errno;
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

TRIES(sem_t, sem_trywait)
GIVES(sem_t, sem_post)

/* ---- What cannot be answered ---- */

static void refuse(const char *function, const char *instead, const void *pc)
{
    char message[160];
    (void)snprintf(message, sizeof message,
                   "%s would block the thread that runs all goroutines: use %s", function, instead);
    weft__die(weft__self(), WEFT__END_FATAL, pc, message);
}

#define REFUSED(name, parameters, arguments, instead)                                              \
    WRAP(int, name, parameters)                                                                    \
    {                                                                                              \
        if (WEFT__SIMULATED()) {                                                                   \
            refuse(#name, instead, PC);                                                            \
        }                                                                                          \
        return __real_##name arguments;                                                            \
    }

REFUSED(pthread_cond_wait, (pthread_cond_t * cond, pthread_mutex_t *mutex), (cond, mutex),
        "weft_cond")
REFUSED(pthread_cond_timedwait,
        (pthread_cond_t * cond, pthread_mutex_t *mutex, const struct timespec *until),
        (cond, mutex, until), "weft_cond")
REFUSED(cnd_wait, (cnd_t * cond, mtx_t *mutex), (cond, mutex), "weft_cond")
REFUSED(pthread_barrier_wait, (pthread_barrier_t * barrier), (barrier), "weft_waitgroup")
REFUSED(pthread_join, (pthread_t thread, void **ret_value), (thread, ret_value), "weft_waitgroup")
