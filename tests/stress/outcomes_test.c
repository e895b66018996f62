/* outcomes_test.c: on real threads, random programs come to nothing that the simulator does not
 * allow.
 *
 * stress.allowed has written the outcomes of each program to the file WEFT_STRESS_ALLOWED. Here
 * the programs run over and over, many at a time, with short slices, and are disturbed: goroutines
 * wait for one another before they start, yield, compute, block. An outcome is what every goroutine
 * saw and how far it came. A goroutine may well wait for ever: when nothing can move any more, main
 * ends the run without it. That this is so is told by what the runtime's own deadlock detection
 * looks at, so it does not depend on how fast the machine is.
 *
 *   WEFT_STRESS_ALLOWED=<file>
 *   WEFT_TEST_SECONDS=300   for each number of workers; default 1
 *   WEFT_WORKERS=32         this number only; default 1, 2, 8 and 32
 *   WEFT_TEST_PROGRAM=84    this program only
 *
 * Rounds take place in child processes: a crash or a hang is told with what was running. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <time.h>

#include <cmocka.h>

#include <weft.h>

#include "sched/idle.h"
#include "sched/retake.h"
#include "sched/timing.h"

#include "../runtime/child.h"
#include "../support/program_steps.h"

enum {
    BATCH = 32,
    ROUND_SECONDS = 4,
    HANG_SECONDS = 30,
    STACK_SIZE = 64 * 1024,
    SHOWN_MAX = 30,
};

/* ---- What is allowed ---- */

typedef struct allowed {
    program program;
    uint32_t count;
    char **outcomes; /* sorted */
    uint32_t first_hit;
} allowed;

static struct {
    allowed *list;
    size_t count;
    uint32_t outcomes;
} all;

/* Shared with the children. */
typedef struct tally {
    uint64_t programs; /* executed */
    uint64_t left;     /* of them, those in which goroutines waited for ever */
    uint32_t hits[];   /* of each outcome */
} tally;
static tally *counted;

static void *need(void *memory)
{
    if (memory == NULL) {
        abort();
    }
    return memory;
}

static char *read_line(FILE *file, char *line, size_t size)
{
    if (fgets(line, (int)size, file) == NULL) {
        return NULL;
    }
    line[strcspn(line, "\n")] = '\0';
    return line;
}

static void read_outcomes(FILE *file, allowed *a)
{
    static char line[PROGRAM_OUTCOME_SIZE + 2];
    a->outcomes = need(calloc(a->count, sizeof *a->outcomes));
    for (uint32_t i = 0; i < a->count; i++) {
        a->outcomes[i] = need(strdup(need(read_line(file, line, sizeof line))));
    }
    a->first_hit = all.outcomes;
    all.outcomes += a->count;
}

static void read_allowed(const char *path)
{
    char line[80];
    unsigned long long number = 0;
    unsigned count = 0;
    FILE *const file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("cannot read %s, which stress.allowed writes", path);
    }
    while (read_line(file, line, sizeof line) != NULL) {
        assert_int_equal(sscanf(line, "program %llu %*u %u", &number, &count), 2);
        all.list = need(realloc(all.list, (all.count + 1) * sizeof *all.list));
        allowed *const a = &all.list[all.count++];
        *a = (allowed){.program = program_make_whole(number), .count = count};
        read_outcomes(file, a);
    }
    (void)fclose(file);
    assert_true(all.count > 0);
    counted = mmap(NULL, sizeof *counted + all.outcomes * sizeof(uint32_t), PROT_READ | PROT_WRITE,
                   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(counted, MAP_FAILED);
}

static int compare(const void *text, const void *outcome)
{
    return strcmp(text, *(char *const *)outcome);
}

/* ---- Disturbance ---- */

typedef enum mode { QUIET, YIELD, SPIN, BLOCK, MODES } mode;

typedef struct instance {
    program_run run; /* first */
    program_log logs[PROGRAM_LOGS];
    const allowed *allowed;
    mode mode;
    bool meet; /* goroutines wait for one another before their first step */
    uint32_t arrived;
    uint64_t random[PROGRAM_GOROUTINES_MAX];
} instance;

static void spin(uint64_t rounds)
{
    for (uint64_t i = 0; i < rounds; i++) {
        __asm__ volatile("");
    }
}

static void nap(void *microseconds)
{
    const struct timespec time = {.tv_nsec = *(const long *)microseconds * 1000};
    (void)nanosleep(&time, NULL);
}

/* All that main starts, but not for ever. */
static void wait_for_others(instance *inst)
{
    (void)__atomic_add_fetch(&inst->arrived, 1, __ATOMIC_ACQ_REL);
    for (int i = 0; i < 200; i++) {
        if (__atomic_load_n(&inst->arrived, __ATOMIC_ACQUIRE) >= inst->run.program->started) {
            return;
        }
        if (i % 16 == 15) {
            weft_yield();
        }
    }
}

