/* chan_pairs_test.c: which operations on channels conflict, for all small states. */
#include "pairs.h"

enum { STATES_MAX = 64 };

/* A channel and who waits on it: at most one of the two. */
typedef struct chan_state {
    pair_chan chan;
    size_t senders;
    size_t receivers;
} chan_state;

static size_t list_states(chan_state *states, size_t capacity_max, size_t waiters_max)
{
    size_t count = 0;
    for (size_t capacity = 0; capacity <= capacity_max; capacity++) {
        for (size_t fill = 0; fill <= capacity; fill++) {
            states[count++] = (chan_state){.chan = {capacity, fill, true}};
            states[count++] = (chan_state){.chan = {capacity, fill, false}};
            for (size_t n = 1; n <= waiters_max && fill == capacity; n++) {
                states[count++] = (chan_state){.chan = {capacity, fill, false}, .senders = n};
            }
            for (size_t n = 1; n <= waiters_max && fill == 0; n++) {
                states[count++] = (chan_state){.chan = {capacity, fill, false}, .receivers = n};
            }
        }
    }
    assert_true(count <= STATES_MAX);
    return count;
}

static void help(pair_situation *s, pair_act act)
{
    s->helpers[s->helper_count++] = act;
}

static void put(pair_situation *s, int chan, const chan_state *state)
{
    s->chans[chan] = state->chan;
    for (size_t i = 0; i < state->senders; i++) {
        help(s, (pair_act){.kind = WEFT__OP_SEND, .object = chan});
    }
    for (size_t i = 0; i < state->receivers; i++) {
        help(s, (pair_act){.kind = WEFT__OP_RECV, .object = chan});
    }
}

static const weft__op_kind kinds[] = {WEFT__OP_SEND,     WEFT__OP_RECV,  WEFT__OP_TRY_SEND,
                                      WEFT__OP_TRY_RECV, WEFT__OP_CLOSE, WEFT__OP_LEN};

enum { KINDS = sizeof kinds / sizeof kinds[0], SELECTS = 8, ACTS = 2 * KINDS + SELECTS };

static pair_act select_act(int i)
{
    return (pair_act){.kind = WEFT__OP_SELECT, .n = i % 4, .has_default = i >= 4};
}

/* All plain operations on both channels, then the selects. */
static pair_act act_at(int i)
{
    if (i >= 2 * KINDS) {
        return select_act(i - 2 * KINDS);
    }
    return (pair_act){.kind = kinds[i % KINDS], .object = i / KINDS};
}

static void test_plain_operations_are_told_exactly(void **unused)
{
    (void)unused;
    chan_state states[STATES_MAX];
    const size_t count = list_states(states, 3, 2);
    pair_tally tally = {0};
    for (size_t i = 0; i < count; i++) {
        for (int a = 0; a < KINDS; a++) {
            for (int b = 0; b < KINDS; b++) {
                pair_situation s = {.probes = {act_at(a), act_at(b)}};
                put(&s, 0, &states[i]);
                pair_check(&s, &tally);
            }
        }
    }
    pair_expect("channel", &tally, 100);
    assert_int_equal(tally.situations, count * KINDS * KINDS);
}

/* In every pair of states of the two channels: a select against the acts from..to-1. */
static void for_two_channels(size_t capacity_max, size_t waiters_max, int from, int to,
                             pair_tally *tally)
{
    chan_state states[STATES_MAX];
    const size_t count = list_states(states, capacity_max, waiters_max);
    for (size_t i = 0; i < count * count; i++) {
        for (int select = 0; select < SELECTS; select++) {
            for (int other = from; other < to; other++) {
                pair_situation s = {.probes = {select_act(select), act_at(other)}};
                put(&s, 0, &states[i / count]);
                put(&s, 1, &states[i % count]);
                pair_check(&s, tally);
            }
        }
    }
}

static void test_select_against_plain_operations(void **unused)
{
    (void)unused;
    pair_tally tally = {0};
    for_two_channels(2, 2, 0, KINDS, &tally);
    pair_expect("select", &tally, 95);
    assert_true(tally.situations >= 12960);
}

static void test_select_against_select(void **unused)
{
    (void)unused;
    pair_tally tally = {0};
    for_two_channels(1, 1, 2 * KINDS, ACTS, &tally);
    pair_expect("select, select", &tally, 95);
}

/* Both cases on one channel. */
static void test_select_with_one_channel_twice(void **unused)
{
    (void)unused;
    chan_state states[STATES_MAX];
    const size_t count = list_states(states, 2, 2);
    pair_tally tally = {0};
    for (size_t i = 0; i < count; i++) {
        for (int select = 0; select < SELECTS; select++) {
            for (int other = 0; other < KINDS + SELECTS; other++) {
                pair_situation s = {
                    .probes = {select_act(select),
                               other < KINDS ? act_at(other) : select_act(other - KINDS)}};
                s.probes[0].one_channel = true;
                s.probes[1].one_channel = true;
                put(&s, 0, &states[i]);
                pair_check(&s, &tally);
            }
        }
    }
    pair_expect("one channel twice", &tally, 95);
}

/* A select waits on both channels, as `waits` says: with others before and behind it. */
static void check_parked(int waits, bool one_channel, size_t capacities, size_t before,
                         size_t behind, pair_tally *tally)
{
    for (int a = 0; a < ACTS; a++) {
        for (int b = 0; b <= a; b++) {
            pair_situation s = {.probes = {act_at(a), act_at(b)}};
            for (int i = 0; i < 2; i++) {
                const bool sends = (waits >> i & 1) != 0;
                s.chans[i].capacity = capacities >> i & 1;
                s.chans[i].fill = sends ? s.chans[i].capacity : 0;
                if ((before >> i & 1) != 0) {
                    help(&s, (pair_act){sends ? WEFT__OP_SEND : WEFT__OP_RECV, .object = i});
                }
            }
            help(&s, (pair_act){.kind = WEFT__OP_SELECT, .n = waits, .one_channel = one_channel});
            for (int i = 0; i < 2; i++) {
                const bool sends = (waits >> i & 1) != 0;
                if ((behind >> i & 1) != 0) {
                    help(&s, (pair_act){sends ? WEFT__OP_SEND : WEFT__OP_RECV, .object = i});
                }
            }
            pair_check(&s, tally);
        }
    }
}

static void test_who_waits_in_a_select_leaves_its_other_channels(void **unused)
{
    (void)unused;
    pair_tally tally = {0};
    for (int waits = 0; waits < 4; waits++) {
        for (size_t capacities = 0; capacities < 4; capacities++) {
            for (size_t others = 0; others < 9; others++) {
                check_parked(waits, false, capacities, others % 3, others / 3, &tally);
            }
        }
    }
    pair_expect("parked select", &tally, 95);
}

static void test_who_waits_twice_on_one_channel(void **unused)
{
    (void)unused;
    pair_tally tally = {0};
    for (int waits = 0; waits < 4; waits++) {
        check_parked(waits, true, 0, 0, 0, &tally);
        check_parked(waits, true, 0, 0, 1, &tally);
    }
    pair_expect("parked select, one channel", &tally, 95);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_operations_are_told_exactly),
        cmocka_unit_test(test_select_against_plain_operations),
        cmocka_unit_test(test_select_against_select),
        cmocka_unit_test(test_select_with_one_channel_twice),
        cmocka_unit_test(test_who_waits_in_a_select_leaves_its_other_channels),
        cmocka_unit_test(test_who_waits_twice_on_one_channel),
    };
    pair_open();
    const int failed = cmocka_run_group_tests(tests, NULL, NULL);
    pair_close();
    return failed;
}
