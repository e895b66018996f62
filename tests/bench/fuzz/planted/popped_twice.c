/* popped_twice.c: a stack by compare-and-swap, without a guard against ABA: input says what three
 * goroutines push and pop, two commands each. One that pops must sleep while the others pop two and
 * push one. */
#include "look.h"

enum { NODES = 4, NONE = -1, TRIES = 8, ACTORS = 3, COMMANDS = 2 };

static int head;
static int next[NODES];
static bool taken[NODES];
static uint8_t scripts[ACTORS][COMMANDS];

static bool replace_head(int expected, int by)
{
    bool done = false;
    WEFT_UPDATE(head, (done = head == expected) ? by : head);
    return done;
}

static int pop(void)
{
    for (int i = 0; i < TRIES; i++) {
        const int first = look(&head);
        if (first == NONE) {
            return NONE;
        }
        if (replace_head(first, look(&next[first]))) {
            WEFT_ASSERT(!taken[first]);
            taken[first] = true;
            return first;
        }
    }
    return NONE;
}

static void push(int node)
{
    for (int i = 0; i < TRIES; i++) {
        const int first = look(&head);
        taken[node] = false;
        WEFT_WRITE(next[node], first);
        if (replace_head(first, node)) {
            return;
        }
    }
}

static void follow(void *arg)
{
    const uint8_t *const script = arg;
    int own[COMMANDS];
    int count = 0;
    for (int i = 0; i < COMMANDS; i++) {
        if (script[i] == '-') {
            const int node = pop();
            if (node != NONE) {
                own[count++] = node;
            }
        } else if (script[i] == '+' && count > 0) {
            push(own[0]);
            own[0] = own[--count];
        }
    }
}

static void target(const uint8_t *data, size_t size)
{
    for (int i = 0; i < NODES; i++) {
        next[i] = i - 1;
        taken[i] = false;
    }
    head = NODES - 1;
    for (size_t i = 0; i < (size_t)ACTORS * COMMANDS; i++) {
        scripts[i / COMMANDS][i % COMMANDS] = i < size ? data[i] : 0;
    }
    for (int i = 0; i < ACTORS; i++) {
        weft_go(follow, scripts[i]);
    }
}

WEFT_FUZZ(target)
