/* http_server.c: the responder with a goroutine for each connection: MODE PORT, MODE http or echo.
 *
 * INVARIANTS
 *   - A connection and its buffer are of its goroutine alone. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <weft.h>

#include "responder.h"

enum { STACK_SIZE = 16 * 1024 };

static const char *mode;

static void serve(void *arg)
{
    const int fd = (int)(intptr_t)arg;
    responder r;
    const char *data = NULL;
    ssize_t n = 0;
    r.echo = strcmp(mode, "echo") == 0;
    r.matched = 0;
    while ((n = weft_read(fd, r.buffer, sizeof r.buffer, WEFT_NEVER)) > 0) {
        const size_t size = responder_answer(&r, (size_t)n, &data);
        if (size != 0 && weft_write(fd, data, size, WEFT_NEVER) != (ssize_t)size) {
            break;
        }
    }
    (void)weft_close(fd);
}

static void listen_and_serve(void *arg)
{
    char address[64];
    (void)snprintf(address, sizeof address, "127.0.0.1:%s", (const char *)arg);
    const int listener = weft_listen(address, 0);
    int fd = listener;
    const weft_go_options options = {.name = "serve", .stack_size = STACK_SIZE};
    while (fd >= 0 && (fd = weft_accept(listener, WEFT_NEVER)) >= 0) {
        fd = weft_go_with(&options, serve, (void *)(intptr_t)fd) == 0 ? fd : -1;
    }
    (void)fprintf(stderr, "http_server: %s: error %d\n", address, -fd);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        (void)fputs("usage: http_server http|echo PORT\n", stderr);
        return 1;
    }
    mode = argv[1];
    return weft_run(listen_and_serve, argv[2]);
}
