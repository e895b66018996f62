/* descriptor.c: see descriptor.h. */
#include "descriptor.h"

#include <errno.h>
#include <string.h>

#include "core/chan.h"
#include "core/sync.h"
#include "core/timer.h"

enum { OPEN = 1, CLOSING = 2, USER = 4 };
enum { FIRST_CHUNK = 64, CHUNKS = 14 }; /* each as long as all before it together, and 64 more */

static weft__descriptor *chunks[CHUNKS]; /* atomic; written under the table's lock */
static weft__object table;
uint32_t weft__descriptor_waiting;

/* ---- records ---- */

/* Where the record of a number lies. */
typedef struct weft__spot {
    int chunk; /* CHUNKS or more: nowhere */
    size_t index;
} weft__spot;

static weft__spot spot_of(int fd)
{
    if (fd < weft__sys_first_fd) {
        return (weft__spot){.chunk = CHUNKS};
    }
    const size_t place = (size_t)(fd - weft__sys_first_fd) / FIRST_CHUNK + 1;
    const int chunk = (int)(8 * sizeof place) - 1 - __builtin_clzl(place);
    const size_t start = FIRST_CHUNK * (((size_t)1 << chunk) - 1);
    return (weft__spot){chunk, (size_t)(fd - weft__sys_first_fd) - start};
}

static size_t chunk_length(int chunk)
{
    return (size_t)FIRST_CHUNK << chunk;
}

weft__descriptor *weft__descriptor_find(int fd)
{
    const weft__spot spot = spot_of(fd);
    if (spot.chunk >= CHUNKS) {
        return NULL;
    }
    weft__descriptor *const chunk = weft__load_pointer_acquire(&chunks[spot.chunk]);
    return chunk == NULL ? NULL : &chunk[spot.index];
}

/* Make the chunk in which the record lies. */
static int make_record(int fd, weft__descriptor **ret_d)
{
    const weft__spot spot = spot_of(fd);
    if (spot.chunk >= CHUNKS) {
        return -EMFILE;
    }
    weft__object_lock(&table);
    weft__descriptor **const chunk = &chunks[spot.chunk];
    if (*chunk == NULL) {
        weft__store_pointer_release(chunk, weft__alloc(chunk_length(spot.chunk) * sizeof **chunk));
    }
    *ret_d = *chunk == NULL ? NULL : &(*chunk)[spot.index];
    weft__object_unlock(&table);
    return *ret_d == NULL ? -ENOMEM : 0;
}

static bool is_open(const weft__descriptor *d)
{
    return d != NULL && (weft__load_acquire(&d->state) & OPEN) != 0;
}

/* Open the record. A number that the system has just given may still look open, where somebody has
 * closed it behind our back; of those who adopt another one, the first does. */
static bool renew(weft__g *self, weft__descriptor *d, int fd, weft__sys_kind kind, bool given)
{
    weft__object_lock(&d->object);
    const bool open = is_open(d);
    if (!open || given) {
        d->object.name = weft__name_object(self);
        d->fd = fd;
        d->kind = kind;
        d->writing = false;
        d->closer = NULL;
        weft__store_relaxed(&d->drained_at, 0);
        weft__store_bool_relaxed(&d->last, false);
    }
    if (!open) {
        weft__add_acq_rel(&d->state, OPEN);
    }
    weft__object_unlock(&d->object);
    return !open || given;
}

/* On failure nothing has changed. */
static int adopt(weft__g *self, int fd, weft__sys_kind kind, bool given, weft__descriptor **ret_d)
{
    int status = make_record(fd, ret_d);
    if (status != 0) {
        return status;
    }
    if (!renew(self, *ret_d, fd, kind, given)) {
        return -EEXIST;
    }
    status = kind == WEFT__SYS_FILE ? 0 : weft__sys_watch(fd, *ret_d);
    if (status != 0) {
        weft__sub_acq_rel(&(*ret_d)->state, OPEN);
    }
    return status;
}

int weft__descriptor_open(weft__g *self, int fd, weft__sys_kind kind, weft__descriptor **ret_d)
{
    const int status = adopt(self, fd, kind, true, ret_d);
    if (status != 0) {
        (void)weft__sys_close(fd);
    }
    return status;
}

