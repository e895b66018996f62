/* account: a deposit, a withdrawal, and a check that takes the balance for something else; it looks
 * only when both have happened, and was started first.
 * Expected: assertion in check. After SCTBench CS/account. */
#include "../support/bug.h"

enum { BEFORE = 1, DEPOSITED = 2, WITHDRAWN = 4 };

static weft_mutex mutex;
static weft_waitgroup threads;
static int balance = BEFORE;
static bool deposited;
static bool withdrawn;

static void check(void *arg)
{
    (void)arg;
    const int expected = (BUG_FIXED ? BEFORE + DEPOSITED : BEFORE - DEPOSITED) - WITHDRAWN;
    weft_mutex_lock(&mutex);
    if (WEFT_READ(deposited) && WEFT_READ(withdrawn)) {
        WEFT_ASSERT(WEFT_READ(balance) == expected);
    }
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void deposit(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    const int before = WEFT_READ(balance);
    WEFT_WRITE(balance, before + DEPOSITED);
    WEFT_WRITE(deposited, true);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void withdraw(void *arg)
{
    (void)arg;
    weft_mutex_lock(&mutex);
    const int before = WEFT_READ(balance);
    WEFT_WRITE(balance, before - WITHDRAWN);
    WEFT_WRITE(withdrawn, true);
    weft_mutex_unlock(&mutex);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&threads, 3);
    weft_go(check, NULL);
    weft_go(deposit, NULL);
    weft_go(withdraw, NULL);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("check", "WEFT_READ(balance) == expected"))
