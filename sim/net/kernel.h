/* kernel.h: the simulated kernel: open descriptors, sockets and what is on its way between them.
 *
 *   kernel.c    the system calls of core/system.h: descriptor numbers, and who does what
 *   byte_stream.c streams and pipes: bytes, ends, resets
 *   connect.c   binding, listening, connecting, accepting
 *   packet.c    datagrams
 *   route.c     from host to host: latency, cuts, what is on its way
 *   faults.c    what goes wrong by free choice, and how often
 *   host.c      hosts, their start and crash
 *   disk.c      files
 *   touched.c   what depends on what
 *   told.c      descriptors in words
 *
 * INVARIANTS
 *   - All memory is the core's (weft__alloc), and everything hangs on the_kernel, which is a global
 *     like the program's: what was made before an exploration is there again in each of its runs,
 *     and the rest is gone.
 *   - Between sockets of one host all happens at once; from host to host it takes a timer each
 *     time, even with no latency.
 *   - A node is not freed: others may point to it until the run ends.
 *   - Numbers, ports and addresses depend on the order of calls only. */
#ifndef WEFT_SIM_KERNEL_H
#define WEFT_SIM_KERNEL_H

#include <weft/sim.h>

#include <io/descriptor.h>

#include "../run.h"
#include "network.h"

typedef struct weft__node weft__node;
typedef struct weft__inode weft__inode;

/* A queue of bytes. */
typedef struct weft__bytes {
    char *data;
    size_t size; /* a power of two */
    size_t head;
    size_t count;
} weft__bytes;

/* Something on its way to another host. */
typedef enum weft__parcel_kind {
    WEFT__PARCEL_BYTES,
    WEFT__PARCEL_END,     /* FIN */
    WEFT__PARCEL_RESET,   /* RST */
    WEFT__PARCEL_CONNECT, /* SYN */
    WEFT__PARCEL_ACCEPT,  /* SYN, ACK */
    WEFT__PARCEL_PACKET,  /* a datagram */
} weft__parcel_kind;

typedef struct weft__parcel weft__parcel;
struct weft__parcel {
    weft__parcel *next;
    weft__parcel_kind kind;
    weft__node *from;
    weft__node *to;       /* CONNECT, PACKET: NULL, see from->peer or `address` */
    weft_address address; /* PACKET: where to, and from where */
    weft_address source;
    int64_t at_ns; /* arrives; not before the one in front of it */
    size_t size;
    char *data;
};

/* The way of one socket's parcels to another host: in order. */
typedef struct weft__wire weft__wire;
struct weft__wire {
    weft__timer timer; /* of the first */
    uint32_t from;     /* hosts */
    uint32_t to;
    weft__node *sender;
    weft__parcel *first;
    weft__parcel *last;
    int64_t busy_until_ns; /* by what was sent before */
    bool armed;
    bool stuck;       /* the route is cut: the timer is that of giving up */
    bool once;        /* for one parcel, and gone with it */
    weft__wire *next; /* of its route */
};

typedef enum weft__node_state {
    WEFT__NODE_FRESH,
    WEFT__NODE_CONNECTING,
    WEFT__NODE_CONNECTED,
    WEFT__NODE_DEAD, /* reset, or never connected: `error` once, then the end, and EPIPE */
} weft__node_state;

typedef struct weft__datagram weft__datagram;
struct weft__datagram {
    weft__datagram *next;
    weft_address from;
    size_t size;
    char data[];
};

/* What a descriptor stands for. */
struct weft__node {
    weft__sys_kind kind;
    uint32_t type; /* SOCK_STREAM, SOCK_DGRAM; 0: no socket */
    int fd;        /* -1: not accepted yet, or closed */
    uint32_t host; /* that it belongs to */
    bool closed;
    weft__descriptor *d; /* NULL: nobody watches */
    weft_address local;  /* size 0: not bound */
    weft_address peer;
    uint64_t group; /* the name of the connection: what operations on it touch */
    uint64_t name;  /* of the descriptor, once it was used: reports */
    weft__node *next_made;
    const char *path; /* of a file */

