/* node.c: see node.h. Without -DFIXED a voter forgets to compare logs (section 5.4.1 of the paper):
 * a node that was cut off while an entry was committed may be elected then, and it is lost. */
#include "node.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ELECTION_NS (150 * WEFT_MILLISECOND)
#define HEARTBEAT_NS (50 * WEFT_MILLISECOND)
#define ANSWER_NS (300 * WEFT_MILLISECOND)

typedef enum message_kind { VOTE_WANTED, VOTE, APPEND, APPENDED, SUBMIT, COMMITTED } message_kind;

typedef struct message {
    message_kind kind;
    int32_t from; /* -1: a client */
    uint32_t term;
    uint32_t index; /* VOTE_WANTED: entries in the log; APPENDED: that agree; SUBMIT: the value */
    uint32_t last_term; /* VOTE_WANTED: of the last of them */
    uint32_t committed; /* APPEND */
    bool yes;           /* VOTE, APPENDED */
    uint32_t count;     /* APPEND: the leader's whole log */
    log_entry log[LOG_MAX];
} message;

typedef enum role { FOLLOWER, CANDIDATE, LEADER } role;

typedef struct node {
    const node_config *config;
    int fd;
    int file;
    promise promised;
    role role;
    uint32_t votes;           /* as a candidate: a bit for each node */
    uint32_t matching[NODES]; /* as a leader: entries known to be in their logs */
    uint32_t committed;
    int64_t deadline_ns;           /* of the election, or of the next heartbeat */
    weft_address clients[LOG_MAX]; /* who waits for the entry; size 0: nobody */
    weft_address peers[NODES];
} node;

/* ---- the disk: two slots, written in turn, of which the newest whole one counts ---- */

static uint64_t checksum(const promise *p)
{
    const unsigned char *const bytes = (const unsigned char *)p;
    uint64_t sum = UINT64_C(14695981039346656037); /* FNV-1a */
    for (size_t i = 0; i < offsetof(promise, checksum); i++) {
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    }
    return sum;
}

static void fail(const char *what, ssize_t error)
{
    (void)fprintf(stderr, "replicated log: %s: %s\n", what, strerror((int)-error));
    exit(1);
}

static void persist(node *n)
{
    promise *const p = &n->promised;
    p->sequence++;
    p->checksum = checksum(p);
    const int64_t offset = (int64_t)(p->sequence % 2 * sizeof *p);
    const ssize_t written = weft_pwrite(n->file, p, sizeof *p, offset);
    const ssize_t error = written == sizeof *p ? weft_fsync(n->file) : written < 0 ? written : -EIO;
    if (error != 0) {
        fail(n->config->path, error);
    }
}

static void load(node *n)
{
    n->file = weft_open(n->config->path, O_RDWR | O_CREAT, 0600);
    if (n->file < 0) {
        fail(n->config->path, n->file);
    }
    const int directory = weft_open(".", O_RDONLY | O_DIRECTORY, 0);
    if (directory < 0 || weft_fsync(directory) != 0) {
        fail("syncing the directory", directory < 0 ? directory : -EIO);
    }
    (void)weft_close(directory);
    n->promised.voted_for = -1;
    for (int64_t slot = 0; slot < 2; slot++) {
        promise p;
        const ssize_t got = weft_pread(n->file, &p, sizeof p, slot * (int64_t)sizeof p);
        if (got == sizeof p && p.checksum == checksum(&p) && p.sequence > n->promised.sequence) {
            n->promised = p;
        }
    }
}

/* ---- messages ---- */

static void send_to(const node *n, const weft_address *to, const message *m)
{
    const size_t size = offsetof(message, log) + m->count * sizeof m->log[0];
    (void)weft_sendto(n->fd, m, size, to, WEFT_NEVER); /* what is lost is sent again, or not */
}

static message make(const node *n, message_kind kind)
{
    return (message){.kind = kind, .from = n->config->id, .term = n->promised.term};
}

