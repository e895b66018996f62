/* http_site.c: see http_site.h. */
#include "http_site.h"

#include <errno.h>
#include <fcntl.h>
#include <http_parser.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "http_answer.h"
#include "http_body.h"

enum { PATH_MAX_BYTES = 1024, FILE_PART = 64 * 1024 };

static const char hello[] = "Hello, World!";
static const char text_type[] = "text/plain; charset=utf-8";
static const char binary_type[] = "application/octet-stream";

/* ---- the target: RFC 9112, 3.2 ---- */

/* Its path, encoded. Empty: it has none. */
static http_text path_of(http_text target)
{
    static const char scheme[] = "http://";
    http_text path = target;
    if (target.size >= sizeof scheme - 1 && memcmp(target.data, scheme, sizeof scheme - 1) == 0) {
        const char *const host = target.data + sizeof scheme - 1;
        const char *const slash = memchr(host, '/', (size_t)(target.data + target.size - host));
        path.data = slash != NULL ? slash : "/";
        path.size = slash != NULL ? (size_t)(target.data + target.size - slash) : 1;
    }
    const char *const query = memchr(path.data, '?', path.size);
    path.size = query != NULL ? (size_t)(query - path.data) : path.size;
    return path.size != 0 && path.data[0] == '/' ? path : (http_text){"", 0};
}

static bool is(http_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

static bool starts_with(http_text text, const char *word)
{
    return text.size >= strlen(word) && memcmp(text.data, word, strlen(word)) == 0;
}

static int hex_of(char c)
{
    const char *const digits = "0123456789abcdef";
    const char *const at = c == '\0' ? NULL : strchr(digits, c >= 'A' && c <= 'F' ? c + 32 : c);
    return at == NULL ? -1 : (int)(at - digits);
}

/* Without %XX. false: malformed, or too long. */
static bool decode(http_text text, char *buffer, size_t capacity)
{
    size_t size = 0;
    for (size_t i = 0; i < text.size && size + 1 < capacity; size++) {
        buffer[size] = text.data[i++];
        if (buffer[size] == '%') {
            const int high = i + 1 < text.size ? hex_of(text.data[i]) : -1;
            const int low = i + 1 < text.size ? hex_of(text.data[i + 1]) : -1;
            if (high < 0 || low < 0 || high + low == 0) {
                return false;
            }
            buffer[size] = (char)(high * 16 + low);
            i += 2;
        }
        if (i == text.size) {
            buffer[size + 1] = '\0';
            return true;
        }
    }
    return false;
}

/* Each of its names is one: not empty, "." or "..". */
static bool is_inside(const char *path)
{
    while (*path != '\0') {
        const size_t size = strcspn(path, "/");
        if (size == 0 || (path[0] == '.' && (size == 1 || (size == 2 && path[1] == '.')))) {
            return false;
        }
        path += size + (path[size] == '/');
        if (*path == '\0' && path[-1] == '/') {
            return false;
        }
    }
    return true;
}

/* ---- a file ---- */

static const char *type_of(const char *path)
{
    static const char *const types[][2] = {
        {".txt", text_type},           {".html", "text/html; charset=utf-8"},
        {".css", "text/css"},          {".js", "text/javascript"},
        {".json", "application/json"}, {".svg", "image/svg+xml"},
        {".png", "image/png"},         {".jpg", "image/jpeg"},
    };
    const char *const dot = strrchr(path, '.');
    for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++) {
        if (strcmp(dot, types[i][0]) == 0) {
            return types[i][1];
        }
    }
    return binary_type;
}

static int status_of_error(int error)
{
    switch (error) {
    case -ENOENT:
    case -ENOTDIR:
    case -EISDIR:
    case -ESPIPE:
    case -ELOOP:
    case -ENXIO:
    case -ENAMETOOLONG:
        return 404;
    case -EACCES:
        return 403;
    case -EMFILE:
    case -ENFILE:
    case -ENOMEM:
        return 503;
    default:
        return 500;
    }
}

/* What its head promises is sent, or the connection fails. */
static void send_file(http_connection *c, int fd, const http_answer *answer, char *part, ssize_t n)
{
    int64_t offset = 0;
    while (!answer->without_body && n > 0 && offset < answer->size && !c->failed) {
        const int64_t left = answer->size - offset;
        const size_t size = n < left ? (size_t)n : (size_t)left;
        http_answer_part(c, answer, part, size);
        offset += (int64_t)size;
        n = offset < answer->size ? weft_pread(fd, part, FILE_PART, offset) : 0;
    }
    c->failed = c->failed || (!answer->without_body && offset < answer->size);
}

