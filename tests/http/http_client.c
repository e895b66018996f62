/* http_client.c: see http_client.h. */
#include "http_client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int client_failures;

void client_check(bool holds, const char *format, ...)
{
    if (holds) {
        return;
    }
    va_list list;
    va_start(list, format);
    (void)fputs("failed: ", stderr);
    (void)vfprintf(stderr, format, list);
    (void)fputs("\n", stderr);
    va_end(list);
    client_failures++;
}

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

/* ---- the server ---- */

enum { SETTINGS_MAX = 12 };

static _Noreturn void become_server(int out, const char *program, const char *directory,
                                    const char *const settings[])
{
    char *arguments[SETTINGS_MAX + 4] = {(char *)(uintptr_t)program, "127.0.0.1:0",
                                         (char *)(uintptr_t)directory};
    for (int i = 0; i < SETTINGS_MAX && settings[i] != NULL; i++) {
        arguments[3 + i] = (char *)(uintptr_t)settings[i];
    }
    (void)dup2(out, STDOUT_FILENO);
    (void)close(out);
    (void)execv(program, arguments);
    die(program);
}

void client_server_start(client_server *ret_server, const char *program, const char *directory,
                         const char *const settings[])
{
    int ends[2];
    unsigned port = 0;
    if (pipe(ends) != 0) {
        die("pipe");
    }
    (void)signal(SIGPIPE, SIG_IGN);
    ret_server->pid = fork();
    if (ret_server->pid == 0) {
        (void)close(ends[0]);
        become_server(ends[1], program, directory, settings);
    }
    (void)close(ends[1]);
    FILE *const said = fdopen(ends[0], "r");
    if (said == NULL || fscanf(said, "http: 127.0.0.1:%u", &port) != 1) {
        die("the server does not say where it listens");
    }
    (void)fclose(said);
    ret_server->port = (uint16_t)port;
}

int client_server_stop(const client_server *server)
{
    int status = 0;
    (void)kill(server->pid, SIGTERM);
    for (int ms = 0; ms < CLIENT_PATIENCE_MS; ms += 10) {
        if (waitpid(server->pid, &status, WNOHANG) == server->pid) {
            return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
        }
        (void)poll(NULL, 0, 10);
    }
    (void)kill(server->pid, SIGKILL);
    (void)waitpid(server->pid, &status, 0);
    return -1;
}

uint64_t client_server_ticks(const client_server *server)
{
    char path[64];
    char text[1024];
    unsigned long user = 0;
    unsigned long system = 0;
    (void)snprintf(path, sizeof path, "/proc/%d/stat", (int)server->pid);
    FILE *const file = fopen(path, "r");
    const size_t size = file == NULL ? 0 : fread(text, 1, sizeof text - 1, file);
    text[size] = '\0';
    const char *const fields = strrchr(text, ')');
    if (fields == NULL || sscanf(fields, ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu",
                                 &user, &system) != 2) {
        die("/proc/PID/stat");
    }
    (void)fclose(file);
    return user + system;
}

/* ---- connections ---- */

int client_connect(const client_server *server)
{
    const struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(server->port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        die("socket");
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof address) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

bool client_send(int fd, const void *data, size_t size)
{
    size_t sent = 0;
    while (sent < size) {
        const ssize_t n = send(fd, (const char *)data + sent, size - sent, MSG_NOSIGNAL);
        if (n <= 0) {
            return false;
        }
        sent += (size_t)n;
    }
    return true;
}

bool client_send_text(int fd, const char *text)
{
    return client_send(fd, text, strlen(text));
}

/* As recv; -2: nothing came in time. */
static ssize_t receive(int fd, char *buffer, size_t size)
{
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    return poll(&poller, 1, CLIENT_PATIENCE_MS) <= 0 ? -2 : recv(fd, buffer, size, 0);
}

bool client_at_end(int fd)
{
    char byte = 0;
    const ssize_t n = receive(fd, &byte, 1);
    return n == 0 || n == -1;
}

static const char *field_of(const client_response *r, const char *name)
{
    const char *line = r->head;
    while ((line = strstr(line, "\r\n")) != NULL) {
        line += 2;
        if (strncasecmp(line, name, strlen(name)) == 0) {
            return line + strlen(name);
        }
    }
    return NULL;
}

static bool receive_exactly(int fd, char *data, size_t size)
{
    size_t got = 0;
    while (got < size) {
        const ssize_t n = receive(fd, data + got, size - got);
        if (n <= 0) {
            return false;
        }
        got += (size_t)n;
    }
    return true;
}

/* A line with its CR LF, one byte at a time; 0: there is none. */
static size_t receive_line(int fd, char *line, size_t capacity)
{
    size_t size = 0;
    while (size + 1 < capacity && receive_exactly(fd, line + size, 1)) {
        size++;
        if (size >= 2 && line[size - 1] == '\n' && line[size - 2] == '\r') {
            line[size] = '\0';
            return size;
        }
    }
    line[size] = '\0';
    return 0;
}

static bool receive_part(int fd, size_t size, client_response *r)
{
    if (size > sizeof r->body - r->body_size) {
        return false;
    }
    r->body_size += size;
    return receive_exactly(fd, r->body + r->body_size - size, size);
}

static bool receive_chunks(int fd, client_response *r)
{
    char line[64];
    size_t size = 1;
    while (size != 0) {
        if (receive_line(fd, line, sizeof line) == 0) {
            return false;
        }
        size = strtoul(line, NULL, 16);
        if (!receive_part(fd, size, r) || receive_line(fd, line, sizeof line) != 2) {
            return false;
        }
    }
    return true;
}

void client_receive(int fd, bool head_only, client_response *ret)
{
    size_t size = 0;
    size_t line = 1;
    ret->body_size = 0;
    ret->head[0] = '\0';
    ret->status = CLIENT_ENDED;
    ret->close = false;
    struct pollfd poller = {.fd = fd, .events = POLLIN};
    if (poll(&poller, 1, CLIENT_PATIENCE_MS) <= 0) {
        ret->status = CLIENT_SILENT;
        return;
    }
    while (line != 0 && line != 2) {
        line = receive_line(fd, ret->head + size, sizeof ret->head - size);
        size += line;
    }
    if (line == 0 || sscanf(ret->head, "HTTP/1.1 %d ", &ret->status) != 1) {
        return;
    }
    const char *const length = field_of(ret, "Content-Length:");
    const char *const connection = field_of(ret, "Connection:");
    ret->close = connection != NULL && strncmp(connection, " close", 6) == 0;
    if (head_only || ret->status == 100) {
        return;
    }
    const bool whole = field_of(ret, "Transfer-Encoding: chunked") != NULL
                           ? receive_chunks(fd, ret)
                           : receive_part(fd, length == NULL ? 0 : strtoul(length, NULL, 10), ret);
    client_check(whole, "a body that does not end: %s", ret->head);
}
