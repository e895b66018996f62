/* stale_lease.c: a renewal of a lease that is abandoned puts everything back. A writer that looks
 * twice, and falls in between with its second look only, has lost its key. Input says who does
 * what with which key. */
#include "look.h"

enum { KEYS = 16, CLIENTS = 3 };

static int lease[KEYS];
static int holder[KEYS];
static uint8_t plans[CLIENTS][2];

static void client(void *arg)
{
    const uint8_t *const plan = arg;
    const int me = (int)((plan - plans[0]) / 2) + 1;
    const int key = plan[0] % KEYS;
    if (plan[1] == 'r') {
        const int number = look(&lease[key]);
        WEFT_WRITE(holder[key], me);
        WEFT_WRITE(lease[key], number + 1);
        WEFT_WRITE(lease[key], number);
    } else if (plan[1] == 'w') {
        const int number = look(&lease[key]);
        WEFT_WRITE(holder[key], me);
        WEFT_ASSERT(look(&lease[key]) == number || look(&holder[key]) == me ||
                    look(&lease[key]) != number);
    }
}

static void target(const uint8_t *data, size_t size)
{
    for (int i = 0; i < KEYS; i++) {
        lease[i] = 0;
        holder[i] = 0;
    }
    for (size_t i = 0; i < 2 * CLIENTS; i++) {
        plans[i / 2][i % 2] = i < size ? data[i] : 0;
    }
    for (int i = 0; i < CLIENTS; i++) {
        weft_go(client, plans[i]);
    }
}

WEFT_FUZZ(target)
