/* io_programs.h: random programs of calls on descriptors, and what comes of each call, as text.
 *
 * One goroutine makes the calls, so on a kernel's loopback, where what is sent is there at once,
 * the text is the same each time; and the simulator's network must give the same one.
 *
 * What may differ is not in the text: numbers of descriptors and ports, and how much a buffer
 * holds. A buffer is only ever filled to be emptied again at once. What is read is compared with
 * what was sent: byte i of a stream is byte_at(i).
 *
 * The next call may depend on what earlier ones returned: once those differ, all is said. */
#ifndef WEFT_TESTS_IO_PROGRAMS_H
#define WEFT_TESTS_IO_PROGRAMS_H

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <weft.h>

#include "programs.h"

enum {
    IO_SLOTS = 10,
    IO_STEPS = 60,
    IO_TEXT_SIZE = 1 << 15,
    IO_SMALL = 2000,       /* bytes of a usual call, at most */
    IO_BIG = 1 << 20,      /* more than most buffers hold */
    IO_UNREAD_MAX = 30,    /* writes of one socket that nobody has read, */
    IO_DATAGRAMS_MAX = 30, /* and datagrams of a program: so that no buffer gets full */
    IO_NAMES = 7,          /* of files */
    IO_DIRECTORY_SIZE = 64,
};

typedef enum io_kind {
    IO_NONE,
    IO_STREAM,
    IO_LISTENER,
    IO_PACKET,
    IO_PIPE_IN,
    IO_PIPE_OUT,
    IO_FILE
} io_kind;

typedef struct io_slot {
    io_kind kind;
    int fd;
    int other; /* the slot of the other end; -1: it is closed, or not accepted yet */
    bool is_unix;
    bool deaf;       /* shut down for reading */
    uint32_t unread; /* writes */
    uint64_t sent;
    uint64_t received;
    char address[WEFT_ADDRESS_TEXT]; /* a listener's, to dial */
    int waiting[IO_SLOTS];           /* dialled and not accepted: slots, -1 for one that closed */
    int waiting_count;
} io_slot;

typedef struct io_program {
    uint64_t number;
    uint64_t random;
    bool ipv6;
    bool planted;                      /* shut both ways where one was meant: must be noticed */
    char directory[IO_DIRECTORY_SIZE]; /* for its files; it must not exist */
    io_slot slots[IO_SLOTS];
    uint32_t datagrams;
    uint32_t names; /* of Unix sockets, so far */
    char *buffer;   /* IO_BIG */
    char *text;     /* IO_TEXT_SIZE */
    size_t length;
} io_program;

static inline uint32_t io_draw(io_program *p, uint32_t below)
{
    return (uint32_t)program_random(&p->random, below);
}

static inline bool io_uses_ipv6(uint64_t number)
{
    return number % 4 == 3;
}

/* ---- the text ---- */

__attribute__((format(printf, 2, 3))) static inline void io_note(io_program *p, const char *format,
                                                                 ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int n = vsnprintf(p->text + p->length, IO_TEXT_SIZE - p->length, format, arguments);
    va_end(arguments);
    p->length += n < (int)(IO_TEXT_SIZE - p->length) ? (size_t)n : 0;
}

static inline void io_note_result(io_program *p, int64_t result)
{
    if (result < 0) {
        io_note(p, " %s\n", strerrorname_np((int)-result));
    } else {
        io_note(p, " %" PRId64 "\n", result);
    }
}

static inline const char *io_kind_name(io_kind kind)
{
    static const char *const names[] = {"none",   "stream",  "listener", "packet",
                                        "inpipe", "outpipe", "file"};
    return names[kind];
}

static inline void io_note_call(io_program *p, const char *call, int slot)
{
    const io_slot *const s = &p->slots[slot];
    io_note(p, "%s %d:%s%s", call, slot, s->is_unix ? "unix " : "", io_kind_name(s->kind));
}

/* ---- slots ---- */

static inline int io_any_slot(io_program *p)
{
    int slot = (int)io_draw(p, IO_SLOTS);
    for (int i = 0; i < 3 && p->slots[slot].kind == IO_NONE; i++) {
        slot = (int)io_draw(p, IO_SLOTS);
    }
    return slot;
}

