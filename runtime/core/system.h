/* system.h: the seam of input and output: the non-blocking system calls, and who is told what is
 * ready. The runtime answers them with the kernel (sched/system.c, sched/poller.c), the simulator
 * with a small kernel of its own (sim/net).
 *
 * CONTRACT
 *   - Every call returns a negated errno, never -EINTR. None parks. None of those on sockets and
 *     pipes blocks the thread: where the kernel would wait they return -EAGAIN, or, connect,
 *     -EINPROGRESS. Those on files may block: the core makes them within weft__blocking.
 *   - Edges: after weft__sys_watch(d), each time that something becomes readable or writable, ends
 *     or fails, the backend calls weft__descriptor_ready(d, ...) sometime soon. It may call more
 *     often. It owes no call for what was readable before, unless a read has returned -EAGAIN, or
 *     less than was asked for, since.
 *   - Descriptors are numbers from weft__sys_first_fd on, the lowest that is free first. They close
 *     on exec. */
#ifndef WEFT_CORE_SYSTEM_H
#define WEFT_CORE_SYSTEM_H

#include <sys/uio.h>

#include <weft.h>

#include "op.h"

typedef struct weft__descriptor weft__descriptor;

extern const int weft__sys_first_fd;

typedef enum weft__sys_kind {
    WEFT__SYS_STREAM,   /* a socket */
    WEFT__SYS_PIPE,     /* or whatever else can be waited for and is no socket */
    WEFT__SYS_LISTENER, /* nothing is read or written */
    WEFT__SYS_PACKET,   /* a socket: each read and write is a datagram */
    WEFT__SYS_FILE,     /* always ready, and may block */
} weft__sys_kind;

/* ---- sockets and pipes ---- */

static inline size_t weft__pieces_size(const struct iovec *pieces, int count)
{
    size_t size = 0;
    for (int i = 0; i < count; i++) {
        size += pieces[i].iov_len;
    }
    return size;
}

int weft__sys_socket(const weft_address *of); /* of its family and type */
int weft__sys_bind(int fd, const weft_address *address);
int weft__sys_listen(int fd, int backlog);
int weft__sys_connect(int fd, const weft_address *address);
int weft__sys_connected(int fd); /* after -EINPROGRESS, once it is writable: 0 or the error */
int weft__sys_accept(int fd);
int weft__sys_pipe(int ret_fds[2]);
int weft__sys_socketpair(int ret_fds[2]);
ssize_t weft__sys_readv(int fd, weft__sys_kind kind, const struct iovec *pieces, int count);
ssize_t weft__sys_writev(int fd, weft__sys_kind kind, const struct iovec *pieces, int count);
ssize_t weft__sys_recvfrom(int fd, void *buffer, size_t size, weft_address *ret_from);
ssize_t weft__sys_sendto(int fd, const void *buffer, size_t size, const weft_address *to);
int weft__sys_poll(int fd, short events); /* those that are so now, and POLLERR, POLLHUP */
int weft__sys_shutdown(int fd, int how);
int weft__sys_close(int fd);
int weft__sys_local_address(int fd, weft_address *ret_address);
int weft__sys_peer_address(int fd, weft_address *ret_address);

/* What a descriptor from elsewhere is; it is made not to block. */
int weft__sys_kind_of(int fd, weft__sys_kind *ret_kind);

/* From here on tell what becomes ready; and no longer (a close does that as well). */
int weft__sys_watch(int fd, weft__descriptor *d);
void weft__sys_unwatch(int fd);

/* The addresses of a name and port, which are `text` without what an address has in front; type as
 * in weft_address. May block. As weft_resolve. */
int weft__sys_resolve(const char *host, const char *port, uint32_t type,
                      weft_address *ret_addresses, size_t count);

/* ---- files ---- */

int weft__sys_open(const char *path, int flags, unsigned mode);
ssize_t weft__sys_pread(int fd, void *buffer, size_t size, int64_t offset);
ssize_t weft__sys_pwrite(int fd, const void *buffer, size_t size, int64_t offset);
int weft__sys_fsync(int fd);
int weft__sys_ftruncate(int fd, int64_t size);
int64_t weft__sys_file_size(int fd);
int weft__sys_rename(const char *from, const char *to);
int weft__sys_unlink(const char *path);
int weft__sys_mkdir(const char *path, unsigned mode);

/* ---- what the backend says and calls ---- */

/* What the public call that is about to do op on the descriptor op->n returns: it is not one of
 * ours. -EBADF, unless the backend ends the program for it. */
int weft__sys_stranger(const weft__op *op);

enum {
    WEFT__READY_IN = 1,   /* readable, a connection to accept, the end, an error */
    WEFT__READY_OUT = 2,  /* writable, connected, an error */
    WEFT__READY_LAST = 4, /* from here on a read that gets less than was asked for says nothing:
                             the end or an error may be behind it, or more */
};
/* Wake whoever waits for it. No lock of the core is held. */
void weft__descriptor_ready(weft__descriptor *d, unsigned ready);

/* Goroutines that wait on descriptors of a run: atomic. While there are any, a run in which nothing
 * moves is not a deadlock. */
extern uint32_t weft__descriptor_waiting;

/* A run has ended: whoever used a descriptor or waited on one is gone. What is open stays open. */
void weft__descriptors_drop(void);

/* The goroutines that used it are gone, and nobody else did: it is not open any more. */
void weft__descriptor_abandon(weft__descriptor *d);

/* For a backend that has dropped all memory: there never were any. */
void weft__descriptors_forget(void);

#endif
