/* descriptor.c: see descriptor.h. */
#include "descriptor.h"

#include <errno.h>
#include <string.h>

#include "core/chan.h"
#include "core/sync.h"
#include "core/timer.h"

enum { OPEN = 1, CLOSING = 2, USER = 4 };
enum { CHUNK = 256, CHUNKS = 4096 };

static weft__descriptor *chunks[CHUNKS]; /* atomic; written under the table's lock */
weft__object weft__descriptor_table;
uint32_t weft__descriptor_waiting;

/* ---- records ---- */

static weft__descriptor *record_of(int fd)
{
    const int64_t index = (int64_t)fd - weft__sys_first_fd;
    if (index < 0 || index >= (int64_t)CHUNK * CHUNKS) {
        return NULL;
    }
    weft__descriptor *const chunk = weft__load_pointer_acquire(&chunks[index / CHUNK]);
    return chunk == NULL ? NULL : &chunk[index % CHUNK];
}

weft__descriptor *weft__descriptor_find(int fd)
{
    return record_of(fd);
}

/* Make the chunk in which the record lies. */
static int make_record(int fd, weft__descriptor **ret_d)
{
    const int64_t index = (int64_t)fd - weft__sys_first_fd;
    if (index < 0 || index >= (int64_t)CHUNK * CHUNKS) {
        return -EMFILE;
    }
    weft__object_lock(&weft__descriptor_table);
    weft__descriptor **const slot = &chunks[index / CHUNK];
    if (*slot == NULL) {
        weft__store_pointer_release(slot, weft__alloc(CHUNK * sizeof **slot));
    }
    weft__descriptor *const chunk = *slot;
    weft__object_unlock(&weft__descriptor_table);
    if (chunk == NULL) {
        return -ENOMEM;
    }
    *ret_d = &chunk[index % CHUNK];
    return 0;
}

/* It may still look open, where somebody has closed the number behind our back. */
static void renew(weft__g *self, weft__descriptor *d, int fd, weft__sys_kind kind)
{
    weft__object_lock(&d->object);
    d->object.name = weft__name_object(self);
    d->fd = fd;
    d->kind = kind;
    d->writing = false;
    d->closer = NULL;
    weft__store_relaxed(&d->drained_at, 0);
    weft__store_bool_relaxed(&d->last, false);
    weft__object_unlock(&d->object);
    if ((weft__load_relaxed(&d->state) & OPEN) == 0) {
        weft__add_acq_rel(&d->state, OPEN);
    }
}

/* On failure nothing has changed. */
static int adopt(weft__g *self, int fd, weft__sys_kind kind, weft__descriptor **ret_d)
{
    int status = make_record(fd, ret_d);
    if (status != 0) {
        return status;
    }
    renew(self, *ret_d, fd, kind);
    status = kind == WEFT__SYS_FILE ? 0 : weft__sys_watch(fd, *ret_d);
    if (status != 0) {
        weft__sub_acq_rel(&(*ret_d)->state, OPEN);
    }
    return status;
}

int weft__descriptor_open(weft__g *self, int fd, weft__sys_kind kind, weft__descriptor **ret_d)
{
    const int status = adopt(self, fd, kind, ret_d);
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

bool weft__descriptor_begin(weft__descriptor *d)
{
    if (d == NULL) {
        return false;
    }
    if ((weft__add_acq_rel(&d->state, USER) & (OPEN | CLOSING)) != OPEN) {
        weft__descriptor_end(d);
        return false;
    }
    return true;
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

ssize_t weft__descriptor_try(weft__g *self, weft__descriptor *d, int way, weft__attempt_fn *attempt,
                             void *arg, const weft__limit *limit, weft__why why)
{
    for (;;) {
        const weft__want more = {.way = way, .seen = weft__load_acquire(&d->edges[way])};
        const ssize_t result = attempt(d, more.seen, arg);
        if (result != -EAGAIN) {
            return result;
        }
        const int status = wait_for(self, d, &more, limit, why);
        if (status != 0) {
            return status;
        }
    }
}

int weft__descriptor_take_turn(weft__g *self, weft__descriptor *d, const weft__limit *limit)
{
    return wait_for(self, d, &(weft__want){.way = TURN}, limit, WEFT__WHY_TURN);
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
    return claim_all(&d->waiters[way], list);
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

/* Nobody uses the descriptor any more, and nobody else can begin to. */
static int retire(weft__g *self, weft__descriptor *d)
{
    uint32_t state = weft__load_acquire(&d->state);
    do {
        if ((state & (OPEN | CLOSING)) != OPEN) {
            return -EBADF;
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
    weft__sub_acq_rel(&d->state, OPEN | CLOSING);
    return 0;
}

int weft_close(int fd)
{
    weft__g *const self = weft__self();
    weft__descriptor *const d = record_of(fd);
    WEFT__POINT(self, .kind = WEFT__OP_SHUT, .object = d, .n = (uint64_t)fd, .site = WEFT__SITE);
    const int status = d == NULL ? -EBADF : retire(self, d);
    return status != 0 ? status : weft__sys_close(fd);
}

int weft_disown(int fd)
{
    weft__g *const self = weft__self();
    weft__descriptor *const d = record_of(fd);
    WEFT__POINT(self, .kind = WEFT__OP_SHUT, .object = d, .n = (uint64_t)fd, .site = WEFT__SITE);
    const int status = d == NULL ? -EBADF : retire(self, d);
    if (status == 0) {
        weft__sys_unwatch(fd);
    }
    return status;
}

static bool is_open(const weft__descriptor *d)
{
    return d != NULL && (weft__load_acquire(&d->state) & OPEN) != 0;
}

int weft_adopt(int fd)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_OPEN, .object = &weft__descriptor_table, .n = (uint64_t)fd,
                .site = WEFT__SITE);
    weft__sys_kind kind = WEFT__SYS_STREAM;
    weft__descriptor *d = NULL;
    if (is_open(record_of(fd))) {
        return -EEXIST;
    }
    const int status = weft__sys_kind_of(fd, &kind);
    return status != 0 ? status : adopt(self, fd, kind, &d);
}

void weft__descriptors_drop(void)
{
    weft__store_relaxed(&weft__descriptor_waiting, 0);
    for (int i = 0; i < CHUNKS; i++) {
        for (int k = 0; chunks[i] != NULL && k < CHUNK; k++) {
            weft__descriptor *const d = &chunks[i][k];
            weft__store_relaxed(&d->state, weft__load_relaxed(&d->state) & OPEN);
            d->object.lock = (weft__lock){0};
            d->writing = false;
            d->closer = NULL;
            d->turn = (weft__waitq){0};
            memset(d->waiters, 0, sizeof d->waiters);
        }
    }
}