/* Of this kind; -1: there is none. */
static inline int io_slot_of(io_program *p, io_kind kind)
{
    const int start = (int)io_draw(p, IO_SLOTS);
    for (int i = 0; i < IO_SLOTS; i++) {
        if (p->slots[(start + i) % IO_SLOTS].kind == kind) {
            return (start + i) % IO_SLOTS;
        }
    }
    return -1;
}

/* A descriptor has come; or an error: nothing happens. */
static inline int io_take(io_program *p, io_kind kind, int fd)
{
    const int slot = fd < 0 ? -1 : io_slot_of(p, IO_NONE);
    if (slot >= 0) {
        p->slots[slot] = (io_slot){.kind = kind, .fd = fd, .other = -1};
    }
    return slot;
}

static inline int io_free_slots(const io_program *p)
{
    int count = 0;
    for (int i = 0; i < IO_SLOTS; i++) {
        count += p->slots[i].kind == IO_NONE ? 1 : 0;
    }
    return count;
}

static inline void io_couple(io_program *p, int a, int b)
{
    p->slots[a].other = b;
    p->slots[b].other = a;
}

static inline void io_drop(io_program *p, int slot)
{
    const int other = p->slots[slot].other;
    if (other >= 0) {
        p->slots[other].other = -1;
    }
    for (int i = 0; i < IO_SLOTS; i++) {
        for (int k = 0; k < p->slots[i].waiting_count; k++) {
            if (p->slots[i].waiting[k] == slot) {
                p->slots[i].waiting[k] = -1;
            }
        }
    }
    p->slots[slot] = (io_slot){.fd = -1, .other = -1};
}

static inline int64_t io_deadline(io_program *p)
{
    return io_draw(p, 8) == 0 ? weft_now() + 200 * WEFT_MICROSECOND : 0;
}

/* ---- bytes ---- */

static inline char io_byte_at(uint64_t i)
{
    return (char)(i * 7 + (i >> 8) * 13 + (i >> 16));
}

static inline void io_fill(io_program *p, uint64_t from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        p->buffer[i] = io_byte_at(from + i);
    }
}

static inline bool io_is_as_sent(const io_program *p, uint64_t from, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (p->buffer[i] != io_byte_at(from + i)) {
            return false;
        }
    }
    return true;
}

static inline uint32_t io_hash(const io_program *p, size_t size)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ (unsigned char)p->buffer[i]) * 16777619;
    }
    return hash;
}

static inline size_t io_size(io_program *p)
{
    static const size_t sizes[] = {0, 1, 2, 17, 100, 1000, 1999, IO_SMALL};
    return sizes[io_draw(p, 8)];
}

/* The buffer in up to four pieces, some of them empty. */
static inline int io_pieces(io_program *p, size_t size, struct iovec pieces[4])
{
    const int count = 1 + (int)io_draw(p, 4);
    char *at = p->buffer;
    for (int i = 0; i < count; i++) {
        const size_t part = i == count - 1 ? size : io_draw(p, (uint32_t)size + 1);
        pieces[i] = (struct iovec){at, part};
        at += part;
        size -= part;
    }
    return count;
}

/* ---- listening and connecting ---- */

static inline void io_next_name(io_program *p, char *name, size_t size)
{
    const bool abstract = io_draw(p, 2) == 0;
    (void)snprintf(name, size, "unix:%s%s/s%u", abstract ? "@" : "", p->directory, p->names++);
}

/* The name to dial what listens there, with the port that it got. */
static inline void io_learn_address(io_program *p, int slot, const char *asked)
{
    io_slot *const s = &p->slots[slot];
    weft_address address;
    s->is_unix = strncmp(asked, "unix:", 5) == 0;
    if (weft_local_address(s->fd, &address) == 0) {
        (void)weft_address_text(&address, s->address, sizeof s->address);
    }
}

