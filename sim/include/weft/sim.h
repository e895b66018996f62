/* weft/sim.h: the simulator's own interface: explore and look at what was found.
 *
 * Most programs need only weft_run (weft.h): linked with weft::sim it explores and prints a report.
 * This header is for those who want the findings as data. It does not exist in weft::runtime. */
#ifndef WEFT_SIM_H
#define WEFT_SIM_H

#include <weft.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum weft_finding_kind {
    WEFT_FOUND_NOTHING,
    WEFT_FOUND_DEADLOCK,       /* main waits for ever */
    WEFT_FOUND_LEAK,           /* main has returned, others wait for ever */
    WEFT_FOUND_PANIC,          /* a panic that nothing recovered */
    WEFT_FOUND_ASSERTION,      /* WEFT_ASSERT, WEFT_ALWAYS, assert, or a test framework's */
    WEFT_FOUND_FATAL,          /* misuse that cannot be recovered: unlock of an unlocked mutex */
    WEFT_FOUND_CRASH,          /* a signal, or the overflow of a goroutine's stack */
    WEFT_FOUND_RUNAWAY,        /* still running at max_steps although scheduled fairly */
    WEFT_FOUND_NEVER_REACHED,  /* a WEFT_SOMETIMES that was evaluated and never held */
    WEFT_FOUND_NONDETERMINISM, /* the same schedule did not do the same again */
    WEFT_FOUND_LIVELOCK,       /* like a runaway, and goroutines only look, try and yield */
    WEFT_FOUND_STARVATION,     /* like a runaway, and one never gets what others get or work on */
    WEFT_FOUND_DATA_RACE,      /* two accesses that nothing orders: the later and the earlier one */
    WEFT_FOUND_MEMORY,         /* weft::instrument: memory that was freed, or lies beside a block */
    WEFT_FOUND_COUNT,          /* not a kind: their number */
} weft_finding_kind;

/* "deadlock", "leak", ... */
const char *weft_finding_kind_name(weft_finding_kind kind);

/* A goroutine that waits for ever, or the one that failed; of a data race, the two that are in it:
 * first the one whose access came second in this schedule. */
typedef struct weft_finding_goroutine {
    char name[64];   /* "transfer#1" */
    char path[96];   /* "main/2.1": first goroutine started by main's second */
    char reason[64]; /* "mutex lock", "channel send", ...; data race: "write of 4 bytes" */
    char object[96]; /* what it waits for, or uses; "" when there is nothing to name */
    char after[256]; /* data race: its last synchronisation before, "lock m  bank.c:40"; else "" */
    char place[160]; /* "bank.c:41", or the module and offset when there is no debug information */
} weft_finding_goroutine;

/* An operation that got something else in the nearest run that passes. */
typedef struct weft_finding_difference {
    char goroutine[64];
    char operation[160]; /* "lock account_b  bank.c:41" */
    char failing[200];   /* what came of it: "waits for ever" */
    char passing[200];   /* and there: "after transfer_out, bank.c:20" */
} weft_finding_difference;

/* One operation that comes before another. */
typedef struct weft_finding_order {
    char before[256]; /* "worker#1 closes jobs (pool.c:41)" */
    char after[256];
} weft_finding_order;

typedef struct weft_finding {
    weft_finding_kind kind;
    char message[512];
    char hash[17];           /* of the schedule's equivalence class: WEFT_REPLAY takes it */
    char *token;             /* the whole schedule on one line: WEFT_REPLAY takes it too */
    char *file;              /* in the store; NULL when it could not be written */
    bool known;              /* a stored failure that is still there: nothing was explored */
    uint64_t run;            /* the first run that showed it */
    const char *predicted;   /* "lock-order cycle", ...: what that run was to confirm, because */
    uint64_t predicted_from; /* this run, which had passed, suggested it; NULL: nothing */
    uint64_t steps;          /* of the shrunk schedule */
    uint32_t switches_found; /* forced switches and choices, before and after shrinking */
    uint32_t switches_shrunk;
    bool minimal;            /* without any one of them the run does not fail in this way */
    uint64_t shrink_replays; /* what shrinking took: runs, */
    int64_t shrink_ns;       /* and real time */
    char *stacks; /* MEMORY, DATA_RACE: calls that allocated and freed the block; or NULL */
    weft_finding_goroutine *goroutines;
    size_t goroutine_count;
    /* Why: runs in which all of `orders` hold fail like this one, nine in ten or more; fewer were
     * tried first. depth: how many there are; 0: runs fail whatever the order; -1: not known. */
    int depth;
    weft_finding_order *orders;
    size_t order_count;
    /* The most similar run that passes, as a change of this one, "without the switch at step 6", or
     * "": none is known. And what differs in it. */
    char nearest[64];
    weft_finding_difference *differences;
    size_t difference_count;
} weft_finding;

typedef struct weft_result {
    uint64_t runs;      /* of all workers */
    uint64_t steps;     /* of all runs */
    uint64_t distinct;  /* different behaviours among the runs */
    uint64_t seen_once; /* those of them that one run only has shown */
    bool complete;      /* every behaviour there is was explored: `behaviours` of them */
    uint64_t behaviours;
    const char *bounded; /* "delays" or "preemptions": every run with at most `bound` of them was */
    uint32_t bound;      /* explored, but not all behaviours; NULL: nothing of the kind */
    bool overflowed;     /* there was no room to count all: there are more than `distinct` */
    double new_chance;   /* that the next run shows a new one: seen_once / runs (Good-Turing) */
    uint64_t bound_hits; /* runs that the strategy had to hand over to the fair tail */
    int64_t time_ns;     /* real */
    uint64_t trace_hash[2]; /* sum over all runs: equal seeds, equal hashes */
    weft_finding *findings;
    size_t finding_count;
} weft_result;

/* What weft_run_with does in the simulator, but quietly, with the findings in *ret_result, which
 * weft_result_clear frees. Prints nothing but errors, and does not try stored failures first: what
 * it finds depends on the options only. Returns and errors: as weft_run_with. */
int weft_explore(const weft_options *options, weft_fn *main_fn, void *arg, weft_result *ret_result);
void weft_result_clear(weft_result *result);

#ifdef __cplusplus
}
#endif

#endif