int weft__descriptor_open_pair(weft__g *self, const int fds[2], weft__sys_kind kind)
{
    weft__descriptor *first = NULL;
    weft__descriptor *second = NULL;
    int status = weft__descriptor_open(self, fds[0], kind, &first);
    if (status != 0) {
        (void)weft__sys_close(fds[1]);
        return status;
    }
    status = weft__descriptor_open(self, fds[1], kind, &second);
    if (status != 0) {
        weft__sub_acq_rel(&first->state, OPEN);
        (void)weft__sys_close(fds[0]);
    }
    return status;
}

/* ---- calls under way ---- */

static bool is_unused(const weft__descriptor *d)
{
    return weft__load_acquire(&d->state) == (OPEN | CLOSING);
}

static __attribute__((noinline)) void wake_closer(weft__descriptor *d)
{
    weft__object_lock(&d->object);
    weft__g *const closer = is_unused(d) ? d->closer : NULL;
    d->closer = closer == NULL ? d->closer : NULL;
    weft__object_unlock(&d->object);
    if (closer != NULL) {
        weft__ready(closer, WEFT__TAIL);
    }
}

void weft__descriptor_end(weft__descriptor *d)
{
    if (weft__sub_acq_rel(&d->state, USER) == (OPEN | CLOSING)) {
        wake_closer(d);
    }
}

int weft__descriptor_begin(const weft__op *op)
{
    weft__descriptor *const d = weft__descriptor_of(op);
    if (d == NULL) {
        return weft__sys_stranger(op);
    }
    if ((weft__add_acq_rel(&d->state, USER) & (OPEN | CLOSING)) == OPEN) {
        return 0;
    }
    weft__descriptor_end(d);
    return weft__sys_stranger(op);
}

static bool is_closing(const weft__descriptor *d)
{
    return (weft__load_acquire(&d->state) & CLOSING) != 0;
}

/* ---- waiting ---- */

/* What is locked from queueing to parking: the context's channel, then the descriptor. */
typedef struct weft__vigil {
    weft__descriptor *d;
    weft_chan *done; /* NULL: no context */
} weft__vigil;

static void lock(const weft__vigil *vigil)
{
    if (vigil->done != NULL) {
        weft__object_lock(&vigil->done->object);
    }
    weft__object_lock(&vigil->d->object);
}

static void unlock(weft__g *g, void *arg)
{
    (void)g;
    const weft__vigil vigil = *(const weft__vigil *)arg;
    weft__object_unlock(&vigil.d->object);
    if (vigil.done != NULL) {
        weft__object_unlock(&vigil.done->object);
    }
}

/* What a call waits for. */
typedef struct weft__want {
    int way; /* or TURN */
    uint32_t seen;
} weft__want;
enum { TURN = WEFT__WAYS };

static weft__waitq *queue_of(weft__descriptor *d, const weft__want *want)
{
    return want->way == TURN ? &d->turn : &d->waiters[want->way];
}

/* Under the lock: whether it is there already; a turn is then taken. */
static bool get(weft__descriptor *d, const weft__want *want)
{
    if (want->way != TURN) {
        return d->edges[want->way] != want->seen;
    }
    const bool free = !d->writing;
    d->writing = true;
    return free;
}

/* After the wait somebody else may have won: leave the queue. */
static void leave(weft__object *object, weft__waitq *q, weft__waiter *w)
{
    weft__object_lock(object);
    if (w->queued) {
        weft__waitq_remove(q, w);
    }
    weft__object_unlock(object);
}

/* The locks are held, and dropped: park. 0: a waker has come; -EPIPE: the context's channel is
 * closed. */
static int park(weft__vigil *vigil, weft__wait *wait, const weft__want *want, weft__why why)
{
    weft__descriptor *const d = vigil->d;
    weft__waitq *const q = queue_of(d, want);
    weft__waiter w = {.g = wait->g, .wait = wait};
    weft__waiter cancel = {.g = wait->g, .wait = wait};
    weft__waitq_push(q, &w);
    if (vigil->done != NULL) {
        weft__waitq_push(&vigil->done->receivers, &cancel);
    }
    weft__add_acq_rel(&weft__descriptor_waiting, 1);
    weft__wait_park(wait, unlock, vigil, why);
    weft__sub_acq_rel(&weft__descriptor_waiting, 1);
    if (wait->winner == &w) {
        if (vigil->done != NULL) {
            leave(&vigil->done->object, &vigil->done->receivers, &cancel);
        }
        return (want->way == TURN ? w.ok : !is_closing(d)) ? 0 : -ECANCELED;
    }
    leave(&d->object, q, &w);
    return wait->winner == NULL ? -ETIMEDOUT : -EPIPE;
}