static inline void io_listen(io_program *p)
{
    static const char *const ipv4[] = {"127.0.0.1:0", ":0", "192.0.2.1:0", "udp:127.0.0.1:0",
                                       "udp:127.0.0.1:0"};
    static const char *const ipv6[] = {"[::1]:0", "[::]:0", "[2001:db8::1]:0", "udp:[::1]:0",
                                       "udp:[::1]:0"};
    char name[WEFT_ADDRESS_TEXT];
    const uint32_t which = io_draw(p, 8);
    const int older = io_slot_of(p, io_draw(p, 2) == 0 ? IO_LISTENER : IO_PACKET);
    if (which >= 5 && (which != 5 || older < 0)) {
        io_next_name(p, name, sizeof name);
    } else if (which == 5) {
        (void)snprintf(name, sizeof name, "%s", p->slots[older].address);
    } else {
        (void)snprintf(name, sizeof name, "%s", p->ipv6 ? ipv6[which] : ipv4[which]);
    }
    const bool packet = strncmp(name, "udp:", 4) == 0;
    const int fd = weft_listen(name, 0);
    const int slot = io_take(p, packet ? IO_PACKET : IO_LISTENER, fd);
    io_note(p, "listen %s", which == 5 ? "again" : strncmp(name, "unix:", 5) == 0 ? "unix" : name);
    io_note_result(p, slot >= 0 ? slot : fd);
    if (slot >= 0) {
        io_learn_address(p, slot, name);
    }
}

/* What is dialled: a listener, one that has closed, a datagram socket, a path. */
static inline void io_dial(io_program *p)
{
    const bool packet = io_draw(p, 4) == 0;
    const int to = io_slot_of(p, packet ? IO_PACKET : IO_LISTENER);
    char name[WEFT_ADDRESS_TEXT];
    bool lost = to < 0 || p->slots[to].address[0] == '\0';
    if (lost) { /* no such path, or a file */
        (void)snprintf(name, sizeof name, "unix:%s/%s", p->directory,
                       io_draw(p, 2) == 0 ? "none" : "f0");
    } else {
        (void)snprintf(name, sizeof name, "%s", p->slots[to].address);
    }
    const int fd = weft_dial(name, weft_now() + 2 * WEFT_SECOND);
    const int slot = io_take(p, packet && !lost ? IO_PACKET : IO_STREAM, fd);
    io_note(p, "dial %s %d", lost ? name + strlen("unix:") + strlen(p->directory) : "slot", to);
    io_note_result(p, slot >= 0 ? slot : fd);
    if (slot >= 0 && p->slots[slot].kind == IO_STREAM && !lost) {
        io_slot *const listener = &p->slots[to];
        p->slots[slot].is_unix = listener->is_unix;
        listener->waiting[listener->waiting_count++] = slot;
    }
}

static inline void io_accept(io_program *p)
{
    const int listener = io_draw(p, 4) == 0 ? io_any_slot(p) : io_slot_of(p, IO_LISTENER);
    if (listener < 0) {
        return;
    }
    io_slot *const from = &p->slots[listener];
    io_note_call(p, "accept", listener);
    const int fd = weft_accept(from->fd, io_deadline(p));
    const int slot = io_take(p, IO_STREAM, fd);
    io_note_result(p, slot >= 0 ? slot : fd);
    if (slot >= 0 && from->waiting_count > 0) {
        const int client = from->waiting[0];
        from->waiting_count--;
        memmove(from->waiting, from->waiting + 1,
                (size_t)from->waiting_count * sizeof *from->waiting);
        p->slots[slot].is_unix = from->is_unix;
        if (client >= 0) {
            io_couple(p, slot, client);
        }
    }
}

/* A connection of TCP, with both its ends. */
static inline void io_connect(io_program *p)
{
    char name[WEFT_ADDRESS_TEXT] = "";
    weft_address address;
    const int listener = weft_listen(p->ipv6 ? "[::1]:0" : "127.0.0.1:0", 0);
    const int64_t deadline_ns = weft_now() + 2 * WEFT_SECOND;
    if (weft_local_address(listener, &address) == 0) {
        (void)weft_address_text(&address, name, sizeof name);
    }
    const int first = io_take(p, IO_STREAM, weft_dial(name, deadline_ns));
    const int second = io_take(p, IO_STREAM, weft_accept(listener, deadline_ns));
    io_note(p, "connect %d %d", first, second);
    io_note_result(p, weft_close(listener));
    if (first >= 0 && second >= 0) {
        io_couple(p, first, second);
    }
}

