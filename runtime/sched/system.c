/* system.c: the system calls of core/system.h, answered by the kernel. */
#include "core/system.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "core/atomic.h"
#include "io/address.h"

const int weft__sys_first_fd = 0;

/* A call that a signal may interrupt, until none has. */
#define RETRIED(call)                                                                              \
    __extension__({                                                                                \
        __typeof__(call) result_;                                                                  \
        do {                                                                                       \
            result_ = (call);                                                                      \
        } while (result_ < 0 && errno == EINTR);                                                   \
        result_ < 0 ? -errno : result_;                                                            \
    })

int weft__sys_stranger(const weft__op *op)
{
    (void)op;
    return -EBADF;
}

/* What happened before a shutdown or a close happens before the end that is read because of it. The
 * kernel sees to that; this says it in words that the compiler, and ThreadSanitizer, know. */
static uint32_t ends; /* atomic */

static void end_begins(void)
{
    weft__add_acq_rel(&ends, 1);
}

static void end_is_read(void)
{
    (void)weft__load_acquire(&ends);
}

/* ---- sockets ---- */

static bool is_tcp(const weft_address *address)
{
    return address->type == SOCK_STREAM && weft__sockaddr_const(address)->sa_family != AF_UNIX;
}

/* TCP_NODELAY is inherited by what a listener accepts. */
int weft__sys_socket(const weft_address *of)
{
    const int on = 1;
    const int fd = socket(weft__sockaddr_const(of)->sa_family,
                          (int)of->type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return -errno;
    }
    if (is_tcp(of)) {
        (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    return fd;
}

int weft__sys_bind(int fd, const weft_address *address)
{
    const int on = 1;
    if (is_tcp(address)) {
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    }
    return bind(fd, weft__sockaddr_const(address), address->size) == 0 ? 0 : -errno;
}

int weft__sys_listen(int fd, int backlog)
{
    return listen(fd, backlog) == 0 ? 0 : -errno;
}

/* A connect that a signal interrupted goes on; one to a Unix socket whose queue is full would have
 * to be tried again, for which nothing tells when: as if nobody listened. */
int weft__sys_connect(int fd, const weft_address *address)
{
    if (connect(fd, weft__sockaddr_const(address), address->size) == 0) {
        return 0;
    }
    return errno == EINTR ? -EINPROGRESS : errno == EAGAIN ? -ECONNREFUSED : -errno;
}

int weft__sys_connected(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLOUT};
    int error = 0;
    socklen_t size = sizeof error;
    if (poll(&poller, 1, 0) <= 0) {
        return -EAGAIN;
    }
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? -error : -errno;
}

int weft__sys_accept(int fd)
{
    return RETRIED(accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC));
}

int weft__sys_socketpair(int ret_fds[2])
{
    return socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ret_fds) == 0
               ? 0
               : -errno;
}

int weft__sys_shutdown(int fd, int how)
{
    end_begins();
    return shutdown(fd, how) == 0 ? 0 : -errno;
}

int weft__sys_close(int fd)
{
    end_begins();
    /* After EINTR the number is free: close(2), "Dealing with error returns from close()". */
    return close(fd) == 0 || errno == EINTR ? 0 : -errno;
}

static int type_of(int fd)
{
    int type = 0;
    socklen_t size = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0 ? type : -errno;
}

/* getsockname or getpeername. */
typedef int weft__name_fn(int fd, struct sockaddr *restrict address, socklen_t *restrict size);

static int name_of(int fd, weft__name_fn *get, weft_address *ret)
{
    socklen_t size = sizeof ret->bytes;
    memset(ret, 0, sizeof *ret);
    const int type = type_of(fd);
    if (type < 0) {
        return type;
    }
    if (get(fd, weft__sockaddr(ret), &size) != 0) {
        return -errno;
    }
    ret->type = (uint32_t)type;
    ret->size = size;
    return 0;
}

int weft__sys_local_address(int fd, weft_address *ret_address)
{
    return name_of(fd, getsockname, ret_address);
}

int weft__sys_peer_address(int fd, weft_address *ret_address)
{
    return name_of(fd, getpeername, ret_address);
}

/* ---- reading and writing ---- */

/* What is written to a pipe that nobody reads is an error, not the end of the program. */
static void ignore_sigpipe(void)
{
    struct sigaction action;
    if (sigaction(SIGPIPE, NULL, &action) == 0 && action.sa_handler == SIG_DFL) {
        action.sa_handler = SIG_IGN;
        (void)sigaction(SIGPIPE, &action, NULL);
    }
}

int weft__sys_pipe(int ret_fds[2])
{
    ignore_sigpipe();
    return pipe2(ret_fds, O_NONBLOCK | O_CLOEXEC) == 0 ? 0 : -errno;
}

static ssize_t or_error(ssize_t result)
{
    return result < 0 ? -errno : result;
}

/* recv and send without what makes them cancellation points, which costs a process with several
 * threads two atomic operations each; nobody cancels a thread of ours. */
static ssize_t receive(int fd, void *buffer, size_t size)
{
    return syscall(SYS_recvfrom, fd, buffer, size, 0, NULL, NULL);
}

static ssize_t transmit(int fd, const void *buffer, size_t size)
{
    return syscall(SYS_sendto, fd, buffer, size, MSG_NOSIGNAL, NULL, 0);
}

static ssize_t read_once(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    if (count != 1) {
        return readv(fd, pieces, count);
    }
    return kind == WEFT__SYS_STREAM || kind == WEFT__SYS_PACKET
               ? receive(fd, pieces->iov_base, pieces->iov_len)
               : read(fd, pieces->iov_base, pieces->iov_len);
}

