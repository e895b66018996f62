/* litmus.h: litmus tests as text, and all outcomes that an exhaustive exploration finds.
 *
 *   x=1.rel           a store; orders are rlx, acq, rel, ar (acq_rel) and sc
 *   x?acq             a load
 *   x+1.ar            a fetch_add
 *   x!0>1.sc,rlx      a compare-exchange: if 0 then 1; its orders; x~0>1 is a weak one
 *   F.sc              a fence
 *
 * "x=1.rlx y?rlx | y=1.rlx x?rlx => x y" is two goroutines, and then main, which waits for both,
 * loads x and y. An outcome is what was read, in the order of the text: "01/11". Variables are w to
 * z and start as 0. */
#ifndef WEFT_TESTS_LITMUS_H
#define WEFT_TESTS_LITMUS_H

#include "../support/explore.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STEPS_MAX = 8, ACTORS_MAX = 4, VARIABLES = 4, READS_MAX = 16, OUTCOMES_MAX = 512 };

typedef struct litmus_step {
    char verb; /* = ? + ! ~ F */
    int variable;
    int expected;
    int value;
    memory_order order;
    memory_order failure;
    int read; /* its number among the reads */
} litmus_step;

typedef struct litmus {
    litmus_step steps[ACTORS_MAX][STEPS_MAX];
    int step_counts[ACTORS_MAX];
    int actor_count;
    int finals[VARIABLES];
    int final_count;
    int read_count;
} litmus;

static litmus the_litmus WEFT_KEEP;
static char outcomes[OUTCOMES_MAX][READS_MAX + VARIABLES + 2] WEFT_KEEP;
static int outcome_count WEFT_KEEP;

static atomic_int variables[VARIABLES];
static int reads[READS_MAX];
static weft_waitgroup all_done;

/* ---- Reading the text ---- */

static memory_order order_of(const char *name)
{
    static const char *const names[] = {"rlx", "acq", "rel", "ar", "sc"};
    static const memory_order orders[] = {memory_order_relaxed, memory_order_acquire,
                                          memory_order_release, memory_order_acq_rel,
                                          memory_order_seq_cst};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(name, names[i]) == 0) {
            return orders[i];
        }
    }
    fail_msg("no such order: %s", name);
    return memory_order_seq_cst;
}

static memory_order failure_of(memory_order success)
{
    return success == memory_order_acq_rel   ? memory_order_acquire
           : success == memory_order_release ? memory_order_relaxed
                                             : success;
}

static void read_orders(char *text, litmus_step *step)
{
    char *const comma = strchr(text, ',');
    if (comma != NULL) {
        *comma = '\0';
    }
    step->order = order_of(text);
    step->failure = comma != NULL ? order_of(comma + 1) : failure_of(step->order);
}

static litmus_step read_step(char *text)
{
    litmus_step step = {.verb = text[0] == 'F' ? 'F' : text[1], .variable = text[0] - 'w'};
    char *const dot = strchr(text, '.');
    if (step.verb == '!' || step.verb == '~') {
        step.expected = text[2] - '0';
        step.value = text[4] - '0';
    } else if (step.verb == '=' || step.verb == '+') {
        step.value = text[2] - '0';
    }
    read_orders(dot == NULL ? text + 2 : dot + 1, &step);
    if (step.verb != '=' && step.verb != 'F') {
        step.read = the_litmus.read_count++;
    }
    return step;
}

static void read_litmus(const char *text)
{
    char copy[512];
    char *save = NULL;
    bool finals = false;
    the_litmus = (litmus){.actor_count = 1};
    (void)snprintf(copy, sizeof copy, "%s", text);
    for (char *word = strtok_r(copy, " ", &save); word != NULL; word = strtok_r(NULL, " ", &save)) {
        const int actor = the_litmus.actor_count - 1;
        if (strcmp(word, "|") == 0) {
            the_litmus.actor_count++;
        } else if (strcmp(word, "=>") == 0) {
            finals = true;
        } else if (finals) {
            the_litmus.finals[the_litmus.final_count++] = word[0] - 'w';
        } else {
            the_litmus.steps[actor][the_litmus.step_counts[actor]++] = read_step(word);
        }
    }
}

/* ---- Carrying it out: compilers want to know the orders ---- */

static int load(atomic_int *v, memory_order order)
{
    switch (order) {
    case memory_order_relaxed:
        return atomic_load_explicit(v, memory_order_relaxed);
    case memory_order_acquire:
        return atomic_load_explicit(v, memory_order_acquire);
    default:
        return atomic_load_explicit(v, memory_order_seq_cst);
    }
}

static void store(atomic_int *v, int value, memory_order order)
{
    switch (order) {
    case memory_order_relaxed:
        atomic_store_explicit(v, value, memory_order_relaxed);
        break;
    case memory_order_release:
        atomic_store_explicit(v, value, memory_order_release);
        break;
    default:
        atomic_store_explicit(v, value, memory_order_seq_cst);
        break;
    }
}