static void broadcast(const node *n, const message *m)
{
    for (int i = 0; i < NODES; i++) {
        if (i != n->config->id) {
            send_to(n, &n->peers[i], m);
        }
    }
}

static void send_log(node *n)
{
    message m = make(n, APPEND);
    m.committed = n->committed;
    m.count = n->promised.count;
    memcpy(m.log, n->promised.log, m.count * sizeof m.log[0]);
    broadcast(n, &m);
    n->deadline_ns = weft_now() + HEARTBEAT_NS;
}

/* ---- committing ---- */

static void commit(node *n, uint32_t up_to)
{
    while (n->committed < up_to) {
        const uint32_t index = n->committed++;
        n->config->committed(n->config->id, index, &n->promised.log[index]);
        if (n->clients[index].size != 0) {
            const message m = make(n, COMMITTED);
            send_to(n, &n->clients[index], &m);
            n->clients[index].size = 0;
        }
    }
}

/* An entry of the leader's own term that most nodes have is committed, with all before it. */
static void commit_what_most_have(node *n)
{
    for (uint32_t count = n->promised.count; count > n->committed; count--) {
        int have = 1;
        for (int i = 0; i < NODES; i++) {
            have += i != n->config->id && n->matching[i] >= count;
        }
        if (have > NODES / 2 && n->promised.log[count - 1].term == n->promised.term) {
            commit(n, count);
            return;
        }
    }
}

/* ---- terms and roles ---- */

static void wait_for_leader(node *n)
{
    const int64_t spread_ns = (int64_t)(weft_random() % (uint64_t)ELECTION_NS);
    n->deadline_ns = weft_now() + ELECTION_NS + spread_ns;
}

static void follow(node *n, uint32_t term)
{
    n->role = FOLLOWER;
    memset(n->clients, 0, sizeof n->clients);
    if (term > n->promised.term) {
        n->promised.term = term;
        n->promised.voted_for = -1;
        persist(n);
    }
}

static uint32_t last_term(const promise *p)
{
    return p->count == 0 ? 0 : p->log[p->count - 1].term;
}

static void stand(node *n)
{
    n->role = CANDIDATE;
    n->promised.term++;
    n->promised.voted_for = n->config->id;
    n->votes = 1U << n->config->id;
    persist(n);
    message m = make(n, VOTE_WANTED);
    m.index = n->promised.count;
    m.last_term = last_term(&n->promised);
    broadcast(n, &m);
    wait_for_leader(n);
}

/* Whether a candidate's log has all that could be committed. */
static bool is_up_to_date(const node *n, const message *m)
{
#ifdef FIXED
    const uint32_t own = last_term(&n->promised);
    return m->last_term != own ? m->last_term > own : m->index >= n->promised.count;
#else
    (void)n;
    (void)m;
    return true;
#endif
}

static void vote(node *n, const message *m)
{
    promise *const p = &n->promised;
    message answer = make(n, VOTE);
    if (m->term == p->term && (p->voted_for == -1 || p->voted_for == m->from) &&
        is_up_to_date(n, m)) {
        answer.yes = true;
        if (p->voted_for == -1) {
            p->voted_for = m->from;
            persist(n);
        }
        wait_for_leader(n);
    }
    send_to(n, &n->peers[m->from], &answer);
}

static void count_vote(node *n, const message *m)
{
    if (n->role != CANDIDATE || m->term != n->promised.term || !m->yes) {
        return;
    }
    n->votes |= 1U << m->from;
    if (__builtin_popcount(n->votes) > NODES / 2) {
        n->role = LEADER;
        memset(n->matching, 0, sizeof n->matching);
        send_log(n);
    }
}

/* ---- the log ---- */

/* Take over what the leader has, and keep what is behind it unless it contradicts. */
static void take_log(node *n, const message *m)
{
    promise *const p = &n->promised;
    bool changed = false;
    for (uint32_t i = 0; i < m->count; i++) {
        const bool same = i < p->count && p->log[i].term == m->log[i].term;
        if (!same) {
            p->log[i] = m->log[i];
            p->count = i + 1;
            changed = true;
        }
    }
    if (changed) {
        persist(n);
    }
}

