/* time_pairs_test.c: which operations conflict with cancelling a context, with timers, and with
 * deadlines, for all small states. */
#include "pairs.h"

static void help(pair_situation *s, pair_act act)
{
    s->helpers[s->helper_count++] = act;
}

static void test_context(void **unused)
{
    (void)unused;
    static const pair_act acts[] = {
        {.kind = WEFT__OP_CANCEL, .object = 0},
        {.kind = WEFT__OP_CANCEL, .object = 0, .skip = 1}, /* has closed the parent: the child */
        {.kind = WEFT__OP_CANCEL, .object = 1},
        {.kind = WEFT__OP_CONTEXT_ERR, .object = 0},
        {.kind = WEFT__OP_CONTEXT_ERR, .object = 1},
        {.kind = WEFT__OP_RECV, .object = 0},
        {.kind = WEFT__OP_RECV, .object = 1},
        {.kind = WEFT__OP_TRY_RECV, .object = 0},
        {.kind = WEFT__OP_TRY_RECV, .object = 1},
        {.kind = WEFT__OP_SELECT},
        {.kind = WEFT__OP_SELECT, .has_default = true},
    };
    static const pair_act waits[] = {{.kind = WEFT__OP_RECV, .object = 0},
                                     {.kind = WEFT__OP_RECV, .object = 1},
                                     {.kind = WEFT__OP_SELECT}};
    pair_tally tally = {0};
    for (int kind = PAIR_CHAIN; kind <= PAIR_SIBLINGS; kind++) {
        for (size_t i = 0; i < 16; i++) { /* who waits, who is cancelled */
            pair_situation s = {.kind = (pair_world_kind)kind};
            for (size_t k = 0; k < 3; k++) {
                if ((i >> k & 1) != 0) {
                    help(&s, waits[k]);
                }
            }
            s.setup[0] = acts[2];
            s.setup_count = i >> 3;
            pair_check_all(&s, acts, PAIR_COUNT(acts), &tally);
        }
    }
    pair_expect("context", &tally, 70); /* cancelling twice is not told apart */
}

static const pair_act timer_acts[] = {
    {.kind = WEFT__OP_FIRE, .object = 0},
    {.kind = WEFT__OP_FIRE, .object = 1},
    {.kind = WEFT__OP_FIRE, .object = PAIR_DEADLINE},
    {.kind = WEFT__OP_TIMER_STOP, .object = 0},
    {.kind = WEFT__OP_TIMER_STOP, .object = 1},
    {.kind = WEFT__OP_TIMER_RESET, .object = 0, .n = 5},
    {.kind = WEFT__OP_TIMER_RESET, .object = 1, .n = 20},
    {.kind = WEFT__OP_RECV, .object = 0},
    {.kind = WEFT__OP_TRY_RECV, .object = 0},
    {.kind = WEFT__OP_TRY_RECV, .object = 1},
    {.kind = WEFT__OP_LEN, .object = 0},
    {.kind = WEFT__OP_SEND, .object = 0},
    {.kind = WEFT__OP_TRY_SEND, .object = 0},
    {.kind = WEFT__OP_CLOSE, .object = 0},
    {.kind = WEFT__OP_SELECT},
    {.kind = WEFT__OP_SELECT, .has_default = true},
    {.kind = WEFT__OP_SELECT, .n = 3, .has_default = true}, /* sends, which is unusual */
    {.kind = WEFT__OP_SELECT, .until_ns = 5},
    {.kind = WEFT__OP_SELECT, .until_ns = 10},
    {.kind = WEFT__OP_SELECT, .until_ns = 22},
    {.kind = WEFT__OP_SLEEP, .n = 5},
    {.kind = WEFT__OP_SLEEP, .n = 0},
};

/* How the timers, first due at 10, come to be armed, due, fired or stopped. */
static const pair_act timer_setups[][3] = {
    {{.kind = WEFT__OP_LEN}},
    {{.kind = WEFT__OP_TIMER_STOP, .object = 0}},
    {{.kind = WEFT__OP_TIMER_STOP, .object = 0}, {.kind = WEFT__OP_TIMER_STOP, .object = 1}},
    {{.kind = WEFT__OP_TIMER_RESET, .object = 0, .n = 0}},
    {{.kind = WEFT__OP_SLEEP, .n = 20}},
    {{.kind = WEFT__OP_SLEEP, .n = 20}, {.kind = WEFT__OP_TIMER_RESET, .object = 0, .n = 5}},
    {{.kind = WEFT__OP_SLEEP, .n = 20},
     {.kind = WEFT__OP_RECV, .object = 0},
     {.kind = WEFT__OP_TIMER_RESET, .object = 1, .n = 0}},
};

