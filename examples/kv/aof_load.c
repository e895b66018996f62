/* aof_load.c: reads the append-only file. Its form stands in aof.h; files that Redis wrote, which
 * have no batches, can be read as well. */
#include <errno.h>

#include "server.h"

enum { CHUNK = 1 << 20, LINE_MAX_SIZE = 1 << 10 };

/* The reader's buffer holds a part of the file, from `base` on. */
typedef struct loading {
    kv_server *server;
    int64_t base;
    int64_t size; /* of the file */
    resp_reader in;
    buffer reply; /* to nobody */
    bool batches; /* some have been seen */
} loading;

typedef enum verdict { GOES_ON, TORN, DAMAGED, FAILED } verdict;

static int64_t position(const loading *l)
{
    return l->base + (int64_t)l->in.at;
}

static bool at_end(const loading *l)
{
    return l->base + (int64_t)l->in.in.size == l->size;
}

static int tell(const loading *l, int64_t offset, const char *what)
{
    server_tell(l->server, "%s: offset %lld: %s", l->server->aof->path, (long long)offset, what);
    return -EBADMSG;
}

/* ---- the buffer ---- */

/* Read on. Returns 0 or an error. */
static int read_on(loading *l)
{
    size_t room = 0;
    const size_t at = l->in.at;
    (void)resp_room(&l->in, &room); /* what has been parsed may go */
    l->base += (int64_t)(at - l->in.at);
    if (!buffer_reserve(&l->in.in, CHUNK)) {
        return -ENOMEM;
    }
    const int64_t offset = l->base + (int64_t)l->in.in.size;
    const size_t wanted = l->size - offset < CHUNK ? (size_t)(l->size - offset) : CHUNK;
    const ssize_t n =
        weft_pread(l->server->aof->fd, l->in.in.bytes + l->in.in.size, wanted, offset);
    if (n <= 0) {
        return n < 0 ? (int)n : -EIO;
    }
    l->in.in.size += (size_t)n;
    return 0;
}

/* Have so many bytes from in.at on, or as many as there are. */
static int have(loading *l, int64_t size)
{
    int status = 0;
    while (status == 0 && (int64_t)(l->in.in.size - l->in.at) < size && !at_end(l)) {
        status = read_on(l);
    }
    return status;
}

static const char *bytes(const loading *l)
{
    return l->in.in.bytes + l->in.at;
}

static int64_t left(const loading *l)
{
    return (int64_t)(l->in.in.size - l->in.at);
}

/* ---- requests ---- */

static const resp_limits no_limits = {.bulk = INT64_MAX / 4, .arguments = INT32_MAX, .line = 0};

static int run(loading *l)
{
    kv_call call = {
        .server = l->server, .args = l->in.args, .count = l->in.count, .out = &l->reply};
    const int64_t offset = l->base + (int64_t)l->in.start;
    l->reply.size = 0;
    (void)command_run(&call);
    if (l->reply.failed) {
        return -ENOMEM;
    }
    if (l->reply.size != 0 && l->reply.bytes[0] == '-') {
        l->reply.bytes[l->reply.size - 2] = '\0';
        return tell(l, offset, l->reply.bytes);
    }
    return 0;
}

/* A whole batch. */
static int run_batch(loading *l, const aof_line *line)
{
    const size_t size = l->in.in.size;
    const size_t end = l->in.at + AOF_LINE + (size_t)line->length;
    int status = 0;
    l->in.at += AOF_LINE;
    l->in.in.size = end; /* it ends here, for the reader */
    while (status == 0 && l->in.at < end) {
        if (resp_next(&l->in, &no_limits) != RESP_REQUEST) {
            return tell(l, position(l), "not a request");
        }
        status = run(l);
    }
    l->in.in.size = size;
    l->in.start = l->in.at;
    return status;
}

/* ---- what stands next in the file ---- */

static verdict take_batch(loading *l, int *ret_status)
{
    aof_line line;
    *ret_status = have(l, AOF_LINE);
    if (*ret_status != 0) {
        return FAILED;
    }
    if (left(l) < AOF_LINE || !aof_line_read(bytes(l), position(l), &line)) {
        return DAMAGED;
    }
    if (line.length > l->size - position(l) - AOF_LINE) {
        return DAMAGED;
    }
    *ret_status = have(l, AOF_LINE + line.length);
    if (*ret_status != 0) {
        return FAILED;
    }
    if (!aof_batch_is_whole(bytes(l), &line)) {
        return DAMAGED;
    }
    l->batches = true;
    *ret_status = run_batch(l, &line);
    return *ret_status == 0 ? GOES_ON : FAILED;
}

