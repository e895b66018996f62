/* litmus_test.c: litmus tests, and exactly the outcomes that C11 allows.
 *
 * Goal: WEFT_MEMORY=c11 gives every outcome that docs/memory-model.md allows and no other; sc gives
 * those of interleaving. Method: exhaustive exploration of each program with each of the two; it
 * must be complete. The lists are those of a brute force over all candidate executions.
 *
 * The shapes and their short names are those of Alglave, Maranget and Tautschnig, "Herding Cats"
 * (TOPLAS 2014). */
#include "litmus.h"

#define SAME NULL
#define NONE ""
#ifdef __clang__ /* its callbacks do not tell a weak compare-exchange from a strong one */
#define SPURIOUS(outcomes) NONE
#else
#define SPURIOUS(outcomes) outcomes
#endif

typedef struct litmus_row {
    const char *program;
    const char *interleaved; /* what sc allows; SAME: as in the row above */
    const char *weak;        /* what c11 allows besides */
    const char *reason;
} litmus_row;

/* SB: both loads miss the other's store. */
static const litmus_row store_buffering[] = {
    {"x=1.rlx y?rlx | y=1.rlx x?rlx", "01 10 11", "00", "a load may pass an earlier store"},
    {"x=1.rel y?acq | y=1.rel x?acq", SAME, "00", "release and acquire do not forbid that"},
    {"x=1.sc y?sc | y=1.sc x?sc", SAME, NONE, "the load that is last in S finds the store"},
    {"x=1.sc y?sc | y=1.sc x?acq", SAME, "00", "one load is not in S"},
    {"x=1.sc y?sc | y=1.rel x?sc", SAME, "00", "one store is not in S"},
    {"x=1.rlx F.sc y?rlx | y=1.rlx F.sc x?rlx", SAME, NONE,
     "the store is before the later fence's loads"},
    {"x=1.rlx F.ar y?rlx | y=1.rlx F.ar x?rlx", SAME, "00", "only seq_cst fences are in S"},
    {"x=1.rlx F.sc y?rlx | y=1.sc x?sc", SAME, NONE, "a fence, and seq_cst accesses"},
    {"x=1.sc y?sc | y=1.rlx F.sc x?sc", SAME, NONE, "the other way round"},
    {"x=1.rlx F.sc y?rlx | y=1.sc x?rlx", SAME, "00", "one load is behind no fence, and not in S"},
    {"x+1.ar y?acq | y+1.ar x?acq", "0001 0100 0101", "0000", "to modify is no fence"},
    {"x+1.sc y?sc | y+1.sc x?sc", SAME, NONE, "S"},
};

/* LB: both loads find the other's store, which is behind a load. C11 allows that where all are
 * relaxed; RC11, and so Weft, never. */
static const litmus_row load_buffering[] = {
    {"x?rlx y=1.rlx | y?rlx x=1.rlx", "00 01 10", NONE,
     "no load finds what has not been stored yet"},
    {"x?acq y=1.rlx | y?acq x=1.rlx", SAME, NONE, "C11 neither"},
    {"x?rlx y=1.rel | y?rlx x=1.rel", SAME, NONE, "nor this"},
};

/* MP: the flag is seen, the message is not. */
static const litmus_row message_passing[] = {
    {"x=1.rlx y=1.rlx | y?rlx x?rlx", "00 01 11", "10",
     "nothing orders the two stores, or the loads"},
    {"x=1.rlx y=1.rel | y?acq x?rlx", SAME, NONE, "the load acquires what the store releases"},
    {"x=1.rlx y=1.rel | y?rlx x?rlx", SAME, "10", "nobody acquires"},
    {"x=1.rlx y=1.rlx | y?acq x?rlx", SAME, "10", "nobody releases"},
    {"x=1.rlx y=1.sc | y?sc x?rlx", SAME, NONE, "seq_cst releases and acquires"},
    {"x=1.sc y=1.rlx | y?rlx x?sc", SAME, "10", "S says nothing of y: x's load may be first in it"},
    {"x=1.rlx F.rel y=1.rlx | y?rlx F.acq x?rlx", SAME, NONE, "fences in the place of both"},
    {"x=1.rlx y=1.rel | y?rlx F.acq x?rlx", SAME, NONE, "an acquire fence"},
    {"x=1.rlx F.rel y=1.rlx | y?acq x?rlx", SAME, NONE, "a release fence"},
    {"x=1.rlx F.rel y=1.rlx | y?rlx x?rlx", SAME, "10", "nobody acquires"},
    {"x=1.rlx y=1.rlx | y?rlx F.acq x?rlx", SAME, "10", "nobody releases"},
    {"x=1.rlx F.acq y=1.rlx | y?rlx F.rel x?rlx", SAME, "10", "the fences are the wrong ones"},
    {"x=1.rlx F.sc y=1.rlx | y?rlx F.sc x?rlx", SAME, NONE, "seq_cst fences are both"},
};