/* Whether it is a regular file, the first read tells. */
static void serve_open_file(http_connection *c, int fd, http_answer *answer)
{
    char *const part = malloc(FILE_PART);
    const ssize_t n = part == NULL ? -ENOMEM : weft_pread(fd, part, FILE_PART, 0);
    answer->size = weft_file_size(fd);
    if (n < 0) {
        answer->status = status_of_error((int)n);
        http_answer_status(c, answer);
    } else {
        http_answer_begin(c, answer);
        send_file(c, fd, answer, part, n);
    }
    free(part);
}

static void serve_file(http_connection *c, http_text name, http_answer *answer)
{
    char path[PATH_MAX_BYTES];
    const int size = snprintf(path, sizeof path, "%s/", c->settings->directory);
    char *const below = path + size;
    if (size < 0 || (size_t)size >= sizeof path ||
        !decode(name, below, sizeof path - (size_t)size) || !is_inside(below)) {
        answer->status = 404;
        http_answer_status(c, answer);
        return;
    }
    const int fd = weft_open(path, O_RDONLY | O_NONBLOCK, 0);
    answer->type = type_of(path);
    if (fd < 0) {
        answer->status = status_of_error(fd);
        http_answer_status(c, answer);
        return;
    }
    serve_open_file(c, fd, answer);
    (void)weft_close(fd);
}

/* ---- the rest ---- */

static void serve_hello(http_connection *c, http_answer *answer)
{
    answer->type = text_type;
    answer->size = sizeof hello - 1;
    http_answer_begin(c, answer);
    http_answer_part(c, answer, hello, sizeof hello - 1);
}

static void serve_echo(http_connection *c, const http_request *request, http_answer *answer)
{
    http_body body;
    http_connection_take(c, request->head_size);
    const int status = http_body_read(c, request, &body);
    c->failed = c->failed || status < 0;
    if (status > 0) {
        answer->status = status;
        answer->keep_alive = false;
        http_answer_status(c, answer);
    } else if (status == 0) {
        answer->keep_alive = answer->keep_alive && !atomic_load(c->closing); /* by now */
        answer->type = binary_type;
        answer->chunked = request->chunked;
        answer->size = (int64_t)body.size;
        http_answer_begin(c, answer);
        http_answer_part(c, answer, body.data, body.size);
        http_answer_end(c, answer);
    }
    http_body_free(&body);
}

static void serve_status(http_connection *c, http_answer *answer, int status, const char *allow)
{
    answer->status = status;
    answer->allow = allow;
    answer->keep_alive = answer->keep_alive && status != 400 && status != 501;
    http_answer_status(c, answer);
}

static void dispatch(http_connection *c, const http_request *request, http_answer *answer)
{
    static const char files[] = "/file/";
    const http_text path = path_of(request->target);
    const bool gets = request->method == HTTP_GET || request->method == HTTP_HEAD;
    if (request->method == HTTP_CONNECT) {
        serve_status(c, answer, 501, NULL);
    } else if (path.size == 0) {
        serve_status(c, answer, 400, NULL);
    } else if (is(path, "/echo")) {
        if (request->method == HTTP_POST) {
            serve_echo(c, request, answer);
        } else {
            serve_status(c, answer, 405, "POST");
        }
    } else if (!is(path, "/") && !starts_with(path, files)) {
        serve_status(c, answer, 404, NULL);
    } else if (!gets) {
        serve_status(c, answer, 405, "GET, HEAD");
    } else if (is(path, "/")) {
        serve_hello(c, answer);
    } else {
        const size_t size = sizeof files - 1;
        serve_file(c, (http_text){path.data + size, path.size - size}, answer);
    }
}

bool http_site_serve(http_connection *c, const http_request *request)
{
    const bool has_body = request->chunked || request->content_length != 0;
    const bool takes_body = request->method == HTTP_POST && is(path_of(request->target), "/echo");
    http_answer answer = {.status = 200,
                          .keep_alive = request->keep_alive && !atomic_load(c->closing) &&
                                        (takes_body || !has_body),
                          .without_body = request->method == HTTP_HEAD};
    dispatch(c, request, &answer);
    if (!takes_body) {
        http_connection_take(c, request->head_size);
    }
    return answer.keep_alive && !c->failed;
}

void http_site_refuse(http_connection *c, int status)
{
    http_answer answer = {.status = status};
    http_answer_status(c, &answer);
}
