/* dump_signal.h: the signal at which a run lists its goroutines. */
#ifndef WEFT_SCHED_DUMP_SIGNAL_H
#define WEFT_SCHED_DUMP_SIGNAL_H

/* From here to leave, `number` (0: none) prints what weft_dump does, on standard error, and then
 * does what it did before if the program handles it. A number that the program ignores, or that
 * cannot be caught, is left alone. */
void weft__dump_signal_enter(int number);
void weft__dump_signal_leave(void);

#endif
