/* closing.c: sends, and second closes, that nothing keeps from coming after a close.
 *
 * A send that came before the close in a run that passed, and not because the close waited for it.
 * No passing run has two closes of one channel, but two runs may have it closed by two goroutines,
 * each of which looks first whether the other has done it: both are kept from closing until nothing
 * else can be done, so that both have looked. */
#include "acts.h"
#include "predict.h"

enum { CLOSES_MAX = 64, SENDS_MAX = 4096 };

static struct {
    weft__moment closes[CLOSES_MAX]; /* of any run */
    uint32_t count;
} closing WEFT_KEEP;

void weft__closing_reset(void)
{
    closing.count = 0;
}

static bool sends(const weft__act *act)
{
    return act->kind == WEFT__OP_SEND || act->kind == WEFT__OP_TRY_SEND;
}

static void find_sends(const weft__acts *acts, uint32_t close)
{
    uint32_t looked = 0;
    for (uint32_t i = close; i-- > 0 && looked < SENDS_MAX;) {
        if (acts->list[i].object != acts->list[close].object || !sends(&acts->list[i])) {
            continue;
        }
        looked++;
        if (weft__acts_concurrent(acts, i, close)) {
            weft__predict_add(&(weft__prediction){
                .suspicion = WEFT__SUSPECT_SEND_CLOSE,
                .constraints = {weft__act_before(acts, close, i)},
                .count = 1,
            });
        }
    }
}

static void find_closes(const weft__act *close)
{
    const weft__moment mine = weft__moment_of_act(close);
    for (uint32_t i = 0; i < closing.count; i++) {
        const weft__moment *const other = &closing.closes[i];
        if (other->class.object != mine.class.object) {
            continue;
        }
        if (other->class.goroutine == mine.class.goroutine) {
            return; /* known */
        }
        weft__predict_add(&(weft__prediction){
            .suspicion = WEFT__SUSPECT_CLOSE_CLOSE,
            .constraints = {{.before = mine, .after = *other}, {.before = *other, .after = mine}},
            .count = 2,
        });
    }
    if (closing.count < CLOSES_MAX) {
        closing.closes[closing.count++] = mine;
    }
}

void weft__predict_closing(const weft__acts *acts)
{
    for (uint32_t i = 0; i < acts->count; i++) {
        if (acts->list[i].kind == WEFT__OP_CLOSE) {
            find_sends(acts, i);
            find_closes(&acts->list[i]);
        }
    }
}
