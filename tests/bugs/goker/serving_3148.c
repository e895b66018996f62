/* serving_3148: a test replaces the list of reactions of a client when the controller that uses the
 * client has been started already.
 * Expected: a data race of d and w on reactions; see RACE in bug.h. (So w may
 * take the one list with the length of the other.) */
#include "../support/bug.h"

typedef struct list {
    const int *items;
    size_t count;
} list;

static const int before[] = {1, 2};
static const int after[] = {3, 1, 2};
static list reactions = {before, 2};
static weft_waitgroup driver;
static weft_waitgroup controllers;
static weft_waitgroup workers;

static void w(void *arg)
{
    (void)arg;
    const list current = WEFT_READ(reactions);
    int sum = 0;
    for (size_t i = 0; i < current.count; i++) {
        sum += current.items[i];
    }
    WEFT_ASSERT(sum == 3 || sum == 6);
    weft_waitgroup_done(&workers);
}

static void c(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&workers, 1);
    weft_go(w, NULL);
    weft_waitgroup_wait(&workers);
    weft_waitgroup_done(&controllers);
}

static void start_controller(void)
{
    weft_waitgroup_add(&controllers, 1);
    weft_go(c, NULL);
}

static void d(void *arg)
{
    (void)arg;
    const list longer = {after, 3};
    if (!BUG_FIXED) {
        start_controller();
    }
    WEFT_WRITE(reactions, longer);
    if (BUG_FIXED) {
        start_controller();
    }
    weft_waitgroup_wait(&controllers);
    weft_waitgroup_done(&driver);
}

static void kernel(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&driver, 1);
    weft_go(d, NULL);
    weft_waitgroup_wait(&driver);
}

BUG_MAIN(kernel, RACE("d", "w"), ASSERTION("w", "sum == 3"))
