/* workers.h: the processes that share an exploration.
 *
 * They are forked once the program's state has been remembered, end when their share is done, and
 * die with the process that started them. */
#ifndef WEFT_SIM_WORKERS_H
#define WEFT_SIM_WORKERS_H

#include "census.h"

typedef struct weft__crew {
    uint32_t count;
    void (*work)(uint32_t worker, void *arg); /* in each of the processes */
    void (*watch)(void *arg);                 /* in this one, now and then meanwhile */
    void *arg;
    weft__seat *seats; /* shared */
} weft__crew;

/* Have the work done. 0; -EAGAIN: a process could not be started; -ECHILD: one died, and the
 * others have been stopped. Errors after a line on standard error, which says who died how. */
int weft__workers_run(const weft__crew *crew);

/* CPUs that this process may run on. */
uint32_t weft__workers_default(void);

#endif
