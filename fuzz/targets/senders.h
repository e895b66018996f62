/* senders.h: two clients of a server on the simulated network. Each sends its share of the input,
 * and no more, while it reads until the server has closed its side.
 *
 * INVARIANTS
 *   - Nobody here waits with a deadline: a connection that does not end is a deadlock. */
#ifndef WEFT_FUZZ_TARGETS_SENDERS_H
#define WEFT_FUZZ_TARGETS_SENDERS_H

#include <weft.h>

#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { SENDERS = 2, SENDER_MAX = 1024, SENDER_TURN = 0xFD /* the next bytes are the other's */ };

/* What sender `number` has read next; size 0: the end of the stream. Not called after a reset. */
typedef void sender_read_fn(int number, const char *bytes, size_t size);

typedef struct sender {
    int number;
    int fd;
    sender_read_fn *read;
    size_t size;
    char sent[SENDER_MAX];
} sender;

static sender senders[SENDERS];

static inline void senders_share_out(const uint8_t *data, size_t size, sender_read_fn *read)
{
    int turn = 0;
    for (int i = 0; i < SENDERS; i++) {
        senders[i].number = i;
        senders[i].read = read;
        senders[i].size = 0;
    }
    for (size_t i = 0; i < size; i++) {
        sender *const s = &senders[turn];
        if (data[i] == SENDER_TURN) {
            turn = 1 - turn;
        } else if (s->size < SENDER_MAX) {
            s->sent[s->size++] = (char)data[i];
        }
    }
}

/* Whether this is anywhere in what one of them sends, in capitals or not. */
static inline bool senders_send(const char *word)
{
    const size_t length = strlen(word);
    for (int i = 0; i < SENDERS; i++) {
        for (size_t at = 0; at + length <= senders[i].size; at++) {
            if (strncasecmp(&senders[i].sent[at], word, length) == 0) {
                return true;
            }
        }
    }
    return false;
}

static inline void sender_read(void *arg)
{
    const sender *const s = arg;
    char bytes[256];
    ssize_t n = 1;
    while (n > 0) {
        n = weft_read(s->fd, bytes, sizeof bytes, WEFT_NEVER);
        if (n >= 0) {
            s->read(s->number, bytes, (size_t)n);
        }
    }
}

static inline void sender_run(void *arg)
{
    sender *const s = arg;
    weft_waitgroup reader = {0};
    (void)weft_waitgroup_go(&reader, sender_read, s);
    (void)weft_write(s->fd, s->sent, s->size, WEFT_NEVER);
    (void)weft_shutdown(s->fd, SHUT_WR);
    weft_waitgroup_wait(&reader);
    (void)weft_close(s->fd);
}

static inline int sender_dial(const char *address)
{
    for (;;) {
        const int fd = weft_dial(address, WEFT_NEVER);
        if (fd >= 0) {
            return fd;
        }
        weft_sleep(WEFT_SECOND); /* it does not listen yet */
    }
}

/* Both connect, then both send. */
static inline void senders_start(const char *address, weft_waitgroup *running)
{
    for (int i = 0; i < SENDERS; i++) {
        senders[i].fd = sender_dial(address);
    }
    for (int i = 0; i < SENDERS; i++) {
        (void)weft_waitgroup_go(running, sender_run, &senders[i]);
    }
}

#endif
