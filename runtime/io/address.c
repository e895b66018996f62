/* address.c: see address.h. */
#include "address.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>

#include "core/g.h"
#include "core/system.h"

_Static_assert(sizeof(struct sockaddr_un) <= sizeof((weft_address *)0)->bytes, "any of the three");

enum { HOST_MAX = 256, PORT_MAX = 6, PORT_TOP = 65535 };

/* An address of the internet, taken apart. */
typedef struct weft__parts {
    uint32_t type;
    bool bracketed;
    char host[HOST_MAX];
    char port[PORT_MAX];
} weft__parts;

static bool skip(const char **text, const char *prefix)
{
    const size_t length = strlen(prefix);
    if (strncmp(*text, prefix, length) != 0) {
        return false;
    }
    *text += length;
    return true;
}

/* Decimal digits, up to 65535. */
static bool is_port(const char *text)
{
    unsigned value = 0;
    size_t digits = 0;
    for (; text[digits] >= '0' && text[digits] <= '9' && digits < PORT_MAX; digits++) {
        value = value * 10 + (unsigned)(text[digits] - '0');
    }
    return digits != 0 && digits < PORT_MAX && text[digits] == '\0' && value <= PORT_TOP;
}

/* The host is what is in brackets, or before the only colon. */
static bool split(const char *text, weft__parts *ret)
{
    ret->type = SOCK_STREAM;
    if (skip(&text, "udp:")) {
        ret->type = SOCK_DGRAM;
    } else {
        (void)skip(&text, "tcp:");
    }
    ret->bracketed = text[0] == '[';
    const char *const start = text + (ret->bracketed ? 1 : 0);
    const char *const end = ret->bracketed ? strchr(start, ']') : strchr(start, ':');
    if (end == NULL || end[ret->bracketed ? 1 : 0] != ':' || (size_t)(end - start) >= HOST_MAX) {
        return false;
    }
    const char *const port = end + (ret->bracketed ? 2 : 1);
    memcpy(ret->host, start, (size_t)(end - start));
    ret->host[end - start] = '\0';
    if (!is_port(port)) {
        return false;
    }
    (void)snprintf(ret->port, sizeof ret->port, "%s", port);
    return true;
}

static int parse_unix(const char *path, weft_address *ret)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    const size_t length = strlen(path);
    if (length == 0 || length >= sizeof un.sun_path || (path[0] != '/' && path[0] != '@')) {
        return -EINVAL;
    }
    memcpy(un.sun_path, path, length);
    const bool abstract = path[0] == '@';
    if (abstract) {
        un.sun_path[0] = '\0';
    }
    memset(ret, 0, sizeof *ret);
    memcpy(ret->bytes, &un, sizeof un);
    ret->size = (uint32_t)(offsetof(struct sockaddr_un, sun_path) + length + (abstract ? 0 : 1));
    ret->type = SOCK_STREAM;
    return 0;
}

static uint16_t port_number(const weft__parts *parts)
{
    unsigned value = 0;
    for (const char *digit = parts->port; *digit != '\0'; digit++) {
        value = value * 10 + (unsigned)(*digit - '0');
    }
    return (uint16_t)value;
}

/* false: the host is a name. */
static bool parse_numbers(const weft__parts *parts, weft_address *ret)
{
    struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons(port_number(parts))};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port_number(parts))};
    memset(ret, 0, sizeof *ret);
    ret->type = parts->type;
    if (parts->bracketed) {
        memcpy(ret->bytes, &in6, sizeof in6);
        ret->size = sizeof in6;
        if (inet_pton(AF_INET6, parts->host, &in6.sin6_addr) != 1) {
            return false;
        }
        memcpy(ret->bytes, &in6, sizeof in6);
        return true;
    }
    ret->size = sizeof in;
    const char *const host = parts->host[0] == '\0' ? "0.0.0.0" : parts->host;
    const bool numbers = inet_pton(AF_INET, host, &in.sin_addr) == 1;
    memcpy(ret->bytes, &in, sizeof in);
    return numbers;
}

