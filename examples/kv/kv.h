/* kv.h: a key-value server that speaks Redis' protocol, RESP2.
 *
 *   runtime/kv --port 6379 --appendonly yes
 *
 * One goroutine serves each connection. All data is under one lock, which a connection holds while
 * it runs the requests that one read brought; it then writes their replies at once. What changes
 * data is appended to a file first, where that is wanted: aof.h.
 *
 * INVARIANTS
 *   - A server has no variables but those that kv_serve makes: when its host has crashed, another
 *     call begins from what is on the disk.
 *   - Nothing here asks for a clock, a file or a socket but through weft.h and these options: the
 *     same objects run on a simulated host. */
#ifndef KV_H
#define KV_H

#include <stdbool.h>
#include <stdint.h>

/* When what was appended is forced to the disk. */
typedef enum kv_fsync {
    KV_FSYNC_ALWAYS,   /* before a request is answered */
    KV_FSYNC_EVERYSEC, /* once a second: a power cut costs what was written since */
    KV_FSYNC_NO,       /* when the kernel likes to */
} kv_fsync;

typedef struct kv_options {
    const char *address;       /* of the listener; as in weft.h */
    int64_t (*unix_ms)(void);  /* milliseconds since 1970: when keys expire */
    const char *directory;     /* of the file */
    const char *file_name;     /* in the directory */
    bool append_only;          /* whether there is a file */
    kv_fsync fsync;            /* */
    uint64_t connection_limit; /* more are refused, with an error */
    uint64_t bulk_limit;       /* bytes of one argument */
    uint64_t argument_limit;   /* of one request */
    uint64_t inline_limit;     /* bytes of a line */
    uint64_t output_limit;     /* bytes that wait for a slow subscriber, until it is disconnected */
    uint64_t idle_timeout_s;   /* a connection without requests is closed; 0: never */
    bool quiet;                /* nothing is told on standard error */
} kv_options;

/* Everything but unix_ms, as Redis has it. */
extern const kv_options kv_defaults;

/* Serve until a client sends SHUTDOWN, which is 0. Each failure to start, and of the disk, is told
 * by a line on standard error. options must live as long as the server. [goroutine]
 * Errors: what listening and opening the file gave; -EBADMSG  the file is corrupt; -ENOMEM;
 *         -EIO  it cannot be said what is on the disk. */
int kv_serve(const kv_options *options);

#endif
