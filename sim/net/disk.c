/* disk.c: the files of a host, and what is left of them after a crash.
 *
 * INVARIANTS
 *   - A file has its content as it is, what of it is on the disk, and the changes in between, in
 *     order. fsync makes the second as the first; a crash keeps, by free choice, as many of the
 *     changes as it likes from the first on, and of the next one a part.
 *   - The same of a directory: its entries as they are, and as they are on the disk.
 *   - Nothing reaches the disk without fsync or a crash: what other kernels write back by
 *     themselves is one of the choices. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "kernel.h"

enum { NAME_SIZE = 256, PARTS_MAX = 8 };

typedef struct weft__entry weft__entry;
struct weft__entry {
    weft__entry *next;
    weft__inode *inode;
    char name[NAME_SIZE];
};

typedef struct weft__change weft__change;
struct weft__change {
    weft__change *next;
    bool truncates; /* to `offset` */
    int64_t offset;
    size_t size;
    char data[];
};

typedef struct weft__content {
    char *data;
    size_t size;
    size_t capacity;
} weft__content;

typedef enum weft__inode_kind { FILE_NODE, DIRECTORY, SOCKET } weft__inode_kind;

struct weft__inode {
    weft__inode_kind kind;
    weft__content now;
    weft__content kept; /* on the disk */
    weft__change *first;
    weft__change *last;
    uint32_t change_count;
    weft__entry *entries; /* of a directory */
    weft__entry *kept_entries;
    bool entries_changed;
    weft__node *listener; /* of a socket; NULL: it is closed */
};

static weft__inode *make_inode(weft__inode_kind kind)
{
    weft__inode *const inode = weft__sure_alloc(sizeof *inode);
    inode->kind = kind;
    return inode;
}

static weft__host *host_at(uint32_t host)
{
    return weft__the_kernel()->hosts[host];
}

/* ---- entries ---- */

static weft__entry *entry_of(weft__entry *list, const char *name)
{
    while (list != NULL && strcmp(list->name, name) != 0) {
        list = list->next;
    }
    return list;
}

static void add_entry(weft__inode *directory, const char *name, weft__inode *inode)
{
    weft__entry *entry = entry_of(directory->entries, name);
    if (entry == NULL) {
        entry = weft__sure_alloc(sizeof *entry);
        (void)strcpy(entry->name, name);
        entry->next = directory->entries;
        directory->entries = entry;
    }
    entry->inode = inode;
    directory->entries_changed = true;
}

static void remove_entry(weft__inode *directory, const char *name)
{
    weft__entry **link = &directory->entries;
    while (strcmp((*link)->name, name) != 0) {
        link = &(*link)->next;
    }
    weft__entry *const entry = *link;
    *link = entry->next;
    weft__free(entry, sizeof *entry);
    directory->entries_changed = true;
}

static weft__entry *copy_entries(const weft__entry *list)
{
    weft__entry *copy = NULL;
    weft__entry **tail = &copy;
    for (; list != NULL; list = list->next) {
        *tail = weft__sure_alloc(sizeof **tail);
        **tail = *list;
        (*tail)->next = NULL;
        tail = &(*tail)->next;
    }
    return copy;
}

/* With an empty directory /tmp. */
static weft__inode *root_of(uint32_t host)
{
    weft__host *const h = host_at(host);
    if (h->root == NULL) {
        h->root = make_inode(DIRECTORY);
        add_entry(h->root, "tmp", make_inode(DIRECTORY));
        h->root->kept_entries = copy_entries(h->root->entries);
        h->root->entries_changed = false;
    }
    return h->root;
}

/* ---- paths ---- */

/* A path taken apart: the directory that its last name is in. */
typedef struct weft__place_on_disk {
    weft__inode *directory;
    weft__inode *inode; /* NULL: there is none */
    char name[NAME_SIZE];
    bool slash; /* behind the last name: it must be a directory's */
    bool dot;   /* the last name is "." */
} weft__place_on_disk;

/* The next name of *path, without slashes; false: there is none. */
static int next_name(const char **path, char name[NAME_SIZE])
{
    *path += strspn(*path, "/");
    const size_t length = strcspn(*path, "/");
    if (length >= NAME_SIZE) {
        return -ENAMETOOLONG;
    }
    memcpy(name, *path, length);
    name[length] = '\0';
    *path += length;
    return length != 0;
}

