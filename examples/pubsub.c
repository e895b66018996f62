/* pubsub.c: a broker, and subscribers that join and leave while it publishes.
 *
 * One goroutine owns the list of subscribers, so that there is no lock: to join, to leave and to
 * publish is to send to it. It never waits for a subscriber, who may just be waiting for it: a
 * message to a full inbox is dropped. Whoever has left, and everybody at the end, finds the inbox
 * closed. An inbox has two owners, the subscriber and the broker, and a reference for each.
 *
 *   sim/pubsub        explores the schedules
 *   runtime/pubsub    prints, say: 2 subscribers, 5 messages published, 6 received, 1 dropped */
#include <stdio.h>
#include <stdlib.h>
#include <weft.h>

enum { SUBSCRIBERS = 2, MESSAGES = 5, INBOX_SIZE = 2 };

typedef struct broker {
    weft_chan *join;    /* of weft_chan *, an inbox */
    weft_chan *leave;   /* the same */
    weft_chan *publish; /* of int; closed: the end */
    weft_chan *stopped; /* closed when the broker does not listen any more */
    weft_chan *inboxes[SUBSCRIBERS];
    int inbox_count;
    int dropped;
} broker;

typedef struct subscriber {
    broker *broker;
    int wanted; /* leaves after so many messages */
    int received;
} subscriber;

static void deliver(broker *b, int message)
{
    for (int i = 0; i < b->inbox_count; i++) {
        if (weft_chan_try_send(b->inboxes[i], &message) != 0) {
            b->dropped++;
        }
    }
}

static void remove_inbox(broker *b, weft_chan *inbox)
{
    int i = 0;
    while (b->inboxes[i] != inbox) {
        i++;
    }
    b->inboxes[i] = b->inboxes[--b->inbox_count];
    weft_chan_close(inbox);
    weft_chan_release(inbox);
}

static void run_broker(void *arg)
{
    broker *const b = arg;
    weft_chan *inbox = NULL;
    int message = 0;
    weft_case cases[] = {
        WEFT_RECV(b->join, &inbox),
        WEFT_RECV(b->leave, &inbox),
        WEFT_RECV(b->publish, &message),
    };
    for (size_t chosen = 0; chosen != 2 || cases[2].ok;) {
        chosen = weft_select(cases, 3);
        if (chosen == 0) {
            b->inboxes[b->inbox_count++] = inbox;
        } else if (chosen == 1) {
            remove_inbox(b, inbox);
        } else if (cases[2].ok) {
            deliver(b, message);
        }
    }
    weft_chan_close(b->stopped);
    while (b->inbox_count > 0) {
        remove_inbox(b, b->inboxes[0]);
    }
}

/* Whether the broker took it. */
static bool tell(broker *b, weft_chan *request, weft_chan *inbox)
{
    weft_case cases[] = {WEFT_SEND(request, &inbox), WEFT_RECV(b->stopped, NULL)};
    return weft_select(cases, 2) == 0;
}

static void subscribe(void *arg)
{
    subscriber *const s = arg;
    weft_chan *const inbox = weft_chan_make(sizeof(int), INBOX_SIZE);
    if (tell(s->broker, s->broker->join, weft_chan_retain(inbox))) {
        int message = 0;
        for (int last = 0; weft_chan_recv(inbox, &message); last = message) {
            WEFT_ALWAYS(message > last, "messages arrive in order");
            if (++s->received == s->wanted) {
                (void)tell(s->broker, s->broker->leave, inbox);
            }
        }
    } else {
        weft_chan_release(inbox); /* the broker's reference */
    }
    weft_chan_release(inbox);
}

static void pubsub(void *arg)
{
    (void)arg;
    broker b = {
        .join = weft_chan_make(sizeof(weft_chan *), 0),
        .leave = weft_chan_make(sizeof(weft_chan *), 0),
        .publish = weft_chan_make(sizeof(int), 0),
        .stopped = weft_chan_make(0, 0),
    };
    subscriber subscribers[SUBSCRIBERS] = {{&b, 2, 0}, {&b, MESSAGES + 1, 0}};
    weft_waitgroup running = {0};
    weft_waitgroup_go(&running, run_broker, &b);
    for (int i = 0; i < SUBSCRIBERS; i++) {
        weft_waitgroup_go(&running, subscribe, &subscribers[i]);
    }
    for (int message = 1; message <= MESSAGES; message++) {
        weft_chan_send(b.publish, &message);
    }
    weft_chan_close(b.publish);
    weft_waitgroup_wait(&running);
    const int received = subscribers[0].received + subscribers[1].received;
    WEFT_ASSERT(received + b.dropped <= SUBSCRIBERS * MESSAGES);
    WEFT_SOMETIMES(b.dropped > 0, "a slow subscriber misses a message");
    printf("%d subscribers, %d messages published, %d received, %d dropped\n", SUBSCRIBERS,
           MESSAGES, received, b.dropped);
    weft_chan_release(b.stopped);
    weft_chan_release(b.publish);
    weft_chan_release(b.leave);
    weft_chan_release(b.join);
}

int main(void)
{
    return weft_run(pubsub, NULL) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
