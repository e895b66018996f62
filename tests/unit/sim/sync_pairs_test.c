/* sync_pairs_test.c: which operations on sync objects conflict, for all small states. */
#include "pairs.h"

static void prepare(pair_situation *s, size_t times, pair_act act)
{
    for (size_t i = 0; i < times; i++) {
        s->setup[s->setup_count++] = act;
    }
}

static void help(pair_situation *s, size_t times, pair_act act)
{
    for (size_t i = 0; i < times; i++) {
        s->helpers[s->helper_count++] = act;
    }
}

static void test_mutex(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_LOCK}, {.kind = WEFT__OP_TRY_LOCK}, {.kind = WEFT__OP_UNLOCK}};
    pair_tally tally = {0};
    for (size_t locked = 0; locked < 2; locked++) {
        for (size_t waiting = 0; waiting <= 2 * locked; waiting++) {
            pair_situation s = {0};
            prepare(&s, locked, acts[0]);
            help(&s, waiting, acts[0]);
            pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
        }
    }
    pair_expect("mutex", &tally, 100);
}

static void test_rwmutex(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {{.kind = WEFT__OP_RLOCK},     {.kind = WEFT__OP_TRY_RLOCK},
                                    {.kind = WEFT__OP_RUNLOCK},   {.kind = WEFT__OP_WLOCK},
                                    {.kind = WEFT__OP_TRY_WLOCK}, {.kind = WEFT__OP_WUNLOCK}};
    pair_tally tally = {0};
    for (size_t held = 0; held < 4; held++) { /* by so many readers; 3: by a writer */
        for (size_t writers = 0; writers < (held == 0 ? 1 : 3); writers++) {
            for (size_t readers = 0; readers < (held == 3 || writers > 0 ? 3 : 1); readers++) {
                pair_situation s = {0};
                prepare(&s, held == 3 ? 1 : held, acts[held == 3 ? 3 : 0]);
                help(&s, writers, acts[3]);
                help(&s, readers, acts[0]);
                pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
            }
        }
    }
    pair_expect("rwmutex", &tally, 100);
}

static void test_cond(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_SIGNAL},
        {.kind = WEFT__OP_BROADCAST},
        {.kind = WEFT__OP_COND_WAIT},
        {.kind = WEFT__OP_COND_WAIT, .skip = 1}, /* in the queue, about to unlock */
    };
    pair_tally tally = {0};
    for (size_t waiting = 0; waiting < 4; waiting++) {
        pair_situation s = {0};
        prepare(&s, waiting + 2, (pair_act){.kind = WEFT__OP_RLOCK});
        help(&s, waiting, acts[2]);
        pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
    }
    pair_expect("cond", &tally, 100);
}

static void test_waitgroup(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_WG_WAIT},         {.kind = WEFT__OP_WG_ADD, .n = 0},
        {.kind = WEFT__OP_WG_ADD, .n = 1},  {.kind = WEFT__OP_WG_ADD, .n = 2},
        {.kind = WEFT__OP_WG_ADD, .n = -1}, {.kind = WEFT__OP_WG_ADD, .n = -2},
        {.kind = WEFT__OP_WG_ADD, .n = -3}, {.kind = WEFT__OP_WG_ADD, .n = INT64_MAX},
    };
    pair_tally tally = {0};
    for (size_t held = 0; held < 4; held++) {
        for (size_t waiting = 0; waiting < (held == 0 ? 1 : 3); waiting++) {
            pair_situation s = {0};
            prepare(&s, held, acts[2]);
            help(&s, waiting, acts[0]);
            pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
        }
    }
    pair_expect("wait group", &tally, 100);
}

static void test_once(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_ONCE},
        {.kind = WEFT__OP_ONCE, .n = 1},
        {.kind = WEFT__OP_ONCE, .n = 1, .skip = 1}, /* in its function */
        {.kind = WEFT__OP_SEND},
    };
    pair_tally tally = {0};
    for (size_t done = 0; done < 2; done++) {
        for (size_t running = 0; running < 2; running++) {
            for (size_t waiting = 0; waiting <= 2 * running; waiting++) {
                pair_situation s = {0};
                prepare(&s, done, acts[0]);
                help(&s, running, acts[1]);
                help(&s, waiting, acts[0]);
                pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
            }
        }
    }
    pair_expect("once", &tally, 100);
}

static void test_semaphore(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_ACQUIRE, .n = 0},     {.kind = WEFT__OP_ACQUIRE, .n = 1},
        {.kind = WEFT__OP_ACQUIRE, .n = 2},     {.kind = WEFT__OP_ACQUIRE, .n = 9},
        {.kind = WEFT__OP_TRY_ACQUIRE, .n = 0}, {.kind = WEFT__OP_TRY_ACQUIRE, .n = 1},
        {.kind = WEFT__OP_TRY_ACQUIRE, .n = 2}, {.kind = WEFT__OP_TRY_ACQUIRE, .n = 9},
        {.kind = WEFT__OP_RELEASE, .n = 0},     {.kind = WEFT__OP_RELEASE, .n = 1},
        {.kind = WEFT__OP_RELEASE, .n = 2},     {.kind = WEFT__OP_RELEASE, .n = 3},
        {.kind = WEFT__OP_RELEASE, .n = -1},
    };
    pair_tally tally = {0};
    for (int64_t held = 0; held < 4; held++) {
        for (int64_t first = 0; first < 4; first++) { /* the units that two wait for; 0: none */
            for (int64_t second = 0; second < (first == 0 ? 1 : 4); second++) {
                pair_situation s = {.units = 3};
                prepare(&s, 1, (pair_act){.kind = WEFT__OP_ACQUIRE, .n = held});
                help(&s, first != 0, (pair_act){.kind = WEFT__OP_ACQUIRE, .n = first});
                help(&s, second != 0, (pair_act){.kind = WEFT__OP_ACQUIRE, .n = second});
                pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
            }
        }
    }
    pair_expect("semaphore", &tally, 85);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutex), cmocka_unit_test(test_rwmutex),
        cmocka_unit_test(test_cond),  cmocka_unit_test(test_waitgroup),
        cmocka_unit_test(test_once),  cmocka_unit_test(test_semaphore),
    };
    pair_open();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pair_close();
    return failed;
}
