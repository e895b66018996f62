/* address.h: addresses as text, and as struct sockaddr. The grammar stands in weft.h.
 *
 * INVARIANTS
 *   - A weft_address that a function here returned has 0 < size <= sizeof bytes, a family of
 *     AF_INET, AF_INET6 or AF_UNIX, and a type of SOCK_STREAM or SOCK_DGRAM. */
#ifndef WEFT_IO_ADDRESS_H
#define WEFT_IO_ADDRESS_H

#include <sys/socket.h>
#include <weft.h>

static inline struct sockaddr *weft__sockaddr(weft_address *address)
{
    return (struct sockaddr *)address->bytes;
}

static inline const struct sockaddr *weft__sockaddr_const(const weft_address *address)
{
    return (const struct sockaddr *)address->bytes;
}

/* Whether it is the address of a listener on all of a host's addresses. */
bool weft__address_is_any(const weft_address *address);

/* Where to connect for an address that a listener might have: this host, instead of all. */
weft_address weft__address_to_dial(const weft_address *address);

#endif