static inline void io_pair(io_program *p)
{
    int fds[2] = {-1, -1};
    const bool pipe = io_draw(p, 2) == 0;
    const int status = pipe ? weft_pipe(fds) : weft_socketpair(fds);
    const int first = io_take(p, pipe ? IO_PIPE_IN : IO_STREAM, fds[0]);
    const int second = io_take(p, pipe ? IO_PIPE_OUT : IO_STREAM, fds[1]);
    io_note(p, "%s %d %d", pipe ? "pipe" : "socketpair", first, second);
    io_note_result(p, status);
    if (status == 0) {
        p->slots[first].is_unix = p->slots[second].is_unix = !pipe;
        io_couple(p, first, second);
    }
}

/* ---- reading and writing ---- */

static inline void io_count_read(io_program *p, int slot, ssize_t n)
{
    io_slot *const s = &p->slots[slot];
    if (s->kind == IO_FILE || s->kind == IO_PACKET) {
        io_note(p, " hash %x", n > 0 ? io_hash(p, (size_t)n) : 0);
    } else if (n > 0) {
        io_note(p, io_is_as_sent(p, s->received, (size_t)n) ? "" : " not as sent");
        s->received += (uint64_t)n;
    } else if (n == -ETIMEDOUT && s->other >= 0) {
        p->slots[s->other].unread = 0;
    }
    io_note_result(p, n);
}

static inline void io_read(io_program *p)
{
    const int slot = io_any_slot(p);
    const size_t size = io_size(p);
    struct iovec pieces[4];
    ssize_t n = 0;
    io_note_call(p, "read", slot);
    if (io_draw(p, 3) != 0) {
        io_note(p, " %zu", size);
        n = weft_read(p->slots[slot].fd, p->buffer, size, io_deadline(p));
    } else {
        const int count = io_pieces(p, size, pieces);
        io_note(p, " %zu in %d", size, count);
        n = weft_readv(p->slots[slot].fd, pieces, count, io_deadline(p));
    }
    io_count_read(p, slot, n);
}

static inline void io_count_write(io_program *p, int slot, ssize_t n)
{
    if (n > 0) {
        p->slots[slot].sent += (uint64_t)n;
        p->slots[slot].unread++;
    }
    io_note_result(p, n);
}

static inline bool io_may_write(io_program *p, int slot)
{
    io_slot *const s = &p->slots[slot];
    if (s->kind == IO_PACKET) {
        return p->datagrams++ < IO_DATAGRAMS_MAX;
    }
    return s->kind == IO_FILE || s->unread < IO_UNREAD_MAX;
}

static inline void io_write(io_program *p)
{
    const int slot = io_any_slot(p);
    const size_t size = io_size(p);
    struct iovec pieces[4];
    if (!io_may_write(p, slot)) {
        return;
    }
    io_note_call(p, "write", slot);
    io_fill(p, p->slots[slot].sent, size);
    if (io_draw(p, 3) != 0) {
        io_note(p, " %zu", size);
        io_count_write(p, slot, weft_write(p->slots[slot].fd, p->buffer, size, io_deadline(p)));
    } else {
        const int count = io_pieces(p, size, pieces);
        io_note(p, " %zu in %d", size, count);
        io_count_write(p, slot, weft_writev(p->slots[slot].fd, pieces, count, io_deadline(p)));
    }
}

/* Read what was sent, and has not been read, to the last byte. */
static inline const char *io_empty(io_program *p, io_slot *from, io_slot *to)
{
    while (to->received < from->sent) {
        const ssize_t n = weft_read(to->fd, p->buffer, IO_BIG, weft_now() + 500 * WEFT_MILLISECOND);
        if (n <= 0) {
            return n == 0 ? "the end" : strerrorname_np((int)-n);
        }
        if (!io_is_as_sent(p, to->received, (size_t)n)) {
            return "not as sent";
        }
        to->received += (uint64_t)n;
    }
    from->unread = 0;
    return to->received == from->sent ? "all" : "more than was sent";
}

