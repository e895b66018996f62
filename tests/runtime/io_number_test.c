/* io_number_test.c: descriptors of the kernel: those that others have made, closed or used up, and
 * signals.
 * Method: many rounds on several workers, where two calls must meet; what ends the process, or
 *         takes its descriptors away, in a child. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>

#include <cmocka.h>

#include <weft.h>

#include "child.h"

enum { SEVERAL = 2, ROUNDS = 20000 };

/* ---- one owner ---- */

static struct {
    int fd;
    atomic_int started;
    atomic_int owners;
    atomic_int most;
} number;

static void adopt_and_disown(void *arg)
{
    (void)arg;
    (void)atomic_fetch_add(&number.started, 1);
    while (atomic_load(&number.started) < SEVERAL) {
        weft_yield();
    }
    for (int i = 0; i < ROUNDS;) {
        const int status = weft_adopt(number.fd);
        if (status != 0) {
            WEFT_ASSERT(status == -EEXIST);
            continue;
        }
        const int owners = atomic_fetch_add(&number.owners, 1) + 1;
        if (owners > 1) {
            atomic_store(&number.most, owners);
        }
        i++;
        (void)atomic_fetch_sub(&number.owners, 1);
        WEFT_ASSERT(weft_disown(number.fd) == 0);
    }
}

static void main_adopts(void *arg)
{
    weft_waitgroup wg = {{0}};
    int ends[2];
    (void)arg;
    WEFT_ASSERT(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
    number.fd = ends[0];
    for (int i = 0; i < SEVERAL; i++) {
        WEFT_ASSERT(weft_waitgroup_go(&wg, adopt_and_disown, NULL) == 0);
    }
    weft_waitgroup_wait(&wg);
    (void)close(ends[0]);
    (void)close(ends[1]);
}

static void test_a_descriptor_is_adopted_by_one_at_a_time(void **state)
{
    (void)state;
    assert_int_equal(weft_run_with(&(weft_options){.workers = SEVERAL}, main_adopts, NULL), 0);
    assert_int_equal(atomic_load(&number.most), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_descriptor_is_adopted_by_one_at_a_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
