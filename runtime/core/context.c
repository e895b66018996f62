/* context.c: cancellation that spreads from parents to children.
 *
 * INVARIANTS (under the lock of tree, the root's, which all contexts of a tree share)
 *   - A context that is not cancelled is in its parent's list of children, and holds a reference of
 *     its parent; a cancelled one is in no list.
 *   - cause is written once, before done is closed. err is cause once done is closed, so that err
 *     and done agree at every moment.
 *   - A cancellation marks a context and all its descendants under the lock and closes them,
 *     parents first, without it. Every cancel returns only when none is under way in its tree, so
 *     that what it promises holds whoever did the work. */
#include <errno.h>

#include "chan.h"
#include "sync.h"
#include "timer.h"

typedef struct weft__tree {
    weft__object object;
    uint32_t references; /* contexts alive */
    uint32_t closing;    /* cancellations under way */
    weft__waitq waiters; /* for closing to become 0 */
} weft__tree;

struct weft_context {
    weft__object object;
    weft__tree *tree;
    weft_context *parent;
    weft_context *children; /* not cancelled */
    weft_context *next;     /* siblings; or the list of those being cancelled */
    weft_context *prev;
    uint32_t references;
    int cause; /* 0: not cancelled */
    int64_t deadline_ns;
    weft_timer *timer;
    weft_chan *done;
};

static void drop(weft_context *c)
{
    while (c != NULL && weft__sub_acq_rel(&c->references, 1) == 0) {
        weft_context *const parent = c->parent;
        weft__tree *const tree = c->tree;
        weft_chan_release(c->done);
        weft_timer_release(c->timer);
        weft__free(c, sizeof *c);
        if (weft__sub_acq_rel(&tree->references, 1) == 0) {
            weft__free(tree, sizeof *tree);
        }
        c = parent;
    }
}

static weft__tree *tree_of(const weft_context *parent)
{
    weft__tree *const tree = parent != NULL ? parent->tree : weft__alloc(sizeof *tree);
    if (parent == NULL && tree != NULL) {
        tree->object.name = weft__name_object(weft__self());
    }
    if (tree != NULL) {
        weft__add_acq_rel(&tree->references, 1);
    }
    return tree;
}

static void unlink_child(weft_context *c)
{
    *(c->prev != NULL ? &c->prev->next : &c->parent->children) = c->next;
    if (c->next != NULL) {
        c->next->prev = c->prev;
    }
    c->next = NULL;
    c->prev = NULL;
}

/* Under the lock: mark c and its descendants, parents first; the list keeps a reference of each. */
static weft_context **mark(weft_context *c, int cause, weft_context **tail)
{
    c->cause = cause;
    weft__add_acq_rel(&c->references, 1);
    *tail = c;
    tail = &c->next;
    while (c->children != NULL) {
        weft_context *const child = c->children;
        unlink_child(child);
        tail = mark(child, cause, tail);
    }
    return tail;
}

static void close_all(weft_context *list, const void *site)
{
    while (list != NULL) {
        weft_context *const next = list->next;
        list->next = NULL;
        weft__chan_close(list->done, site);
        if (list->timer != NULL && weft__timer_stop(list->timer)) {
            drop(list); /* expire would have done it */
        }
        drop(list);
        list = next;
    }
}

static void unlock_tree(weft__g *g, void *tree)
{
    (void)g;
    weft__object_unlock(&((weft__tree *)tree)->object);
}

/* The lock is held, and dropped. */
static void wait_for_others(weft__tree *tree)
{
    if (tree->closing == 0) {
        weft__waiter *const woken = weft__waitq_take_all(&tree->waiters);
        weft__object_unlock(&tree->object);
        weft__waiters_ready(woken);
        return;
    }
    weft__g *const self = weft__self();
    weft__waiter w = {.g = self};
    weft__waitq_push(&tree->waiters, &w);
    weft__park(self, unlock_tree, tree, WEFT__WHY_CANCEL);
}

/* The caller holds a reference of c, and with it of the tree. */
static void cancel(weft_context *c, int cause, const void *site)
{
    weft__g *const self = weft__self();
    weft__tree *const tree = c->tree;
    weft_context *list = NULL;
    WEFT__POINT(self, .kind = WEFT__OP_CANCEL, .object = tree, .site = site);
    weft__object_lock(&tree->object);
    if (c->cause == 0) {
        if (c->parent != NULL && c->parent->cause == 0) {
            unlink_child(c);
        }
        *mark(c, cause, &list) = NULL;
        tree->closing++;
        weft__object_unlock(&tree->object);
        close_all(list, site);
        WEFT__POINT(self, .kind = WEFT__OP_CANCEL_END, .object = tree, .site = site);
        weft__object_lock(&tree->object);
        tree->closing--;
    }
    wait_for_others(tree);
}

static void expire(void *context)
{
    cancel(context, -ETIMEDOUT, NULL);
    drop(context);
}

