/* unaligned: the word lies across the border of two aligned ones; the byte read is its last one;
 * fixed: the next one. */
#include "support/race_program.h"

static struct __attribute__((packed, aligned(8))) {
    char before[6];
    uint32_t word;
    char after;
} record;

static void writer(void *arg)
{
    (void)arg;
    record.word = 0x01020304; /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    const char *const bytes = (const char *)&record;
    weft_go(writer, NULL);
    opaque_use(bytes[RACE_FIXED ? 10 : 9]); /* RACE */
}

RACE_MAIN(body)