/* The working directory is the root; ".." is not known. */
static int find(uint32_t host, const char *path, weft__place_on_disk *ret)
{
    char name[NAME_SIZE];
    int more = 0;
    *ret = (weft__place_on_disk){.inode = root_of(host)};
    if (path[0] == '\0') {
        return -ENOENT;
    }
    while ((more = next_name(&path, name)) > 0) {
        ret->slash = path[0] == '/';
        ret->dot = strcmp(name, ".") == 0;
        if (ret->inode == NULL) {
            return -ENOENT;
        }
        if (ret->inode->kind != DIRECTORY) {
            return -ENOTDIR;
        }
        if (ret->dot) {
            continue;
        }
        ret->directory = ret->inode;
        (void)strcpy(ret->name, name);
        const weft__entry *const entry = entry_of(ret->directory->entries, name);
        ret->inode = entry == NULL ? NULL : entry->inode;
    }
    return more;
}

/* ---- content ---- */

static void put_content(weft__content *content, const char *data, size_t size, size_t offset)
{
    const size_t end = offset + size;
    if (content->data == NULL || end > content->capacity) {
        size_t capacity = content->capacity == 0 ? 64 : content->capacity;
        while (capacity < end) {
            capacity *= 2;
        }
        char *const larger = weft__sure_alloc(capacity);
        if (content->size != 0) {
            memcpy(larger, content->data, content->size);
        }
        weft__free(content->data, content->capacity);
        content->data = larger;
        content->capacity = capacity;
    }
    if (offset > content->size) {
        memset(content->data + content->size, 0, offset - content->size);
    }
    if (size != 0) {
        memcpy(content->data + offset, data, size);
    }
    content->size = end > content->size ? end : content->size;
}

static void cut_content(weft__content *content, size_t size)
{
    if (size > content->size) {
        put_content(content, "", 0, size);
        content->size = size;
    }
    content->size = size;
}

static weft__content copy_content(const weft__content *content)
{
    weft__content copy = {.data = NULL};
    put_content(&copy, content->data, content->size, 0);
    return copy;
}

static void apply(weft__content *content, const weft__change *change, size_t size)
{
    if (change->truncates) {
        cut_content(content, (size_t)change->offset);
    } else {
        put_content(content, change->data, size, (size_t)change->offset);
    }
}

static void note(weft__inode *inode, const char *data, size_t size, int64_t offset, bool truncates)
{
    weft__change *const change = weft__sure_alloc(sizeof *change + size);
    change->truncates = truncates;
    change->offset = offset;
    change->size = size;
    if (size != 0) {
        memcpy(change->data, data, size);
    }
    if (inode->first == NULL) {
        inode->first = change;
    } else {
        inode->last->next = change;
    }
    inode->last = change;
    inode->change_count++;
    apply(&inode->now, change, size);
}

static void forget_changes(weft__inode *inode)
{
    while (inode->first != NULL) {
        weft__change *const change = inode->first;
        inode->first = change->next;
        weft__free(change, sizeof *change + change->size);
    }
    inode->last = NULL;
    inode->change_count = 0;
}

/* ---- open files ---- */

static int check_open(const weft__place_on_disk *place, int flags)
{
    const bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC) != 0;
    if (place->slash && (flags & O_CREAT) != 0) {
        return -EISDIR;
    }
    if (place->inode == NULL) {
        return (flags & O_CREAT) != 0 ? 0 : -ENOENT;
    }
    if ((flags & O_CREAT) != 0 && (flags & O_EXCL) != 0) {
        return -EEXIST;
    }
    if (place->inode->kind == SOCKET) {
        return -ENXIO;
    }
    if (place->inode->kind == DIRECTORY) {
        return writes || (flags & O_CREAT) != 0 ? -EISDIR : 0;
    }
    return (flags & O_DIRECTORY) != 0 || place->slash ? -ENOTDIR : 0;
}

int weft__disk_open(uint32_t host, const char *path, int flags, unsigned mode)
{
    (void)mode;
    weft__place_on_disk place;
    int status = find(host, path, &place);
    status = status != 0 ? status : check_open(&place, flags);
    if (status != 0) {
        return status;
    }
    weft__node *const node = weft__node_make(WEFT__SYS_FILE, host);
    const int fd = weft__node_number(node);
    if (fd < 0) {
        return fd;
    }
    if (place.inode == NULL) {
        place.inode = make_inode(FILE_NODE);
        add_entry(place.directory, place.name, place.inode);
    }
    node->inode = place.inode;
    node->flags = flags;
    node->path = strcpy(weft__sure_alloc(strlen(path) + 1), path);
    if ((flags & O_TRUNC) != 0 && place.inode->now.size != 0) { /* O_RDONLY too, as Linux */
        note(place.inode, NULL, 0, 0, true);
    }
    return fd;
}

