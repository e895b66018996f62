/* http_connections_test.c: ten thousand connections at once. Idle they cost no processor time; each
 * is answered, and all end with the server. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "http_client.h"

enum { CONNECTIONS = 10000, SPARE = 100, TICKS_MAX = 2 };

static client_server server;
static int fds[CONNECTIONS];

static void ask_all(void)
{
    static client_response r;
    for (int i = 0; i < CONNECTIONS; i++) {
        client_check(client_send_text(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n"), "%d ended", i);
    }
    for (int i = 0; i < CONNECTIONS; i++) {
        client_receive(fds[i], false, &r);
        client_check(r.status == 200 && r.body_size == 13, "connection %d got %d", i, r.status);
    }
}

int main(int argc, char **argv)
{
    const char *const settings[] = {NULL};
    const struct rlimit wanted = {CONNECTIONS + SPARE, CONNECTIONS + SPARE};
    if (argc != 3) {
        (void)fputs("usage: http_connections_test SERVER DIRECTORY\n", stderr);
        return 1;
    }
    if (setrlimit(RLIMIT_NOFILE, &wanted) != 0) {
        (void)puts("skipped: not so many descriptors allowed");
        return 77;
    }
    client_server_start(&server, argv[1], argv[2], settings);
    for (int i = 0; i < CONNECTIONS; i++) {
        fds[i] = client_connect(&server);
        client_check(fds[i] >= 0, "connection %d is refused", i);
    }
    ask_all();
    (void)poll(NULL, 0, 500);
    const uint64_t before = client_server_ticks(&server);
    (void)poll(NULL, 0, 1000);
    const uint64_t used = client_server_ticks(&server) - before;
    client_check(used <= TICKS_MAX, "%d idle connections cost %d clock ticks a second", CONNECTIONS,
                 (int)used);
    ask_all();
    client_check(client_server_stop(&server) == 0, "the server did not end well");
    (void)printf("%d connections: %d clock ticks in an idle second\n", CONNECTIONS, (int)used);
    return client_failures != 0;
}
