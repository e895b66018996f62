/* switch_test.c: what a goroutine keeps while others run.
 *
 * Goal:   local variables, errno, floating-point values and the rounding mode are the goroutine's
 *         own, whichever thread it goes on on.
 * Source: a switch is an ordinary call to the C ABI: callee-saved registers and control words. */
#include <weft/cmocka.h>

#include <errno.h>
#include <fenv.h>

enum { FEW = 4 };

typedef struct mine {
    int number;
    bool kept;
} mine;

static void run_few(weft_fn *fn, mine *all)
{
    weft_waitgroup ended = {0};
    for (int i = 0; i < FEW; i++) {
        all[i] = (mine){.number = i + 1};
        const weft_go_options options = {.name = "mine"};
        assert_int_equal(weft_waitgroup_go_with(&ended, &options, fn, &all[i]), 0);
    }
    weft_waitgroup_wait(&ended);
    for (int i = 0; i < FEW; i++) {
        assert_true(all[i].kept);
    }
}

static void keep_locals(void *arg)
{
    mine *const m = arg;
    int locals[64];
    for (int i = 0; i < 64; i++) {
        locals[i] = m->number * i;
    }
    weft_yield();
    m->kept = true;
    for (int i = 0; i < 64; i++) {
        m->kept = m->kept && locals[i] == m->number * i;
    }
}

static void test_local_variables_are_kept_across_switches(void **state)
{
    (void)state;
    mine all[FEW];
    run_few(keep_locals, all);
}

/* errno's address is that of the thread, which the compiler may remember across a switch within one
 * function: so it is read and written in functions of their own. */
__attribute__((noinline)) static void put_errno(int value)
{
    errno = value;
}

__attribute__((noinline)) static int get_errno(void)
{
    return errno;
}

static void keep_errno_across_yields(void *arg)
{
    mine *const m = arg;
    m->kept = true;
    for (int i = 0; i < 3; i++) {
        put_errno(m->number * 10 + i);
        weft_yield();
        m->kept = m->kept && get_errno() == m->number * 10 + i;
    }
}

static void test_errno_is_kept_across_a_yield(void **state)
{
    (void)state;
    mine all[FEW];
    run_few(keep_errno_across_yields, all);
}

typedef struct exchange {
    weft_chan *chan;
    weft_waitgroup ended;
    int error_after;
} exchange;

static void receive_with_errno(void *arg)
{
    exchange *const e = arg;
    put_errno(EDOM);
    weft_chan_recv(e->chan, NULL);
    e->error_after = get_errno();
}

static void test_errno_is_kept_across_a_park(void **state)
{
    (void)state;
    exchange e = {.chan = weft_chan_make(0, 0)};
    assert_non_null(e.chan);
    assert_int_equal(weft_waitgroup_go(&e.ended, receive_with_errno, &e), 0);
    put_errno(ERANGE);
    weft_chan_send(e.chan, NULL);
    const int mine_after = get_errno();
    weft_waitgroup_wait(&e.ended);
    assert_int_equal(mine_after, ERANGE);
    assert_int_equal(e.error_after, EDOM);
    weft_chan_release(e.chan);
}

static void keep_doubles(void *arg)
{
    mine *const m = arg;
    const double step = 1.0 / (m->number + 2);
    double across = 0;
    double straight = 0;
    for (int i = 0; i < 5; i++) {
        across += step * i;
        weft_yield();
    }
    for (int i = 0; i < 5; i++) {
        straight += step * i;
    }
    m->kept = across >= straight && across <= straight;
}

static void test_floating_point_values_are_kept_across_switches(void **state)
{
    (void)state;
    mine all[FEW];
    run_few(keep_doubles, all);
}

static void keep_rounding_mode(void *arg)
{
    static const int modes[] = {FE_TONEAREST, FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO};
    mine *const m = arg;
    const int mode = modes[m->number % 4];
    m->kept = fesetround(mode) == 0;
    for (int i = 0; i < 3; i++) {
        weft_yield();
        m->kept = m->kept && fegetround() == mode;
    }
}

static void test_rounding_mode_belongs_to_the_goroutine(void **state)
{
    (void)state;
    mine all[FEW];
    const int before = fegetround();
    run_few(keep_rounding_mode, all);
    assert_int_equal(fegetround(), before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_local_variables_are_kept_across_switches),
        weft_unit_test(test_errno_is_kept_across_a_yield),
        weft_unit_test(test_errno_is_kept_across_a_park),
        weft_unit_test(test_floating_point_values_are_kept_across_switches),
        weft_unit_test(test_rounding_mode_belongs_to_the_goroutine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
