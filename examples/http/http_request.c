/* http_request.c: see http_request.h. The grammar is http_parser's; what it lets pass, as Debian
 * builds it without its strict mode, is refused here, before or after. */
#include "http_request.h"

#include <errno.h>
#include <http_parser.h>
#include <string.h>
#include <strings.h>

/* ---- the end of the head ---- */

typedef enum scan { SCAN_MORE, SCAN_END, SCAN_BAD } scan;

typedef struct scanner {
    size_t at;   /* in front of it all is scanned */
    size_t line; /* bytes of the line so far */
    bool begun;  /* the request line: empty lines in front of it are none */
    bool cr;     /* the last byte was one */
} scanner;

/* Refused: controls but for CR LF and tabs; a line that goes on, or a first field, with a blank. */
static scan scan_byte(scanner *s, unsigned char byte)
{
    const bool was_cr = s->cr;
    s->cr = byte == '\r';
    if (was_cr != (byte == '\n') || (byte < ' ' && strchr("\r\n\t", byte) == NULL) || byte == 0) {
        return SCAN_BAD;
    }
    if (byte != '\r' && byte != '\n') {
        if (s->line == 0 && (byte == ' ' || byte == '\t')) {
            return SCAN_BAD;
        }
        s->line++;
        s->begun = true;
        return SCAN_MORE;
    }
    const bool end = byte == '\n' && s->line == 0 && s->begun;
    s->line = byte == '\n' ? 0 : s->line;
    return end ? SCAN_END : SCAN_MORE;
}

static scan scan_input(scanner *s, const http_connection *c)
{
    scan result = SCAN_MORE;
    while (result == SCAN_MORE && c->begin + s->at < c->end) {
        result = scan_byte(s, (unsigned char)c->in[c->begin + s->at++]);
    }
    return result;
}

/* It does not fit: was it the target? */
static int too_large(const http_connection *c)
{
    return memchr(c->in + c->begin, '\n', c->end - c->begin) == NULL ? 414 : 431;
}

static int read_head(http_connection *c, size_t *ret_size)
{
    scanner s = {0};
    scan result = SCAN_MORE;
    while ((result = scan_input(&s, c)) == SCAN_MORE) {
        const ssize_t n = http_connection_fill(c);
        if (n == -ENOBUFS) {
            return too_large(c);
        }
        if (n <= 0) {
            return n == -ETIMEDOUT ? 408 : -1;
        }
    }
    *ret_size = s.at;
    return result == SCAN_BAD ? 400 : 0;
}

/* ---- what the parser tells; a callback that returns 1 ends it ---- */

typedef struct parsing {
    http_request *request;
    int status;      /* 0, or that of the error response */
    bool has_length; /* Content-Length */
} parsing;

static int refuse(parsing *p, int status)
{
    p->status = status;
    return 1;
}

static int on_target(http_parser *parser, const char *at, size_t size)
{
    parsing *const p = parser->data;
    p->request->target = (http_text){at, size};
    if (size > HTTP_TARGET_MAX) {
        return refuse(p, 414);
    }
    /* One blank on either side; behind the target there is at least the end of the line. */
    const bool blanks = at[-2] == ' ' || at[size] != ' ' || at[size + 1] == ' ';
    return blanks || memchr(at, '\t', size) != NULL ? refuse(p, 400) : 0;
}

static bool is_token(http_text text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.size; i++) {
        const char c = text.data[i];
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || strchr(others, c) == NULL)) {
            return false;
        }
    }
    return text.size != 0;
}

static int on_name(http_parser *parser, const char *at, size_t size)
{
    parsing *const p = parser->data;
    http_request *const request = p->request;
    const http_text name = {at, size};
    if (request->field_count == HTTP_FIELDS_MAX) {
        return refuse(p, 431);
    }
    if (!is_token(name)) {
        return refuse(p, 400);
    }
    request->fields[request->field_count++] = (http_field){.name = name};
    return 0;
}

static int on_value(http_parser *parser, const char *at, size_t size)
{
    parsing *const p = parser->data;
    while (size > 0 && (at[size - 1] == ' ' || at[size - 1] == '\t')) {
        size--;
    }
    p->request->fields[p->request->field_count - 1].value = (http_text){at, size};
    return 0;
}