/* A request without a batch: as Redis writes them. */
static verdict take_request(loading *l, int *ret_status)
{
    resp_result result = RESP_MORE;
    while ((result = resp_next(&l->in, &no_limits)) == RESP_MORE) {
        if (at_end(l)) {
            return TORN;
        }
        *ret_status = read_on(l);
        if (*ret_status != 0) {
            return FAILED;
        }
    }
    if (result == RESP_ERROR) {
        return DAMAGED;
    }
    *ret_status = run(l);
    return *ret_status == 0 ? GOES_ON : FAILED;
}

/* A line that begins with # and is not ours, in a file that has none of ours. */
static verdict take_comment(loading *l, int *ret_status)
{
    *ret_status = have(l, LINE_MAX_SIZE);
    if (*ret_status != 0) {
        return FAILED;
    }
    const int64_t window = left(l) < LINE_MAX_SIZE ? left(l) : LINE_MAX_SIZE;
    const char *const end = memchr(bytes(l), '\n', (size_t)window);
    if (end == NULL) {
        return window < LINE_MAX_SIZE ? TORN : DAMAGED;
    }
    l->in.at += (size_t)(end - bytes(l)) + 1;
    l->in.start = l->in.at;
    return GOES_ON;
}

static verdict take(loading *l, int *ret_status)
{
    *ret_status = have(l, 6);
    if (*ret_status != 0) {
        return FAILED;
    }
    if (bytes(l)[0] == '*') {
        return take_request(l, ret_status);
    }
    if (!l->batches && left(l) >= 6 && bytes(l)[0] == '#' && memcmp(bytes(l), "#WEFT ", 6) != 0) {
        return take_comment(l, ret_status);
    }
    return take_batch(l, ret_status);
}

/* ---- damage ---- */

/* Whether a batch behind `offset` says that what is there was on the disk. */
static int was_synced(loading *l, int64_t offset, bool *ret_synced)
{
    *ret_synced = false;
    int status = have(l, AOF_LINE);
    while (status == 0 && left(l) >= AOF_LINE && !*ret_synced) {
        aof_line line;
        const char *const found = memchr(bytes(l), '#', (size_t)(left(l) - AOF_LINE + 1));
        l->in.at = found == NULL ? l->in.in.size - AOF_LINE + 1 : (size_t)(found - l->in.in.bytes);
        l->in.start = l->in.at;
        if (found != NULL) {
            *ret_synced = aof_line_read(found, position(l), &line) && line.synced > offset;
            l->in.start = ++l->in.at;
        }
        status = have(l, AOF_LINE);
    }
    return status;
}

static int judge(loading *l, verdict v, int64_t offset, int64_t *ret_size)
{
    bool synced = false;
    l->in.at = l->in.start = (size_t)(offset - l->base);
    l->in.count = 0;
    l->in.args_left = 0;
    const int status = was_synced(l, offset, &synced);
    if (status != 0) {
        return status;
    }
    const bool foreign = v == DAMAGED && !l->batches && l->size > AOF_LINE;
    if (synced || foreign) {
        return tell(l, offset, "the file is corrupt here, and it is not its end");
    }
    *ret_size = offset;
    return 0;
}

static int load_all(loading *l, int64_t *ret_size)
{
    verdict v = GOES_ON;
    int status = 0;
    int64_t offset = 0;
    while (v == GOES_ON && offset < l->size) {
        v = take(l, &status);
        if (v == GOES_ON) {
            offset = position(l);
        }
    }
    if (v == FAILED) {
        return status;
    }
    if (v != GOES_ON) {
        return judge(l, v, offset, ret_size);
    }
    *ret_size = offset;
    return 0;
}

int aof_load(kv_server *server, int64_t size, int64_t *ret_size)
{
    loading l = {.server = server, .size = size};
    server->aof->loading = true;
    const int status = load_all(&l, ret_size);
    server->aof->loading = false;
    if (status != 0 && status != -EBADMSG) {
        (void)tell(&l, position(&l), strerror(-status));
    }
    buffer_free(&l.reply);
    resp_reader_free(&l.in);
    return status;
}
