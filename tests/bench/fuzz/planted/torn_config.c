/* torn_config.c: two fields that belong together are written one after the other. A reader that
 * comes between is caught only if the next configuration is there when it looks again, and only for
 * modes that need the second field. */
#include "look.h"

static int mode;
static int depth;
static weft_chan *updates;

static void reload(void *arg)
{
    int value = 0;
    (void)arg;
    while (weft_chan_recv(updates, &value)) {
        WEFT_WRITE(mode, value & 0xff);
        WEFT_WRITE(depth, value >> 8);
    }
}

static void use(void *arg)
{
    (void)arg;
    for (int i = 0; i < 2; i++) {
        const int first = look(&mode);
        const int second = look(&depth);
        WEFT_ASSERT(first != 'Z' || second == 'z' || look(&mode) != 'Y');
    }
}

static void target(const uint8_t *data, size_t size)
{
    mode = 0;
    depth = 0;
    updates = weft_chan_make(sizeof(int), 1);
    weft_go(reload, NULL);
    weft_go(use, NULL);
    for (size_t i = 0; i < size && i < 3; i++) {
        const int value = data[i] | (data[i] == 'Z' ? 'z' : 0) << 8;
        weft_chan_send(updates, &value);
    }
    weft_chan_close(updates);
}

WEFT_FUZZ(target)
