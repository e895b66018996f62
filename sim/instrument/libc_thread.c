/* libc_thread.c: threads that a run starts: nobody could decide what they do, and when. */
#include <pthread.h>
#include <threads.h>

#include "wrap.h"

#define STARTED "a thread was started in a simulated run: "

REFUSED(pthread_create,
        (pthread_t * ret_thread, const pthread_attr_t *attributes, void *(*start)(void *),
         void *arg),
        (ret_thread, attributes, start, arg), STARTED "pthread_create")
REFUSED(thrd_create, (thrd_t * ret_thread, thrd_start_t start, void *arg), (ret_thread, start, arg),
        STARTED "thrd_create")