/* S: the flag is seen, what is stored then is overwritten by what came before the flag. */
static const litmus_row store_after_load[] = {
    {"x=2.rlx y=1.rlx | y?rlx x=1.rlx => x", "0/1 0/2 1/1", "1/2",
     "nothing orders the stores to x"},
    {"x=2.rlx y=1.rel | y?acq x=1.rlx => x", SAME, NONE, "one happens before the other"},
    {"x=2.rlx y=1.rel | y?rlx x=1.rlx => x", SAME, "1/2", "nobody acquires"},
    {"x=2.sc y=1.rlx | y?rlx x=1.sc => x", SAME, "1/2",
     "x's stores may be in S the other way round"},
    {"x=2.rlx F.rel y=1.rlx | y?rlx F.acq x=1.rlx => x", SAME, NONE, "fences"},
};

/* R: the store to y comes last, and the load behind it misses x. */
static const litmus_row store_before_load[] = {
    {"x=1.rlx y=1.rlx | y=2.rlx x?rlx => y", "0/1 1/1 1/2", "0/2", "nothing orders anything"},
    {"x=1.rel y=1.rel | y=2.rel x?acq => y", SAME, "0/2", "no load reads what is released"},
    {"x=1.sc y=1.sc | y=2.sc x?sc => y", SAME, NONE, "S"},
    {"x=1.rlx y=1.sc | y=2.sc x?sc => y", SAME, "0/2", "one store is not in S"},
    {"x=1.rlx F.sc y=1.rlx | y=2.rlx F.sc x?rlx => y", SAME, NONE, "fences around all of it"},
    {"x=1.rlx F.sc y=1.rlx | y=2.rlx F.ar x?rlx => y", SAME, "0/2", "one fence is not in S"},
};

/* 2+2W: the first store of each is what remains. */
static const litmus_row two_by_two_stores[] = {
    {"x=1.rlx y=2.rlx | y=1.rlx x=2.rlx => x y", "/12 /21 /22", "/11",
     "stores may pass each other"},
    {"x=1.rel y=2.rel | y=1.rel x=2.rel => x y", SAME, "/11",
     "to release is not enough: nobody loads"},
    {"x=1.sc y=2.sc | y=1.sc x=2.sc => x y", SAME, NONE, "S"},
    {"x=1.sc y=2.sc | y=1.sc x=2.rel => x y", SAME, "/11", "one store is not in S"},
    {"x=1.rlx F.sc y=2.rlx | y=1.rlx F.sc x=2.rlx => x y", SAME, NONE, "fences between"},
    {"x=1.rlx F.ar y=2.rlx | y=1.rlx F.ar x=2.rlx => x y", SAME, "/11", "that are not in S"},
};

/* IRIW: two readers see two independent stores in different orders. */
static const litmus_row independent_reads[] = {
    {"x=1.rlx | y=1.rlx | x?rlx y?rlx | y?rlx x?rlx",
     "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111", "1010",
     "no order of the two is agreed on"},
    {"x=1.rel | y=1.rel | x?acq y?acq | y?acq x?acq", SAME, "1010", "nor is it here"},
    {"x=1.sc | y=1.sc | x?sc y?sc | y?sc x?sc", SAME, NONE, "S is agreed on"},
    {"x=1.sc | y=1.sc | x?acq y?sc | y?acq x?sc", SAME, NONE,
     "a store is in S before what acquires it (RC11 differs)"},
    {"x=1.rel | y=1.rel | x?sc y?sc | y?sc x?sc", SAME, "1010", "the stores are not in S"},
    {"x=1.rlx | y=1.rlx | x?rlx F.sc y?rlx | y?rlx F.sc x?rlx", SAME, NONE,
     "what one fence has seen, the later one sees"},
    {"x=1.rel | y=1.rel | x?acq F.ar y?acq | y?acq F.ar x?acq", SAME, "1010",
     "fences that are not in S"},
};