int weft_address_parse(const char *text, weft_address *ret_address)
{
    weft__parts parts;
    if (skip(&text, "unix:")) {
        return parse_unix(text, ret_address);
    }
    return split(text, &parts) && parse_numbers(&parts, ret_address) ? 0 : -EINVAL;
}

static int unix_text(const weft_address *address, char *buffer, size_t size)
{
    struct sockaddr_un un;
    memcpy(&un, address->bytes, sizeof un);
    const size_t start = offsetof(struct sockaddr_un, sun_path);
    if (address->size <= start) {
        return snprintf(buffer, size, "unix:"); /* not bound */
    }
    const int length = (int)(address->size - start);
    if (un.sun_path[0] == '\0') {
        return snprintf(buffer, size, "unix:@%.*s", length - 1, un.sun_path + 1);
    }
    return snprintf(buffer, size, "unix:%.*s", length, un.sun_path);
}

int weft_address_text(const weft_address *address, char *buffer, size_t size)
{
    char host[INET6_ADDRSTRLEN] = "";
    const char *const scheme = address->type == SOCK_DGRAM ? "udp:" : "";
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    switch (weft__sockaddr_const(address)->sa_family) {
    case AF_UNIX:
        return unix_text(address, buffer, size);
    case AF_INET:
        memcpy(&in, address->bytes, sizeof in);
        (void)inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
        return snprintf(buffer, size, "%s%s:%u", scheme, host, ntohs(in.sin_port));
    case AF_INET6:
        memcpy(&in6, address->bytes, sizeof in6);
        (void)inet_ntop(AF_INET6, &in6.sin6_addr, host, sizeof host);
        return snprintf(buffer, size, "%s[%s]:%u", scheme, host, ntohs(in6.sin6_port));
    default:
        return snprintf(buffer, size, "?");
    }
}

bool weft__address_is_any(const weft_address *address)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (weft__sockaddr_const(address)->sa_family == AF_INET) {
        memcpy(&in, address->bytes, sizeof in);
        return in.sin_addr.s_addr == htonl(INADDR_ANY);
    }
    memcpy(&in6, address->bytes, sizeof in6);
    return in6.sin6_family == AF_INET6 && IN6_IS_ADDR_UNSPECIFIED(&in6.sin6_addr);
}

weft_address weft__address_to_dial(const weft_address *address)
{
    weft_address here = *address;
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    if (!weft__address_is_any(address)) {
        return here;
    }
    if (weft__sockaddr_const(address)->sa_family == AF_INET) {
        memcpy(&in, address->bytes, sizeof in);
        in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        memcpy(here.bytes, &in, sizeof in);
    } else {
        memcpy(&in6, address->bytes, sizeof in6);
        in6.sin6_addr = in6addr_loopback;
        memcpy(here.bytes, &in6, sizeof in6);
    }
    return here;
}

/* ---- names ---- */

typedef struct weft__resolving {
    const weft__parts *parts;
    weft_address *addresses;
    size_t count;
    int result;
} weft__resolving;

static void resolve(void *arg)
{
    weft__resolving *const r = arg;
    r->result =
        weft__sys_resolve(r->parts->host, r->parts->port, r->parts->type, r->addresses, r->count);
}

int weft_resolve(const char *text, weft_address *ret_addresses, size_t count)
{
    weft__parts parts;
    if (count == 0) {
        return -EINVAL;
    }
    const char *path = text;
    if (skip(&path, "unix:")) {
        const int status = parse_unix(path, ret_addresses);
        return status == 0 ? 1 : status;
    }
    if (!split(text, &parts)) {
        return -EINVAL;
    }
    if (parse_numbers(&parts, ret_addresses)) {
        return 1;
    }
    if (parts.bracketed) {
        return -EINVAL;
    }
    weft__resolving resolving = {.parts = &parts, .addresses = ret_addresses, .count = count};
    weft__blocking(weft__self(), resolve, &resolving);
    return resolving.result;
}
