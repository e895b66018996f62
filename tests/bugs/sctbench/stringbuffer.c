/* stringbuffer: appending another buffer asks for its length and then for its characters, and only
 * each of the two under its mutex; what it was asked for may have been erased in between.
 * Expected: assertion in main. After SCTBench CB/stringbuffer-jdk1.4. */
#include "../support/bug.h"

enum { ROOM = 16 };

typedef struct buffer {
    weft_mutex mutex;
    int count;
    char text[ROOM];
} buffer;

static buffer shared = {.count = 3, .text = "abc"};
static weft_waitgroup threads;

/* Copy the first `count` characters; the buffer's mutex is held. */
static void get_chars(buffer *source, int count, char *into)
{
    WEFT_ASSERT(count <= WEFT_READ(source->count));
    for (int i = 0; i < count; i++) {
        into[i] = WEFT_READ(source->text[i]);
    }
}

/* The buffer's mutex is held. */
static void append_chars(buffer *target, const char *chars, int count)
{
    const int before = WEFT_READ(target->count);
    for (int i = 0; i < count; i++) {
        WEFT_WRITE(target->text[before + i], chars[i]);
    }
    WEFT_WRITE(target->count, before + count);
}

static void append_text(buffer *target, const char *chars, int count)
{
    weft_mutex_lock(&target->mutex);
    append_chars(target, chars, count);
    weft_mutex_unlock(&target->mutex);
}

static void erase_all(buffer *target)
{
    weft_mutex_lock(&target->mutex);
    WEFT_WRITE(target->count, 0);
    weft_mutex_unlock(&target->mutex);
}

static void append(buffer *target, buffer *source)
{
    char chars[ROOM];
    weft_mutex_lock(&target->mutex);
    weft_mutex_lock(&source->mutex);
    const int count = WEFT_READ(source->count);
    if (!BUG_FIXED) {
        weft_mutex_unlock(&source->mutex);
        weft_mutex_lock(&source->mutex);
    }
    get_chars(source, count, chars);
    weft_mutex_unlock(&source->mutex);
    append_chars(target, chars, count);
    weft_mutex_unlock(&target->mutex);
}

static void rewrite(void *arg)
{
    (void)arg;
    erase_all(&shared);
    append_text(&shared, "abc", 3);
    weft_waitgroup_done(&threads);
}

static void program(void *arg)
{
    (void)arg;
    static buffer copy;
    weft_waitgroup_add(&threads, 1);
    weft_go(rewrite, NULL);
    append(&copy, &shared);
    weft_waitgroup_wait(&threads);
}

BUG_MAIN(program, ASSERTION("main", "count <= WEFT_READ(source->count)"))
