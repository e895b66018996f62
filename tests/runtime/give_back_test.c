/* give_back_test.c: the memory of stacks that nobody needs any more.
 * Goal: it goes back to the system while the program idles, and not while it is still needed.
 * Method: resident memory as of /proc/self/statm, looked at every few milliseconds. What goes back
 * is counted, not what is left: an emulator keeps notes of its own on the memory that was used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

enum { CROWD = 5000, LOOKS_MAX = 3000 };

/* Pages of this process that are in memory. */
static long resident(void)
{
    char text[64] = "";
    const int file = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    const ssize_t size = read(file, text, sizeof text - 1);
    (void)close(file);
    const char *const second = size <= 0 ? NULL : strchr(text, ' ');
    return second == NULL ? 0 : strtol(second, NULL, 10);
}

typedef struct measured {
    long parked;
    long soon_after;
    long later;
} measured;

static void receive(void *ch)
{
    (void)weft_chan_recv(ch, NULL);
}

static void main_parks_a_crowd(void *arg)
{
    measured *const m = arg;
    const long before = resident();
    weft_chan *const gate = weft_chan_make(0, 0);
    weft_waitgroup group = {0};
    for (int i = 0; i < CROWD; i++) {
        if (weft_waitgroup_go(&group, receive, gate) != 0) {
            return;
        }
    }
    weft_sleep(WEFT_MILLISECOND);
    m->parked = resident() - before;
    weft_chan_close(gate);
    weft_waitgroup_wait(&group);
    weft_sleep(WEFT_MILLISECOND);
    m->soon_after = resident() - before;
    for (int i = 0; i < LOOKS_MAX; i++) {
        weft_sleep(5 * WEFT_MILLISECOND);
        m->later = resident() - before;
        if (m->soon_after - m->later > CROWD / 4 * 3) {
            break;
        }
    }
    weft_chan_release(gate);
}

static void test_an_idle_program_gives_stacks_back(void **state)
{
    (void)state;
    if (SANITIZED) {
        skip(); /* it keeps notes on all that memory */
    }
    static const uint32_t worker_counts[] = {1, 2};
    for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
        measured m = {0};
        const weft_options options = {.workers = worker_counts[i]};
        assert_int_equal(weft_run_with(&options, main_parks_a_crowd, &m), 0);
        assert_true(m.parked > CROWD / 4 * 3); /* some are left of the run before */
        assert_true(m.soon_after > CROWD / 4 * 3);
        assert_true(m.soon_after - m.later > CROWD / 4 * 3);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_program_gives_stacks_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