/* 0: get() was or has become true. */
static int wait_for(weft__g *self, weft__descriptor *d, const weft__want *want,
                    const weft__limit *limit, weft__why why)
{
    weft__vigil vigil = {.d = d, .done = weft_context_done(limit->context)};
    const int64_t deadline_ns = vigil.done != NULL ? WEFT_NEVER : limit->deadline_ns;
    const bool late = deadline_ns != WEFT_NEVER && deadline_ns <= weft__clock();
    weft__wait wait;
    weft__wait_begin(&wait, self, late ? WEFT_NEVER : deadline_ns);
    lock(&vigil);
    int status = 0;
    if (is_closing(d)) {
        status = -ECANCELED;
    } else if (!get(d, want)) {
        status = vigil.done != NULL && vigil.done->closed ? -EPIPE : late ? -ETIMEDOUT : -EAGAIN;
    }
    if (status == -EAGAIN) {
        status = park(&vigil, &wait, want, why);
    } else {
        unlock(self, &vigil);
    }
    weft__wait_end(&wait);
    return status == -EPIPE ? weft__context_cause(limit->context) : status;
}

/* The wait has ended in vain. What the system has by now counts, though nobody has told us yet. */
static ssize_t try_at_last(weft__g *self, const weft__op *op, weft__attempt_fn *attempt, void *arg,
                           int status)
{
    weft__descriptor *const d = weft__descriptor_of(op);
    weft__descriptor_point(self, op);
    const ssize_t result = is_closing(d) ? -EAGAIN : attempt(d, WEFT__SEEN_NONE, arg);
    return result == -EAGAIN ? status : result;
}

ssize_t weft__descriptor_try(weft__g *self, const weft__op *op, int way, weft__attempt_fn *attempt,
                             void *arg, const weft__limit *limit, weft__why why)
{
    weft__descriptor *const d = weft__descriptor_of(op);
    for (;;) {
        const weft__want more = {.way = way, .seen = weft__load_acquire(&d->edges[way])};
        const ssize_t result = attempt(d, more.seen, arg);
        if (result != -EAGAIN) {
            return result;
        }
        const int status = wait_for(self, d, &more, limit, why);
        if (status != 0) {
            return try_at_last(self, op, attempt, arg, status);
        }
        weft__descriptor_point(self, op);
    }
}

int weft__descriptor_take_turn(weft__g *self, weft__descriptor *d, const weft__limit *limit)
{
    const weft__want turn = {.way = TURN};
    weft__object_lock(&d->object);
    const bool taken = !is_closing(d) && get(d, &turn);
    weft__object_unlock(&d->object);
    return taken ? 0 : wait_for(self, d, &turn, limit, WEFT__WHY_TURN);
}

void weft__descriptor_pass_turn(weft__descriptor *d)
{
    weft__object_lock(&d->object);
    weft__waiter *const next = weft__waitq_pop(&d->turn);
    if (next != NULL) {
        next->ok = true;
    } else {
        d->writing = false;
    }
    weft__object_unlock(&d->object);
    if (next != NULL) {
        weft__ready(next->g, WEFT__TAIL);
    }
}

/* ---- waking ---- */

/* Under the lock: all that could be claimed of a queue, in front of `list`. */
static weft__waiter *claim_all(weft__waitq *q, weft__waiter *list)
{
    weft__waitq claimed = {0};
    weft__waiter *w = NULL;
    while ((w = weft__waitq_pop(q)) != NULL) {
        weft__waitq_push(&claimed, w);
        w->queued = false;
    }
    if (claimed.tail != NULL) {
        claimed.tail->next = list;
    }
    return claimed.head != NULL ? claimed.head : list;
}

static weft__waiter *edge(weft__descriptor *d, int way, weft__waiter *list)
{
    weft__store_release(&d->edges[way], d->edges[way] + 1);
    return weft__waitq_empty(&d->waiters[way]) ? list : claim_all(&d->waiters[way], list);
}

