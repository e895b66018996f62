/* sim_main.c: three nodes on three simulated hosts, a client, and a network that is cut once.
 *
 *   ./replicated_log          an entry that was committed is lost; one cut is enough
 *   ./replicated_log_fixed    passes */
#include <weft/sim.h>

#include "node.h"

enum { VALUES = 2 };

static const char *const addresses[NODES] = {"udp:n1:7000", "udp:n2:7000", "udp:n3:7000"};
static const char *const names[NODES] = {"n1", "n2", "n3"};

/* What the nodes have told, together. */
static struct {
    log_entry log[LOG_MAX];
    bool known[LOG_MAX];
} history;

/* Whatever one node says is committed, no other may contradict. */
static void committed(int id, uint32_t index, const log_entry *entry)
{
    (void)id;
    if (history.known[index]) {
        WEFT_ALWAYS(history.log[index].value == entry->value, "a committed entry stays");
    }
    history.log[index] = *entry;
    history.known[index] = true;
}

static void append_all(void *arg)
{
    static node_config configs[NODES];
    (void)arg;
    weft_faults_set(&(weft_faults){.partitions = 1});
    for (int i = 0; i < NODES; i++) {
        weft_host_add(names[i]);
    }
    for (int i = 0; i < NODES; i++) {
        configs[i] = (node_config){.id = i, .path = "promise", .committed = committed};
        for (int k = 0; k < NODES; k++) {
            configs[i].addresses[k] = addresses[k];
        }
        WEFT_ASSERT(weft_host_start(names[i], node_run, &configs[i]) == 0);
    }
    for (uint32_t value = 1; value <= VALUES; value++) {
        (void)log_append(addresses, value, weft_now() + 5 * WEFT_SECOND);
    }
    WEFT_SOMETIMES(history.known[VALUES - 1], "all values are committed");
}

int main(void)
{
    return weft_run_with(&(weft_options){.name = "replicated_log"}, append_all, NULL);
}
