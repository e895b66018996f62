/* explored_program.h: the program of programs.h that a test of the simulator explores. */
#ifndef WEFT_TESTS_EXPLORED_PROGRAM_H
#define WEFT_TESTS_EXPLORED_PROGRAM_H

#include "program_steps.h"

/* What runs now; set between explorations, so it is put back to the same before each run. */
static program program_now;

/* The state of one run: put back before each. */
static program_run program_state;

/* What the goroutines saw in the last run. The simulator does not put it back. */
static program_log program_seen[PROGRAM_LOGS] __attribute__((section("weft_keep"), used)) = {0};

static inline void program_main(void *arg)
{
    (void)arg;
    for (int i = 0; i < PROGRAM_LOGS; i++) {
        program_seen[i].length = 0;
    }
    program_state.program = &program_now;
    program_state.logs = program_seen;
    program_start(&program_state);
}

/* What the last run came to: what each goroutine saw, and the verdict. */
static inline uint64_t program_outcome_hash(uint64_t verdict)
{
    uint64_t hash = verdict + 1;
    char text[PROGRAM_OUTCOME_SIZE];
    program_outcome(&program_state, text);
    for (const char *c = text; *c != '\0'; c++) {
        hash = (hash ^ (unsigned char)*c) * UINT64_C(0x100000001b3);
    }
    return hash;
}

#endif