/* WRC, ISA2, RWC and Z6: who has seen a store tells somebody else. */
static const litmus_row causality[] = {
    {"x=1.rlx | x?rlx y=1.rlx | y?rlx x?rlx", "000 001 010 011 100 101 111", "110",
     "nobody releases"},
    {"x=1.rlx | x?rlx y=1.rel | y?acq x?rlx", SAME, NONE, "the load of x happens before the other"},
    {"x=1.rlx | x?rlx F.sc y=1.rlx | y?rlx F.sc x?rlx", SAME, NONE, "by fences"},
    {"x=1.rlx y=1.rel | y?acq z=1.rel | z?acq x?rlx", SAME, NONE, "happens-before is transitive"},
    {"x=1.rlx y=1.rel | y?rlx z=1.rel | z?acq x?rlx", SAME, "110", "where all links hold"},
    {"x=1.sc | x?sc y?sc | y=1.sc x?sc", "000 001 010 011 101 110 111", NONE, "S"},
    {"x=1.rlx | x?rlx F.sc y?rlx | y=1.rlx F.sc x?rlx", SAME, NONE, "fences"},
    {"x=1.rel | x?acq F.ar y?acq | y=1.rel F.sc x?acq", SAME, "100", "one fence is not in S"},
    {"x=1.sc y=1.rel | y+1.sc y?rlx | y=3.sc x?sc", "010 011 030 031 120 121 131 310 311 340 341",
     NONE, "S is consistent with happens-before (RC11 allows 130)"},
    {"x=1.rlx F.sc y=1.rlx | y?acq z?rlx | z=1.rlx F.sc x?rlx", "000 001 010 011 101 110 111", NONE,
     "a fence stands for what it happens before"},
    {"y=1.rlx F.sc x=1.rlx | x?rlx x=2.rlx | x=3.sc y?sc => x",
     "00/1 00/2 01/1 01/2 01/3 10/2 11/2 11/3 30/1 30/2 31/1 31/2", NONE,
     "the fence is before all that comes after its store in memory"},
};

/* CoRR, CoWW, CoWR, CoRW: one variable alone is as with interleaving, whatever the orders. */
static const litmus_row coherence[] = {
    {"x=1.rlx x=2.rlx | x?rlx x?rlx", "00 01 02 11 12 22", NONE, "loads do not go back"},
    {"x=1.rlx | x=2.rlx | x?rlx x?rlx | x?rlx x?rlx",
     "0000 0001 0002 0011 0012 0021 0022 0100 0101 0102 0111 0112 0121 0122 0200 0201 0202 0211 "
     "0212 0221 0222 1100 1101 1102 1111 1112 1121 1122 1200 1201 1202 1211 1212 1222 2100 2101 "
     "2102 2111 2121 2122 2200 2201 2202 2211 2212 2221 2222",
     NONE, "all see one order of the stores"},
    {"x=1.rlx x=2.rlx => x", "/2", NONE, "stores do not pass each other"},
    {"x=1.rlx x?rlx | x=2.rlx => x", "1/1 1/2 2/2", NONE,
     "a load does not miss the store before it"},
    {"x?rlx x=1.rlx | x=2.rlx => x", "0/1 0/2 2/1", NONE,
     "a store does not go before what was loaded"},
    {"x=1.rlx y=1.rel | y?acq x=2.rlx x?rlx => x", "01/1 02/1 02/2 12/2", NONE,
     "the same across goroutines"},
};

/* A read-modify-write goes on with what was released there, another store ends it. */
static const litmus_row release_sequences[] = {
    {"x=1.rlx y=1.rel | y+1.rlx | y?acq x?rlx", "000 001 010 011 100 101 111 121", NONE,
     "2 carries the release of 1"},
    {"x=1.rlx y=1.rlx | y+1.rel | y?acq x?rlx", SAME, "110 120", "what releases has not seen x"},
    {"x=1.rlx F.rel y=1.rlx | y+1.rlx | y?acq x?rlx", SAME, NONE, "that of a fence as well"},
    {"x=1.rlx y=1.rel | y?rlx y=2.rlx | y?acq x?rlx", "000 001 011 020 021 100 101 111 121", "120",
     "another's store ends it"},
    {"x=1.rlx y=1.rel y=2.rlx | y?acq x?rlx", "00 01 11 21", "20",
     "and so does one's own, as in C++20"},
    {"x=1.rlx y=1.rel y+1.rlx | y?acq x?rlx", "100 101 111 121", NONE,
     "but not one's own read-modify-write"},
};

