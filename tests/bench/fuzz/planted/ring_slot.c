/* ring_slot.c: two producers take the next slot of a ring without a lock. That is seen only where
 * the ring has wrapped, which takes input of a certain length. */
#include "look.h"

enum { SLOTS = 4 };

static int ring[SLOTS];
static int tail;
static const uint8_t *bytes;
static size_t count;

static void put(uint8_t byte)
{
    const int at = look(&tail);
    WEFT_WRITE(ring[at % SLOTS], byte);
    WEFT_WRITE(tail, at + 1);
    if (at >= SLOTS) {
        WEFT_ASSERT(look(&ring[at % SLOTS]) == byte || look(&tail) != at + 1);
    }
}

static void produce(void *arg)
{
    for (size_t i = arg == NULL ? 0 : 1; i < count; i += 2) {
        put(bytes[i]);
    }
}

static void target(const uint8_t *data, size_t size)
{
    if (size < 6 || size > 8 || data[0] != 'R') {
        return;
    }
    bytes = data;
    count = size;
    tail = 0;
    weft_go(produce, NULL);
    weft_go(produce, "odd");
}

WEFT_FUZZ(target)
