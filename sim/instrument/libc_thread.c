/* libc_thread.c: threads that a run starts: nobody could decide what they do, and when. */
#include <pthread.h>
#include <stdio.h>
#include <threads.h>

#include "wrap.h"

static void refuse(const char *function, const void *pc)
{
    char message[128];
    (void)snprintf(message, sizeof message, "a thread was started in a simulated run: %s",
                   function);
    weft__die(weft__self(), WEFT__END_FATAL, pc, message);
}

WRAP(int, pthread_create,
     (pthread_t * ret_thread, const pthread_attr_t *attributes, void *(*start)(void *), void *arg))
{
    if (WEFT__SIMULATED()) {
        refuse("pthread_create", PC);
    }
    return __real_pthread_create(ret_thread, attributes, start, arg);
}

WRAP(int, thrd_create, (thrd_t * ret_thread, thrd_start_t start, void *arg))
{
    if (WEFT__SIMULATED()) {
        refuse("thrd_create", PC);
    }
    return __real_thrd_create(ret_thread, start, arg);
}