/* A read-modify-write reads the store right before it in modification order. */
static const litmus_row modifications[] = {
    {"x+1.rlx | x+1.rlx => x", "01/2 10/2", NONE, "none is lost"},
    {"x+1.rlx | x+1.rlx | x+1.rlx => x", "012/3 021/3 102/3 120/3 201/3 210/3", NONE,
     "of three neither"},
    {"x+1.rlx | x=2.rlx => x", "0/2 2/3", NONE, "no store comes between"},
    {"x=1.rlx x?rlx | x+2.rlx => x", "10/1 11/3 31/3", NONE, "nor here"},
    {"x=1.rlx x=2.rlx y=1.rlx | y?rlx x+3.rlx => x", "00/2 01/2 02/5 12/5", "10/2 11/2",
     "it may be in the midst of the stores"},
};

/* They modify if they succeed, and load if they fail. */
static const litmus_row compare_exchanges[] = {
    {"x!0>1.rlx | x!0>2.rlx => x", "01/1 20/2", NONE, "one of them succeeds"},
    {"x~0>1.rlx => x", "0/1", SPURIOUS("0/0"), "a weak one may fail although it is equal"},
    {"x~0>1.rlx | x~0>2.rlx => x", "01/1 20/2", SPURIOUS("00/0 00/1 00/2"),
     "so that perhaps neither does"},
    {"x=1.rlx x=2.rlx | x!1>3.rlx => x", "0/2 1/2 2/2", NONE, "between two stores, or not"},
    {"x=1.rlx y=1.rel | y!0>2.ar x?rlx", "00 01 11", NONE, "a failure acquires"},
    {"x=1.rlx y=1.rel | y!0>2.rel x?rlx", SAME, "10", "a failure of a release does not"},
    {"x=1.rlx y=1.rel | y!0>2.sc,rlx x?rlx", SAME, "10", "nor one that is to be relaxed"},
    {"x=1.rlx y=1.rlx | y?rlx x!0>2.rlx => x", "00/1 01/1 11/1", "10/1",
     "it may find an old value, though the new one would make it fail"},
};
/* ---- Exploring them ---- */

static int compare_words(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Both lists, sorted. */
static void merge(const char *one, const char *other, char *into, size_t size)
{
    char copy[2048];
    char *words[OUTCOMES_MAX];
    char *save = NULL;
    size_t count = 0;
    size_t used = 0;
    (void)snprintf(copy, sizeof copy, "%s %s", one, other);
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        words[count++] = word;
    }
    qsort(words, count, sizeof words[0], compare_words);
    for (size_t i = 0; i < count; i++) {
        used += (size_t)snprintf(into + used, size - used, "%s%s", i == 0 ? "" : " ", words[i]);
    }
}

static void expect(const litmus_row *row, const char *memory, const char *expected)
{
    char *const found = explore_litmus(row->program, memory);
    if (strcmp(found, expected) != 0) {
        fail_msg("%s, memory %s\n  found    %s\n  expected %s\n  %s", row->program, memory, found,
                 expected, row->reason);
    }
    free(found);
}

static void expect_all(const litmus_row *rows, size_t count)
{
    const char *interleaved = NULL;
    char all[2048];
    for (size_t i = 0; i < count; i++) {
        interleaved = rows[i].interleaved == SAME ? interleaved : rows[i].interleaved;
        merge(interleaved, rows[i].weak, all, sizeof all);
        expect(&rows[i], "sc", interleaved);
        expect(&rows[i], "c11", all);
    }
}

#define TEST(shape)                                                                                \
    static void test_##shape(void **state)                                                         \
    {                                                                                              \
        (void)state;                                                                               \
        expect_all(shape, sizeof shape / sizeof shape[0]);                                         \
    }

TEST(store_buffering)
TEST(load_buffering)
TEST(message_passing)
TEST(store_after_load)
TEST(store_before_load)
TEST(two_by_two_stores)
TEST(independent_reads)
TEST(causality)
TEST(coherence)
TEST(release_sequences)
TEST(modifications)
TEST(compare_exchanges)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_buffering),   cmocka_unit_test(test_load_buffering),
        cmocka_unit_test(test_message_passing),   cmocka_unit_test(test_store_after_load),
        cmocka_unit_test(test_store_before_load), cmocka_unit_test(test_two_by_two_stores),
        cmocka_unit_test(test_independent_reads), cmocka_unit_test(test_causality),
        cmocka_unit_test(test_coherence),         cmocka_unit_test(test_release_sequences),
        cmocka_unit_test(test_modifications),     cmocka_unit_test(test_compare_exchanges),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