static int on_head(http_parser *parser)
{
    parsing *const p = parser->data;
    p->has_length = (parser->flags & F_CONTENTLENGTH) != 0;
    p->request->content_length = p->has_length ? parser->content_length : 0;
    p->request->keep_alive = http_should_keep_alive(parser) != 0;
    return 1; /* the body is read by http_body.c */
}

/* ---- what the fields mean ---- */

static bool is(http_text text, const char *word)
{
    return text.size == strlen(word) && strncasecmp(text.data, word, text.size) == 0;
}

const http_field *http_request_field(const http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (is(request->fields[i].name, name)) {
            return &request->fields[i];
        }
    }
    return NULL;
}

static size_t count_fields(const http_request *request, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        count += is(request->fields[i].name, name);
    }
    return count;
}

/* Host: RFC 9112, 3.2. */
static int check_host(const http_request *request)
{
    const size_t hosts = count_fields(request, "Host");
    if (hosts > 1 || (hosts == 0 && request->minor > 0)) {
        return 400;
    }
    return hosts == 1 && memchr(http_request_field(request, "Host")->value.data, ' ',
                                http_request_field(request, "Host")->value.size) != NULL
               ? 400
               : 0;
}

/* RFC 9112, 6.1 and 6.3. */
static int check_length(http_request *request, bool has_length)
{
    const http_field *const coding = http_request_field(request, "Transfer-Encoding");
    if (coding == NULL) {
        return count_fields(request, "Content-Length") > 1 ? 400 : 0;
    }
    if (has_length || request->minor == 0 || count_fields(request, "Transfer-Encoding") > 1) {
        return 400;
    }
    request->chunked = is(coding->value, "chunked");
    return request->chunked ? 0 : 501;
}

static int check_expectation(http_request *request)
{
    const http_field *const expect = http_request_field(request, "Expect");
    if (expect == NULL || request->minor == 0) {
        return 0;
    }
    request->expects_continue = is(expect->value, "100-continue");
    return request->expects_continue ? 0 : 417;
}

/* ---- all of it ---- */

/* What the parser did not know may be a method all the same. */
static int status_of_method(const char *head, size_t size)
{
    const char *const blank = memchr(head, ' ', size);
    return blank != NULL && is_token((http_text){head, (size_t)(blank - head)}) ? 501 : 400;
}

static int parse(const char *head, size_t size, http_request *request, bool *ret_has_length)
{
    const http_parser_settings settings = {.on_url = on_target,
                                           .on_header_field = on_name,
                                           .on_header_value = on_value,
                                           .on_headers_complete = on_head};
    parsing p = {.request = request};
    http_parser parser;
    http_parser_init(&parser, HTTP_REQUEST);
    parser.data = &p;
    const size_t parsed = http_parser_execute(&parser, &settings, head, size);
    if (p.status != 0) {
        return p.status;
    }
    if (HTTP_PARSER_ERRNO(&parser) == HPE_INVALID_METHOD) {
        return status_of_method(head, size);
    }
    if (HTTP_PARSER_ERRNO(&parser) != HPE_OK || (parsed != size && !parser.upgrade)) {
        return 400;
    }
    request->method = parser.method;
    request->minor = parser.http_minor;
    *ret_has_length = p.has_length;
    return parser.http_major == 1 ? 0 : parser.http_major == 0 ? 400 : 505;
}

int http_request_read(http_connection *c, http_request *ret_request)
{
    bool has_length = false;
    *ret_request = (http_request){.method = HTTP_GET};
    int status = read_head(c, &ret_request->head_size);
    if (status != 0) {
        return status;
    }
    const char *head = c->in + c->begin;
    size_t size = ret_request->head_size;
    while (*head == '\r' || *head == '\n') { /* RFC 9112, 2.2 */
        head++;
        size--;
    }
    status = parse(head, size, ret_request, &has_length);
    status = status == 0 ? check_host(ret_request) : status;
    status = status == 0 ? check_length(ret_request, has_length) : status;
    return status == 0 ? check_expectation(ret_request) : status;
}