ssize_t weft__disk_read(weft__node *node, void *buffer, size_t size, int64_t offset)
{
    const weft__inode *const inode = node->inode;
    const size_t from = (size_t)(offset < 0 ? node->offset : offset);
    if (inode->kind == DIRECTORY) {
        return -EISDIR;
    }
    if ((node->flags & O_ACCMODE) == O_WRONLY) {
        return -EBADF;
    }
    const size_t there = from < inode->now.size ? inode->now.size - from : 0;
    const size_t part = size < there ? size : there;
    if (part != 0) {
        memcpy(buffer, inode->now.data + from, part);
    }
    node->offset += offset < 0 ? (int64_t)part : 0;
    return (ssize_t)part;
}

static int64_t used(weft__inode *directory)
{
    int64_t total = 0;
    for (const weft__entry *entry = directory->entries; entry != NULL; entry = entry->next) {
        total += entry->inode->kind == DIRECTORY ? used(entry->inode)
                                                 : (int64_t)entry->inode->now.size;
    }
    return total;
}

/* How much of a write fits: as much as is free. */
static size_t fitting(uint32_t host, const weft__inode *inode, size_t from, size_t size)
{
    const int64_t limit = host_at(host)->disk_size;
    const size_t end = from + size;
    if (limit == 0 || end <= inode->now.size) {
        return size;
    }
    const int64_t free = limit - used(root_of(host));
    const size_t more = end - inode->now.size;
    const size_t grows = free <= 0 ? 0 : (size_t)free < more ? (size_t)free : more;
    const size_t lacks = more - grows;
    return lacks < size ? size - lacks : 0;
}

ssize_t weft__disk_write(weft__node *node, const void *buffer, size_t size, int64_t offset)
{
    weft__inode *const inode = node->inode;
    if ((node->flags & O_ACCMODE) == O_RDONLY) {
        return -EBADF;
    }
    const bool appends = (node->flags & O_APPEND) != 0;
    const size_t from = appends ? inode->now.size : (size_t)(offset < 0 ? node->offset : offset);
    if (from >= WEFT__FILE_MAX && size != 0) {
        return -EFBIG;
    }
    const size_t most = size == 0 || size < WEFT__FILE_MAX - from ? size : WEFT__FILE_MAX - from;
    const size_t part = fitting(node->host, inode, from, most);
    if (part == 0 && size != 0) {
        return -ENOSPC;
    }
    weft__crash_by_choice();
    if (part != 0) {
        note(inode, buffer, part, (int64_t)from, false);
    }
    node->offset = offset < 0 && part != 0 ? (int64_t)(from + part) : node->offset;
    return (ssize_t)part;
}

int weft__disk_sync(weft__node *node)
{
    weft__inode *const inode = node->inode;
    weft__crash_by_choice();
    if (inode->kind == DIRECTORY) {
        inode->kept_entries = copy_entries(inode->entries);
        inode->entries_changed = false;
    } else if (inode->first != NULL) {
        inode->kept = copy_content(&inode->now);
        forget_changes(inode);
    }
    return 0;
}

int weft__disk_truncate(weft__node *node, int64_t size)
{
    if (node->inode->kind == DIRECTORY || (node->flags & O_ACCMODE) == O_RDONLY) {
        return -EINVAL;
    }
    if (size > WEFT__FILE_MAX) {
        return -EFBIG;
    }
    note(node->inode, NULL, 0, size, true);
    return 0;
}

int64_t weft__disk_file_size(const weft__node *node)
{
    return (int64_t)node->inode->now.size;
}

/* ---- directories ---- */

/* Whether `inode` is `directory`, or somewhere in it. */
static bool is_within(const weft__inode *inode, const weft__inode *directory)
{
    if (inode == directory) {
        return true;
    }
    for (const weft__entry *entry = directory->entries; entry != NULL; entry = entry->next) {
        if (entry->inode->kind == DIRECTORY && is_within(inode, entry->inode)) {
            return true;
        }
    }
    return false;
}

/* In the order in which Linux looks. */
static int check_rename(const weft__place_on_disk *old, const weft__place_on_disk *new)
{
    const bool moves_directory = old->inode != NULL && old->inode->kind == DIRECTORY;
    if (old->directory == NULL || new->directory == NULL || old->dot || new->dot) {
        return -EBUSY;
    }
    if (old->inode == NULL) {
        return -ENOENT;
    }
    if (!moves_directory && (old->slash || new->slash)) {
        return -ENOTDIR;
    }
    if (moves_directory && is_within(new->directory, old->inode)) {
        return -EINVAL;
    }
    if (new->inode == NULL || new->inode == old->inode) {
        return 0;
    }
    if (new->inode->kind == DIRECTORY && is_within(old->directory, new->inode)) {
        return -ENOTEMPTY;
    }
    if (moves_directory != (new->inode->kind == DIRECTORY)) {
        return moves_directory ? -ENOTDIR : -EISDIR;
    }
    return moves_directory && new->inode->entries != NULL ? -ENOTEMPTY : 0;
}