/* Write more than there is room for, and read it. Of TCP a reader that does not want to read finds
 * the end whenever nothing is there. */
static inline void io_flood(io_program *p)
{
    const int slot = io_slot_of(p, io_draw(p, 2) == 0 ? IO_STREAM : IO_PIPE_OUT);
    if (slot < 0 || p->slots[slot].other < 0 || p->slots[p->slots[slot].other].deaf) {
        return;
    }
    io_slot *const s = &p->slots[slot];
    io_note_call(p, "flood", slot);
    io_fill(p, s->sent, IO_BIG);
    const ssize_t n = weft_write(s->fd, p->buffer, IO_BIG, 0);
    if (n < 0) {
        io_note_result(p, n);
        return;
    }
    s->sent += (uint64_t)n;
    if (s->is_unix || s->kind == IO_PIPE_OUT) { /* how much TCP takes is not known */
        io_note(p, " full: poll %d", weft_poll(s->fd, POLLOUT, 0));
        io_note(p, " write %zd", weft_write(s->fd, p->buffer, 1, 0));
    }
    io_note(p, " read: %s", io_empty(p, s, &p->slots[s->other]));
    io_note_result(p, weft_poll(s->fd, POLLOUT, weft_now() + 500 * WEFT_MILLISECOND));
}

/* ---- datagrams ---- */

/* The slot that has this address. */
static inline int io_whose(const io_program *p, const weft_address *address)
{
    weft_address own;
    for (int i = 0; i < IO_SLOTS; i++) {
        if (p->slots[i].kind == IO_PACKET && weft_local_address(p->slots[i].fd, &own) == 0 &&
            own.size == address->size && memcmp(own.bytes, address->bytes, own.size) == 0) {
            return i;
        }
    }
    return -1;
}

static inline void io_send(io_program *p)
{
    static const size_t sizes[] = {0, 1, 17, 500, 1400, 9000, 65508, 1 << 17};
    const int slot = io_draw(p, 4) == 0 ? io_any_slot(p) : io_slot_of(p, IO_PACKET);
    const int to = io_slot_of(p, IO_PACKET);
    const size_t drawn = sizes[io_draw(p, 8)];
    weft_address address;
    if (slot < 0 || to < 0 || !io_may_write(p, slot) ||
        weft_local_address(p->slots[to].fd, &address) != 0) {
        return;
    }
    const size_t size = p->slots[slot].kind == IO_PACKET || drawn < IO_SMALL ? drawn : IO_SMALL;
    const bool to_peer = io_draw(p, 3) == 0;
    io_note_call(p, "sendto", slot);
    io_note(p, " %zu to %d", size, to_peer ? -1 : to);
    io_fill(p, p->slots[slot].sent, size);
    const ssize_t n =
        weft_sendto(p->slots[slot].fd, p->buffer, size, to_peer ? NULL : &address, io_deadline(p));
    io_count_write(p, slot, n);
}

static inline void io_receive(io_program *p)
{
    const int slot = io_draw(p, 4) == 0 ? io_any_slot(p) : io_slot_of(p, IO_PACKET);
    const size_t size = io_draw(p, 4) == 0 ? 10 : 9000;
    weft_address from = {0};
    if (slot < 0) {
        return;
    }
    io_note_call(p, "recvfrom", slot);
    const ssize_t n = weft_recvfrom(p->slots[slot].fd, p->buffer, size, &from, io_deadline(p));
    if (n >= 0 && p->slots[slot].kind == IO_PACKET) {
        io_note(p, " from %d", io_whose(p, &from));
    }
    io_count_read(p, slot, n);
}

/* ---- state ---- */

