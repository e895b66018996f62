/* accounts.c: two transfers lock two accounts in opposite orders: a deadlock. The golden tests
 * print its report, edit it, fix it, and replay it. */
#include <weft.h>

static weft_mutex account_a;
static weft_mutex account_b;
static weft_waitgroup ended;

/* unrelated: round_trip.sh edits this function */
static int unrelated(int n)
{
    return n + 1;
}

static void transfer_out(void *arg)
{
    (void)arg;
    weft_mutex_lock(&account_a);
    weft_mutex_lock(&account_b);
    weft_mutex_unlock(&account_b);
    weft_mutex_unlock(&account_a);
    weft_waitgroup_done(&ended);
}

static void transfer_back(void *arg)
{
    (void)arg;
    weft_mutex_lock(&account_b); /* first */
    weft_mutex_lock(&account_a); /* second */
    weft_mutex_unlock(&account_a);
    weft_mutex_unlock(&account_b);
    weft_waitgroup_done(&ended);
}

static void transfer(void *arg)
{
    (void)arg;
    weft_waitgroup_add(&ended, unrelated(1));
    weft_go(transfer_out, NULL);
    weft_go(transfer_back, NULL);
    weft_waitgroup_wait(&ended);
}

int main(void)
{
    return weft_run(transfer, NULL) == 0 ? 0 : 1;
}
