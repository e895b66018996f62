/* told.c: descriptors in the words of reports: "n1:7000", ":7000", "log". */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <io/address.h>

#include "../memory.h"
#include "kernel.h"

/* With the name of a host, where it is one's. */
static void tell_address(const weft_address *address, uint32_t from, char *into, size_t size)
{
    struct sockaddr_in in; /* sin6_port is at the same place */
    const uint32_t host = weft__sockaddr_const(address)->sa_family == AF_UNIX
                              ? UINT32_MAX
                              : weft__host_at(address, from);
    if (host == UINT32_MAX || host == from) {
        (void)weft_address_text(address, into, size);
        return;
    }
    memcpy(&in, address->bytes, sizeof in);
    (void)snprintf(into, size, "%s%s:%u", address->type == SOCK_DGRAM ? "udp:" : "",
                   weft__the_kernel()->hosts[host]->name, ntohs(in.sin_port));
}

static void tell_node(const weft__node *node, char *into, size_t size)
{
    if (node->path != NULL) {
        (void)snprintf(into, size, "%s", node->path);
    } else if (node->type == 0) {
        (void)snprintf(into, size, "pipe");
    } else if (node->peer.size != 0) {
        tell_address(&node->peer, node->host, into, size);
    } else if (node->local.size != 0) {
        tell_address(&node->local, node->host, into, size);
    } else {
        (void)snprintf(into, size, "socket");
    }
}

/* What the nodes of the last run were called, for reports that come when they are gone. */
typedef struct weft__label {
    uint64_t name;
    char text[WEFT_ADDRESS_TEXT];
} weft__label;

static struct {
    weft__label *list;
    size_t count;
    size_t capacity;
} labels WEFT_KEEP;

static weft__label *add_label(uint64_t name)
{
    labels.list =
        weft__with_room(labels.list, labels.count, 1, &labels.capacity, sizeof *labels.list);
    weft__label *const label = &labels.list[labels.count++];
    label->name = name;
    return label;
}

void weft__io_keep_names(void)
{
    labels.count = 0;
    if (!weft__kernel_exists()) {
        return;
    }
    const weft__kernel *const k = weft__the_kernel();
    for (const weft__node *node = k->made; node != NULL; node = node->next_made) {
        weft__label *const label = add_label(node->name);
        tell_node(node, label->text, sizeof label->text);
    }
    for (const weft__passage *p = k->passages; p != NULL; p = p->next) {
        weft__label *const label = add_label(p->name);
        (void)snprintf(label->text, sizeof label->text, "%.40s -> %.40s", k->hosts[p->from]->name,
                       k->hosts[p->to]->name);
    }
}

bool weft__io_tell(uint64_t object, char *into, size_t size)
{
    for (size_t i = 0; i < labels.count; i++) {
        if (labels.list[i].name == object && object != 0) {
            (void)snprintf(into, size, "%s", labels.list[i].text);
            return true;
        }
    }
    return false;
}