static inline void io_poll(io_program *p)
{
    static const short events[] = {POLLIN, POLLOUT, POLLIN | POLLOUT, POLLIN | POLLOUT, POLLPRI};
    const int slot = io_any_slot(p);
    const uint32_t which = io_draw(p, 4) == 0 ? io_draw(p, 5) : io_draw(p, 3);
    io_note_call(p, "poll", slot);
    io_note(p, " %x", (unsigned)events[which]);
    const int ready = weft_poll(p->slots[slot].fd, events[which], io_deadline(p));
    if (ready > 0) {
        io_note(p, "%s%s%s%s", (ready & POLLIN) != 0 ? " in" : "",
                (ready & POLLOUT) != 0 ? " out" : "", (ready & POLLERR) != 0 ? " err" : "",
                (ready & POLLHUP) != 0 ? " hup" : "");
    }
    io_note_result(p, ready);
}

static inline void io_shutdown(io_program *p)
{
    static const int ways[] = {SHUT_RD, SHUT_WR, SHUT_WR, SHUT_RDWR, 5};
    const int slot = io_draw(p, 2) == 0 ? io_any_slot(p) : io_slot_of(p, IO_STREAM);
    int how = ways[io_draw(p, 5)];
    if (slot < 0) {
        return;
    }
    io_note_call(p, "shutdown", slot);
    io_note(p, " %d", how);
    how = p->planted && how == SHUT_WR ? SHUT_RDWR : how;
    const int status = weft_shutdown(p->slots[slot].fd, how);
    p->slots[slot].deaf = p->slots[slot].deaf || (status == 0 && how != SHUT_WR);
    io_note_result(p, status);
}

/* Once, or twice. */
static inline void io_close(io_program *p)
{
    const int slot = io_any_slot(p);
    const int fd = p->slots[slot].fd;
    io_note_call(p, "close", slot);
    const int status = weft_close(fd);
    if (io_draw(p, 4) == 0) {
        io_note(p, " read %zd", weft_read(fd, p->buffer, 1, 0));
        io_note(p, " close %d", weft_close(fd));
    }
    io_note_result(p, status);
    io_drop(p, slot);
}

static inline bool io_same_address(const weft_address *a, const weft_address *b)
{
    return a->size == b->size && memcmp(a->bytes, b->bytes, a->size) == 0;
}

/* The numbers of a host; of a Unix socket all but the directory. */
static inline void io_note_address(io_program *p, const weft_address *address)
{
    char text[WEFT_ADDRESS_TEXT];
    (void)weft_address_text(address, text, sizeof text);
    char *const place = strstr(text, p->directory);
    if (strncmp(text, "unix:", 5) == 0) {
        io_note(p, " unix:%s", place != NULL ? place + strlen(p->directory) : text + 5);
        return;
    }
    char *const port = strrchr(text, ':');
    io_note(p, " %.*s%s", (int)(port - text), text, strcmp(port, ":0") == 0 ? ":0" : "");
}

static inline void io_address(io_program *p)
{
    const int slot = io_any_slot(p);
    const int other = p->slots[slot].other;
    weft_address here;
    weft_address there;
    weft_address others;
    io_note_call(p, "address", slot);
    const int local = weft_local_address(p->slots[slot].fd, &here);
    const int peer = weft_peer_address(p->slots[slot].fd, &there);
    if (local == 0) {
        io_note_address(p, &here);
    }
    if (peer == 0) {
        io_note_address(p, &there);
    }
    if (peer == 0 && other >= 0 && weft_local_address(p->slots[other].fd, &others) == 0) {
        io_note(p, io_same_address(&there, &others) ? " its peer's" : " not its peer's");
    }
    io_note(p, " %s", local < 0 ? strerrorname_np(-local) : "0");
    io_note_result(p, peer);
}

static inline void io_adopt(io_program *p)
{
    const int slot = io_any_slot(p);
    const int fd = p->slots[slot].fd;
    io_note_call(p, "adopt", slot);
    if (fd >= 0) {
        io_note(p, " %d", weft_adopt(fd));
        io_note(p, " %d", weft_disown(fd));
        io_note(p, " %zd", weft_read(fd, p->buffer, 1, 0));
        io_note(p, " %d", weft_disown(fd));
    }
    io_note_result(p, weft_adopt(fd));
}

