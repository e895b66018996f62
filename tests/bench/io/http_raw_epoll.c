/* http_raw_epoll.c: the responder as a loop around epoll_wait, on one thread: MODE PORT, MODE http
 * or echo. The least that the kernel asks for: for each request one recv and one send, and an
 * epoll_wait for all that have come meanwhile.
 *
 * INVARIANTS
 *   - What a connection may not write at once ends it: nobody here sends without reading. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "responder.h"

enum { EVENTS = 128, BACKLOG = 4096 };

typedef struct connection {
    int fd;
    responder responder;
} connection;

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(const char *port)
{
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
        bind(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        listen(fd, BACKLOG) != 0) {
        die("http_raw_epoll: listen");
    }
    return fd;
}

static void watch(int epoll, int fd, connection *c)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) != 0) {
        die("http_raw_epoll: epoll_ctl");
    }
}

static void accept_all(int epoll, int listener, bool echo)
{
    int fd = -1;
    while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        connection *const c = malloc(sizeof *c);
        if (c == NULL) {
            die("http_raw_epoll: malloc");
        }
        c->fd = fd;
        c->responder.echo = echo;
        c->responder.matched = 0;
        watch(epoll, fd, c);
    }
}

static void serve(connection *c)
{
    const char *data = NULL;
    const ssize_t n = recv(c->fd, c->responder.buffer, sizeof c->responder.buffer, 0);
    const size_t size = n > 0 ? responder_answer(&c->responder, (size_t)n, &data) : 0;
    if (n <= 0 || (size != 0 && send(c->fd, data, size, MSG_NOSIGNAL) != (ssize_t)size)) {
        (void)close(c->fd);
        free(c);
    }
}

int main(int argc, char **argv)
{
    struct epoll_event events[EVENTS];
    if (argc != 3) {
        (void)fputs("usage: http_raw_epoll http|echo PORT\n", stderr);
        return 1;
    }
    const bool echo = strcmp(argv[1], "echo") == 0;
    const int listener = listen_on(argv[2]);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    watch(epoll, listener, NULL);
    for (;;) {
        const int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            if (events[i].data.ptr == NULL) {
                accept_all(epoll, listener, echo);
            } else {
                serve(events[i].data.ptr);
            }
        }
    }
}
