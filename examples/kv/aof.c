/* aof.c: see aof.h. */
#include "aof.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#include "server.h"

enum { HEX = 16, HASHED = 57, PROBE_SIZE = 64 << 10, KEEP = 1 << 20 };

static void complain(const kv_server *server, const char *what, int64_t status)
{
    server_tell(server, "%s: %s: %s", server->aof->path, what, strerror((int)-status));
}

/* ---- the line in front of a batch ---- */

/* Its bytes: `#WEFT ` (6), offset, length and synced of 16 digits with a space each (51), the hash
 * (16), and the line's end (2). */
_Static_assert(AOF_LINE == HASHED + HEX + 2, "the line's parts");

static const char mark[6] = {'#', 'W', 'E', 'F', 'T', ' '};
static const char digits[HEX] = {'0', '1', '2', '3', '4', '5', '6', '7',
                                 '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};

static char *add_hex(char *at, uint64_t value)
{
    for (int i = HEX - 1; i >= 0; i--) {
        at[i] = digits[value & 15];
        value >>= 4;
    }
    at[HEX] = ' ';
    return at + HEX + 1;
}

static bool take_hex(const char *at, uint64_t *ret_value)
{
    uint64_t value = 0;
    for (int i = 0; i < HEX; i++) {
        const char *const digit = memchr(digits, at[i], HEX);
        if (digit == NULL) {
            return false;
        }
        value = value << 4 | (uint64_t)(digit - digits);
    }
    *ret_value = value;
    return true;
}

static uint64_t hash_batch(const char *batch, int64_t length)
{
    return hash_bytes(batch + AOF_LINE, (size_t)length, hash_bytes(batch, HASHED, 0));
}

void aof_line_write(const aof_line *line, char *ret_batch)
{
    memcpy(ret_batch, mark, sizeof mark);
    char *at = add_hex(ret_batch + sizeof mark, (uint64_t)line->offset);
    at = add_hex(at, (uint64_t)line->length);
    at = add_hex(at, (uint64_t)line->synced);
    at = add_hex(at, hash_batch(ret_batch, line->length));
    at[-1] = '\r';
    at[0] = '\n';
}

static bool take_field(const char *at, int64_t *ret_value)
{
    uint64_t value = 0;
    if (!take_hex(at, &value) || at[HEX] != ' ' || value > INT64_MAX / 2) {
        return false;
    }
    *ret_value = (int64_t)value;
    return true;
}

bool aof_line_read(const char *text, int64_t offset, aof_line *ret_line)
{
    const char *const at = text + sizeof mark;
    return memcmp(text, mark, sizeof mark) == 0 && take_field(at, &ret_line->offset) &&
           ret_line->offset == offset && take_field(at + HEX + 1, &ret_line->length) &&
           take_field(at + 2 * (HEX + 1), &ret_line->synced) && ret_line->synced <= offset;
}

bool aof_batch_is_whole(const char *batch, const aof_line *line)
{
    uint64_t hash = 0;
    return take_hex(batch + HASHED, &hash) && memcmp(batch + HASHED + HEX, "\r\n", 2) == 0 &&
           hash == hash_batch(batch, line->length);
}

/* ---- writing ---- */

static int write_all(const kv_aof *aof, const char *bytes, size_t size, int64_t offset)
{
    while (size != 0) {
        const ssize_t n = weft_pwrite(aof->fd, bytes, size, offset);
        if (n <= 0) {
            return n == 0 ? -EIO : (int)n;
        }
        bytes += n;
        size -= (size_t)n;
        offset += n;
    }
    return 0;
}

static int write_batch(kv_aof *aof)
{
    const aof_line line = {.offset = aof->committed,
                           .length = (int64_t)aof->writing.size - AOF_LINE,
                           .synced = aof->synced};
    aof_line_write(&line, aof->writing.bytes);
    return write_all(aof, aof->writing.bytes, aof->writing.size, aof->committed);
}

static bool always(const kv_server *server)
{
    return server->options->fsync == KV_FSYNC_ALWAYS;
}

/* Until there is room for a good deal again. What is written are requests that do nothing: it does
 * no harm if the power goes before it is cut off again. */
static bool is_writable(const kv_aof *aof)
{
    char *const probe = malloc(PROBE_SIZE);
    if (probe == NULL) {
        return false;
    }
    const slice ping = SLICE("*1\r\n$4\r\nPING\r\n");
    size_t size = 0;
    for (; size + ping.size <= PROBE_SIZE; size += ping.size) {
        memcpy(probe + size, ping.bytes, ping.size);
    }
    bool ok = write_all(aof, probe, size, aof->committed) == 0;
    ok = weft_ftruncate(aof->fd, aof->committed) == 0 && ok;
    free(probe);
    return ok;
}

/* A goroutine, while nothing can be written. */
static void retry(void *arg)
{
    kv_server *const server = arg;
    kv_aof *const aof = server->aof;
    bool ok = false;
    while (!ok) {
        weft_sleep(100 * WEFT_MILLISECOND);
        weft_mutex_lock(&server->lock);
        ok = server->stopping || is_writable(aof);
        if (ok) {
            aof->error = 0;
        }
        weft_mutex_unlock(&server->lock);
    }
    server_tell(server, "%s: can be written again", aof->path);
}

static void lose_disk(kv_server *server, const char *what, int64_t status)
{
    complain(server, what, status);
    server_stop(server, -EIO);
}

static void forget(kv_aof *aof)
{
    aof->generation++;
    aof->pending.size = 0;
    aof->pending.failed = false;
    aof->appended = aof->committed;
}

/* The data as the file has it. */
static void roll_back(kv_server *server, int status)
{
    kv_aof *const aof = server->aof;
    int64_t whole = 0;
    complain(server, "cannot be written, the last changes are taken back", status);
    aof->error = status;
    forget(aof);
    int cut = weft_ftruncate(aof->fd, aof->committed);
    if (cut == 0) {
        keyspace_clear(&server->keys);
        cut = aof_load(server, aof->committed, &whole);
    }
    if (cut != 0 || whole != aof->committed) {
        lose_disk(server, "changes cannot be taken back", cut != 0 ? cut : -EIO);
    } else if (weft_waitgroup_go(&server->running, retry, server) != 0) {
        lose_disk(server, "no goroutine to try again", -ENOMEM);
    }
}

/* Write what is pending; the lock is held, and given up meanwhile. */
static void flush(kv_server *server)
{
    kv_aof *const aof = server->aof;
    aof->flushing = true;
    weft_mutex_unlock(&server->lock);
    weft_yield(); /* others that can run append theirs to the same batch */
    weft_mutex_lock(&server->lock);
    const buffer empty = aof->writing;
    aof->writing = aof->pending;
    aof->pending = empty;
    buffer_clear(&aof->pending, KEEP);
    const int64_t end = aof->appended;
    weft_mutex_unlock(&server->lock);
    const int written = write_batch(aof);
    const int synced = written == 0 && always(server) ? weft_fsync(aof->fd) : 0;
    weft_mutex_lock(&server->lock);
    aof->flushing = false;
    if (written == 0 && synced == 0) {
        aof->committed = end;
        aof->synced = always(server) ? end : aof->synced;
        weft_cond_signal(&aof->dirty);
    } else if (written != 0) {
        roll_back(server, written);
    } else {
        forget(aof); /* what the disk has of it nobody can say */
        lose_disk(server, "fsync", synced);
    }
    weft_cond_broadcast(&aof->flushed);
}

bool aof_commit(kv_server *server)
{
    kv_aof *const aof = server->aof;
    const uint64_t generation = aof->generation;
    const int64_t end = aof->appended;
    while (generation == aof->generation && aof->committed < end) {
        if (aof->flushing) {
            weft_cond_wait(&aof->flushed, &server->lock);
        } else {
            flush(server);
        }
    }
    return generation == aof->generation;
}

void aof_sync_now_and_then(void *arg)
{
    kv_server *const server = arg;
    kv_aof *const aof = server->aof;
    weft_mutex_lock(&server->lock);
    while (!server->stopping) {
        const int64_t end = aof->committed;
        if (end == aof->synced) {
            weft_cond_wait(&aof->dirty, &server->lock);
            continue;
        }
        weft_mutex_unlock(&server->lock);
        const int status = weft_fsync(aof->fd);
        weft_sleep(WEFT_SECOND);
        weft_mutex_lock(&server->lock);
        if (status != 0) {
            lose_disk(server, "fsync", status);
        }
        aof->synced = end;
    }
    weft_mutex_unlock(&server->lock);
}

/* ---- appending ---- */

bool aof_reserve(kv_aof *aof, size_t size)
{
    const bool ok = aof == NULL || aof->loading || buffer_reserve(&aof->pending, size + AOF_LINE);
    if (!ok) {
        aof->pending.failed = false; /* what is there can be written all the same */
    }
    return ok;
}

void aof_append(kv_aof *aof, const slice *args, size_t count)
{
    if (aof == NULL || aof->loading) {
        return;
    }
    const size_t before = aof->pending.size;
    if (before == 0) {
        char line[AOF_LINE] = {0};
        buffer_add(&aof->pending, line, sizeof line);
    }
    resp_request(&aof->pending, args, count);
    aof->appended += (int64_t)(aof->pending.size - before);
}

/* ---- opening ---- */

static char *join(const char *directory, const char *name)
{
    const size_t size = strlen(directory) + strlen(name) + 2;
    char *const path = malloc(size);
    if (path != NULL) {
        (void)snprintf(path, size, "%s/%s", directory, name);
    }
    return path;
}

static int sync_directory(const char *directory)
{
    const int fd = weft_open(directory, O_RDONLY | O_DIRECTORY, 0);
    if (fd < 0) {
        return fd;
    }
    const int status = weft_fsync(fd);
    (void)weft_close(fd);
    return status;
}

/* Cut off what is torn; a file without anything gets an empty batch, by which it is known. */
static int mend(kv_server *server, int64_t size, int64_t whole)
{
    kv_aof *const aof = server->aof;
    int status = 0;
    if (whole < size) {
        server_tell(server, "%s: the last %lld bytes, from offset %lld on, are torn: cut off",
                    aof->path, (long long)(size - whole), (long long)whole);
        status = weft_ftruncate(aof->fd, whole);
    }
    aof->committed = whole;
    if (status == 0 && whole == 0) {
        char line[AOF_LINE] = {0};
        buffer_add(&aof->writing, line, sizeof line);
        status = aof->writing.failed ? -ENOMEM : write_batch(aof);
        aof->committed = AOF_LINE;
    }
    return status == 0 ? weft_fsync(aof->fd) : status;
}

static int load(kv_server *server)
{
    kv_aof *const aof = server->aof;
    int64_t whole = 0;
    const int64_t size = weft_file_size(aof->fd);
    if (size < 0) {
        complain(server, "its size", size);
        return (int)size;
    }
    int status = aof_load(server, size, &whole);
    if (status != 0) {
        return status;
    }
    status = mend(server, size, whole);
    if (status == 0) {
        status = sync_directory(server->options->directory);
    }
    if (status != 0) {
        complain(server, "cannot be written", status);
    }
    aof->appended = aof->synced = aof->committed;
    return status;
}

int aof_open(kv_server *server)
{
    const kv_options *const options = server->options;
    kv_aof *const aof = calloc(1, sizeof *aof);
    char *const path = join(options->directory, options->file_name);
    if (aof == NULL || path == NULL) {
        free(path);
        free(aof);
        return -ENOMEM;
    }
    aof->path = path;
    aof->fd = weft_open(path, O_RDWR | O_CREAT, 0644);
    server->aof = aof;
    if (aof->fd < 0) {
        complain(server, "cannot be opened", aof->fd);
        return aof->fd;
    }
    return load(server);
}

void aof_close(kv_server *server)
{
    kv_aof *const aof = server->aof;
    if (aof == NULL) {
        return;
    }
    if (aof->fd >= 0) {
        (void)weft_fsync(aof->fd);
        (void)weft_close(aof->fd);
    }
    buffer_free(&aof->pending);
    buffer_free(&aof->writing);
    free(aof->path);
    free(aof);
    server->aof = NULL;
}
