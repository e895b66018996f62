/* process_memory.h: what /proc/self/status says of this process's memory. */
#ifndef WEFT_BENCH_PROCESS_MEMORY_H
#define WEFT_BENCH_PROCESS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* KiB of a field as "VmRSS:"; 0: it is not there. */
static inline long status_kb(const char *field)
{
    char line[256];
    long kb = 0;
    FILE *const file = fopen("/proc/self/status", "r");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, field, strlen(field)) == 0) {
            kb = strtol(line + strlen(field), NULL, 10);
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    return kb;
}

#endif
