/* split_escape.c: two goroutines parse the halves of a text. Whether the second half begins behind
 * a backslash the first one says at its end; the second one has patience, but not enough in some
 * schedules, and only a text with a backslash there and a quote behind it shows it. */
#include "look.h"

enum { UNKNOWN, PLAIN, ESCAPED };

static const uint8_t *text;
static size_t half;
static int state;
static int quotes;

static void parse_first(void *arg)
{
    bool behind = false;
    (void)arg;
    for (size_t i = 0; i < half; i++) {
        behind = !behind && text[i] == '\\';
        weft_yield();
    }
    WEFT_WRITE(state, behind ? ESCAPED : PLAIN);
}

static void parse_second(void *arg)
{
    int known = UNKNOWN;
    (void)arg;
    for (int i = 0; i < 4 && known == UNKNOWN; i++) {
        known = WEFT_READ(state);
    }
    quotes = text[half] == '"' && known != ESCAPED ? 1 : 0;
}

static void target(const uint8_t *data, size_t size)
{
    weft_waitgroup ended = {0};
    if (size < 4 || size > 5) {
        return;
    }
    text = data;
    half = 2;
    state = UNKNOWN;
    weft_waitgroup_go(&ended, parse_first, NULL);
    weft_waitgroup_go(&ended, parse_second, NULL);
    weft_waitgroup_wait(&ended);
    WEFT_ASSERT(data[0] == '\\' || data[1] != '\\' || quotes == 0);
}

WEFT_FUZZ(target)
