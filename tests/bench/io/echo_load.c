/* echo_load.c: messages to an echo server, one at a time on each connection: PORT CONNECTIONS IDLE
 * SECONDS SIZE, where IDLE more connections say nothing. Prints how many came back, how many a
 * second, and the median and 99th percentile of the time that one took, in microseconds.
 *
 * INVARIANTS
 *   - A connection has one message under way: after its last byte has come back it sends the next.
 *   - bucket[i] counts times from i * BUCKET_NS on; the last one all that are longer. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { EVENTS = 128, SIZE_MAX_BYTES = 4096, BUCKETS = 100 * 1000, BUCKET_NS = 1000 };

#define WARM_UP_NS 500000000

typedef struct connection {
    int fd;
    size_t missing; /* bytes of the message that have not come back */
    int64_t sent_ns;
} connection;

static uint64_t buckets[BUCKETS];
static uint64_t messages;
static char message[SIZE_MAX_BYTES];

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int connect_to(const char *port)
{
    const int on = 1;
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons((uint16_t)strtoul(port, NULL, 10)),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&address, sizeof address) != 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) {
        die("echo_load: connect");
    }
    return fd;
}

static void send_message(connection *c, size_t size)
{
    c->missing = size;
    c->sent_ns = now_ns();
    if (send(c->fd, message, size, MSG_NOSIGNAL) != (ssize_t)size) {
        die("echo_load: send");
    }
}

static void receive_some(connection *c, size_t size)
{
    char buffer[SIZE_MAX_BYTES];
    const ssize_t n = recv(c->fd, buffer, sizeof buffer, 0);
    if (n <= 0 || (size_t)n > c->missing) {
        die("echo_load: recv");
    }
    c->missing -= (size_t)n;
    if (c->missing == 0) {
        const int64_t bucket = (now_ns() - c->sent_ns) / BUCKET_NS;
        buckets[bucket < BUCKETS ? bucket : BUCKETS - 1]++;
        messages++;
        send_message(c, size);
    }
}

static void exchange_for(int epoll, int64_t duration_ns, size_t size)
{
    struct epoll_event events[EVENTS];
    const int64_t end_ns = now_ns() + duration_ns;
    while (now_ns() < end_ns) {
        const int count = epoll_wait(epoll, events, EVENTS, 100);
        for (int i = 0; i < count; i++) {
            receive_some(events[i].data.ptr, size);
        }
    }
}

static long percentile_us(double part)
{
    uint64_t left = (uint64_t)((double)messages * part);
    long i = 0;
    while (i < BUCKETS - 1 && buckets[i] <= left) {
        left -= buckets[i++];
    }
    return i * BUCKET_NS / 1000;
}

static void allow_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int main(int argc, char **argv)
{
    if (argc != 6) {
        (void)fputs("usage: echo_load PORT CONNECTIONS IDLE SECONDS SIZE\n", stderr);
        return 1;
    }
    const size_t connections = strtoul(argv[2], NULL, 10);
    const size_t idle = strtoul(argv[3], NULL, 10);
    const double seconds = strtod(argv[4], NULL);
    const size_t size = strtoul(argv[5], NULL, 10);
    connection *const all = calloc(connections, sizeof *all);
    const int epoll = epoll_create1(EPOLL_CLOEXEC);
    if (all == NULL || epoll < 0 || size == 0 || size > SIZE_MAX_BYTES) {
        die("echo_load");
    }
    allow_descriptors();
    for (size_t i = 0; i < idle; i++) {
        (void)connect_to(argv[1]);
    }
    for (size_t i = 0; i < connections; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        all[i].fd = connect_to(argv[1]);
        if (epoll_ctl(epoll, EPOLL_CTL_ADD, all[i].fd, &event) != 0) {
            die("echo_load: epoll_ctl");
        }
        send_message(&all[i], size);
    }
    exchange_for(epoll, WARM_UP_NS, size);
    memset(buckets, 0, sizeof buckets);
    messages = 0;
    (void)puts("ready"); /* all are accepted: to measure what the server uses from here on */
    (void)fflush(stdout);
    exchange_for(epoll, (int64_t)(seconds * 1e9), size);
    (void)printf("%llu %.0f %ld %ld\n", (unsigned long long)messages, (double)messages / seconds,
                 percentile_us(0.5), percentile_us(0.99));
    free(all);
    return 0;
}
