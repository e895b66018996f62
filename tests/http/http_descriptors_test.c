/* http_descriptors_test.c: a server without descriptors to spare: those it has go on, others wait,
 * and get their turn when one is closed. Nor does it run in circles meanwhile. */
#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_client.h"

enum { LIMIT = 32, CONNECTIONS = 64, TICKS_MAX = 10 };

static client_server server;

static int status_of(int fd)
{
    static client_response r;
    client_receive(fd, false, &r);
    return r.status;
}

static bool has_answer(int fd)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    return poll(&poller, 1, 0) > 0;
}

int main(int argc, char **argv)
{
    static const char request[] = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    static const char file[] = "GET /file/http_client.h HTTP/1.1\r\nHost: a\r\n\r\n";
    const char *const settings[] = {NULL};
    struct rlimit all;
    int fds[CONNECTIONS];
    if (argc != 3) {
        (void)fputs("usage: http_descriptors_test SERVER DIRECTORY\n", stderr);
        return 1;
    }
    (void)getrlimit(RLIMIT_NOFILE, &all);
    const struct rlimit few = {LIMIT, all.rlim_max};
    (void)setrlimit(RLIMIT_NOFILE, &few);
    client_server_start(&server, argv[1], argv[2], settings);
    (void)setrlimit(RLIMIT_NOFILE, &all);

    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = client_connect(&server);
        client_check(fds[i] >= 0 && client_send_text(fds[i], request), "connection %d", i);
    }
    (void)poll(NULL, 0, 300);
    int answered = 0;
    while (answered < CONNECTIONS && has_answer(fds[answered])) {
        client_check(status_of(fds[answered]) == 200, "connection %d", answered);
        answered++;
    }
    client_check(answered > 0 && answered < LIMIT, "%d connections of %d descriptors", answered,
                 LIMIT);
    const uint64_t before = client_server_ticks(&server);
    (void)poll(NULL, 0, 1000);
    const uint64_t used = client_server_ticks(&server) - before;
    client_check(used <= TICKS_MAX, "%d clock ticks a second without descriptors", (int)used);
    client_check(client_send_text(fds[0], file) && status_of(fds[0]) == 503,
                 "a file, though there is no descriptor");
    for (int i = 0; i < answered; i++) {
        client_check(client_send_text(fds[i], request) && status_of(fds[i]) == 200,
                     "connection %d, while others wait", i);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        if (i >= answered) {
            client_check(status_of(fds[i]) == 200, "connection %d, after others have ended", i);
        }
        (void)close(fds[i]);
    }
    const int last = client_connect(&server);
    client_check(client_send_text(last, file) && status_of(last) == 200, "a file, afterwards");
    (void)close(last);
    client_check(client_server_stop(&server) == 0, "the server did not end well");
    (void)printf("%d connections at once, %d clock ticks in a second\n", answered, (int)used);
    return client_failures != 0;
}
