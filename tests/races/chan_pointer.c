/* chan_pointer: a message is handed over by its address; the sender must not touch it any more. */
#include "support/race_program.h"

#include <stdlib.h>

typedef struct message {
    int number;
    int answer;
} message;

static weft_chan *ch;

static void receiver(void *arg)
{
    (void)arg;
    message *m = NULL;
    weft_chan_recv(ch, &m);
    m->answer = 3;
    opaque_use(m->number); /* RACE */
}

static void body(void *arg)
{
    (void)arg;
    ch = weft_chan_make(sizeof(message *), 1);
    weft_go(receiver, NULL);
    message *const m = calloc(1, sizeof *m);
    m->number = 1;
    weft_chan_send(ch, &m);
    if (!RACE_FIXED) {
        m->number = 2; /* RACE */
    }
}

RACE_MAIN(body)