void weft__descriptor_ready(weft__descriptor *d, unsigned ready)
{
    weft__waiter *list = NULL;
    weft__object_lock(&d->object);
    if ((ready & WEFT__READY_LAST) != 0) {
        weft__store_bool_relaxed(&d->last, true);
    }
    if ((ready & WEFT__READY_OUT) != 0) {
        list = edge(d, WEFT__OUT, list);
    }
    if ((ready & WEFT__READY_IN) != 0) {
        list = edge(d, WEFT__IN, list);
    }
    list = edge(d, WEFT__ANY, list);
    weft__object_unlock(&d->object);
    weft__waiters_ready(list);
}

/* ---- the end ---- */

static void unlock_record(weft__g *g, void *d)
{
    (void)g;
    weft__object_unlock(&((weft__descriptor *)d)->object);
}

/* Park until the last call has ended. */
static void wait_unused(weft__g *self, weft__descriptor *d)
{
    weft__object_lock(&d->object);
    if (is_unused(d)) {
        weft__object_unlock(&d->object);
        return;
    }
    d->closer = self;
    weft__park(self, unlock_record, d, WEFT__WHY_CLOSE);
}

/* Nobody uses the descriptor any more, and nobody else can begin to, until let_go. */
static int retire(weft__g *self, const weft__op *op)
{
    weft__descriptor *const d = weft__descriptor_of(op);
    uint32_t state = d == NULL ? 0 : weft__load_acquire(&d->state);
    do {
        if ((state & (OPEN | CLOSING)) != OPEN) {
            return weft__sys_stranger(op);
        }
    } while (!weft__cas_acq_rel(&d->state, state, state + CLOSING) &&
             ((state = weft__load_acquire(&d->state)), true));
    weft__object_lock(&d->object);
    weft__waiter *list = claim_all(&d->turn, NULL);
    for (int way = 0; way < WEFT__WAYS; way++) {
        list = claim_all(&d->waiters[way], list);
    }
    weft__object_unlock(&d->object);
    weft__waiters_ready(list);
    wait_unused(self, d);
    return 0;
}

static void let_go(weft__descriptor *d)
{
    weft__sub_acq_rel(&d->state, OPEN | CLOSING);
}

int weft_close(int fd)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_SHUT, fd, WEFT__SITE);
    weft__descriptor_point(self, &op);
    const int status = retire(self, &op);
    if (status != 0) {
        return status;
    }
    let_go(weft__descriptor_of(&op)); /* before the number can be given to somebody else */
    return weft__sys_close(fd);
}

int weft_disown(int fd)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_SHUT, fd, WEFT__SITE);
    weft__descriptor_point(self, &op);
    const int status = retire(self, &op);
    if (status == 0) {
        weft__sys_unwatch(fd);
        let_go(weft__descriptor_of(&op)); /* behind it: who adopts it next watches it */
    }
    return status;
}

int weft_adopt(int fd)
{
    weft__g *const self = weft__self();
    const weft__op op = {.kind = WEFT__OP_OPEN, .n = (uint64_t)fd, .site = WEFT__SITE};
    weft__sys_kind kind = WEFT__SYS_STREAM;
    weft__descriptor *d = NULL;
    weft__descriptor_point(self, &op);
    if (fd < weft__sys_first_fd) {
        return weft__sys_stranger(&op);
    }
    if (is_open(weft__descriptor_find(fd))) {
        return -EEXIST;
    }
    const int status = weft__sys_kind_of(fd, &kind);
    return status != 0 ? status : adopt(self, fd, kind, false, &d);
}

void weft__descriptors_forget(void)
{
    memset(chunks, 0, sizeof chunks);
    weft__descriptor_waiting = 0;
}

static void drop_users(weft__descriptor *d, uint32_t state)
{
    weft__store_relaxed(&d->state, state);
    d->object.lock = (weft__lock){0};
    d->writing = false;
    d->closer = NULL;
    d->turn = (weft__waitq){0};
    memset(d->waiters, 0, sizeof d->waiters);
}

void weft__descriptor_abandon(weft__descriptor *d)
{
    drop_users(d, 0);
}

void weft__descriptors_drop(void)
{
    weft__store_relaxed(&weft__descriptor_waiting, 0);
    for (int i = 0; i < CHUNKS; i++) {
        for (size_t k = 0; chunks[i] != NULL && k < chunk_length(i); k++) {
            weft__descriptor *const d = &chunks[i][k];
            drop_users(d, weft__load_relaxed(&d->state) & OPEN);
        }
    }
}
