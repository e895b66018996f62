/* pipeline.c: stages joined by bounded channels, with weft/typed.h.
 *
 *   count  ->  square  ->  keep odd  ->  main, which adds up
 *
 * A stage ends when its input is closed and drained, and then closes its output: so the end of the
 * first stage travels down the pipeline. A full channel makes the stage before it wait, so that at
 * most DEPTH values lie between two stages.
 *
 *   sim/pipeline        explores the schedules
 *   runtime/pipeline    prints: 1 + 9 + 25 + ... = 165 */
#include <stdio.h>
#include <stdlib.h>
#include <weft/typed.h>

enum { LAST = 10, DEPTH = 2, STAGES = 3 };

typedef struct stage {
    WEFT_CHAN(int) in;
    WEFT_CHAN(int) out;
} stage;

static void count(void *arg)
{
    const stage *const s = arg;
    for (int i = 1; i <= LAST; i++) {
        weft_send(s->out, i);
    }
    weft_close_chan(s->out);
}

static void square(void *arg)
{
    const stage *const s = arg;
    int value;
    while (weft_recv(s->in, &value)) {
        weft_send(s->out, value * value);
    }
    weft_close_chan(s->out);
}

static void keep_odd(void *arg)
{
    const stage *const s = arg;
    int value;
    while (weft_recv(s->in, &value)) {
        if (value % 2 != 0) {
            weft_send(s->out, value);
        }
    }
    weft_close_chan(s->out);
}

static int add_up(WEFT_CHAN(int) in)
{
    int sum = 0;
    int before = 0;
    int value;
    while (weft_recv(in, &value)) {
        WEFT_ALWAYS(value > before, "values arrive in order");
        WEFT_ALWAYS(weft_len(in) <= DEPTH, "the pipeline is bounded");
        before = value;
        sum += value;
    }
    return sum;
}

static void pipeline(void *arg)
{
    (void)arg;
    static weft_fn *const functions[STAGES] = {count, square, keep_odd};
    static const char *const names[STAGES] = {"count", "square", "keep_odd"};
    stage stages[STAGES] = {0};
    weft_waitgroup running = {0};
    for (int i = 0; i < STAGES; i++) {
        stages[i].in = i == 0 ? NULL : stages[i - 1].out;
        stages[i].out = weft_make(int, DEPTH);
        weft_waitgroup_go_with(&running, &(weft_go_options){.name = names[i]}, functions[i],
                               &stages[i]);
    }
    const int sum = add_up(stages[STAGES - 1].out);
    weft_waitgroup_wait(&running);
    WEFT_ASSERT(sum == 165);
    printf("1 + 9 + 25 + ... = %d\n", sum);
    for (int i = 0; i < STAGES; i++) {
        weft_release(stages[i].out);
    }
}

int main(void)
{
    return weft_run(pipeline, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