int weft__disk_rename(uint32_t host, const char *from, const char *to)
{
    weft__place_on_disk old;
    weft__place_on_disk new;
    int status = find(host, from, &old);
    status = status != 0 ? status : find(host, to, &new);
    status = status != 0 ? status : check_rename(&old, &new);
    if (status != 0 || new.inode == old.inode) {
        return status;
    }
    add_entry(new.directory, new.name, old.inode);
    remove_entry(old.directory, old.name);
    return 0;
}

int weft__disk_unlink(uint32_t host, const char *path)
{
    weft__place_on_disk place;
    const int status = find(host, path, &place);
    if (status != 0 || place.inode == NULL) {
        return status != 0 ? status : -ENOENT;
    }
    if (place.inode->kind == DIRECTORY || place.slash) {
        return place.inode->kind == DIRECTORY ? -EISDIR : -ENOTDIR;
    }
    remove_entry(place.directory, place.name);
    return 0;
}

int weft__disk_mkdir(uint32_t host, const char *path)
{
    weft__place_on_disk place;
    const int status = find(host, path, &place);
    if (status != 0 || place.inode != NULL) {
        return status != 0 ? status : -EEXIST;
    }
    add_entry(place.directory, place.name, make_inode(DIRECTORY));
    return 0;
}

/* ---- Unix sockets ---- */

int weft__disk_bind(weft__node *node, const char *path)
{
    weft__place_on_disk place;
    const int status = find(node->host, path, &place);
    if (status != 0 || place.inode != NULL) {
        return status != 0 ? status : -EADDRINUSE;
    }
    node->inode = make_inode(SOCKET);
    node->inode->listener = node;
    add_entry(place.directory, place.name, node->inode);
    return 0;
}

void weft__disk_unbind(weft__node *node)
{
    node->inode->listener = NULL;
}

weft__node *weft__disk_socket(uint32_t host, const char *path, int *ret_error)
{
    weft__place_on_disk place;
    const int status = find(host, path, &place);
    *ret_error = status != 0 ? status : place.inode == NULL ? -ENOENT : 0;
    return *ret_error != 0 || place.inode->kind != SOCKET ? NULL : place.inode->listener;
}

/* ---- crash ---- */

/* A number below `arity`: a free choice; or, of a crash that was chosen with its outcome: so large
 * a part of it. */
static uint32_t ask(weft__mishap mishap, uint32_t outcome, uint32_t arity)
{
    return outcome == WEFT__DISK_ASK ? weft__fate(mishap, arity)
                                     : (arity - 1) * outcome / (WEFT__DISK_OUTCOMES - 1);
}

/* A part of the changes is on the disk: none, some from the first on, or all; and half of the next
 * one. */
static void crash_file(weft__inode *inode, uint32_t outcome)
{
    if (inode->first == NULL) {
        return;
    }
    const uint32_t parts = inode->change_count < PARTS_MAX ? inode->change_count : PARTS_MAX;
    const uint32_t part = ask(WEFT__MISHAP_FILE, outcome, parts + 1);
    const uint32_t whole = (uint32_t)((uint64_t)inode->change_count * part / parts);
    weft__content content = copy_content(&inode->kept);
    const weft__change *change = inode->first;
    for (uint32_t i = 0; i < whole; i++, change = change->next) {
        apply(&content, change, change->size);
    }
    const bool torn = outcome == WEFT__DISK_ASK ? ask(WEFT__MISHAP_TEAR, outcome, 2) != 0
                                                : outcome != 0;
    if (change != NULL && !change->truncates && change->size > 1 && torn) {
        apply(&content, change, change->size / 2);
    }
    inode->kept = copy_content(&content);
    inode->now = content;
    forget_changes(inode);
}

static void crash_tree(weft__inode *directory, uint32_t outcome)
{
    if (directory->entries_changed && ask(WEFT__MISHAP_DIRECTORY, outcome, 2) != 0) {
        directory->kept_entries = copy_entries(directory->entries);
    }
    directory->entries = copy_entries(directory->kept_entries);
    directory->entries_changed = false;
    for (weft__entry *entry = directory->entries; entry != NULL; entry = entry->next) {
        if (entry->inode->kind == DIRECTORY) {
            crash_tree(entry->inode, outcome);
        } else if (entry->inode->kind == FILE_NODE) {
            crash_file(entry->inode, outcome);
        }
    }
}

void weft__disk_crash(uint32_t host, uint32_t outcome)
{
    crash_tree(root_of(host), outcome);
}
