/* run.h: a run from beginning to end, and the life of goroutines within it. */
#ifndef WEFT_SCHED_RUN_H
#define WEFT_SCHED_RUN_H

#include "worker.h"

/* weft_run_with, once it is clear that the caller is no goroutine. */
int weft__run_program(const weft_options *options, weft_fn *main_fn, void *arg);

/* weft__spawn and weft__exit. */
int weft__run_spawn(weft__thread *t, weft__g *g, weft__hint hint);
_Noreturn void weft__run_exit(weft__g *self);

/* Give back the places that w has, which retires. */
void weft__run_clear_places(weft__worker *w);

/* The number of workers is about to change. */
void weft__run_resize(uint32_t workers);

/* Goroutines alive: about, while others start some and end. */
uint32_t weft__run_alive(void);

#endif
