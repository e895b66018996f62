/* socket.c: making and ending connections. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "address.h"
#include "descriptor.h"

enum {
    ADDRESSES_MAX = 16, /* of one host that are tried */
    SELF_TRIES = 3,     /* connections to ourselves: see dial_stream */
};

static weft__sys_kind kind_of(const weft_address *address)
{
    return address->type == SOCK_DGRAM ? WEFT__SYS_PACKET : WEFT__SYS_STREAM;
}

/* ---- listening ---- */

static int bind_and_listen(int fd, const weft_address *address, int backlog)
{
    int status = weft__sys_bind(fd, address);
    if (status == 0 && address->type == SOCK_STREAM) {
        status = weft__sys_listen(fd, backlog > 0 ? backlog : SOMAXCONN);
    }
    return status;
}

static int listen_at(weft__g *self, const weft_address *address, int backlog)
{
    weft__descriptor *d = NULL;
    const int fd = weft__sys_socket(address);
    if (fd < 0) {
        return fd;
    }
    int status = bind_and_listen(fd, address, backlog);
    if (status != 0) {
        (void)weft__sys_close(fd);
        return status;
    }
    const bool packets = address->type == SOCK_DGRAM;
    status = weft__descriptor_open(self, fd, packets ? WEFT__SYS_PACKET : WEFT__SYS_LISTENER, &d);
    return status == 0 ? fd : status;
}

int weft_listen(const char *address, int backlog)
{
    weft__g *const self = weft__self();
    weft_address at;
    WEFT__POINT(self, .kind = WEFT__OP_LISTEN, .site = WEFT__SITE);
    const int found = weft_resolve(address, &at, 1);
    return found < 0 ? found : listen_at(self, &at, backlog);
}

/* ---- accepting ---- */

static ssize_t attempt_accept(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    (void)arg;
    int fd = -EAGAIN;
    do {
        fd = weft__sys_accept(d->fd);
    } while (fd == -ECONNABORTED);
    return fd;
}

static int accept_one(int listener, const weft__limit *limit, const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op = weft__descriptor_op(WEFT__OP_ACCEPT, listener, site);
    weft__descriptor *accepted = NULL;
    weft__descriptor_point(self, &op);
    int fd = weft__descriptor_begin(&op);
    if (fd != 0) {
        return fd;
    }
    fd = (int)weft__descriptor_try(self, &op, WEFT__IN, attempt_accept, NULL, limit,
                                   WEFT__WHY_ACCEPT);
    weft__descriptor_end(weft__descriptor_of(&op));
    if (fd >= 0) {
        const int status = weft__descriptor_open(self, fd, WEFT__SYS_STREAM, &accepted);
        fd = status == 0 ? fd : status;
    }
    return fd;
}

