/* rare_schedule: x is written without the lock only if two goroutines have taken four steps in
 * turn.
 * TSan: cannot see, because real threads hardly ever do. */
#include "support/race_program.h"

static weft_mutex mutex;
static int stage, x;

/* Whether it was this step's turn. */
static bool step(int from)
{
    weft_mutex_lock(&mutex);
    const bool turn = stage == from;
    if (turn) {
        stage++;
    }
    weft_mutex_unlock(&mutex);
    return turn;
}

static void even(void *arg)
{
    (void)arg;
    (void)step(0);
    (void)step(2);
    race_lock(&mutex);
    x = 1; /* RACE */
    race_unlock(&mutex);
}

static void odd(void *arg)
{
    (void)arg;
    if (step(1) && step(3)) {
        race_lock(&mutex);
        x = 2; /* RACE */
        race_unlock(&mutex);
    }
}

static void body(void *arg)
{
    (void)arg;
    opaque_escape(&x);
    weft_go(even, NULL);
    weft_go(odd, NULL);
}

RACE_MAIN(body)
