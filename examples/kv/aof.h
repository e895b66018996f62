/* aof.h: the append-only file: all that changed the data, as requests of Redis' protocol.
 *
 * Requests are appended in memory, and written by whoever must answer one of them next, for all
 * that wait by then: a batch. Each batch has a line in front, which Redis takes for a comment:
 *
 *   #WEFT offset length synced hash     the batch's place and bytes; what was known to be on the
 *                                       disk before it; a hash of these and of the bytes
 *
 * INVARIANTS
 *   - Nobody is answered before what he could have seen is written; with KV_FSYNC_ALWAYS, on the
 *     disk. So what an answer told is still there after a crash.
 *   - Where a batch cannot be written, the data becomes again what the file says, and all who wait
 *     get an error: the data never has what the file has not for longer than a write takes.
 *   - committed <= appended. Below `synced` the disk has it. `generation` counts what was taken
 *     back: positions of another generation mean nothing.
 *   - A damaged batch is a torn one, and cut off, unless a later one says that it was synced.
 *   - The server's lock protects all of it; the file is written by who has set `flushing`. */
#ifndef KV_AOF_H
#define KV_AOF_H

#include <weft.h>

#include "slices.h"

typedef struct kv_server kv_server;

typedef struct kv_aof {
    int fd;
    char *path;
    buffer pending; /* begins with room for the line */
    buffer writing;
    int64_t committed; /* the file's size, in bytes */
    int64_t appended;
    int64_t synced;
    uint64_t generation;
    bool flushing;
    bool loading;
    int error; /* why nothing can be written; 0: it can */
    weft_cond flushed;
    weft_cond dirty; /* there is something to sync */
} kv_aof;

/* Make or load the file; the data is then what it says. Each error is told on standard error. */
int aof_open(kv_server *server);
void aof_close(kv_server *server);

/* Make sure that so many bytes of requests can be appended. */
bool aof_reserve(kv_aof *aof, size_t size);

/* Append a request, for which there is room. */
void aof_append(kv_aof *aof, const slice *args, size_t count);

/* Wait until all that is appended now is committed; the lock is given up meanwhile. false: it was
 * taken back instead. */
bool aof_commit(kv_server *server);

/* Syncs each second what was written, until the server stops. */
void aof_sync_now_and_then(void *server);

/* ---- of aof_load.c, and the form of the file ---- */

enum { AOF_LINE = 75 };

typedef struct aof_line {
    int64_t offset;
    int64_t length;
    int64_t synced;
} aof_line;

/* Write the line in front of its bytes, which follow it; and read it, false: it is none, or not of
 * this offset. */
void aof_line_write(const aof_line *line, char *ret_batch);
bool aof_line_read(const char *text, int64_t offset, aof_line *ret_line);
/* Whether the batch, with its line, is as it was written. */
bool aof_batch_is_whole(const char *batch, const aof_line *line);

/* Apply the first `size` bytes of the file to the data. *ret_size: how many of them are whole; the
 * rest is torn. */
int aof_load(kv_server *server, int64_t size, int64_t *ret_size);

#endif