static void disturb(program_run *run, uint32_t g, bool may_block)
{
    instance *const inst = (instance *)run;
    uint64_t *const random = &inst->random[g];
    long microseconds = (long)program_random(random, 80);
    if (may_block) {
        nap(&microseconds);
        return;
    }
    if (inst->meet && run->seats[g].next == 0 && g < run->program->started) {
        wait_for_others(inst);
    }
    switch (inst->mode) {
    case YIELD:
        if (program_random(random, 2) == 0) {
            weft_yield();
        }
        break;
    case BLOCK:
        if (program_random(random, 8) == 0) {
            weft_blocking(nap, &microseconds);
        } else if (program_random(random, 8) == 0) {
            spin(program_random(random, 1000000)); /* longer than a slice, often */
        }
        break;
    case SPIN:
        spin(program_random(random, 4000));
        break;
    default:
        break;
    }
}

/* ---- A batch ---- */

static struct {
    instance *instances[BATCH];
    uint32_t workers;
    uint32_t slice_us;
    uint64_t random;
} batch;

static instance *make_instance(const allowed *a)
{
    instance *const inst = need(calloc(1, sizeof *inst));
    inst->run = (program_run){.program = &a->program, .logs = inst->logs, .disturb = disturb};
    inst->allowed = a;
    inst->mode =
        program_random(&batch.random, 12) == 0 ? BLOCK : (mode)program_random(&batch.random, BLOCK);
    inst->meet = program_random(&batch.random, 4) != 0;
    for (int g = 0; g < PROGRAM_GOROUTINES_MAX; g++) {
        inst->random[g] = program_random(&batch.random, UINT32_MAX);
    }
    return inst;
}

static bool has_ended(instance *inst)
{
    return __atomic_load_n(&inst->run.alive, __ATOMIC_ACQUIRE) == 0;
}

static bool all_have_ended(void)
{
    for (int i = 0; i < BATCH; i++) {
        if (!has_ended(batch.instances[i])) {
            return false;
        }
    }
    return true;
}

/* Whether nobody but main, the caller, can ever move: all other workers are idle, no thread runs a
 * goroutine without one, none is in a queue, no timer is armed. */
static bool looks_quiescent(void)
{
    bool quiescent = true;
    weft__timing_lock();
    for (int i = 0; i < 2; i++) { /* what is read one after the other was so at one moment */
        quiescent = quiescent && weft__idle_count() + 1 == weft__sched_state.worker_count &&
                    weft__retake_at_large() == 0 && !weft__worker_sees_work() &&
                    weft__timing_next_ns() == WEFT_NEVER;
    }
    for (uint32_t i = 0; i < weft__sched_state.worker_count; i++) {
        quiescent = quiescent && __atomic_load_n(&weft__sched_state.workers[i].deque.next,
                                                 __ATOMIC_ACQUIRE) == NULL;
    }
    weft__timing_unlock();
    return quiescent;
}

/* Or until the batch is killed: HANG_SECONDS. */
static void wait_for_quiescence(void)
{
    int64_t pause_ns = 20 * WEFT_MICROSECOND;
    for (int looks = 0; looks < 2 && !all_have_ended();) {
        weft_sleep(pause_ns);
        looks = looks_quiescent() ? looks + 1 : 0;
        pause_ns = pause_ns < WEFT_MILLISECOND ? pause_ns * 5 / 4 : pause_ns;
    }
}

/* Nobody uses them any more. */
static void release_objects(program_run *run)
{
    for (int g = 0; g < PROGRAM_GOROUTINES_MAX; g++) {
        weft_timer_release(run->funcs[g]);
    }
    weft_timer_release(run->timer);
    weft_context_release(run->context);
    for (int i = 0; i < PROGRAM_CHANNELS; i++) {
        weft_chan_release(run->channels[i]);
    }
}

static void run_batch(void *arg)
{
    (void)arg;
    for (int i = 0; i < BATCH; i++) {
        program_start(&batch.instances[i]->run);
    }
    wait_for_quiescence();
    for (int i = 0; i < BATCH; i++) {
        if (has_ended(batch.instances[i])) {
            release_objects(&batch.instances[i]->run);
        }
    }
}

static void tell_wrong(const allowed *a, const char *outcome)
{
    (void)fprintf(stderr, "program %llu, %u workers, slices of %u us:\n",
                  (unsigned long long)a->program.number, batch.workers, batch.slice_us);
    program_print(&a->program, stderr);
    (void)fprintf(stderr, "  came to  %s\n  allowed: %u outcomes\n", outcome, a->count);
    for (uint32_t i = 0; i < a->count && i < SHOWN_MAX; i++) {
        (void)fprintf(stderr, "           %s\n", a->outcomes[i]);
    }
}

