/* sanitized.c: a program with AddressSanitizer, linked with a Weft that is compiled without it.
 *
 *   sanitized sound      goroutines leave their frames by panics and weft_exit, and others run on
 *                        the same stacks: AddressSanitizer must have nothing to say
 *   sanitized overflow   one writes behind an array on its stack
 *   sanitized leak       one drops memory */
#include <weft.h>

#include <stdlib.h>
#include <string.h>

enum { ROUNDS = 50, DEPTH = 20, SIZE = 32 };

static weft_chan *channel;

static volatile int bottom; /* 0, which compilers cannot know */
static volatile char sum;

/* Marks its part of the stack, as all frames with arrays do, and does not return. */
__attribute__((noinline)) static void descend(int depth)
{
    volatile char frame[200] = {0};
    if (depth == bottom) {
        weft_panic("at the bottom");
    }
    if (depth > bottom) {
        descend(depth - 1);
    }
    sum += frame[depth];
}

static void descend_from_here(void *unused)
{
    (void)unused;
    descend(DEPTH);
}

static void leave_frames(void *exits)
{
    weft_panic_info info;
    (void)weft_try(descend_from_here, NULL, &info);
    if (exits != NULL) {
        weft_exit();
    }
}

static void use_frames(void *unused)
{
    (void)unused;
    char value[SIZE] = {0};
    for (int i = 0; i < 4; i++) {
        weft_chan_send(channel, value);
        weft_yield();
        (void)weft_chan_recv(channel, value);
    }
}

static void overflow(void *unused)
{
    (void)unused;
    volatile char array[SIZE] = {0};
    weft_yield();
    array[SIZE + bottom] = 1;
    sum += array[0];
}

static void leak(void *unused)
{
    (void)unused;
    void *volatile memory = malloc(SIZE);
    weft_yield();
    memory = NULL;
    (void)memory;
}

static void run(void *what)
{
    weft_waitgroup all = {0};
    channel = weft_chan_make(SIZE, 1);
    for (int i = 0; i < ROUNDS; i++) {
        (void)weft_waitgroup_go(&all, leave_frames, i % 2 == 0 ? NULL : what);
        (void)weft_waitgroup_go(&all, use_frames, NULL);
        weft_waitgroup_wait(&all);
    }
    weft_chan_release(channel);
    if (strcmp(what, "sound") != 0) {
        (void)weft_waitgroup_go(&all, strcmp(what, "leak") == 0 ? leak : overflow, NULL);
        weft_waitgroup_wait(&all);
    }
}

int main(int argc, char **argv)
{
    return argc == 2 ? weft_run(run, argv[1]) : 2;
}