static void test_timers(void **unused)
{
    (void)unused;
    static const pair_act waits[] = {
        {.kind = WEFT__OP_RECV, .object = 0},
        {.kind = WEFT__OP_SELECT},
        {.kind = WEFT__OP_SELECT, .until_ns = 10},
        {.kind = WEFT__OP_SLEEP, .n = 10},
    };
    pair_tally tally = {0};
    for (size_t i = 0; i < PAIR_COUNT(timer_setups); i++) {
        for (size_t k = 0; k < 1 << PAIR_COUNT(waits); k++) {
            pair_situation s = {.kind = PAIR_TIMERS};
            while (s.setup_count < 3 && timer_setups[i][s.setup_count].kind != WEFT__OP_NONE) {
                s.setup[s.setup_count] = timer_setups[i][s.setup_count];
                s.setup_count++;
            }
            for (size_t n = 0; n < PAIR_COUNT(waits); n++) {
                if ((k >> n & 1) != 0) {
                    help(&s, waits[n]);
                }
            }
            pair_check_all(&s, timer_acts, PAIR_COUNT(timer_acts), &tally);
        }
    }
    pair_expect("timers", &tally, 95);
}

/* A select waits on two channels until 10, with others before and behind it. */
static void test_deadline_of_a_select(void **unused)
{
    (void)unused;
    static const weft__op_kind kinds[] = {WEFT__OP_SEND,     WEFT__OP_RECV,  WEFT__OP_TRY_SEND,
                                          WEFT__OP_TRY_RECV, WEFT__OP_CLOSE, WEFT__OP_LEN};
    pair_tally tally = {0};
    for (size_t i = 0; i < 4 * 16; i++) {
        pair_situation s = {.probes = {{.kind = WEFT__OP_FIRE, .object = PAIR_DEADLINE}}};
        const int64_t waits = (int64_t)(i % 4);
        const pair_act first = {.kind = (waits & 1) != 0 ? WEFT__OP_SEND : WEFT__OP_RECV};
        if ((i >> 2 & 1) != 0) {
            help(&s, first);
        }
        help(&s, (pair_act){.kind = WEFT__OP_SELECT, .n = waits, .until_ns = 10});
        if ((i >> 3 & 1) != 0) {
            help(&s, first);
        }
        s.chans[0].capacity = i >> 4 & 1;
        s.chans[0].fill = (waits & 1) != 0 ? s.chans[0].capacity : 0;
        s.chans[1].capacity = i >> 5 & 1;
        s.chans[1].fill = (waits & 2) != 0 ? s.chans[1].capacity : 0;
        for (size_t k = 0; k < 2 * PAIR_COUNT(kinds); k++) {
            s.probes[1] = (pair_act){.kind = kinds[k / 2], .object = (int)(k % 2)};
            pair_check(&s, &tally);
        }
        for (int64_t k = 0; k < 16; k++) {
            s.probes[1] = (pair_act){.kind = WEFT__OP_SELECT,
                                     .n = k % 4,
                                     .has_default = k / 4 == 1,
                                     .until_ns = k / 4 == 2   ? 5
                                                 : k / 4 == 3 ? 15
                                                              : 0};
            pair_check(&s, &tally);
        }
    }
    pair_expect("deadline of a select", &tally, 95);
}

/* One waits for units until 10, with another before and one behind it. */
static void test_deadline_for_a_semaphore(void **unused)
{
    (void)unused;
    pair_tally tally = {0};
    for (int64_t i = 0; i < 64; i++) { /* units: before, of the one with the deadline, behind */
        const int64_t units[] = {i % 4, i / 4 % 4, i / 16};
        pair_situation s = {.units = 3,
                            .setup = {{.kind = WEFT__OP_ACQUIRE, .n = 2}},
                            .setup_count = 1,
                            .probes = {{.kind = WEFT__OP_FIRE, .object = PAIR_DEADLINE}}};
        for (size_t k = 0; k < 3; k++) {
            if (units[k] != 0) {
                help(&s, (pair_act){
                             .kind = WEFT__OP_ACQUIRE, .n = units[k], .until_ns = k == 1 ? 10 : 0});
            }
        }
        for (int64_t n = 0; n < 4; n++) {
            for (int kind = WEFT__OP_ACQUIRE; kind <= WEFT__OP_RELEASE; kind++) {
                s.probes[1] = (pair_act){.kind = (weft__op_kind)kind, .n = n};
                pair_check(&s, &tally);
            }
            s.probes[1] = (pair_act){.kind = WEFT__OP_ACQUIRE, .n = n, .until_ns = 5};
            pair_check(&s, &tally);
        }
    }
    pair_expect("deadline for a semaphore", &tally, 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_context),
        cmocka_unit_test(test_timers),
        cmocka_unit_test(test_deadline_of_a_select),
        cmocka_unit_test(test_deadline_for_a_semaphore),
    };
    pair_open();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pair_close();
    return failed;
}
