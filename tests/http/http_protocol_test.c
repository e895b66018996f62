/* http_protocol_test.c: what a client may expect: keep-alive, pipelining, bodies both ways, HEAD,
 * Expect: 100-continue, errors that leave a connection open, and an end without loss. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "http_client.h"

#define HOST "Host: a\r\n"

static client_server server;

/* Send `request` on fd and receive the response: its status, and its body, "" for none. */
static void check_on(int fd, const char *request, int status, const char *body)
{
    client_response r;
    const bool head_only = strncmp(request, "HEAD", 4) == 0;
    client_check(client_send_text(fd, request), "not taken: %s", request);
    client_receive(fd, head_only, &r);
    client_check(r.status == status, "%d instead of %d: %s", r.status, status, request);
    client_check(body == NULL ||
                     (r.body_size == strlen(body) && memcmp(r.body, body, r.body_size) == 0),
                 "another body of %zu: %s", r.body_size, request);
}

/* Whether the connection is still there, by one more request. */
static void check_open(int fd)
{
    check_on(fd, "GET / HTTP/1.1\r\n" HOST "\r\n", 200, "Hello, World!");
}

static void check_keep_alive(void)
{
    int fd = client_connect(&server);
    check_open(fd);
    check_on(fd, "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, "");
    check_on(fd, "\r\nGET /?q=1 HTTP/1.1\r\n" HOST "\r\n", 200, "Hello, World!");
    check_on(fd, "GET http://a:80/ HTTP/1.1\r\n" HOST "\r\n", 200, "Hello, World!");
    check_on(fd, "GET / HTTP/1.9\r\n" HOST "\r\n", 200, "Hello, World!");
    check_on(fd, "GET /none HTTP/1.1\r\n" HOST "\r\n", 404, NULL);
    check_on(fd, "HEAD /none HTTP/1.1\r\n" HOST "\r\n", 404, "");
    check_on(fd, "DELETE / HTTP/1.1\r\n" HOST "\r\n", 405, NULL);
    check_on(fd, "GET /echo HTTP/1.1\r\n" HOST "\r\n", 405, NULL);
    check_on(fd, "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 200, "Hello, World!");
    client_check(client_at_end(fd), "Connection: close does not close");
    (void)close(fd);
    fd = client_connect(&server);
    check_on(fd, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 200, "Hello, World!");
    check_on(fd, "GET / HTTP/1.0\r\n\r\n", 200, "Hello, World!");
    client_check(client_at_end(fd), "HTTP/1.0 does not close");
    (void)close(fd);
}

static void check_bodies(void)
{
    const int fd = client_connect(&server);
    const char chunked[] = "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n";
    char request[512];
    check_on(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 200, "hello");
    check_on(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, "");
    check_on(fd, "POST /echo HTTP/1.1\r\n" HOST "\r\n", 200, "");
    static const char *const bodies[] = {
        "5\r\nhello\r\n0\r\n\r\n", "1\r\nh\r\n4\r\nello\r\n0\r\n\r\n",
        "5;a=b;c\r\nhello\r\n0;x\r\n\r\n", "00005 ;a\r\nhello\r\n000\r\nX: y\r\nZ: \r\n\r\n"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        (void)snprintf(request, sizeof request, "%s%s", chunked, bodies[i]);
        check_on(fd, request, 200, "hello");
    }
    check_open(fd);
    check_on(fd, "GET / HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nhello", 200, NULL);
    client_check(client_at_end(fd), "a body that was not read is taken for a request");
    (void)close(fd);
}

/* All in one piece; and one request in pieces of one byte. */
static void check_pieces(void)
{
    static const char three[] = "GET / HTTP/1.1\r\n" HOST "\r\n"
                                "POST /echo HTTP/1.1\r\n" HOST
                                "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n"
                                "GET /none HTTP/1.1\r\n" HOST "\r\n";
    const int fd = client_connect(&server);
    client_response r;
    for (int round = 0; round < 2; round++) {
        for (size_t at = 0; at < sizeof three - 1; at += round == 0 ? sizeof three - 1 : 1) {
            (void)client_send(fd, three + at, round == 0 ? sizeof three - 1 : 1);
        }
        client_receive(fd, false, &r);
        client_check(r.status == 200 && r.body_size == 13, "first of three: %d", r.status);
        client_receive(fd, false, &r);
        client_check(r.status == 200 && memcmp(r.body, "ab", 2) == 0, "second: %d", r.status);
        client_receive(fd, false, &r);
        client_check(r.status == 404, "third of three: %d", r.status);
    }
    (void)close(fd);
}

static void check_continue(void)
{
    const int fd = client_connect(&server);
    check_on(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
             100, NULL);
    check_on(fd, "hello", 200, "hello");
    check_on(
        fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-Continue\r\n\r\nhello",
        200, "hello"); /* it did not wait */
    check_on(fd, "POST /none HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
             404, NULL);
    client_check(client_at_end(fd), "goes on though the body may or may not come");
    (void)close(fd);
}

/* This source, by its name. */
static void check_file(const char *directory)
{
    static const char request[] = "GET /file/http_protocol%5ftest.c HTTP/1.1\r\n" HOST "\r\n";
    static char expected[sizeof((client_response *)NULL)->body];
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/http_protocol_test.c", directory);
    FILE *const file = fopen(path, "r");
    const size_t size = file == NULL ? 0 : fread(expected, 1, sizeof expected - 1, file);
    const int fd = client_connect(&server);
    client_check(size != 0, "%s cannot be read", path);
    check_on(fd, request, 200, expected);
    check_on(fd, "HEAD /file/http_client.h HTTP/1.1\r\n" HOST "\r\n", 200, "");
    check_open(fd);
    (void)close(fd);
    if (file != NULL) {
        (void)fclose(file);
    }
}

/* At the end idle connections are closed at once; a request that has begun is answered. */
static void check_end(void)
{
    client_response r;
    const int idle = client_connect(&server);
    const int busy = client_connect(&server);
    check_open(idle);
    check_on(busy,
             "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\nExpect: 100-continue\r\n\r\n",
             100, NULL);
    (void)kill(server.pid, SIGTERM);
    client_check(client_at_end(idle), "an idle connection is not closed");
    const int late = client_connect(&server);
    client_check(late < 0 || client_at_end(late), "a connection is accepted after the end");
    (void)client_send_text(busy, "hello");
    client_receive(busy, false, &r);
    client_check(r.status == 200 && r.body_size == 5 && r.close, "the last request got %d",
                 r.status);
    client_check(client_at_end(busy), "goes on after the end");
    (void)close(idle);
    (void)close(busy);
}

int main(int argc, char **argv)
{
    const char *const settings[] = {NULL};
    if (argc != 3) {
        (void)fputs("usage: http_protocol_test SERVER DIRECTORY\n", stderr);
        return 1;
    }
    client_server_start(&server, argv[1], argv[2], settings);
    check_keep_alive();
    check_bodies();
    check_pieces();
    check_continue();
    check_file(argv[2]);
    check_end();
    client_check(client_server_stop(&server) == 0, "the server did not end well");
    return client_failures != 0;
}