ssize_t weft__sys_readv(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    ssize_t n = 0;
    do {
        n = or_error(read_once(fd, kind, pieces, count));
    } while (n == -EINTR);
    if (n == 0) {
        end_is_read();
    }
    return n;
}

static ssize_t write_once(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    if (kind == WEFT__SYS_PIPE || kind == WEFT__SYS_FILE) {
        return writev(fd, pieces, count);
    }
    if (count == 1) {
        return transmit(fd, pieces->iov_base, pieces->iov_len);
    }
    const struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces,
                                   .msg_iovlen = (size_t)count};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}

ssize_t weft__sys_writev(int fd, weft__sys_kind kind, const struct iovec *pieces, int count)
{
    ssize_t n = 0;
    do {
        n = or_error(write_once(fd, kind, pieces, count));
    } while (n == -EINTR);
    return n;
}

ssize_t weft__sys_recvfrom(int fd, void *buffer, size_t size, weft_address *ret_from)
{
    weft_address from = {.type = SOCK_DGRAM};
    socklen_t length = sizeof from.bytes;
    const ssize_t n = RETRIED(recvfrom(fd, buffer, size, 0, weft__sockaddr(&from), &length));
    if (n >= 0 && ret_from != NULL) {
        from.size = length;
        *ret_from = from;
    }
    return n;
}

ssize_t weft__sys_sendto(int fd, const void *buffer, size_t size, const weft_address *to)
{
    return RETRIED(sendto(fd, buffer, size, MSG_NOSIGNAL,
                          to == NULL ? NULL : weft__sockaddr_const(to), to == NULL ? 0 : to->size));
}

int weft__sys_poll(int fd, short events)
{
    struct pollfd poller = {.fd = fd, .events = events};
    if (RETRIED(poll(&poller, 1, 0)) <= 0) {
        return 0;
    }
    return (poller.revents & POLLNVAL) != 0 ? -EBADF : poller.revents;
}

/* ---- descriptors from elsewhere ---- */

static int kind_of_socket(int fd, weft__sys_kind *ret_kind)
{
    int listens = 0;
    socklen_t size = sizeof listens;
    const int type = type_of(fd);
    if (type < 0) {
        return type;
    }
    (void)getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size);
    *ret_kind = listens != 0          ? WEFT__SYS_LISTENER
                : type == SOCK_STREAM ? WEFT__SYS_STREAM
                                      : WEFT__SYS_PACKET;
    return 0;
}

int weft__sys_kind_of(int fd, weft__sys_kind *ret_kind)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        return -errno;
    }
    if (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode)) {
        *ret_kind = WEFT__SYS_FILE;
        return 0;
    }
    const int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0) {
        return -errno;
    }
    if (S_ISSOCK(status.st_mode)) {
        return kind_of_socket(fd, ret_kind);
    }
    ignore_sigpipe();
    *ret_kind = WEFT__SYS_PIPE;
    return 0;
}

/* ---- names ---- */

static int error_of_resolver(int error)
{
    switch (error) {
    case EAI_NONAME:
    case EAI_NODATA:
        return -ENOENT;
    case EAI_AGAIN:
        return -EAGAIN;
    case EAI_MEMORY:
        return -ENOMEM;
    case EAI_SYSTEM:
        return errno != 0 ? -errno : -EIO;
    default:
        return -EIO;
    }
}

int weft__sys_resolve(const char *host, const char *port, uint32_t type,
                      weft_address *ret_addresses, size_t count)
{
    const struct addrinfo wanted = {.ai_socktype = (int)type, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list = NULL;
    const int error = getaddrinfo(host, port, &wanted, &list);
    if (error != 0) {
        return error_of_resolver(error);
    }
    size_t found = 0;
    for (const struct addrinfo *one = list; one != NULL && found < count; one = one->ai_next) {
        weft_address *const address = &ret_addresses[found];
        if (one->ai_addrlen <= sizeof address->bytes) {
            memset(address, 0, sizeof *address);
            memcpy(address->bytes, one->ai_addr, one->ai_addrlen);
            address->size = one->ai_addrlen;
            address->type = type;
            found++;
        }
    }
    freeaddrinfo(list);
    return found == 0 ? -ENOENT : (int)found;
}

/* ---- files ---- */

int weft__sys_open(const char *path, int flags, unsigned mode)
{
    if ((flags & O_ACCMODE) != O_RDONLY) {
        ignore_sigpipe(); /* the path may be a pipe's */
    }
    return RETRIED(open(path, flags, mode));
}

ssize_t weft__sys_pread(int fd, void *buffer, size_t size, int64_t offset)
{
    return RETRIED(pread(fd, buffer, size, offset));
}

ssize_t weft__sys_pwrite(int fd, const void *buffer, size_t size, int64_t offset)
{
    return RETRIED(pwrite(fd, buffer, size, offset));
}

int weft__sys_fsync(int fd)
{
    return RETRIED(fsync(fd));
}

int weft__sys_ftruncate(int fd, int64_t size)
{
    return RETRIED(ftruncate(fd, size));
}

int64_t weft__sys_file_size(int fd)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? status.st_size : -errno;
}

int weft__sys_rename(const char *from, const char *to)
{
    return rename(from, to) == 0 ? 0 : -errno;
}

int weft__sys_unlink(const char *path)
{
    return unlink(path) == 0 ? 0 : -errno;
}

int weft__sys_mkdir(const char *path, unsigned mode)
{
    return mkdir(path, mode) == 0 ? 0 : -errno;
}