static int add(atomic_int *v, int value, memory_order order)
{
    switch (order) {
    case memory_order_relaxed:
        return atomic_fetch_add_explicit(v, value, memory_order_relaxed);
    case memory_order_acquire:
        return atomic_fetch_add_explicit(v, value, memory_order_acquire);
    case memory_order_release:
        return atomic_fetch_add_explicit(v, value, memory_order_release);
    case memory_order_acq_rel:
        return atomic_fetch_add_explicit(v, value, memory_order_acq_rel);
    default:
        return atomic_fetch_add_explicit(v, value, memory_order_seq_cst);
    }
}

#define EXCHANGE(success, failure)                                                                 \
    (weak ? atomic_compare_exchange_weak_explicit(v, &expected, desired, success, failure)         \
          : atomic_compare_exchange_strong_explicit(v, &expected, desired, success, failure))

static int exchange(atomic_int *v, const litmus_step *step)
{
    int expected = step->expected;
    const int desired = step->value;
    const bool weak = step->verb == '~';
    const bool relaxed = step->failure == memory_order_relaxed;
    switch (step->order) {
    case memory_order_relaxed:
        (void)EXCHANGE(memory_order_relaxed, memory_order_relaxed);
        break;
    case memory_order_acquire:
        (void)EXCHANGE(memory_order_acquire, memory_order_acquire);
        break;
    case memory_order_release:
        (void)EXCHANGE(memory_order_release, memory_order_relaxed);
        break;
    case memory_order_acq_rel:
        (void)EXCHANGE(memory_order_acq_rel, memory_order_acquire);
        break;
    default:
        (void)(relaxed ? EXCHANGE(memory_order_seq_cst, memory_order_relaxed)
                       : EXCHANGE(memory_order_seq_cst, memory_order_seq_cst));
        break;
    }
    return expected;
}

static void fence(memory_order order)
{
    switch (order) {
    case memory_order_acquire:
        atomic_thread_fence(memory_order_acquire);
        break;
    case memory_order_release:
        atomic_thread_fence(memory_order_release);
        break;
    case memory_order_acq_rel:
        atomic_thread_fence(memory_order_acq_rel);
        break;
    default:
        atomic_thread_fence(memory_order_seq_cst);
        break;
    }
}

static void take_step(const litmus_step *step)
{
    atomic_int *const v = &variables[step->variable];
    switch (step->verb) {
    case '=':
        store(v, step->value, step->order);
        break;
    case '?':
        reads[step->read] = load(v, step->order);
        break;
    case '+':
        reads[step->read] = add(v, step->value, step->order);
        break;
    case 'F':
        fence(step->order);
        break;
    default:
        reads[step->read] = exchange(v, step);
        break;
    }
}

static void act(void *arg)
{
    const int actor = (int)(intptr_t)arg;
    for (int i = 0; i < the_litmus.step_counts[actor]; i++) {
        take_step(&the_litmus.steps[actor][i]);
    }
    weft_waitgroup_done(&all_done);
}

static void remember(const char *outcome)
{
    for (int i = 0; i < outcome_count; i++) {
        if (strcmp(outcomes[i], outcome) == 0) {
            return;
        }
    }
    assert_true(outcome_count < OUTCOMES_MAX);
    (void)snprintf(outcomes[outcome_count++], sizeof outcomes[0], "%s", outcome);
}

static void main_litmus(void *arg)
{
    char outcome[READS_MAX + VARIABLES + 2];
    int length = 0;
    (void)arg;
    weft_waitgroup_add(&all_done, the_litmus.actor_count);
    for (int i = 0; i < the_litmus.actor_count; i++) {
        weft_go(act, (void *)(intptr_t)i);
    }
    weft_waitgroup_wait(&all_done);
    for (int i = 0; i < the_litmus.read_count; i++) {
        outcome[length++] = (char)('0' + reads[i]);
    }
    for (int i = 0; i < the_litmus.final_count; i++) {
        if (i == 0) {
            outcome[length++] = '/';
        }
        outcome[length++] = (char)('0' + atomic_load_explicit(&variables[the_litmus.finals[i]],
                                                              memory_order_relaxed));
    }
    outcome[length] = '\0';
    remember(outcome);
}

static int compare_outcomes(const void *a, const void *b)
{
    return strcmp(a, b);
}

/* All outcomes, sorted, with blanks between them; "incomplete" if not everything was explored. The
 * caller frees it. */
static char *explore_litmus(const char *text, const char *memory)
{
    const weft_options options = {.name = "litmus",
                                  .strategy = "dpor",
                                  .memory = memory,
                                  .races = "off",
                                  .schedules = 10000000,
                                  .time_ns = WEFT_NEVER};
    weft_result result;
    read_litmus(text);
    outcome_count = 0;
    assert_int_equal(weft_explore(&options, main_litmus, NULL, &result), 0);
    const bool complete = result.complete;
    weft_result_clear(&result);
    qsort(outcomes, (size_t)outcome_count, sizeof outcomes[0], compare_outcomes);
    char *const all = calloc((size_t)outcome_count + 1, sizeof outcomes[0]);
    assert_non_null(all);
    for (int i = 0; complete && i < outcome_count; i++) {
        (void)strcat(strcat(all, i == 0 ? "" : " "), outcomes[i]);
    }
    return complete ? all : strcpy(all, "incomplete");
}

#endif