    weft__node_state state; /* of a stream, from here on */
    weft__node *other;
    weft__bytes in;   /* received */
    size_t coming;    /* on their way to it */
    size_t room;      /* for both together */
    bool in_ended;    /* nothing comes behind what is in there */
    bool end_came;    /* the peer said so: TCP tells of later errors in writes only */
    bool out_ended;   /* we have said the same */
    bool read_shut;   /* we do not want to read */
    bool peer_deaf;   /* does not read, and on the same host: writing is in vain; not of TCP */
    bool one_way;     /* a pipe's end: */
    bool writes;      /* which one */
    int error;        /* told once */
    weft__wire *wire; /* NULL: to the same host */
    weft__wire *back; /* of a client: for its other end */

    weft__node *queue;       /* a listener: those to be accepted, */
    weft__node *hopeful;     /* and those for which there is no place yet */
    weft__node *next_queued; /* in one of both */
    uint32_t queued;
    uint32_t backlog;
    bool listens;
    weft__node *next_bound; /* of its bucket */

    weft__datagram *first; /* datagrams */
    weft__datagram *last;
    size_t datagram_bytes;

    weft__inode *inode; /* a file, or what a Unix socket is bound to */
    int64_t offset;
    int flags;
};

enum {
    WEFT__ROOM = 1 << 16,      /* bytes of a stream that are not read yet, at most */
    WEFT__BOUND_BUCKETS = 256, /* a power of two */
    WEFT__FILE_MAX = 1 << 30,  /* bytes of a file: beyond it is -EFBIG */
};

typedef struct weft__route weft__route;
typedef struct weft__host weft__host;
struct weft__host {
    char name[64];
    weft_fn *fn; /* as it was started last, for a restart */
    void *arg;
    weft__inode *root;
    weft__route **routes; /* from here, by the other host's number; NULL: as by default */
    uint32_t route_capacity;
    uint16_t next_port;
    bool up;
    uint32_t outcome; /* of the crash that was chosen, for the disk */
    uint32_t restarts;
    int64_t disk_size; /* bytes that fit; 0: no limit */
    weft__timer timer; /* of a restart, or of a crash that was chosen */
    bool timer_armed;
};

/* Between which hosts a wire led: for reports, which come when it may be gone. */
typedef struct weft__passage weft__passage;
struct weft__passage {
    weft__passage *next;
    uint64_t name; /* of the wire's timer */
    uint32_t from;
    uint32_t to;
};

typedef struct weft__kernel {
    weft__node **nodes; /* by number - weft__sys_first_fd; NULL: free */
    uint32_t node_count;
    uint32_t node_capacity;
    uint32_t first_free; /* no number below it is free */
    uint32_t open_count;
    weft__node *made;                       /* all that ever were, in this run */
    weft__node *bound[WEFT__BOUND_BUCKETS]; /* listeners and sockets for datagrams: connect.c */
    weft__host **hosts;
    uint32_t host_count;
    uint32_t host_capacity;
    weft__passage *passages;
    weft_link link; /* the default one */
    weft_faults faults;
    uint32_t odds; /* a fault that may happen does so once in that many times; 0: not drawn yet */
    bool firing;   /* a timer of ours: nobody to make choices for */
} weft__kernel;

weft__kernel *weft__the_kernel(void); /* made at the first use */

/* kernel.c */
void *weft__sure_alloc(size_t size); /* weft__alloc, or the end of the process */
weft__node *weft__node_make(weft__sys_kind kind, uint32_t host);
int weft__node_number(weft__node *node); /* give it the lowest free one; or -EMFILE */
weft__node *weft__node_of(int fd);
void weft__node_ready(const weft__node *node, unsigned ready);
void weft__node_close(weft__node *node, bool crash);
uint64_t weft__new_name(void); /* for a connection, or a timer */

/* byte_stream.c */
ssize_t weft__stream_read(weft__node *node, const struct iovec *pieces, int count);
ssize_t weft__stream_write(weft__node *node, const struct iovec *pieces, int count);
int weft__stream_shutdown(weft__node *node, int how);
bool weft__stream_is_over(const weft__node *node); /* nothing goes either way any more */
void weft__stream_close(weft__node *node, bool crash);
short weft__stream_poll(const weft__node *node);
void weft__stream_pair(weft__node *a, weft__node *b);
void weft__stream_arrive(const weft__parcel *parcel); /* BYTES, END, RESET */
void weft__stream_fail(weft__node *node, int error);