int weft_accept(int fd, int64_t deadline_ns)
{
    return accept_one(fd, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

int weft_context_accept(weft_context *context, int fd)
{
    return accept_one(fd, WEFT__WITHIN(context), WEFT__SITE);
}

/* ---- dialling ---- */

static ssize_t attempt_connected(weft__descriptor *d, uint32_t seen, void *arg)
{
    (void)seen;
    (void)arg;
    return weft__sys_connected(d->fd);
}

/* The socket is ours from here on, and given back on failure. */
static int finish_connect(weft__g *self, int fd, const weft_address *address, int status,
                          const weft__limit *limit, const void *site)
{
    weft__descriptor *d = NULL;
    const int opened = weft__descriptor_open(self, fd, kind_of(address), &d);
    if (opened != 0) {
        return opened;
    }
    if (status == -EINPROGRESS) {
        const weft__op op = weft__descriptor_op(WEFT__OP_CONNECT, fd, site);
        (void)weft__descriptor_begin(&op); /* nobody knows the number yet */
        status = (int)weft__descriptor_try(self, &op, WEFT__OUT, attempt_connected, NULL, limit,
                                           WEFT__WHY_DIAL);
        weft__descriptor_end(d);
        if (status != 0) {
            (void)weft_close(fd);
        }
    }
    return status == 0 ? fd : status;
}

static int dial_address(weft__g *self, const weft_address *address, const weft__limit *limit,
                        const void *site)
{
    const int fd = weft__sys_socket(address);
    if (fd < 0) {
        return fd;
    }
    const int status = weft__sys_connect(fd, address);
    if (status != 0 && status != -EINPROGRESS) {
        (void)weft__sys_close(fd);
        return status;
    }
    return finish_connect(self, fd, address, status, limit, site);
}

/* Where nobody listens the kernel may choose the very port that is dialled, and TCP then connects a
 * socket with itself. Go tries again as well (net: selfConnect). */
static bool is_of_itself(int fd)
{
    weft_address here;
    weft_address there;
    return weft__sys_local_address(fd, &here) == 0 && weft__sys_peer_address(fd, &there) == 0 &&
           weft__sockaddr(&here)->sa_family != AF_UNIX && here.size == there.size &&
           memcmp(here.bytes, there.bytes, here.size) == 0;
}

static int dial_stream(weft__g *self, const weft_address *address, const weft__limit *limit,
                       const void *site)
{
    int fd = -ECONNREFUSED;
    for (int i = 0; i < SELF_TRIES; i++) {
        fd = dial_address(self, address, limit, site);
        if (fd < 0 || !is_of_itself(fd)) {
            return fd;
        }
        (void)weft_close(fd);
    }
    return -ECONNREFUSED;
}

static bool gave_up(int status)
{
    return status == -ETIMEDOUT || status == -ECANCELED;
}

static int dial(const char *text, const weft__limit *limit, const void *site)
{
    weft__g *const self = weft__self();
    weft_address addresses[ADDRESSES_MAX];
    WEFT__POINT(self, .kind = WEFT__OP_DIAL, .site = site);
    const int count = weft_resolve(text, addresses, ADDRESSES_MAX);
    int first = count < 0 ? count : -ENOENT; /* why the first address failed: as in Go */
    for (int i = 0; i < count; i++) {
        const weft_address to = weft__address_to_dial(&addresses[i]);
        const int fd = to.type == SOCK_STREAM ? dial_stream(self, &to, limit, site)
                                              : dial_address(self, &to, limit, site);
        if (fd >= 0) {
            return fd;
        }
        first = i == 0 ? fd : first;
        if (gave_up(fd)) {
            break;
        }
    }
    return first;
}

int weft_dial(const char *address, int64_t deadline_ns)
{
    return dial(address, WEFT__UNTIL(deadline_ns), WEFT__SITE);
}

int weft_context_dial(weft_context *context, const char *address)
{
    return dial(address, WEFT__WITHIN(context), WEFT__SITE);
}

/* ---- the rest ---- */

/* Whoever waits here is told here: the kernel tells nobody of a Unix socket that is not writable
 * because it is full and has then been shut down. */
static unsigned ends_of(int how)
{
    const unsigned in = how != SHUT_WR ? WEFT__READY_IN | WEFT__READY_LAST : 0;
    const unsigned out = how != SHUT_RD ? WEFT__READY_OUT : 0;
    return in | out;
}

int weft_shutdown(int fd, int how)
{
    const weft__op op = weft__descriptor_op(WEFT__OP_SHUTDOWN, fd, WEFT__SITE);
    weft__descriptor_point(weft__self(), &op);
    int status = weft__descriptor_begin(&op);
    if (status != 0) {
        return status;
    }
    status = weft__sys_shutdown(fd, how);
    if (status == 0) {
        weft__descriptor_ready(weft__descriptor_of(&op), ends_of(how));
    }
    weft__descriptor_end(weft__descriptor_of(&op));
    return status;
}

/* What a socket is called does not change: no schedule point. */
static int address_of(int fd, int (*get)(int fd, weft_address *ret), weft_address *ret,
                      const void *site)
{
    const weft__op op = weft__descriptor_op(WEFT__OP_POLL, fd, site);
    int status = weft__descriptor_begin(&op);
    if (status == 0) {
        status = weft__descriptor_of(&op)->kind == WEFT__SYS_FILE ? -ENOTSOCK : get(fd, ret);
        weft__descriptor_end(weft__descriptor_of(&op));
    }
    return status;
}

int weft_local_address(int fd, weft_address *ret_address)
{
    return address_of(fd, weft__sys_local_address, ret_address, WEFT__SITE);
}

int weft_peer_address(int fd, weft_address *ret_address)
{
    return address_of(fd, weft__sys_peer_address, ret_address, WEFT__SITE);
}

static int make_pair(int fds[2], int (*make)(int ret_fds[2]), weft__sys_kind kind, const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_OPEN, .site = site);
    const int status = make(fds);
    return status != 0 ? status : weft__descriptor_open_pair(self, fds, kind);
}

int weft_pipe(int fds[2])
{
    return make_pair(fds, weft__sys_pipe, WEFT__SYS_PIPE, WEFT__SITE);
}

int weft_socketpair(int fds[2])
{
    return make_pair(fds, weft__sys_socketpair, WEFT__SYS_STREAM, WEFT__SITE);
}
