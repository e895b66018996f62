/* file.c: files. They are always ready and may block: their calls are made as weft_blocking makes
 * them. */
#include <errno.h>
#include <fcntl.h>

#include "descriptor.h"

typedef enum weft__file_act {
    OPEN,
    PREAD,
    PWRITE,
    FSYNC,
    TRUNCATE,
    SIZE,
    RENAME,
    UNLINK,
    MKDIR,
} weft__file_act;

typedef struct weft__file {
    weft__file_act act;
    int fd;
    const char *path;
    const char *to;
    int flags;
    unsigned mode;
    void *buffer;
    size_t size;
    int64_t offset;
    int64_t result;
} weft__file;

static int64_t call(const weft__file *f)
{
    switch (f->act) {
    case OPEN:
        return weft__sys_open(f->path, f->flags | O_CLOEXEC, f->mode);
    case PREAD:
        return weft__sys_pread(f->fd, f->buffer, f->size, f->offset);
    case PWRITE:
        return weft__sys_pwrite(f->fd, f->buffer, f->size, f->offset);
    case FSYNC:
        return weft__sys_fsync(f->fd);
    case TRUNCATE:
        return weft__sys_ftruncate(f->fd, f->offset);
    case SIZE:
        return weft__sys_file_size(f->fd);
    case RENAME:
        return weft__sys_rename(f->path, f->to);
    case UNLINK:
        return weft__sys_unlink(f->path);
    case MKDIR:
        return weft__sys_mkdir(f->path, f->mode);
    }
    return -EINVAL;
}

static void run_call(void *arg)
{
    weft__file *const f = arg;
    f->result = call(f);
}

/* On a path. */
static int64_t on_path(weft__file f, const void *site)
{
    weft__g *const self = weft__self();
    WEFT__POINT(self, .kind = f.act == OPEN ? WEFT__OP_OPEN : WEFT__OP_FILE, .site = site);
    weft__blocking(self, run_call, &f);
    return f.result;
}

/* On an open file. */
static int64_t on_file(weft__file f, const void *site)
{
    weft__g *const self = weft__self();
    const weft__op op =
        weft__descriptor_op(f.act == FSYNC ? WEFT__OP_SYNC : WEFT__OP_FILE, f.fd, site);
    weft__descriptor *const d = weft__descriptor_of(&op);
    weft__descriptor_point(self, &op);
    const int status = weft__descriptor_begin(&op);
    if (status != 0) {
        return status;
    }
    if (d->kind == WEFT__SYS_FILE) {
        weft__blocking(self, run_call, &f);
    } else {
        f.result = f.act == PREAD || f.act == PWRITE ? -ESPIPE : -EINVAL;
    }
    weft__descriptor_end(d);
    return f.result;
}

int weft_open(const char *path, int flags, unsigned mode)
{
    weft__descriptor *d = NULL;
    const int fd = (int)on_path(
        (weft__file){.act = OPEN, .path = path, .flags = flags, .mode = mode}, WEFT__SITE);
    if (fd < 0) {
        return fd;
    }
    const int status = weft__descriptor_open(weft__self(), fd, WEFT__SYS_FILE, &d);
    return status == 0 ? fd : status;
}

ssize_t weft_pread(int fd, void *buffer, size_t size, int64_t offset)
{
    return (ssize_t)on_file(
        (weft__file){.act = PREAD, .fd = fd, .buffer = buffer, .size = size, .offset = offset},
        WEFT__SITE);
}

ssize_t weft_pwrite(int fd, const void *buffer, size_t size, int64_t offset)
{
    return (ssize_t)on_file((weft__file){.act = PWRITE,
                                         .fd = fd,
                                         .buffer = (void *)(uintptr_t)buffer,
                                         .size = size,
                                         .offset = offset},
                            WEFT__SITE);
}

int weft_fsync(int fd)
{
    return (int)on_file((weft__file){.act = FSYNC, .fd = fd}, WEFT__SITE);
}

int weft_ftruncate(int fd, int64_t size)
{
    return (int)on_file((weft__file){.act = TRUNCATE, .fd = fd, .offset = size}, WEFT__SITE);
}

int64_t weft_file_size(int fd)
{
    return on_file((weft__file){.act = SIZE, .fd = fd}, WEFT__SITE);
}

int weft_rename(const char *from, const char *to)
{
    return (int)on_path((weft__file){.act = RENAME, .path = from, .to = to}, WEFT__SITE);
}

int weft_unlink(const char *path)
{
    return (int)on_path((weft__file){.act = UNLINK, .path = path}, WEFT__SITE);
}

int weft_mkdir(const char *path, unsigned mode)
{
    return (int)on_path((weft__file){.act = MKDIR, .path = path, .mode = mode}, WEFT__SITE);
}
