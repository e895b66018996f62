/* timeline_file.c: see timeline_file.h. */
#include "timeline_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fatal.h"

/* An event has a few numbers and two names at most, of at most 255 bytes, each of which may become
 * six. */
enum { BUFFER_SIZE = 64 << 10, EVENT_MAX = 4096, END_MAX = 128, PATH_SIZE = 512 };

static struct {
    int fd; /* -1: none */
    pid_t pid;
    int error; /* errno; 0: none */
    uint64_t limit;
    uint64_t offset;  /* in the file: here the buffer goes */
    uint64_t dropped; /* events */
    bool any;         /* event so far */
    bool cut;         /* the event being put does not fit */
    size_t begun;     /* where it begins in the buffer */
    size_t size;
    char buffer[BUFFER_SIZE + END_MAX];
    char path[PATH_SIZE];
} file = {.fd = -1};

/* ---- text ---- */

static void put(const char *bytes, size_t size)
{
    if (size > sizeof file.buffer - file.size) {
        file.cut = true;
        return;
    }
    memcpy(file.buffer + file.size, bytes, size);
    file.size += size;
}

void weft__event_text(const char *text)
{
    put(text, strlen(text));
}

void weft__event_number(uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    put(digits + at, sizeof digits - at);
}

void weft__event_us(int64_t ns)
{
    const uint64_t positive = ns < 0 ? 0 : (uint64_t)ns;
    const uint64_t part = positive % 1000;
    const char fraction[] = {'.', (char)('0' + part / 100), (char)('0' + part / 10 % 10),
                             (char)('0' + part % 10)};
    weft__event_number(positive / 1000);
    put(fraction, sizeof fraction);
}

static bool within(unsigned char c, unsigned char low, unsigned char high)
{
    return c >= low && c <= high;
}

/* Bytes of the character of UTF-8 that begins here; 0: there is none. Table 3-7 of Unicode. */
static size_t character(const unsigned char *c, size_t size)
{
    const size_t length = within(c[0], 0xc2, 0xdf)   ? 2
                          : within(c[0], 0xe0, 0xef) ? 3
                          : within(c[0], 0xf0, 0xf4) ? 4
                                                     : c[0] < 0x80;
    if (length == 0 || length > size) {
        return 0;
    }
    for (size_t i = 1; i < length; i++) {
        if (!within(c[i], 0x80, 0xbf)) {
            return 0;
        }
    }
    const bool bad = (c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f) ||
                     (c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f);
    return bad ? 0 : length;
}

void weft__event_string(const char *bytes, size_t size)
{
    static const char hex[] = "0123456789abcdef";
    for (size_t i = 0; i < size;) {
        const unsigned char *const c = (const unsigned char *)bytes + i;
        const size_t length = character(c, size - i);
        if (length == 0) {
            put("?", 1);
        } else if (*c < ' ') {
            put((const char[]){'\\', 'u', '0', '0', hex[*c >> 4], hex[*c & 15]}, 6);
        } else {
            put("\\", *c == '"' || *c == '\\');
            put(bytes + i, length);
        }
        i += length == 0 ? 1 : length;
    }
}

/* The closing brackets, which are not counted in size. Returns how many bytes. */
static size_t put_end(void)
{
    const size_t size = file.size;
    weft__event_text("\n],\"displayTimeUnit\":\"ns\",\"otherData\":{\"events_dropped\":");
    weft__event_number(file.dropped);
    weft__event_text("}}\n");
    const size_t end = file.size - size;
    file.size = size;
    return end;
}

/* ---- events ---- */

void weft__event_begin(const char *text)
{
    if (file.size + EVENT_MAX > BUFFER_SIZE) {
        (void)weft__timeline_file_flush();
    }
    file.begun = file.size;
    file.cut = false;
    weft__event_text(file.any ? ",\n" : "");
    weft__event_text(text);
}

void weft__event_end(void)
{
    weft__event_text("}");
    if (file.cut || file.offset + file.size + END_MAX > file.limit) {
        file.size = file.begun;
        weft__timeline_file_drop();
        return;
    }
    file.any = true;
}

void weft__timeline_file_drop(void)
{
    if (file.dropped++ == 0 && file.error == 0) {
        weft__complain("%s: the trace has reached its limit of %llu bytes (WEFT_TRACE_SIZE): "
                       "from here on events are dropped",
                       file.path, (unsigned long long)file.limit);
    }
}

/* ---- the file ---- */

static int write_at(const char *bytes, size_t size, uint64_t offset)
{
    while (size > 0) {
        const ssize_t n = pwrite(file.fd, bytes, size, (off_t)offset);
        if (n < 0 && errno != EINTR) {
            return errno;
        }
        const size_t done = n < 0 ? 0 : (size_t)n;
        bytes += done;
        size -= done;
        offset += done;
    }
    return 0;
}

/* Back to what was complete. */
static void give_up(int error)
{
    file.error = error;
    file.size = 0;
    const size_t end = put_end();
    (void)!ftruncate(file.fd, (off_t)file.offset);
    (void)write_at(file.buffer, end, file.offset);
}

/* A process that was forked has the file too, and no part in it. */
bool weft__timeline_file_flush(void)
{
    if (file.error == 0 && file.pid == getpid()) {
        const size_t end = put_end();
        const int error = write_at(file.buffer, file.size + end, file.offset);
        if (error == 0) {
            file.offset += file.size;
        } else {
            weft__complain("%s: cannot write the trace: %s", file.path, strerror(error));
            give_up(error);
        }
    }
    file.size = 0;
    return file.error == 0;
}

/* The kernel would end a process that writes beyond its limit of file sizes. */
static uint64_t allowed(uint64_t limit)
{
    struct rlimit size;
    return getrlimit(RLIMIT_FSIZE, &size) == 0 && size.rlim_cur < limit ? size.rlim_cur : limit;
}

int weft__timeline_file_open(const char *path, uint64_t limit)
{
    limit = allowed(limit);
    if (limit < EVENT_MAX) {
        return -EFBIG;
    }
    file.fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (file.fd < 0) {
        return -errno;
    }
    (void)strncpy(file.path, path, sizeof file.path - 1);
    file.pid = getpid();
    file.limit = limit;
    file.error = 0;
    file.offset = 0;
    file.dropped = 0;
    file.any = false;
    file.size = 0;
    weft__event_text("{\"traceEvents\":[\n");
    const size_t end = put_end();
    const int error = write_at(file.buffer, file.size + end, 0);
    file.offset = file.size;
    file.size = 0;
    if (error != 0) {
        (void)close(file.fd);
        file.fd = -1;
    }
    return -error;
}

int weft__timeline_file_close(void)
{
    (void)weft__timeline_file_flush();
    if (close(file.fd) != 0 && file.error == 0) {
        file.error = errno;
    }
    file.fd = -1;
    return -file.error;
}
