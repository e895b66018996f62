/* transfer_ring.c: a transfer to the next of four accounts locks both, the payer's first. Four of
 * them form a ring, and may wait for each other. */
#include "look.h"

enum { ACCOUNTS = 4, TRANSFERS = 4 };

static weft_mutex accounts[ACCOUNTS];
static uint8_t orders[TRANSFERS][2];

static void transfer(void *arg)
{
    const uint8_t *const order = arg;
    weft_mutex *const from = &accounts[order[0] % ACCOUNTS];
    weft_mutex *const to = &accounts[order[1] % ACCOUNTS];
    weft_mutex_lock(from);
    weft_mutex_lock(to);
    weft_mutex_unlock(to);
    weft_mutex_unlock(from);
}

static bool allowed(const uint8_t *order)
{
    return order[1] % ACCOUNTS == (order[0] + 1) % ACCOUNTS;
}

static void target(const uint8_t *data, size_t size)
{
    static const weft_mutex fresh;
    for (size_t i = 0; i < ACCOUNTS; i++) {
        accounts[i] = fresh;
    }
    for (size_t i = 0; i < TRANSFERS && 2 * i + 1 < size; i++) {
        orders[i][0] = data[2 * i];
        orders[i][1] = data[2 * i + 1];
        if (allowed(orders[i])) {
            weft_go(transfer, orders[i]);
        }
    }
}

WEFT_FUZZ(target)