static void link_child(weft_context *c)
{
    weft_context *const parent = c->parent;
    c->next = parent->children;
    if (c->next != NULL) {
        c->next->prev = c;
    }
    parent->children = c;
}

/* Put c into the tree; the cause if the parent is cancelled already. */
static int join(weft_context *c, const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_CONTEXT_MAKE, .object = c->tree, .site = site);
    if (c->parent == NULL) {
        return 0;
    }
    weft__object_lock(&c->tree->object);
    const int cause = c->parent->cause;
    if (cause == 0) {
        link_child(c);
    }
    weft__object_unlock(&c->tree->object);
    return cause;
}

static weft_context *make(weft_context *parent, int64_t deadline_ns)
{
    weft_context *const c = weft__alloc(sizeof *c);
    weft_chan *const done = weft_chan_make(0, 0);
    weft__tree *const tree = tree_of(parent);
    if (c == NULL || done == NULL || tree == NULL) {
        weft_chan_release(done);
        weft__free(c, sizeof *c);
        if (tree != NULL && weft__sub_acq_rel(&tree->references, 1) == 0) {
            weft__free(tree, sizeof *tree);
        }
        return NULL;
    }
    c->tree = tree;
    c->parent = parent;
    c->done = done;
    c->references = 1;
    c->deadline_ns = deadline_ns;
    if (parent != NULL) {
        weft__add_acq_rel(&parent->references, 1);
    }
    return c;
}

weft_context *weft_context_with_cancel(weft_context *parent)
{
    weft_context *const c = make(parent, parent == NULL ? WEFT_NEVER : parent->deadline_ns);
    const int cause = c == NULL ? 0 : join(c, WEFT__SITE);
    if (cause != 0) {
        cancel(c, cause, WEFT__SITE);
    }
    return c;
}

/* Start c's timer. The parent may be cancelled at any moment: what it stopped too early is stopped
 * here, and exactly one of the two drops the reference that expire would have dropped. */
static void start_clock(weft_context *c)
{
    const int64_t left_ns = c->deadline_ns - weft__clock();
    weft__timer_start(c->timer, left_ns);
    weft__object_lock(&c->tree->object);
    const bool cancelled = c->cause != 0;
    weft__object_unlock(&c->tree->object);
    if (cancelled && weft__timer_stop(c->timer)) {
        drop(c);
    }
}

/* A context with a timer of its own, in the tree but not running yet. */
static weft_context *make_timed(weft_context *parent, int64_t deadline_ns)
{
    weft_context *const c = make(parent, deadline_ns);
    if (c == NULL) {
        return NULL;
    }
    c->timer = weft__after_func_make(expire, c);
    if (c->timer == NULL) {
        drop(c);
        return NULL;
    }
    weft__add_acq_rel(&c->references, 1); /* expire's */
    return c;
}

weft_context *weft_context_with_deadline(weft_context *parent, int64_t deadline_ns)
{
    if (deadline_ns == WEFT_NEVER || (parent != NULL && parent->deadline_ns <= deadline_ns)) {
        return weft_context_with_cancel(parent);
    }
    weft_context *const c = make_timed(parent, deadline_ns);
    if (c == NULL) {
        return NULL;
    }
    int cause = join(c, WEFT__SITE);
    if (cause == 0 && deadline_ns <= weft__clock()) {
        cause = -ETIMEDOUT;
    }
    if (cause == 0) {
        start_clock(c);
    } else {
        cancel(c, cause, WEFT__SITE);
        drop(c);
    }
    return c;
}

weft_context *weft_context_with_timeout(weft_context *parent, int64_t timeout_ns)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_NOW, .site = WEFT__SITE);
    const int64_t now_ns = weft__clock();
    int64_t deadline_ns = 0;
    if (__builtin_add_overflow(now_ns, timeout_ns, &deadline_ns)) {
        deadline_ns = timeout_ns > 0 ? WEFT_NEVER : now_ns;
    }
    return weft_context_with_deadline(parent, deadline_ns);
}

weft_chan *weft_context_done(weft_context *context)
{
    return context == NULL ? NULL : context->done;
}

int weft_context_err(weft_context *context)
{
    weft__g *const self = weft__self();
    if (context == NULL) {
        return 0;
    }
    WEFT__POINT(self, .kind = WEFT__OP_CONTEXT_ERR, .object = context->done, .site = WEFT__SITE);
    return weft__chan_closed(context->done) ? context->cause : 0;
}

int weft__context_cause(const weft_context *context)
{
    return context->cause;
}

bool weft_context_deadline(weft_context *context, int64_t *ret_deadline_ns)
{
    if (context == NULL || context->deadline_ns == WEFT_NEVER) {
        return false;
    }
    *ret_deadline_ns = context->deadline_ns;
    return true;
}

void weft_context_cancel(weft_context *context)
{
    if (context != NULL) {
        cancel(context, -ECANCELED, WEFT__SITE);
    }
}

void weft_context_release(weft_context *context)
{
    if (context != NULL) {
        cancel(context, -ECANCELED, WEFT__SITE);
        drop(context);
    }
}
