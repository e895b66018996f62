/* short_read.c: a fuzz target with one bug in its use of a connection: it reads a message of four
 * bytes at once, which goes wrong where a transfer is short; and only for the input "L". */
#include <weft/fuzz.h>
#include <weft/sim.h>

#define ADDRESS "server:7000"

static bool strict;

static void serve(void *arg)
{
    char message[4];
    (void)arg;
    const int listener = weft_listen(ADDRESS, 8);
    WEFT_ASSERT(listener >= 0);
    for (;;) {
        const int fd = weft_accept(listener, WEFT_NEVER);
        const ssize_t n = fd < 0 ? fd : weft_read(fd, message, sizeof message, WEFT_NEVER);
        WEFT_ASSERT(!strict || n <= 0 || n == sizeof message);
        (void)weft_close(fd);
    }
}

static void target(const uint8_t *data, size_t size)
{
    strict = size != 0 && data[0] == 'L';
    WEFT_ASSERT(weft_host_start("server", serve, NULL) == 0);
    weft_sleep(WEFT_SECOND);
    const int fd = weft_dial(ADDRESS, WEFT_NEVER);
    WEFT_ASSERT(fd >= 0);
    (void)weft_write(fd, "ping", 4, WEFT_NEVER);
    char end = 0;
    (void)weft_read(fd, &end, 1, WEFT_NEVER);
    (void)weft_close(fd);
}

WEFT_FUZZ(target)
