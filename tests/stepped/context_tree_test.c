/* context_tree_test.c: a context is cancelled while others derive from it, cancel it too, or its
 * deadline passes: who derives from it is cancelled, and its memory goes once. */
#include <errno.h>

#include "support/stepped.h"

static weft_context *parent, *child;

static void cancel_parent(void *arg)
{
    (void)arg;
    weft_context_cancel(parent);
    WEFT_ASSERT(weft_context_err(parent) == -ECANCELED);
}

static void derive(void *arg)
{
    (void)arg;
    child = weft_context_with_cancel(parent);
}

static void cancel_against_derive(void *arg)
{
    (void)arg;
    parent = weft_context_with_cancel(NULL);
    start(derive, NULL);
    weft_context_cancel(parent);
    join();
    WEFT_ASSERT(weft_context_err(child) == -ECANCELED);
    weft_context_release(parent);
    weft_context_release(child);
}

static void two_cancels(void *arg)
{
    (void)arg;
    parent = weft_context_with_cancel(NULL);
    start(cancel_parent, NULL);
    start(cancel_parent, NULL);
    join();
    weft_context_release(parent);
}

/* The last reference is the caller's or the timer's. */
static void release_against_deadline(void *arg)
{
    (void)arg;
    weft_context_release(weft_context_with_timeout(NULL, 1));
    join();
}

static void cancel_against_deadline(void *arg)
{
    (void)arg;
    parent = weft_context_with_timeout(NULL, 1);
    weft_context_cancel(parent);
    const int error = weft_context_err(parent);
    WEFT_ASSERT(error == -ECANCELED || error == -ETIMEDOUT);
    join();
    WEFT_ASSERT(weft_context_err(parent) == error);
    weft_context_release(parent);
}

/* The child's clock starts while its parent is cancelled. */
static void derive_timed(void *arg)
{
    (void)arg;
    child = weft_context_with_timeout(parent, 1);
}

static void cancel_against_timed_derive(void *arg)
{
    (void)arg;
    parent = weft_context_with_cancel(NULL);
    start(derive_timed, NULL);
    weft_context_cancel(parent);
    join();
    const int error = weft_context_err(child);
    WEFT_ASSERT(error == -ECANCELED || error == -ETIMEDOUT);
    weft_context_release(child);
    weft_context_release(parent);
}

RUN_SCENARIOS(SCENARIO(cancel_against_derive), SCENARIO(two_cancels),
              SCENARIO(release_against_deadline), SCENARIO(cancel_against_deadline),
              SCENARIO(cancel_against_timed_derive))
