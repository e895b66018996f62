/* kernels_fuzz.c: the kernels of tests/bugs/goker, in one program.
 *
 * The first two bytes of the input say which kernel runs, the next ones what its counts are
 * (BUG_COUNT in bug.h); what it chooses, and the schedule, are up to the schedule bytes. In their
 * fixed form nothing may be found. With BUG_KERNEL=<name> only that kernel runs.
 *
 * INVARIANTS
 *   - The globals of the kernels, and nothing else, are the sections kernels_data and kernels_bss;
 *     each execution begins with both as they were at the start of the program.
 *   - Which two bytes mean a kernel depends on the names of all: another kernel takes its share
 *     evenly from the others, and no other entry of a corpus changes its meaning. */
#include <stdint.h>
#include <weft/fuzz.h>

#include <targets/input.h>

#include "../bugs/support/bug.h"

extern const bug_kernel __start_bug_kernels[];
extern const bug_kernel __stop_bug_kernels[];
extern const bug_count __start_bug_counts[];
extern const bug_count __stop_bug_counts[];
extern uint8_t __start_kernels_data[];
extern uint8_t __stop_kernels_data[];
extern uint8_t __start_kernels_bss[];
extern uint8_t __stop_kernels_bss[];

static uint8_t *data_at_start;
static uint64_t *hashes;       /* one of the name of each kernel */
static const bug_kernel *only; /* NULL: any may run */

static void *allocate(size_t size)
{
    void *const memory = malloc(size);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static size_t data_size(void)
{
    return (size_t)(__stop_kernels_data - __start_kernels_data);
}

/* The name: of its file without folder and ending. */
static const char *name_of(const bug_kernel *k, size_t *ret_length)
{
    const char *const slash = strrchr(k->file, '/');
    const char *const name = slash == NULL ? k->file : slash + 1;
    *ret_length = strcspn(name, ".");
    return name;
}

static uint64_t hash_of(const bug_kernel *k)
{
    size_t length = 0;
    const char *const name = name_of(k, &length);
    return input_hash(INPUT_HASH_OF_NONE, name, length);
}

static const bug_kernel *kernel_named(const char *wanted)
{
    for (const bug_kernel *k = __start_bug_kernels; k != __stop_bug_kernels; k++) {
        size_t length = 0;
        const char *const name = name_of(k, &length);
        if (strlen(wanted) == length && memcmp(name, wanted, length) == 0) {
            return k;
        }
    }
    (void)fprintf(stderr, "BUG_KERNEL: there is no kernel %s\n", wanted);
    exit(2);
}

__attribute__((constructor)) static void begin(void)
{
    const size_t kernels = (size_t)(__stop_bug_kernels - __start_bug_kernels);
    data_at_start = allocate(data_size());
    memcpy(data_at_start, __start_kernels_data, data_size());
    hashes = allocate(kernels * sizeof *hashes);
    for (size_t i = 0; i < kernels; i++) {
        hashes[i] = hash_of(&__start_bug_kernels[i]);
    }
    const char *const name = getenv("BUG_KERNEL");
    only = name == NULL ? NULL : kernel_named(name);
}

static void put_globals_back(void)
{
    memcpy(__start_kernels_data, data_at_start, data_size());
    memset(__start_kernels_bss, 0, (size_t)(__stop_kernels_bss - __start_kernels_bss));
}

/* The kernel whose name, hashed with the choice, gives most. */
static const bug_kernel *kernel_chosen(uint64_t choice)
{
    size_t best = 0;
    uint64_t most = 0;
    for (size_t i = 0; &__start_bug_kernels[i] != __stop_bug_kernels; i++) {
        uint64_t mixed = (hashes[i] ^ choice) * 0x9E3779B97F4A7C15;
        mixed = (mixed ^ mixed >> 32) * 0x9E3779B97F4A7C15;
        if (mixed > most) {
            most = mixed;
            best = i;
        }
    }
    return &__start_bug_kernels[best];
}

/* From 1 to twice the usual number; the byte 0, and the end of the input, mean the usual one. */
static void draw_counts(const bug_kernel *k, input *in)
{
    for (const bug_count *c = __start_bug_counts; c != __stop_bug_counts; c++) {
        if (c->kernel == k->run) {
            *c->count = 1 + (c->usual - 1 + input_byte(in)) % (2 * c->usual);
        }
    }
}

static void kernels(const uint8_t *data, size_t size)
{
    input in = input_of(data, size);
    const uint64_t high = input_byte(&in);
    const uint64_t choice = high << 8 | input_byte(&in);
    const bug_kernel *const k = only != NULL ? only : kernel_chosen(choice);
    put_globals_back();
    draw_counts(k, &in);
    k->run(NULL);
}

WEFT_FUZZ(kernels)
