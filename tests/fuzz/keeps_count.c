/* keeps_count.c: a fuzz target that does not set its globals: it fails in its second execution, and
 * not again. */
#include <weft/fuzz.h>

static int executions;

static void target(const uint8_t *data, size_t size)
{
    (void)data;
    (void)size;
    WEFT_ASSERT(++executions != 2);
}

WEFT_FUZZ(target)
