/* console.h: what a person sees on standard error, and the muting of standard output. */
#ifndef WEFT_SIM_CONSOLE_H
#define WEFT_SIM_CONSOLE_H

#include <stdbool.h>

/* "weft: <message>" on standard error. */
void weft__console_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The same, then exit status 2. */
_Noreturn void weft__console_die(const char *message);

/* Send standard output to nowhere, and back. What is buffered goes where it belongs. */
void weft__console_mute(void);
void weft__console_unmute(void);

#endif