static inline void io_misuse(io_program *p)
{
    const int slot = io_any_slot(p);
    const int fd = p->slots[slot].fd;
    struct iovec piece = {p->buffer, 1};
    io_note_call(p, "misuse", slot);
    io_note(p, " %zd", weft_readv(fd, &piece, -1, 0));
    io_note(p, " %zd", weft_writev(fd, &piece, WEFT_IOV_MAX + 1, 0));
    io_note(p, " %zd", weft_readv(fd, &piece, 0, 0));
    io_note(p, " %zd", weft_writev(fd, &piece, 0, 0));
    io_note(p, " %d", weft_poll(fd, 0, 0));
    io_note(p, " %zd", weft_pread(p->slots[slot].kind == IO_FILE ? -1 : fd, p->buffer, 1, 0));
    io_note(p, " %d", weft_ftruncate(fd, -1));
    io_note_result(p, weft_shutdown(p->slots[slot].kind == IO_STREAM ? -1 : fd, SHUT_RD));
}

/* ---- files ---- */

/* One of a few names in the program's directory, some of which cannot be. */
static inline void io_path(io_program *p, char *path, size_t size)
{
    static const char *const names[IO_NAMES] = {"f0", "f1", "d0", "d0/f2", "d1", "d0/d2", "d1/f0"};
    static const char *const odd[] = {"",    "f0/f1", "none/f0", "d0/",
                                      "f1/", ".",     "d0//f2",  "d0/./f2"};
    const char *const name = io_draw(p, 8) != 0 ? names[io_draw(p, IO_NAMES)] : odd[io_draw(p, 8)];
    (void)snprintf(path, size, "%s/%s", p->directory, name);
    io_note(p, " %s", name);
}

static inline void io_open(io_program *p)
{
    static const int ways[] = {O_RDONLY, O_WRONLY, O_RDWR, O_RDWR};
    static const int more[] = {0,          O_CREAT,           O_CREAT,  O_CREAT | O_EXCL,
                               O_TRUNC,    O_CREAT | O_TRUNC, O_APPEND, O_CREAT | O_APPEND,
                               O_DIRECTORY};
    char path[2 * IO_DIRECTORY_SIZE];
    const uint32_t way = io_draw(p, 4);
    const uint32_t which = io_draw(p, 9);
    io_note(p, "open %u %u", way, which);
    io_path(p, path, sizeof path);
    const int fd = weft_open(path, ways[way] | more[which], 0700);
    const int slot = io_take(p, IO_FILE, fd);
    io_note_result(p, slot >= 0 ? slot : fd);
}

static inline void io_at_offset(io_program *p)
{
    static const int64_t offsets[] = {0, 1, 100, 1000, 5000, -1};
    const int slot = io_draw(p, 4) == 0 ? io_any_slot(p) : io_slot_of(p, IO_FILE);
    const int64_t offset = offsets[io_draw(p, 6)];
    const size_t size = io_size(p);
    if (slot < 0) {
        return;
    }
    const bool writes = io_draw(p, 2) == 0;
    io_note_call(p, writes ? "pwrite" : "pread", slot);
    io_note(p, " %zu at %" PRId64, size, offset);
    if (writes) {
        io_fill(p, p->slots[slot].sent + 99, size);
        io_note_result(p, weft_pwrite(p->slots[slot].fd, p->buffer, size, offset));
    } else {
        const ssize_t n = weft_pread(p->slots[slot].fd, p->buffer, size, offset);
        io_note(p, " hash %x", n > 0 ? io_hash(p, (size_t)n) : 0);
        io_note_result(p, n);
    }
}

