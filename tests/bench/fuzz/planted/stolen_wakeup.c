/* stolen_wakeup.c: a consumer that was woken takes a message without looking whether there still is
 * one: another one, which did not wait, may have taken it. Input says who comes, in which order;
 * only where the producer comes first, and the one that does not wait last, is it looked at. */
#include "look.h"

enum { ACTORS = 4 };

static weft_mutex lock;
static weft_cond filled;
static int messages;
static uint8_t kinds[ACTORS];

static void consume(void)
{
    weft_mutex_lock(&lock);
    if (messages == 0) {
        weft_cond_wait(&filled, &lock);
    }
    WEFT_ASSERT(messages > 0);
    messages--;
    weft_mutex_unlock(&lock);
}

static void take_one_if_any(void)
{
    weft_mutex_lock(&lock);
    messages -= messages > 0 ? 1 : 0;
    weft_mutex_unlock(&lock);
}

static void produce(void)
{
    weft_mutex_lock(&lock);
    messages++;
    weft_cond_signal(&filled);
    weft_mutex_unlock(&lock);
}

static void act(void *arg)
{
    switch (*(const uint8_t *)arg) {
    case 'c':
        consume();
        break;
    case 't':
        take_one_if_any();
        break;
    case 'p':
        produce();
        break;
    default:
        break;
    }
}

static void target(const uint8_t *data, size_t size)
{
    static const weft_mutex fresh_lock;
    static const weft_cond fresh_cond;
    lock = fresh_lock;
    filled = fresh_cond;
    messages = 0;
    for (size_t i = 0; i < ACTORS; i++) {
        kinds[i] = i < size ? data[i] : 0;
    }
    if (kinds[0] != 'p' || kinds[ACTORS - 1] != 't') {
        return;
    }
    for (size_t i = 0; i < ACTORS; i++) {
        weft_go_with(&(weft_go_options){.name = "act", .daemon = true}, act, &kinds[i]);
    }
}

WEFT_FUZZ(target)
