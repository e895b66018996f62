/* cockroach_10214: g1 locks the store's heartbeats and then each replica; g2 locks a replica and
 * then the heartbeats. The classic AB-BA deadlock.
 * Expected: leak, g1 and g2 each in mutex lock. */
#include "../support/bug.h"

typedef struct replica {
    weft_mutex raft;
    weft_mutex mu;
} replica;

BUG_COUNT(REPLICAS, 2);
BUG_COUNT(ROUNDS, 2);

static weft_mutex heartbeats;
static replica replicas[REPLICAS_MAX];

static void report_unreachable(void)
{
    for (int i = 0; i < ROUNDS * REPLICAS; i++) {
        weft_mutex_lock(&replicas[i % REPLICAS].raft);
        weft_mutex_unlock(&replicas[i % REPLICAS].raft);
    }
}

static void g1(void *arg)
{
    (void)arg;
    weft_mutex_lock(&heartbeats); /* take the list of heartbeats to be sent */
#ifdef FIXED
    weft_mutex_unlock(&heartbeats);
    report_unreachable();
#else
    report_unreachable();
    weft_mutex_unlock(&heartbeats);
#endif
}

static void g2(void *arg)
{
    (void)arg;
    replica *const r = &replicas[0];
    weft_mutex_lock(&r->raft);
    weft_mutex_lock(&r->mu);
    for (int i = 0; i < ROUNDS; i++) {
        weft_mutex_lock(&heartbeats);
        weft_mutex_unlock(&heartbeats);
    }
    weft_mutex_unlock(&r->mu);
    weft_mutex_unlock(&r->raft);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_go(g1, NULL);
    weft_go(g2, NULL);
}

BUG_MAIN(kernel, LEAK({"g1", "mutex lock"}, {"g2", "mutex lock"}))
