/* host.c: hosts: names, addresses, start and crash.
 *
 * Host number n has the addresses 10.0.0.n+1 and fd00::n+1. A crash does not free the stacks of its
 * goroutines: others may still find them in queues of what they share. Who is made ready then is
 * not there (weft__ready). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <io/address.h>

#include "../memory.h"
#include "kernel.h"
#include "network.h"

#define NET_IPV4 UINT32_C(0x0a000000)
enum { HOSTS_MAX = 1 << 16, FIRST_HOSTS = 8, RESTART_ORDINAL = 1 << 20 };

static weft__run *const run = &weft__the_run;

/* ---- names ---- */

uint32_t weft__own_host(void)
{
    const weft__g *const self = weft__self();
    return self->id == 0 ? 0 : run->members[self->id - 1].host;
}

uint32_t weft__host_named(const char *name)
{
    const weft__kernel *const k = weft__the_kernel();
    for (uint32_t i = 0; i < k->host_count; i++) {
        if (strcmp(k->hosts[i]->name, name) == 0) {
            return i;
        }
    }
    return UINT32_MAX;
}

static _Noreturn void refuse(const char *name, const char *why, const void *site)
{
    char message[160];
    (void)snprintf(message, sizeof message, "host \"%.64s\": %s", name, why);
    weft__die(weft__self(), WEFT__END_FATAL, site, message);
}

static void grow(weft__kernel *k)
{
    const uint32_t capacity = k->host_capacity == 0 ? FIRST_HOSTS : 2 * k->host_capacity;
    weft__host **const hosts = weft__sure_alloc(capacity * sizeof(weft__host *));
    if (k->host_count != 0) {
        memcpy(hosts, k->hosts, k->host_count * sizeof(weft__host *));
    }
    weft__free(k->hosts, k->host_capacity * sizeof(weft__host *));
    k->hosts = hosts;
    k->host_capacity = capacity;
}

static int64_t fire(weft__timer *timer, int64_t now_ns);

static uint32_t make(weft__kernel *k, const char *name, const void *site)
{
    const size_t length = strlen(name);
    if (length == 0 || length >= sizeof k->hosts[0]->name || strpbrk(name, ":[]/ ") != NULL) {
        refuse(name, "a name is 1 to 63 characters, without space, colon, slash and brackets",
               site);
    }
    if (k->host_count == HOSTS_MAX) {
        refuse(name, "too many hosts", site);
    }
    if (k->host_count == k->host_capacity) {
        grow(k);
    }
    weft__host *const host = weft__sure_alloc(sizeof *host);
    memcpy(host->name, name, length);
    host->timer = (weft__timer){.object.name = weft__new_name(), .fire = fire};
    k->hosts[k->host_count] = host;
    return k->host_count++;
}

void weft__host_make_main(weft__kernel *k)
{
    (void)make(k, "main", NULL);
    k->hosts[0]->up = true;
}

/* It is made if it does not exist. */
static uint32_t want(const char *name, const void *site)
{
    const uint32_t host = weft__host_named(name);
    return host != UINT32_MAX ? host : make(weft__the_kernel(), name, site);
}

uint32_t weft__host_known(const char *name, const void *site)
{
    const uint32_t host = weft__host_named(name);
    if (host == UINT32_MAX) {
        refuse(name, "there is none of this name", site);
    }
    return host;
}

/* ---- addresses ---- */

weft_address weft__host_address(uint32_t host, uint32_t type, uint16_t port)
{
    const uint32_t ip = host == UINT32_MAX ? INADDR_LOOPBACK : NET_IPV4 + host + 1;
    const struct sockaddr_in in = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(ip)};
    weft_address address = {.size = sizeof in, .type = type};
    memcpy(address.bytes, &in, sizeof in);
    return address;
}

/* The number at the end of fd00::n; 0: another address. */
static uint32_t number_of_ipv6(const struct in6_addr *ip)
{
    static const uint8_t prefix[12] = {0xfd};
    uint32_t number = 0;
    if (memcmp(ip->s6_addr, prefix, sizeof prefix) == 0) {
        memcpy(&number, ip->s6_addr + sizeof prefix, sizeof number);
    }
    return ntohl(number);
}

uint32_t weft__host_at(const weft_address *address, uint32_t from)
{
    struct sockaddr_in in;
    struct sockaddr_in6 in6;
    uint32_t number = 0;
    if (weft__sockaddr_const(address)->sa_family == AF_INET6) {
        memcpy(&in6, address->bytes, sizeof in6);
        if (IN6_IS_ADDR_LOOPBACK(&in6.sin6_addr)) {
            return from;
        }
        number = number_of_ipv6(&in6.sin6_addr);
    } else {
        memcpy(&in, address->bytes, sizeof in);
        const uint32_t ip = ntohl(in.sin_addr.s_addr);
        if (ip >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET) {
            return from;
        }
        number = ip - NET_IPV4;
    }
    const bool known = number != 0 && number <= weft__the_kernel()->host_count;
    return known ? number - 1 : UINT32_MAX;
}