static inline void io_file(io_program *p)
{
    const int slot = io_draw(p, 4) == 0 ? io_any_slot(p) : io_slot_of(p, IO_FILE);
    const uint32_t size = io_draw(p, 6000);
    if (slot < 0) {
        return;
    }
    const int fd = p->slots[slot].fd;
    switch (io_draw(p, 3)) {
    case 0:
        io_note_call(p, "truncate", slot);
        io_note_result(p, weft_ftruncate(fd, size));
        break;
    case 1:
        io_note_call(p, "fsync", slot);
        io_note_result(p, weft_fsync(fd));
        break;
    default: { /* of a directory it is the file system's affair */
        char byte = 0;
        const bool directory = weft_pread(fd, &byte, 1, 0) == -EISDIR;
        io_note_call(p, "size", slot);
        io_note_result(p, directory ? 0 : weft_file_size(fd));
        break;
    }
    }
}

static inline void io_names(io_program *p)
{
    char path[2 * IO_DIRECTORY_SIZE];
    char to[2 * IO_DIRECTORY_SIZE];
    switch (io_draw(p, 4)) {
    case 0:
        io_note(p, "rename");
        io_path(p, path, sizeof path);
        io_path(p, to, sizeof to);
        io_note_result(p, weft_rename(path, to));
        break;
    case 1:
        io_note(p, "unlink");
        io_path(p, path, sizeof path);
        io_note_result(p, weft_unlink(path));
        break;
    default:
        io_note(p, "mkdir");
        io_path(p, path, sizeof path);
        io_note_result(p, weft_mkdir(path, 0700));
        break;
    }
}

/* ---- programs ---- */

typedef void io_call_fn(io_program *p);

/* Calls of one group come often in a program. */
static inline void io_step(io_program *p, uint32_t group)
{
    static io_call_fn *const sockets[] = {io_listen, io_dial,     io_dial,  io_accept, io_accept,
                                          io_pair,   io_read,     io_read,  io_read,   io_write,
                                          io_write,  io_write,    io_poll,  io_poll,   io_flood,
                                          io_close,  io_shutdown, io_close, io_address};
    static io_call_fn *const files[] = {io_open,  io_open,  io_at_offset, io_at_offset, io_file,
                                        io_names, io_names, io_read,      io_write,     io_close};
    static io_call_fn *const packets[] = {io_listen,  io_dial,    io_send,     io_send,
                                          io_receive, io_receive, io_read,     io_write,
                                          io_poll,    io_close,   io_shutdown, io_address};
    static io_call_fn *const streams[] = {io_connect,  io_read,  io_read,   io_write,
                                          io_write,    io_poll,  io_flood,  io_close,
                                          io_shutdown, io_write, io_address};
    static io_call_fn *const others[] = {io_adopt, io_misuse, io_poll, io_address};
    const bool full = io_free_slots(p) < 2;
    switch (full ? 5 : io_draw(p, 10) < 7 ? group : io_draw(p, 5)) {
    case 0:
        sockets[io_draw(p, sizeof sockets / sizeof *sockets)](p);
        break;
    case 1:
        files[io_draw(p, sizeof files / sizeof *files)](p);
        break;
    case 2:
        packets[io_draw(p, sizeof packets / sizeof *packets)](p);
        break;
    case 3:
        streams[io_draw(p, sizeof streams / sizeof *streams)](p);
        break;
    case 4:
        others[io_draw(p, sizeof others / sizeof *others)](p);
        break;
    default:
        io_close(p);
        break;
    }
}

/* A goroutine: make the program's calls. What it opens it closes. */
static inline void io_program_run(void *arg)
{
    io_program *const p = arg;
    p->random = p->number * 7919 + 1;
    p->ipv6 = io_uses_ipv6(p->number);
    p->length = 0;
    p->datagrams = 0;
    p->names = 0;
    for (int i = 0; i < IO_SLOTS; i++) {
        p->slots[i] = (io_slot){.fd = -1, .other = -1};
    }
    const uint32_t group = io_draw(p, 4);
    io_note(p, "mkdir");
    io_note_result(p, weft_mkdir(p->directory, 0700));
    for (int i = 0; i < IO_STEPS; i++) {
        io_step(p, group);
    }
    for (int i = 0; i < IO_SLOTS; i++) {
        if (p->slots[i].fd >= 0) {
            io_note(p, "last close %d", i);
            io_note_result(p, weft_close(p->slots[i].fd));
        }
    }
}

#endif
