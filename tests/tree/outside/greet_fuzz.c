/* greet_fuzz.c: a fuzz target of someone who uses Weft. */
#include <weft/fuzz.h>

static weft_chan *words;

static void send_one(void *arg)
{
    weft_chan_send(words, arg);
}

static void target(const uint8_t *data, size_t size)
{
    uint8_t word = size == 0 ? 0 : data[0];
    uint8_t received = 0;
    words = weft_chan_make(sizeof word, 0);
    weft_go(send_one, &word);
    (void)weft_chan_recv(words, &received);
    WEFT_ASSERT(received == word);
}

WEFT_FUZZ(target)