/* ---- start ---- */

/* An operation on the network itself. */
void weft__host_point(const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = WEFT__OP_NETWORK, .site = site);
}

void weft_host_add(const char *name)
{
    weft__host_point(WEFT__SITE);
    (void)want(name, WEFT__SITE);
}

int weft_host_start(const char *name, weft_fn *fn, void *arg)
{
    const uint32_t number = want(name, WEFT__SITE);
    weft__host *const host = weft__the_kernel()->hosts[number];
    const weft_go_options options = {.name = host->name};
    run->host_of_next = number + 1;
    const int status = weft__go(&options, fn, arg, WEFT__SITE);
    run->host_of_next = 0;
    if (status == 0) {
        host->fn = fn;
        host->arg = arg;
        host->up = true;
    }
    return status;
}

const char *weft_host_name(void)
{
    return weft__the_kernel()->hosts[weft__own_host()]->name;
}

bool weft_host_is_up(const char *name)
{
    weft__host_point(WEFT__SITE);
    return weft__the_kernel()->hosts[weft__host_known(name, WEFT__SITE)]->up;
}

void weft_host_disk_size(const char *name, int64_t size)
{
    weft__check_setting("weft_host_disk_size", size, INT64_MAX, WEFT__SITE);
    weft__the_kernel()->hosts[want(name, WEFT__SITE)]->disk_size = size;
}

/* ---- crash ---- */

static bool is_of_host(const weft__timer *timer, const void *arg)
{
    const uint32_t host = *(const uint32_t *)arg;
    const uint64_t maker = timer->object.name >> 24;
    return maker != 0 && maker <= run->member_count && run->members[maker - 1].host == host &&
           !weft__wire_owns(timer) && !weft__partition_owns(timer) && timer->fire != fire;
}

static void close_all(weft__kernel *k, uint32_t host)
{
    for (uint32_t i = 0; i < k->node_count; i++) {
        weft__node *const node = k->nodes[i];
        if (node != NULL && node->host == host) {
            weft__descriptor_abandon(weft__descriptor_find(node->fd));
            weft__node_close(node, true);
        }
    }
}

static void crash(uint32_t number, uint32_t outcome)
{
    weft__kernel *const k = weft__the_kernel();
    k->hosts[number]->up = false;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        if (run->members[slot].host == number && run->members[slot].g != NULL) {
            weft__run_kill(slot);
        }
    }
    weft__clock_drop(is_of_host, &number);
    close_all(k, number);
    weft__disk_crash(number, outcome);
}

void weft_host_crash(const char *name)
{
    weft__host_point(WEFT__SITE);
    const uint32_t number = weft__host_known(name, WEFT__SITE);
    if (number == 0 || number == weft__own_host()) {
        refuse(name, "cannot be crashed from itself, nor \"main\" at all", WEFT__SITE);
    }
    crash(number, WEFT__DISK_ASK);
}

/* The goroutine that it is started with counts as a child of main. */
static void restart(weft__host *host, uint32_t number)
{
    const weft_go_options options = {.name = host->name};
    weft__g *const g = weft__g_make(weft__self(), &options, host->fn, host->arg);
    if (g == NULL) {
        weft__no_memory();
    }
    g->origin = (weft__origin){
        .parent_id = 1, .timer_ordinal = RESTART_ORDINAL + number, .ordinal = ++host->restarts};
    run->host_of_next = number + 1;
    if (weft__spawn(weft__self(), g) != 0) {
        weft__g_free(weft__self(), g);
    }
    run->host_of_next = 0;
    host->up = true;
}

/* A crash that was chosen, and then the restart. */
static int64_t fire(weft__timer *timer, int64_t now_ns)
{
    weft__host *const host = (void *)((char *)timer - offsetof(weft__host, timer));
    weft__kernel *const k = weft__the_kernel();
    const uint32_t number = weft__host_named(host->name);
    if (host->up) {
        k->firing = true;
        crash(number, host->outcome);
        k->firing = false;
        return now_ns + k->faults.restart_ns;
    }
    host->timer_armed = false;
    restart(host, number);
    return WEFT_NEVER;
}

void weft__crash_by_choice(void)
{
    weft__kernel *const k = weft__the_kernel();
    const uint32_t number = weft__own_host();
    weft__host *const host = k->hosts[number];
    if (number == 0 || host->timer_armed || !host->up) {
        return;
    }
    const uint32_t chosen =
        weft__fault(WEFT__MISHAP_CRASH, &k->faults.crashes, WEFT__DISK_OUTCOMES + 1);
    if (chosen != 0) {
        host->outcome = chosen - 1;
        host->timer_armed = true;
        host->timer.deadline_ns = run->now_ns;
        weft__timer_arm(&host->timer);
    }
}