static bool judge(instance *inst)
{
    const allowed *const a = inst->allowed;
    char text[PROGRAM_OUTCOME_SIZE];
    program_outcome(&inst->run, text);
    char **const outcome = bsearch(text, a->outcomes, a->count, sizeof *a->outcomes, compare);
    counted->programs++;
    counted->left += has_ended(inst) ? 0 : 1;
    if (outcome == NULL) {
        tell_wrong(a, text);
        return false;
    }
    counted->hits[a->first_hit + (uint32_t)(outcome - a->outcomes)]++;
    return true;
}

/* ---- A round: batches, in a child ---- */

static void tell_running(const char *what)
{
    (void)dprintf(STDERR_FILENO, "%s, %u workers, slices of %u us:", what, batch.workers,
                  batch.slice_us);
    for (int i = 0; i < BATCH; i++) {
        if (batch.instances[i] != NULL && !has_ended(batch.instances[i])) {
            (void)dprintf(STDERR_FILENO, " program %llu",
                          (unsigned long long)batch.instances[i]->allowed->program.number);
        }
    }
    (void)dprintf(STDERR_FILENO, "\n");
}

static void on_hang(int signal_number)
{
    (void)signal(signal_number, SIG_DFL);
    tell_running("hangs");
    (void)alarm(20);
    (void)raise(SIGQUIT); /* list the goroutines, and end */
}

static void on_crash(int signal_number)
{
    (void)signal(signal_number, SIG_DFL);
    tell_running("crashes");
    (void)raise(signal_number);
}

static bool do_batch(void)
{
    bool right = true;
    batch.slice_us = 100 + (uint32_t)program_random(&batch.random, 900);
    (void)alarm(HANG_SECONDS);
    for (int i = 0; i < BATCH; i++) {
        batch.instances[i] =
            make_instance(&all.list[program_random(&batch.random, (uint32_t)all.count)]);
    }
    const weft_options options = {
        .workers = batch.workers, .slice_us = batch.slice_us, .stack_size = STACK_SIZE};
    right = weft_run_with(&options, run_batch, NULL) == 0;
    for (int i = 0; i < BATCH; i++) {
        right = judge(batch.instances[i]) && right;
        free(batch.instances[i]);
        batch.instances[i] = NULL;
    }
    return right;
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * WEFT_SECOND + now.tv_nsec;
}

static int do_round(const void *until_ns)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++) {
        (void)signal(crashes[i], on_crash);
    }
    (void)signal(SIGALRM, on_hang);
    while (now_ns() < *(const int64_t *)until_ns) {
        if (!do_batch()) {
            return 1;
        }
    }
    return 0;
}

static void stress(uint32_t workers, int64_t seconds)
{
    static child c;
    const int64_t end_ns = now_ns() + seconds * WEFT_SECOND;
    batch.workers = workers;
    while (now_ns() < end_ns) {
        int64_t until_ns = now_ns() + ROUND_SECONDS * WEFT_SECOND;
        until_ns = until_ns < end_ns ? until_ns : end_ns;
        batch.random = (uint64_t)now_ns();
        child_run(&c, do_round, &until_ns);
        if (child_exit(&c) != 0) {
            fail_msg("%u workers: status %d\n%s", workers, child_exit(&c), c.said);
        }
    }
}

static void tell_counts(void)
{
    uint32_t many = 0;
    uint32_t hit = 0;
    for (size_t i = 0; i < all.count; i++) {
        many += all.list[i].count > 1 ? 1 : 0;
    }
    for (uint32_t i = 0; i < all.outcomes; i++) {
        hit += counted->hits[i] != 0 ? 1 : 0;
    }
    print_message("%zu programs, %u with more than one outcome; executed %llu times, %llu times "
                  "goroutines were left; %u of %u outcomes seen\n",
                  all.count, many, (unsigned long long)counted->programs,
                  (unsigned long long)counted->left, hit, all.outcomes);
}

static void test_outcomes_are_those_of_the_simulator(void **state)
{
    (void)state;
    static const uint32_t worker_counts[] = {1, 2, 8, 32};
    const char *const path = getenv("WEFT_STRESS_ALLOWED");
    const char *const seconds_text = getenv("WEFT_TEST_SECONDS");
    const char *const workers_text = getenv("WEFT_WORKERS");
    const int64_t seconds = seconds_text == NULL ? 1 : atoi(seconds_text);
    read_allowed(path == NULL ? "" : path);
    if (workers_text != NULL) {
        stress((uint32_t)atoi(workers_text), seconds);
    } else {
        for (size_t i = 0; i < sizeof worker_counts / sizeof *worker_counts; i++) {
            stress(worker_counts[i], seconds);
        }
    }
    tell_counts();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outcomes_are_those_of_the_simulator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
