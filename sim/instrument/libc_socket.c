/* libc_socket.c: real sockets, and waiting for real descriptors: a run has a network of its own. */
#include <poll.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "wrap.h"

#define REAL "the simulator has a network of its own, see weft.h, \"Input and output\": "

REFUSED(socket, (int domain, int type, int protocol), (domain, type, protocol), REAL "socket")
REFUSED(socketpair, (int domain, int type, int protocol, int fds[2]), (domain, type, protocol, fds),
        REAL "socketpair")
REFUSED(connect, (int fd, const struct sockaddr *address, socklen_t size), (fd, address, size),
        REAL "connect")
REFUSED(accept, (int fd, struct sockaddr *address, socklen_t *size), (fd, address, size),
        REAL "accept")
REFUSED(accept4, (int fd, struct sockaddr *address, socklen_t *size, int flags),
        (fd, address, size, flags), REAL "accept4")
REFUSED(poll, (struct pollfd * fds, nfds_t count, int timeout), (fds, count, timeout), REAL "poll")
REFUSED(select, (int count, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout),
        (count, in, out, other, timeout), REAL "select")
REFUSED(epoll_create1, (int flags), (flags), REAL "epoll_create1")
REFUSED(epoll_wait, (int fd, struct epoll_event *events, int count, int timeout),
        (fd, events, count, timeout), REAL "epoll_wait")
