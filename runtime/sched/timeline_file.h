/* timeline_file.h: the file of a trace: JSON of the Trace Event Format, which Perfetto and Chrome's
 * about:tracing read.
 *
 * Texts are put together in a fixed buffer without stdio, which would want more stack than a small
 * goroutine has.
 *
 * INVARIANTS
 *   - One caller at a time: the file's lock, which is the caller's, is held.
 *   - Whenever the lock is free the file is complete JSON: each write carries the closing brackets,
 *     and the next one goes over them.
 *   - Events are whole: one that would not fit the limit is not written but counted. */
#ifndef WEFT_SCHED_TIMELINE_FILE_H
#define WEFT_SCHED_TIMELINE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Make the file, or empty it. `limit` bytes at most. Returns 0 or a negated errno. */
int weft__timeline_file_open(const char *path, uint64_t limit);

/* Between begin and end: the fields of one event. Keys have their quotes and commas with them.
 * string: within quotes, escaped. us: nanoseconds as microseconds. */
void weft__event_begin(const char *text);
void weft__event_text(const char *text);
void weft__event_string(const char *bytes, size_t size);
void weft__event_number(uint64_t number);
void weft__event_us(int64_t ns);
void weft__event_end(void);

/* Count events that are lost. */
void weft__timeline_file_drop(void);

/* Write what was put. false: it failed, now or earlier; a line on standard error has said so, and
 * nothing is written any more. */
bool weft__timeline_file_flush(void);

/* Returns 0, or the negated errno of what failed. */
int weft__timeline_file_close(void);

#endif
