/* node.h: one node of a replicated log: leader election and quorum writes, as in Raft.
 *
 * Nodes talk by datagrams, which may be lost, doubled and overtaken. What a node has promised (its
 * term, its vote, its log) is on its disk before anybody hears of it.
 *
 * INVARIANTS (Ongaro, Ousterhout: In Search of an Understandable Consensus Algorithm, figure 3)
 *   - At most one node is elected in a term.
 *   - An entry that is committed is in the log of every later leader, at the same index. */
#ifndef EXAMPLE_NODE_H
#define EXAMPLE_NODE_H

#include <weft.h>

enum { NODES = 3, LOG_MAX = 16 };

typedef struct log_entry {
    uint32_t term;
    uint32_t value;
} log_entry;

/* What is on the disk. */
typedef struct promise {
    uint64_t sequence; /* of writes */
    uint32_t term;
    int32_t voted_for; /* in this term; -1: nobody */
    uint32_t count;
    log_entry log[LOG_MAX];
    uint64_t checksum;
} promise;

typedef struct node_config {
    int id;                       /* 0 to NODES - 1 */
    const char *addresses[NODES]; /* "udp:host:port" */
    const char *path;             /* of the file with what it has promised */
    /* Called for each entry that the node learns is committed, in order. */
    void (*committed)(int id, uint32_t index, const log_entry *entry);
} node_config;

/* Be that node, for ever. */
void node_run(void *config);

/* Have a value appended: send it to each node in turn until one says that it is committed. Returns
 * whether one did until the deadline; if not, it may have been or not. */
bool log_append(const char *const addresses[NODES], uint32_t value, int64_t deadline_ns);

#endif
