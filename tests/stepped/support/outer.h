/* outer.h: what the inner world has of the outer one.
 *
 * A stepped test is two worlds in one program. The inner one is our own core, compiled with
 * -fsanitize=thread: every atomic of it is a schedule point of the outer one, the simulator with
 * the shipped core. Both have the same names, so all symbols weft_... of the inner world are
 * renamed after compiling it (inner.sh); it reaches the outer world by these names only. */
#ifndef WEFT_STEPPED_OUTER_H
#define WEFT_STEPPED_OUTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef void outer_fn(void *arg);

/* Explore fn(arg) completely; the test fails where that ends early or finds anything. */
void outer_explore(const char *name, outer_fn *fn, void *arg);

/* A goroutine of the outer world; what it is for: its inner goroutine, thread or NULL. */
void outer_go(outer_fn *fn, void *arg);
void *outer_self(void);
void outer_set_self(void *self);
_Noreturn void outer_exit(void);
void outer_yield(void);
uint32_t outer_choose(uint32_t count);

/* Wait until all goroutines but main have ended. */
void outer_join(void);

/* Set by one, waited for by one: a buffer of one. */
typedef struct outer_event outer_event;
outer_event *outer_event_make(void);
void outer_event_set(outer_event *event);
void outer_event_wait(outer_event *event);

/* A mutex of the outer world for each address. */
void outer_lock_at(const void *address);
bool outer_try_lock_at(const void *address);
void outer_unlock_at(const void *address);

/* The calling goroutine's last step has found `busy` in this word: wait until somebody stores
 * another value. */
void outer_wait_store(const uint32_t *word, uint32_t busy);

/* By inner.sh the inner world's calls of syscall, pthread_create and their like come to functions
 * of outer.c too: futexes, membarrier, threads. */

/* Memory that starts as zeros. What is given back is never used again: touching it is a race. */
void *outer_alloc(size_t size);
void outer_free(void *memory, size_t size);

/* End the run with a finding. */
_Noreturn void outer_fail(const char *message);

#endif
