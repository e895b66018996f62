/* foreign.h: locks that are not Weft's, of threads: seen as what they are to goroutines, a word
 * that is changed at once, and that orders what is before its release with what is after it is
 * taken. */
#ifndef WEFT_SIM_FOREIGN_H
#define WEFT_SIM_FOREIGN_H

/* The running goroutine is about to take the lock or give it back: others may go first. */
void weft__foreign_point(void *lock, const void *site);

/* It has it; it is about to give it back. */
void weft__foreign_taken(const void *lock);
void weft__foreign_released(const void *lock);

#endif
