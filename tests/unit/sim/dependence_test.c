/* dependence_test.c: which pending operations may not commute, by kind; and what the tests that
 * execute them (*_pairs_test.c) do not reach. */
#include "../../support/explore.h"

#include <chan.h>
#include <sync.h>

#include "strategy/dependence.h"

/* An object of any kind that nobody has used yet. */
typedef union any_object {
    uint64_t words[sizeof(struct weft_chan) / sizeof(uint64_t) + 1];
    weft__mutex mutex;
    weft__rwmutex rwmutex;
    weft__waitgroup waitgroup;
    weft__sema sema;
} any_object;

static any_object one;
static any_object other;

static weft__task doing(weft__op_kind kind, const void *object)
{
    return (weft__task){.op = {.kind = kind, .object = object, .n = 1}};
}

static bool dependent(weft__op_kind a, weft__op_kind b)
{
    const weft__task x = doing(a, &one);
    const weft__task y = doing(b, &one);
    assert_int_equal(weft__dependent(&x, &y), weft__dependent(&y, &x));
    return weft__dependent(&x, &y);
}

static void test_send_and_receive_commute(void **state)
{
    (void)state;
    assert_false(dependent(WEFT__OP_SEND, WEFT__OP_RECV));
    assert_true(dependent(WEFT__OP_SEND, WEFT__OP_SEND));
    assert_true(dependent(WEFT__OP_RECV, WEFT__OP_RECV));
    assert_true(dependent(WEFT__OP_TRY_RECV, WEFT__OP_SEND));
    assert_true(dependent(WEFT__OP_CLOSE, WEFT__OP_SEND));
}

static void test_reads_commute_and_writes_do_not(void **state)
{
    (void)state;
    assert_false(dependent(WEFT__OP_READ, WEFT__OP_READ));
    assert_true(dependent(WEFT__OP_READ, WEFT__OP_WRITE));
    assert_true(dependent(WEFT__OP_WRITE, WEFT__OP_WRITE));
    assert_false(dependent(WEFT__OP_RLOCK, WEFT__OP_RLOCK));
    assert_true(dependent(WEFT__OP_RLOCK, WEFT__OP_WLOCK));
    assert_true(dependent(WEFT__OP_LOCK, WEFT__OP_UNLOCK));
    assert_false(dependent(WEFT__OP_WG_ADD, WEFT__OP_WG_ADD));
    assert_true(dependent(WEFT__OP_WG_ADD, WEFT__OP_WG_WAIT));
}

static void test_other_objects_do_not_matter(void **state)
{
    (void)state;
    const weft__task x = doing(WEFT__OP_LOCK, &one);
    const weft__task y = doing(WEFT__OP_LOCK, &other);
    const weft__task nothing = doing(WEFT__OP_YIELD, NULL);
    assert_false(weft__dependent(&x, &y));
    assert_false(weft__dependent(&x, &nothing));
    assert_false(weft__dependent(&nothing, &nothing));
}

static void test_starting_goroutines_conflict_with_nothing(void **state)
{
    (void)state;
    weft__task x = doing(WEFT__OP_LOCK, &one);
    const weft__task y = doing(WEFT__OP_LOCK, &one);
    x.internal = true;
    assert_false(weft__dependent(&x, &y));
}

static void test_select_conflicts_by_each_of_its_channels(void **state)
{
    (void)state;
    weft_chan *const first = (weft_chan *)(void *)&one;
    weft_chan *const second = (weft_chan *)(void *)&other;
    static any_object third;
    weft_case cases[] = {WEFT_RECV(first, NULL), WEFT_SEND(second, NULL), WEFT_RECV(NULL, NULL)};
    const weft__task select = {.op = {.kind = WEFT__OP_SELECT, .object = cases, .n = 3}};
    const weft__task single = {.op = {.kind = WEFT__OP_SELECT, .object = cases, .n = 1}};
    const weft__task send = doing(WEFT__OP_SEND, first);
    const weft__task receive = doing(WEFT__OP_RECV, second);
    const weft__task elsewhere = doing(WEFT__OP_SEND, &third);
    assert_true(weft__dependent(&select, &send));
    assert_true(weft__dependent(&select, &receive));
    assert_true(weft__dependent(&select, &select));
    assert_false(weft__dependent(&select, &elsewhere));
    assert_false(weft__dependent(&single, &send)); /* as a plain receive */
}

static bool overlap(weft__op_kind a, size_t a_start, uint64_t a_size, weft__op_kind b,
                    size_t b_start, uint64_t b_size)
{
    static char bytes[16];
    const weft__task x = {.op = {.kind = a, .object = bytes + a_start, .n = a_size}};
    const weft__task y = {.op = {.kind = b, .object = bytes + b_start, .n = b_size}};
    assert_int_equal(weft__dependent(&x, &y), weft__dependent(&y, &x));
    assert_int_equal(weft__dependent(&x, &y), weft__dependent_now(&x, &y));
    return weft__dependent(&x, &y);
}

static void test_accesses_conflict_where_they_overlap(void **state)
{
    (void)state;
    assert_true(overlap(WEFT__OP_WRITE, 0, 8, WEFT__OP_WRITE, 4, 4));
    assert_true(overlap(WEFT__OP_WRITE, 0, 8, WEFT__OP_READ, 7, 1));
    assert_true(overlap(WEFT__OP_READ, 4, 1, WEFT__OP_WRITE, 0, 8));
    assert_true(overlap(WEFT__OP_POINT, 4, 0, WEFT__OP_READ, 0, 8));
    assert_true(overlap(WEFT__OP_POINT, 4, 0, WEFT__OP_POINT, 4, 0));
    assert_false(overlap(WEFT__OP_READ, 0, 8, WEFT__OP_READ, 4, 4));
    assert_false(overlap(WEFT__OP_WRITE, 0, 4, WEFT__OP_WRITE, 4, 4));
    assert_false(overlap(WEFT__OP_POINT, 8, 0, WEFT__OP_WRITE, 0, 8));
}

/* Only who gives up leaves something to do to its resumption. */
static void test_leaving_the_queue_of_a_semaphore_conflicts_with_trying(void **state)
{
    (void)state;
    weft__waiter waiter = {.n = 1};
    any_object sema = {.sema = {.capacity = 1}};
    weft__task resuming = doing(WEFT__OP_ACQUIRE, &sema);
    const weft__task trying = doing(WEFT__OP_TRY_ACQUIRE, &sema);
    const weft__task coming = doing(WEFT__OP_ACQUIRE, &sema);
    resuming.internal = true;
    assert_false(weft__dependent_now(&resuming, &trying));
    weft__waitq_push(&sema.sema.waiters, &waiter);
    assert_true(weft__dependent_now(&resuming, &trying));
    assert_true(weft__dependent_now(&trying, &resuming));
    assert_true(weft__dependent(&resuming, &trying));
    assert_false(weft__dependent_now(&resuming, &coming));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_send_and_receive_commute),
        cmocka_unit_test(test_reads_commute_and_writes_do_not),
        cmocka_unit_test(test_other_objects_do_not_matter),
        cmocka_unit_test(test_starting_goroutines_conflict_with_nothing),
        cmocka_unit_test(test_select_conflicts_by_each_of_its_channels),
        cmocka_unit_test(test_accesses_conflict_where_they_overlap),
        cmocka_unit_test(test_leaving_the_queue_of_a_semaphore_conflicts_with_trying),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
