/* accesses.c: what an access costs: five loops, natively, under a thread sanitizer of a compiler,
 * or in the simulator.
 *
 * Prints a line for each: bench, name, cores, nanoseconds an element, unit. CPU time, the median of
 * five. COMPILED says how: native, gcc_tsan, clang_tsan or weft; for the latter the argument, off
 * or find, says whether races are looked for. */
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#ifdef IN_SIMULATOR
#include <weft/sim.h>
#endif

enum { SIZE = 1 << 12, ROUNDS = 1 << 10, DEPTH = 12, ATOMICS = 20000 };

static long numbers[SIZE];
static long total;
static atomic_long counter;

typedef struct node {
    struct node *less;
    struct node *more;
    long key;
} node;

static node nodes[SIZE];

static void sum(void)
{
    long result = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIZE; i++) {
            result += numbers[i];
        }
        total += result;
    }
}

static void increment(void)
{
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < SIZE; i++) {
            numbers[i]++;
        }
    }
}

static node *grow(long low, long high)
{
    if (low >= high) {
        return NULL;
    }
    const long middle = low + (high - low) / 2;
    nodes[middle] = (node){grow(low, middle), grow(middle + 1, high), middle};
    return &nodes[middle];
}

static void walk(void)
{
    const node *const root = grow(0, SIZE);
    for (long i = 0; i < (long)ROUNDS * SIZE / DEPTH; i++) {
        const long wanted = i * 7919 % SIZE;
        const node *at = root;
        while (at != NULL && at->key != wanted) {
            at = wanted < at->key ? at->less : at->more;
        }
        total += at != NULL;
    }
}

static void sort(long *from, long *end)
{
    if (end - from < 2) {
        return;
    }
    const long pivot = from[(end - from) / 2];
    long *low = from;
    long *high = end - 1;
    while (low <= high) {
        while (*low < pivot) {
            low++;
        }
        while (*high > pivot) {
            high--;
        }
        if (low <= high) {
            const long swapped = *low;
            *low++ = *high;
            *high-- = swapped;
        }
    }
    sort(from, high + 1);
    sort(low, end);
}

static void quicksort(void)
{
    for (int round = 0; round < ROUNDS / 16; round++) {
        for (long i = 0; i < SIZE; i++) {
            numbers[i] = (i * 7919 + round) % SIZE;
        }
        sort(numbers, numbers + SIZE);
    }
}

static void atomic_add(void)
{
    for (int i = 0; i < ATOMICS; i++) {
        atomic_fetch_add(&counter, 1);
    }
}

static const struct {
    const char *name;
    void (*work)(void);
    double elements;
} loops[] = {
    {"sum", sum, (double)ROUNDS *SIZE},
    {"increment", increment, (double)ROUNDS *SIZE},
    {"tree_walk", walk, (double)ROUNDS *SIZE / DEPTH},
    {"quicksort", quicksort, (double)ROUNDS / 16 * SIZE},
    {"atomic_add", atomic_add, ATOMICS},
};

static void (*work)(void);

#ifdef IN_SIMULATOR
static void run_in_goroutine(void *arg)
{
    (void)arg;
    work();
}

static void run(const char *races)
{
    weft_result result;
    const weft_options options = {.name = "accesses",
                                  .races = races,
                                  .schedules = 1,
                                  .strategy = "random",
                                  .max_steps = 1000000,
                                  .time_ns = WEFT_NEVER};
    if (weft_explore(&options, run_in_goroutine, NULL, &result) != 0) {
        exit(1);
    }
    weft_result_clear(&result);
}
#else
static void run(const char *races)
{
    (void)races;
    work();
}
#endif

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    const char *const races = argc > 1 ? argv[1] : "";
    for (size_t i = 0; i < sizeof loops / sizeof loops[0]; i++) {
        double times[5];
        work = loops[i].work;
        for (int k = 0; k < 5; k++) {
            const double start = cpu_seconds();
            run(races);
            times[k] = cpu_seconds() - start;
        }
        qsort(times, 5, sizeof times[0], compare);
        printf("bench\taccess_%s_%s%s%s\t1\t%.2f\tns\n", loops[i].name, COMPILED,
               races[0] == '\0' ? "" : "_", races, 1e9 * times[2] / loops[i].elements);
    }
    return 0;
}
