/* weft/sim.h: the simulator's own interface: explore and look at what was found.
 *
 * Most programs need only weft_run (weft.h): linked with weft::sim it explores and prints a report.
 * This header is for those who want the findings as data, or several hosts and faults of their
 * network and disks. It does not exist in weft::runtime. */
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

/* ---- Hosts, their network and their disks -----------------------------------------------------
 * The calls of weft.h's "Input and output" use a network of the simulator's own. The program runs
 * on hosts, each with a name, an address, ports, paths and a disk: main runs on the host "main",
 * and a goroutine where its creator does. Between sockets of one host bytes arrive at once; from
 * host to host they take the time that the link says.
 *
 * What goes wrong is a free choice like any other: explored, recorded, replayed and shrunk. How
 * often it may go wrong in one run is what weft_faults says. Or the test says when: cut, heal,
 * crash. All of this may be called before weft_run, for all of its runs, or within a run, for the
 * rest of it. Names are copied. Unknown hosts and numbers out of range are fatal: times are from 0
 * to a day, descriptors at most 1 000 000, nothing is negative.
 *
 * docs/network.md says what the virtual network leaves out. */

/* How often in one run it may happen, at most. What is not in here does not happen by itself. */
typedef struct weft_faults {
    uint32_t short_transfers; /* a read or write of a stream gets less than it could; default 2 */
    uint32_t resets;          /* a connection is reset, at an operation of one of its ends */
    uint32_t refusals;        /* a connection to another host is refused */
    uint32_t delays;          /* a segment or datagram takes ten times as long */
    uint32_t losses;          /* a datagram is lost; a segment comes 200 ms later */
    uint32_t duplicates;      /* a datagram comes twice */
    uint32_t partitions;      /* the sender's host is cut off from one other or all, */
    int64_t partition_ns;     /* for so long; default 2 s */
    uint32_t crashes;         /* a host that uses its network or disk crashes, */
    int64_t restart_ns;       /* and starts again, with what weft_host_start was given last, so much
                                 later; default 1 s */
    uint32_t descriptors;     /* that may be open on all hosts together; default 65 536 */
} weft_faults;
void weft_faults_set(const weft_faults *faults);

/* What connects two hosts, each way: its latency, up to how much more in four steps by free choice,
 * and bytes a second (0: no limit). Default for all: 1 ms, no jitter, no limit. NULL: all hosts. */
typedef struct weft_link {
    int64_t latency_ns;
    int64_t jitter_ns;
    int64_t bytes_per_second;
} weft_link;
void weft_link_set(const char *a, const char *b, const weft_link *link);

/* Nothing sent comes from `from` to `to` any more; both ways; both ways it does again. What is on
 * its way waits; TCP gives up after 60 s (-ETIMEDOUT), datagrams are lost. NULL: all other hosts.
 * */
void weft_link_cut(const char *from, const char *to);
void weft_link_partition(const char *a, const char *b);
void weft_link_heal(const char *a, const char *b);

/* There is a host of this name from here on: it can be named in addresses ("node1:7000"). */
void weft_host_add(const char *name);

/* Run fn(arg) as a goroutine on this host, which is added if need be; after a crash it is up again.
 * The goroutines of hosts other than main are daemons: they may be left when the program ends.
 * Errors: as weft_go. [goroutine] */
int weft_host_start(const char *name, weft_fn *fn, void *arg);

/* Kill the host: its goroutines are gone where they are, without deferred calls, its timers too,
 * its connections are reset; of what its disk had not synced each file keeps a part, perhaps none,
 * by free choice, and so do directories. Its globals and heap are those of the process: a host
 * should have none that it does not make anew. Not "main", and not from the host itself.
 * [goroutine] */
void weft_host_crash(const char *name);

/* The name of the caller's host; whether a host has been started and has not crashed since. */
const char *weft_host_name(void);
bool weft_host_is_up(const char *name);

/* The disk of the host holds so many bytes: -ENOSPC beyond. 0: no limit. */
void weft_host_disk_size(const char *name, int64_t size);

#ifdef __cplusplus
}
#endif

#endif
