/* transfer.c: two bank transfers in opposite directions, and the deadlock between them.
 *
 *   sim/transfer        finds it, and prints the shortest schedule that leads there
 *   runtime/transfer    runs it: nearly always well, which is the trouble with such bugs
 *
 * Compiled with -DFIXED (transfer_fixed) it locks both accounts in the same order whichever way the
 * money goes, and the simulator finds nothing. Fixed always, and buggy nearly always, it prints:
 *
 *   a 90, b 110 */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

typedef struct account {
    weft_mutex mutex;
    int number;
    int balance;
} account;

typedef struct order {
    account *from;
    account *to;
    int amount;
} order;

static account a = {.number = 1, .balance = 100};
static account b = {.number = 2, .balance = 100};
static weft_waitgroup transfers;

static void lock_both(account *from, account *to)
{
#ifdef FIXED
    const bool in_order = from->number < to->number;
    weft_mutex_lock(in_order ? &from->mutex : &to->mutex);
    weft_mutex_lock(in_order ? &to->mutex : &from->mutex);
#else
    weft_mutex_lock(&from->mutex);
    weft_mutex_lock(&to->mutex);
#endif
}

static void transfer(void *arg)
{
    const order *const o = arg;
    lock_both(o->from, o->to);
    o->from->balance -= o->amount;
    o->to->balance += o->amount;
    weft_mutex_unlock(&o->to->mutex);
    weft_mutex_unlock(&o->from->mutex);
}

static void bank(void *arg)
{
    (void)arg;
    order orders[] = {{&a, &b, 30}, {&b, &a, 20}};
    weft_waitgroup_go(&transfers, transfer, &orders[0]);
    weft_waitgroup_go(&transfers, transfer, &orders[1]);
    weft_waitgroup_wait(&transfers);
    WEFT_ASSERT(a.balance + b.balance == 200);
    printf("a %d, b %d\n", a.balance, b.balance);
}

int main(void)
{
    return weft_run(bank, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
