/* lost_refund.c: two clerks execute commands on one balance without a lock. Where three deposits of
 * each come to two in all, one clerk has slept through all but the last of the other's, and the
 * other one then through the rest. */
#include "look.h"

enum { AMOUNT = 10, COMMANDS = 8 };

static int balance;
static const uint8_t *commands;
static size_t count;

static void clerk(void *arg)
{
    for (size_t i = arg == NULL ? 0 : 1; i < count; i += 2) {
        if (commands[i] == 'd') {
            const int before = look(&balance);
            WEFT_WRITE(balance, before + AMOUNT);
        }
    }
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup ended = {0};
    int deposits[2] = {0};
    commands = data;
    count = size < COMMANDS ? size : COMMANDS;
    balance = 0;
    for (size_t i = 0; i < count; i++) {
        deposits[i % 2] += data[i] == 'd' ? 1 : 0;
    }
    weft_waitgroup_go(&ended, clerk, NULL);
    weft_waitgroup_go(&ended, clerk, "odd");
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(deposits[0] != 3 || deposits[1] != 3 || balance != 2 * AMOUNT);
}

WEFT_FUZZ(target)