/* connect.c */
int weft__node_bind(weft__node *node, const weft_address *address);
int weft__node_connect(weft__node *node, const weft_address *address);
int weft__node_accept(weft__node *listener);
void weft__listener_close(weft__node *listener);
int weft__listener_shutdown(weft__node *listener, int how);
void weft__connect_arrive(const weft__parcel *parcel);             /* CONNECT, ACCEPT */
weft__node *weft__bound_at(uint32_t host, const weft_address *to); /* NULL: none */
void weft__release_name(weft__node *node);                         /* unbind */
weft_address weft__unnamed_unix(void);

/* packet.c */
ssize_t weft__packet_read(weft__node *node, const struct iovec *pieces, int count,
                          weft_address *ret_from);
ssize_t weft__packet_write(weft__node *node, const struct iovec *pieces, int count,
                           const weft_address *to);
int weft__packet_shutdown(weft__node *node, int how);
short weft__packet_poll(const weft__node *node);
void weft__packet_arrive(const weft__parcel *parcel);

/* route.c */
weft__parcel *weft__parcel_make(weft__parcel_kind kind, weft__node *from, weft__node *to);
/* Copy the first `size` bytes of the pieces into it. */
void weft__parcel_fill(weft__parcel *parcel, const struct iovec *pieces, int count, size_t size);
weft__wire *weft__wire_make(weft__node *sender, uint32_t from, uint32_t to, bool once);
void weft__send(weft__wire *wire, weft__parcel *parcel); /* wire NULL: it arrives now */
bool weft__route_is_cut(uint32_t from, uint32_t to);
void weft__routes_cut(uint32_t a, uint32_t b, bool cut); /* both ways; UINT32_MAX: all hosts */
bool weft__wire_owns(const weft__timer *timer);

/* faults.c */
bool weft__may_choose(void); /* a goroutine does something, and no timer fires */
/* Below `arity`, 0 for no fault; counts down what may still happen. */
uint32_t weft__fault(weft__mishap mishap, uint32_t *budget, uint32_t arity);
/* The same where it is a matter of how, not of whether. */
uint32_t weft__fate(weft__mishap mishap, uint32_t arity);
void weft__faults_complete(weft_faults *faults); /* defaults where there is 0 */
/* Fatal where a setting is not from 0 to most. */
void weft__check_setting(const char *what, int64_t value, int64_t most, const void *site);
#define WEFT__LONGEST_NS (24 * 3600 * WEFT_SECOND)
void weft__partition_by_choice(uint32_t from, uint32_t to);
bool weft__partition_owns(const weft__timer *timer);

/* host.c */
void weft__host_make_main(weft__kernel *k);
uint32_t weft__own_host(void);                                      /* of the calling goroutine */
uint32_t weft__host_named(const char *name);                        /* UINT32_MAX: there is none */
uint32_t weft__host_known(const char *name, const void *site);      /* fatal where there is none */
uint32_t weft__host_at(const weft_address *address, uint32_t from); /* UINT32_MAX: none */
weft_address weft__host_address(uint32_t host, uint32_t type, uint16_t port); /* UINT32_MAX: lo */
void weft__host_point(const void *site); /* an operation on the network itself */
void weft__crash_by_choice(void);        /* the caller's host, soon */

/* disk.c */
int weft__disk_open(uint32_t host, const char *path, int flags, unsigned mode);
ssize_t weft__disk_read(weft__node *node, void *buffer, size_t size, int64_t offset);
ssize_t weft__disk_write(weft__node *node, const void *buffer, size_t size, int64_t offset);
int weft__disk_sync(weft__node *node);
int weft__disk_truncate(weft__node *node, int64_t size);
int64_t weft__disk_file_size(const weft__node *node);
int weft__disk_rename(uint32_t host, const char *from, const char *to);
int weft__disk_unlink(uint32_t host, const char *path);
int weft__disk_mkdir(uint32_t host, const char *path);
int weft__disk_bind(weft__node *node, const char *path); /* a Unix socket */
void weft__disk_unbind(weft__node *node);
weft__node *weft__disk_socket(uint32_t host, const char *path, int *ret_error);
/* What is left of it: WEFT__DISK_ASK, or one of so many outcomes. */
enum { WEFT__DISK_OUTCOMES = 4, WEFT__DISK_ASK };
void weft__disk_crash(uint32_t host, uint32_t outcome);

#endif
