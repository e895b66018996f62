/* fuzz_speed.c: executions of a fuzz target in a second of CPU time, and what they add to the
 * memory of the process: five goroutines, forty operations, bytes that differ each time.
 *
 * Prints lines of bench, name, cores, value, unit. The argument is how many executions. */
#include <weft/fuzz.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../process_memory.h"

enum { EXECUTIONS = 1000000, SIZE = 32 };

static weft_chan *ch;
static int shared;

static void worker(void *arg)
{
    int value = 0;
    (void)arg;
    for (int i = 0; i < 2; i++) {
        weft_chan_send(ch, &value);
        WEFT_WRITE(shared, WEFT_READ(shared) + 1);
        (void)weft_chan_recv(ch, &value);
    }
}

static void target(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    ch = weft_chan_make(sizeof(int), 4);
    for (int i = 0; i < 4; i++) {
        weft_go(worker, NULL);
    }
    worker(NULL);
}

WEFT_FUZZ(target)

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    const unsigned long executions = argc > 1 ? strtoul(argv[1], NULL, 10) : EXECUTIONS;
    uint8_t data[SIZE] = {0xfe};
    uint64_t state = 1;
    (void)LLVMFuzzerInitialize(&argc, &argv);
    (void)LLVMFuzzerTestOneInput(data, SIZE);
    const long before_kb = status_kb("VmRSS:");
    const double start = cpu_seconds();
    for (unsigned long i = 0; i < executions; i++) {
        for (size_t k = 1; k < SIZE; k++) {
            state = state * UINT64_C(6364136223846793005) + 1;
            data[k] = (uint8_t)(state >> 58);
        }
        (void)LLVMFuzzerTestOneInput(data, SIZE);
    }
    (void)printf("bench\tfuzz_executions\t1\t%.0f\texecutions/s\n",
                 (double)executions / (cpu_seconds() - start));
    (void)printf("bench\tfuzz_memory_growth\t1\t%ld\tKiB\n", status_kb("VmRSS:") - before_kb);
    return 0;
}
