/* http_malformed_test.c: what no client should send. Each input ends in the right error, or in the
 * end of its connection, and is answered once; another connection goes on as if nothing had been.
 *
 * INVARIANTS
 *   - The good connection is the same from the first input to the last. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "http_client.h"

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define POST "POST /echo HTTP/1.1\r\n" HOST
#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"
#define SMUGGLED "GET /smuggled HTTP/1.1\r\n" HOST "\r\n"

static client_server server;
static int good = -1;
static int input_count;

typedef struct input {
    int status;
    const char *text;
} input;

static const input inputs[] = {
    /* request lines */
    {400, "GET\r\n\r\n"},
    {400, "GET \r\n\r\n"},
    {400, "GET /\r\n" HOST "\r\n"},
    {400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1 \r\n" HOST "\r\n"},
    {400, " GET / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /\tHTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET /a b HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1 HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET / http/1.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP\r\n" HOST "\r\n"},
    {400, "GET / HTTP/\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.\r\n" HOST "\r\n"},
    {400, "GET / HTTP/.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1.10\r\n" HOST "\r\n"},
    {400, "GET / HTTP/11.1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/1,1\r\n" HOST "\r\n"},
    {400, "GET / HTTP/x.y\r\n" HOST "\r\n"},
    {400, "GET / HTTP/-1.1\r\n" HOST "\r\n"},
    {400, "GET / ICY/1.1\r\n" HOST "\r\n"},
    {400, "GET / FTP/1.1\r\n" HOST "\r\n"},
    {400, "GET nowhere HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET * HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GET ftp://a/ HTTP/1.1\r\n" HOST "\r\n"},
    {400, "/ GET HTTP/1.1\r\n" HOST "\r\n"},
    {400, "HTTP/1.1 200 OK\r\n\r\n"},
    {400, "\"GET\" / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "GE(T / HTTP/1.1\r\n" HOST "\r\n"},
    {400, "hello\r\n\r\n"},
    {505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
    {505, "GET / HTTP/3.0\r\n" HOST "\r\n"},
    {505, "GET / HTTP/9.9\r\n" HOST "\r\n"},
    {400, "GET / HTTP/0.9\r\n" HOST "\r\n"},
    {501, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
    {501, "BREW / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "get / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "GETS / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "G / HTTP/1.1\r\n" HOST "\r\n"},
    {501, "CONNECT a:80 HTTP/1.1\r\n" HOST "\r\n"},
    /* ends of lines */
    {400, "GET / HTTP/1.1\nHost: a\n\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
    {400, "GET / HTTP/1.1\n" HOST "\r\n"},
    {400, "GET / HTTP/1.1\r\nHost: a\r\r\n\r\n"},
    {400, "GET / HTTP/1.1\rHost: a\r\r"},
    {400, GET HOST "\r\r\n"},
    {400, GET HOST "\rX"},
    {400, GET HOST "\n"},
    {400, GET "Host: a\rX: b\r\n\r\n"},
    {400, "\n" GET HOST "\r\n"},
    {400, "\r" GET HOST "\r\n"},
    {400, "\r\n\n" GET HOST "\r\n"},
    /* fields */
    {400, GET HOST "X\r\n\r\n"},
    {400, GET HOST ": x\r\n\r\n"},
    {400, GET HOST "X : x\r\n\r\n"},
    {400, GET HOST "X\t: x\r\n\r\n"},
    {400, GET HOST " X: x\r\n\r\n"},
    {400, GET HOST "X Y: x\r\n\r\n"},
    {400, GET HOST "X\"Y: x\r\n\r\n"},
    {400, GET HOST "X/Y: x\r\n\r\n"},
    {400, GET HOST "X[]: x\r\n\r\n"},
    {400, GET HOST "X=: x\r\n\r\n"},
    {400, GET HOST "X@Y: x\r\n\r\n"},
    {400, GET HOST "X;: x\r\n\r\n"},
    {400, GET HOST "X,Y: x\r\n\r\n"},
    {400, GET HOST "{X}: x\r\n\r\n"},
    {400, GET HOST "X<: x\r\n\r\n"},
    {400, GET HOST "X\\Y: x\r\n\r\n"},
    {400, GET HOST "X\xc3\xa4: x\r\n\r\n"},
    {400, GET " " HOST "\r\n"},
    {400, GET "Host : a\r\n\r\n"},
    {400, GET "Ho st: a\r\n\r\n"},
    {400, GET "\r\n" SMUGGLED},
    {400, GET HOST HOST "\r\n"},
    {400, GET HOST "Host: b\r\n\r\n"},
    {400, GET "Host: a b\r\n\r\n"},
    {417, GET HOST "Expect: the unexpected\r\n\r\n"},
    {417, GET HOST "Expect: 200-ok\r\n\r\n"},
    /* lines that go on */
    {400, GET HOST "X: x\r\n y\r\n\r\n"},
    {400, GET HOST "X: x\r\n\ty\r\n\r\n"},
    {400, GET HOST "X:\r\n y\r\n\r\n"},
    {400, GET "Host: a\r\n b\r\n\r\n"},
    {400, GET HOST "X: x\r\n \r\n\r\n"},
    {400, POST "Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n"},
    {400, POST "Content-Length:\r\n 5\r\n\r\nhello"},
    {400, POST "Content-Length: 5\r\n 0\r\n\r\nhello"},
    {400, POST "X: x\r\n Content-Length: 5\r\n\r\nhello"},
    /* two lengths, or a length and chunks */
    {400, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 0\r\nContent-Length: 5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5, 5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5,6\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer-Encoding: identity\r\nContent-Length: 5\r\n\r\nhello" SMUGGLED},
    {400,
     POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer-Encoding : chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer-Encoding\t: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Transfer Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Content-Length : 5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "Content-Length: 5\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, POST "X: x\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n" SMUGGLED},
    {400, "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: gzip\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: chunkedx\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: \"chunked\"\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: 'chunked'\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: chunked;q=1\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: chunk ed\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: ,chunked\r\n\r\n0\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding: identity\r\n\r\n" SMUGGLED},
    {501, POST "Transfer-Encoding:\r\n\r\n" SMUGGLED},
    /* lengths */
    {400, POST "Content-Length:\r\n\r\n" SMUGGLED},
    {400, POST "Content-Length: \r\n\r\n" SMUGGLED},
    {400, POST "Content-Length: -1\r\n\r\n" SMUGGLED},
    {400, POST "Content-Length: +5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5x\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: x5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 0x5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5 5\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5.0\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 5e0\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: \"5\"\r\n\r\nhello" SMUGGLED},
    {400, POST "Content-Length: 99999999999999999999999\r\n\r\n" SMUGGLED},
    {400, POST "Content-Length: 18446744073709551616\r\n\r\n" SMUGGLED},
    {413, POST "Content-Length: 9223372036854775808\r\n\r\n" SMUGGLED},
    {413, POST "Content-Length: 4294967296\r\n\r\n" SMUGGLED},
    {413, POST "Content-Length: 65537\r\n\r\n" SMUGGLED},
    {413, POST "Expect: 100-continue\r\nContent-Length: 65537\r\n\r\n"},
    /* chunks */
    {400, CHUNKED "\r\n" SMUGGLED},
    {400, CHUNKED "x\r\n" SMUGGLED},
    {400, CHUNKED "0x5\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "-5\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "+5\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED " 5\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5 \r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5 x\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5_0\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED ";x\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\rhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\rhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5;x\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5;x\ry\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\nhello0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\nhelloXX0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\nhello\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\nhello!\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "4\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "5\r\nhello\r\n0\r\n\n" SMUGGLED},
    {400, CHUNKED "5\r\nhello\r\n0\r\nx\n\r\n" SMUGGLED},
    {400, CHUNKED "00000000000000005\r\nhello\r\n0\r\n\r\n" SMUGGLED},
    {400, CHUNKED "10000000000000000\r\n" SMUGGLED},
    {400, CHUNKED "ffffffffffffffff\r\n" SMUGGLED},
    {413, CHUNKED "fffffffffffffff\r\n" SMUGGLED},
    {413, CHUNKED "10001\r\n" SMUGGLED},
    {413, CHUNKED "5\r\nhello\r\nffff\r\n" SMUGGLED},
    /* names of files */
    {404, "GET /file/../CMakeLists.txt HTTP/1.0\r\n\r\n"},
    {404, "GET /file/%2e%2e/CMakeLists.txt HTTP/1.0\r\n\r\n"},
    {404, "GET /file/..%2fCMakeLists.txt HTTP/1.0\r\n\r\n"},
    {404, "GET /file/%2e%2e%2fCMakeLists.txt HTTP/1.0\r\n\r\n"},
    {404, "GET /file/%00 HTTP/1.0\r\n\r\n"},
    {404, "GET /file/% HTTP/1.0\r\n\r\n"},
    {404, "GET /file/%4 HTTP/1.0\r\n\r\n"},
    {404, "GET /file/%zz HTTP/1.0\r\n\r\n"},
    {404, "GET /file//etc/passwd HTTP/1.0\r\n\r\n"},
    {404, "GET /file/ HTTP/1.0\r\n\r\n"},
    {404, "GET /file/. HTTP/1.0\r\n\r\n"},
    {404, "GET /file/http_client.c/ HTTP/1.0\r\n\r\n"},
    {404, "GET /file/none HTTP/1.0\r\n\r\n"},
    /* not HTTP */
    {400, "\x16\x03\x01\x02\x01\xfc\x03\x03"},
    {400, "\x80\x2e\x01\x03\x01"},
    {400, "SSH-2.0-OpenSSH_9.2\r\n\r\n"},
    {501, "EHLO a\r\n\r\n"},
    {400, "{\"jsonrpc\": \"2.0\"}\r\n\r\n"},
    {CLIENT_ENDED, ""},
    {CLIENT_ENDED, "GET / HT"},
    {CLIENT_ENDED, GET HOST},
    {CLIENT_ENDED, POST "Content-Length: 5\r\n\r\nhell"},
    {CLIENT_ENDED, CHUNKED "5\r\nhello\r\n0\r\n"},
};

/* The good connection asks, and gets what it asked for. */
static void check_good(const char *after)
{
    client_response r;
    client_check(client_send_text(good, GET HOST "\r\n"), "the good connection has ended: %s",
                 after);
    client_receive(good, false, &r);
    client_check(r.status == 200 && r.body_size == 13 && !r.close,
                 "the good connection got %d after: %s", r.status, after);
}

/* Send it, then the end where something is missing; one response, then the end. */
static void check_bytes(int status, const char *data, size_t size, const char *name)
{
    client_response r;
    const int fd = client_connect(&server);
    input_count++;
    client_check(fd >= 0, "no connection: %s", name);
    (void)client_send(fd, data, size);
    if (status == CLIENT_ENDED) {
        (void)shutdown(fd, SHUT_WR);
    }
    client_receive(fd, false, &r);
    client_check(r.status == status, "%d instead of %d: %s", r.status, status, name);
    client_check(status == CLIENT_ENDED || r.close, "no Connection: close: %s", name);
    client_check(client_at_end(fd), "not the end after %d: %s", r.status, name);
    (void)close(fd);
    check_good(name);
}

static void check_table(void)
{
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        check_bytes(inputs[i].status, inputs[i].text, strlen(inputs[i].text), inputs[i].text);
    }
}

/* Each control character, wherever it could stand. */
static void check_controls(void)
{
    static const char *const places[] = {"GE%cT / HTTP/1.1\r\n" HOST "\r\n",
                                         "GET /%c HTTP/1.1\r\n" HOST "\r\n",
                                         GET HOST "X%cY: x\r\n\r\n", GET HOST "X: x%cy\r\n\r\n"};
    for (int control = 0; control < 128; control = control == 31 ? 127 : control + 1) {
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            char bytes[128];
            char name[64];
            const int size = snprintf(bytes, sizeof bytes, places[i], control);
            (void)snprintf(name, sizeof name, "control %d at place %zu", control, i);
            if (control != '\t' || i != 3) { /* a tab is part of a value */
                check_bytes(400, bytes, (size_t)size, name);
            }
        }
    }
}

static void check_oversized(void)
{
    static char bytes[100 * 1000];
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, "GET /", 5);
    check_bytes(414, bytes, sizeof bytes, "a target without end");
    memcpy(bytes + 6000, " HTTP/1.1\r\n" HOST "\r\n", strlen(" HTTP/1.1\r\n" HOST "\r\n"));
    check_bytes(414, bytes, 6000 + strlen(" HTTP/1.1\r\n" HOST "\r\n"), "a long target");
    memset(bytes, 'a', sizeof bytes);
    check_bytes(414, bytes, sizeof bytes, "a method without end");
    memcpy(bytes, GET HOST "X: ", strlen(GET HOST "X: "));
    check_bytes(431, bytes, sizeof bytes, "a value without end");
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, GET HOST, strlen(GET HOST));
    check_bytes(431, bytes, sizeof bytes, "a name without end");
    size_t size = strlen(GET HOST);
    for (int i = 0; i < 100; i++) {
        size += (size_t)snprintf(bytes + size, sizeof bytes - size, "X-%d: x\r\n", i);
    }
    size += (size_t)snprintf(bytes + size, sizeof bytes - size, "\r\n");
    check_bytes(431, bytes, size, "a hundred fields");
    for (size = 0; size + 2 < sizeof bytes; size += 2) {
        memcpy(bytes + size, "\r\n", 2);
    }
    check_bytes(431, bytes, size, "empty lines without end");
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, CHUNKED "1;", strlen(CHUNKED "1;"));
    check_bytes(431, bytes, sizeof bytes, "a chunk extension without end");
    memset(bytes, 'a', sizeof bytes);
    memcpy(bytes, CHUNKED "0\r\nX: ", strlen(CHUNKED "0\r\nX: "));
    check_bytes(431, bytes, sizeof bytes, "a trailer field without end");
}

/* Noise ends in an error too, and never in an answer. */
static void check_noise(void)
{
    uint64_t state = 1;
    for (int i = 0; i < 50; i++) {
        char bytes[300];
        client_response r;
        for (size_t k = 0; k < sizeof bytes; k++) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            bytes[k] = (char)(state >> 56);
        }
        const int fd = client_connect(&server);
        input_count++;
        (void)client_send(fd, bytes, sizeof bytes);
        (void)shutdown(fd, SHUT_WR);
        client_receive(fd, false, &r);
        client_check(r.status == 400 || r.status == CLIENT_ENDED, "%d for noise %d", r.status, i);
        (void)close(fd);
        check_good("noise");
    }
}

/* A byte every 100 ms, on many connections at once: none lasts longer than a request may, 1 s. */
static void check_slow(void)
{
    enum { SLOW = 20 };
    static const char text[] = GET HOST "X: slow slow slow slow";
    int fds[SLOW];
    client_response r;
    for (int i = 0; i < SLOW; i++) {
        fds[i] = client_connect(&server);
        input_count++;
    }
    for (size_t at = 0; at < 15; at++) {
        for (int i = 0; i < SLOW; i++) {
            (void)client_send(fds[i], text + at, 1);
        }
        check_good("a slow byte");
        (void)poll(NULL, 0, 100);
    }
    for (int i = 0; i < SLOW; i++) {
        client_receive(fds[i], false, &r);
        client_check(r.status == 408, "%d instead of 408 for a slow request", r.status);
        client_check(client_at_end(fds[i]), "not the end after 408");
        (void)close(fds[i]);
    }
}

/* One that asks and never reads: its connection ends, and nothing else does. */
static void check_deaf(void)
{
    static char body[60 * 1000];
    char head[128];
    const int fd = client_connect(&server);
    const int size = snprintf(head, sizeof head, POST "Content-Length: %zu\r\n\r\n", sizeof body);
    bool goes_on = true;
    input_count++;
    for (int i = 0; i < 2000 && goes_on; i++) {
        goes_on = client_send(fd, head, (size_t)size) && client_send(fd, body, sizeof body);
        if (i % 100 == 0) {
            check_good("a deaf client");
        }
    }
    client_check(!goes_on, "who never reads may write without end");
    (void)close(fd);
    check_good("a deaf client");
}

/* A thousand requests in one piece are a thousand answers. */
static void check_flood(void)
{
    static char bytes[1000 * sizeof(GET HOST "\r\n")];
    client_response r;
    size_t size = 0;
    int answers = 0;
    for (int i = 0; i < 1000; i++) {
        memcpy(bytes + size, GET HOST "\r\n", strlen(GET HOST "\r\n"));
        size += strlen(GET HOST "\r\n");
    }
    const int fd = client_connect(&server);
    input_count++;
    client_check(client_send(fd, bytes, size), "a flood is not taken");
    for (r.status = 200; answers < 1000 && r.status == 200; answers += r.status == 200) {
        client_receive(fd, false, &r);
    }
    client_check(answers == 1000, "%d answers of 1000", answers);
    (void)close(fd);
    check_good("a flood");
}

int main(int argc, char **argv)
{
    const char *const settings[] = {"request_ms=1000", "write_ms=1000", "idle_ms=60000",
                                    "body=65536", NULL};
    if (argc != 3) {
        (void)fputs("usage: http_malformed_test SERVER DIRECTORY\n", stderr);
        return 1;
    }
    client_server_start(&server, argv[1], argv[2], settings);
    good = client_connect(&server);
    check_table();
    check_controls();
    check_oversized();
    check_noise();
    check_slow();
    check_deaf();
    check_flood();
    (void)close(good);
    client_check(client_server_stop(&server) == 0, "the server did not end well");
    (void)printf("%d inputs, %d failures\n", input_count, client_failures);
    return client_failures != 0;
}
