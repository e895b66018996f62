/* weft/fuzz.h: one byte string drives the input and the schedule of a simulated run.
 *
 *   static void target(const uint8_t *data, size_t size)
 *   {
 *       weft_go(...); ... WEFT_ASSERT(...);
 *   }
 *   WEFT_FUZZ(target)
 *
 * in one file of a program that links weft::fuzz is a fuzz target: libFuzzer's with clang, and what
 * runs files and folders with any compiler. docs/fuzzing.md has the rest. */
#ifndef WEFT_FUZZ_H
#define WEFT_FUZZ_H

#include <weft.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The body of the goroutine "main". data[0] to data[size - 1] are the front of the bytes, the
 * input; their back decides the schedule and every free choice. Neither may be changed or kept. */
typedef void weft_fuzz_fn(const uint8_t *data, size_t size);

/* Define the entry points that fuzzing engines call: each execution is one simulated run of
 * `target`, with the settings of the environment (WEFT_STEPS, WEFT_STORE, ...). A run that fails is
 * shrunk, reported and stored as by weft_run; then the process aborts, so that the engine keeps the
 * bytes. WEFT_REPLAY replays what was stored instead, and exits with status 1 if it still fails. */
#define WEFT_FUZZ(target)                                                                          \
    int LLVMFuzzerInitialize(int *argc, char ***argv);                                             \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);                                  \
    int LLVMFuzzerInitialize(int *argc, char ***argv)                                              \
    {                                                                                              \
        (void)argc;                                                                                \
        (void)argv;                                                                                \
        return weft_fuzz_begin(&(const weft_options){.name = #target}, target);                    \
    }                                                                                              \
    int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)                                   \
    {                                                                                              \
        return weft_fuzz_one(data, size);                                                          \
    }

/* For WEFT_FUZZ. begin: once, before any of the other; a setting that cannot be read ends the
 * process with status 2. Both return 0. */
int weft_fuzz_begin(const weft_options *options, weft_fuzz_fn *target);
int weft_fuzz_one(const uint8_t *data, size_t size);

#ifdef __cplusplus
}
#endif

#endif