static void append(node *n, const message *m)
{
    message answer = make(n, APPENDED);
    if (m->term == n->promised.term && n->role != LEADER) {
        n->role = FOLLOWER;
        wait_for_leader(n);
        take_log(n, m);
        commit(n, m->committed < m->count ? m->committed : m->count);
        answer.yes = true;
        answer.index = m->count;
    }
    send_to(n, &n->peers[m->from], &answer);
}

static void count_append(node *n, const message *m)
{
    if (n->role == LEADER && m->term == n->promised.term && m->yes) {
        const uint32_t before = n->matching[m->from];
        n->matching[m->from] = m->index > before ? m->index : before;
        commit_what_most_have(n);
    }
}

static void submit(node *n, const message *m, const weft_address *client)
{
    promise *const p = &n->promised;
    if (n->role == LEADER && p->count < LOG_MAX) {
        p->log[p->count] = (log_entry){.term = p->term, .value = m->index};
        n->clients[p->count] = *client;
        p->count++;
        persist(n);
        send_log(n);
    }
}

/* ---- the loop ---- */

static void handle(node *n, const message *m, const weft_address *from)
{
    if (m->kind == SUBMIT) {
        submit(n, m, from);
        return;
    }
    if (m->term > n->promised.term) {
        follow(n, m->term);
    }
    switch (m->kind) {
    case VOTE_WANTED:
        vote(n, m);
        break;
    case VOTE:
        count_vote(n, m);
        break;
    case APPEND:
        append(n, m);
        break;
    case APPENDED:
        count_append(n, m);
        break;
    default:
        break;
    }
}

/* Whether what came is a message of this program. */
static bool is_message(const message *m, ssize_t size)
{
    const size_t head = offsetof(message, log);
    return size >= (ssize_t)head && m->count <= LOG_MAX &&
           (size_t)size == head + m->count * sizeof m->log[0] &&
           (m->kind == SUBMIT || (m->from >= 0 && m->from < NODES));
}

static void time_out(node *n)
{
    if (n->role == LEADER) {
        send_log(n);
    } else {
        stand(n);
    }
}

static void begin(node *n, const node_config *config)
{
    *n = (node){.config = config};
    load(n);
    n->fd = weft_listen(config->addresses[config->id], 0);
    if (n->fd < 0) {
        fail(config->addresses[config->id], n->fd);
    }
    for (int i = 0; i < NODES; i++) {
        if (weft_resolve(config->addresses[i], &n->peers[i], 1) != 1) {
            fail(config->addresses[i], -ENOENT);
        }
    }
    wait_for_leader(n);
}

void node_run(void *config)
{
    node n;
    begin(&n, config);
    for (;;) {
        message m;
        weft_address from;
        const ssize_t size = weft_recvfrom(n.fd, &m, sizeof m, &from, n.deadline_ns);
        if (size == -ETIMEDOUT) {
            time_out(&n);
        } else if (is_message(&m, size)) {
            handle(&n, &m, &from);
        }
    }
}

/* ---- clients ---- */

static bool ask(const char *address, uint32_t value)
{
    const message question = {.kind = SUBMIT, .from = -1, .index = value};
    message answer;
    const int fd = weft_dial(address, WEFT_NEVER);
    if (fd < 0) {
        return false;
    }
    ssize_t n = weft_write(fd, &question, offsetof(message, log), WEFT_NEVER);
    if (n > 0) {
        n = weft_read(fd, &answer, sizeof answer, weft_now() + ANSWER_NS);
    }
    (void)weft_close(fd);
    return n > 0 && is_message(&answer, n) && answer.kind == COMMITTED;
}

bool log_append(const char *const addresses[NODES], uint32_t value, int64_t deadline_ns)
{
    for (int i = 0; weft_now() < deadline_ns; i = (i + 1) % NODES) {
        if (ask(addresses[i], value)) {
            return true;
        }
    }
    return false;
}
