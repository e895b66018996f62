/* guard.c: pages that trap. See guard.h.
 *
 * Where the kernel has MADV_GUARD_INSTALL (Linux 6.13) a guard needs no mapping of its own, and all
 * guards of a slab are installed by a few calls of process_madvise. Elsewhere mprotect makes them,
 * which splits a mapping: each guard then costs two of the mappings that vm.max_map_count allows a
 * process. So only the first GUARD_SHARE of that limit are made; stacks beyond them have no guard,
 * and their overflow goes unnoticed. */
#include "guard.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "arch/valgrind_hints.h"
#include "atomic.h"
#include "panic.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102
#endif

enum { GUARDS_UNKNOWN, GUARDS_ADVISED, GUARDS_PROTECTED };

enum { MAPPINGS_DEFAULT = 65530, GUARD_SHARE = 8, RANGES_MAX = 64 };

/* The simulator keeps the stacks from run to run, and so what is known of their guards. */
static struct {
    size_t page;
    uint32_t apart;   /* atomic: 1: the kernel takes no advice about several ranges */
    int kind;         /* how guards are made: found out with the first */
    size_t protected; /* made by mprotect */
    size_t protected_max;
} guards WEFT_KEEP;

size_t weft__page_size(void)
{
    return (size_t)sysconf(_SC_PAGESIZE);
}

/* ---- advice ---- */

/* Opened anew each time: after a fork an old one would stand for the parent. */
static ssize_t advise_ranges(const struct iovec *ranges, size_t count, int advice)
{
#if defined(SYS_pidfd_open) && defined(SYS_process_madvise)
    const int process = (int)syscall(SYS_pidfd_open, getpid(), 0);
    if (process < 0) {
        return -1;
    }
    const ssize_t bytes = syscall(SYS_process_madvise, process, ranges, count, advice, 0);
    (void)close(process);
    return bytes;
#else
    return -1;
#endif
}

size_t weft__advise(char *const *lows, size_t count, weft__part part, int advice)
{
    struct iovec ranges[RANGES_MAX];
    size_t done = 0;
    while (done < count && weft__load_relaxed(&guards.apart) == 0) {
        size_t n = 0;
        for (; n < RANGES_MAX && done + n < count; n++) {
            ranges[n] = (struct iovec){lows[done + n] + part.offset, part.length};
        }
        const ssize_t bytes = advise_ranges(ranges, n, advice);
        if (bytes < 0) {
            weft__store_relaxed(&guards.apart, 1);
        } else {
            done += (size_t)bytes / part.length;
        }
    }
    return done;
}

/* ---- guards ---- */

/* Whether the kernel really traps there: an emulator may accept the advice and ignore it. */
static bool traps(char *page)
{
    const int zeros = open("/dev/zero", O_RDONLY | O_CLOEXEC);
    const bool trapped = zeros < 0 || read(zeros, page, 1) < 0;
    (void)close(zeros);
    return trapped;
}

static size_t mappings_max(void)
{
    char text[32] = "";
    const int file = open("/proc/sys/vm/max_map_count", O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return MAPPINGS_DEFAULT;
    }
    const ssize_t size = read(file, text, sizeof text - 1);
    (void)close(file);
    return size <= 0 ? MAPPINGS_DEFAULT : strtoul(text, NULL, 10);
}

static void find_out(char *low)
{
    char *const page = low - guards.page;
    const bool works = madvise(page, guards.page, MADV_GUARD_INSTALL) == 0 && traps(page);
    guards.kind = works ? GUARDS_ADVISED : GUARDS_PROTECTED;
    guards.protected_max = mappings_max() / GUARD_SHARE;
}

/* Beyond what the system allows there are stacks without. */
static void protect(char *low)
{
    if (guards.protected < guards.protected_max) {
        guards.protected += mprotect(low - guards.page, guards.page, PROT_NONE) == 0;
    }
}

void weft__guards_install(char *const *lows, size_t count)
{
    if (guards.kind == GUARDS_UNKNOWN) {
        guards.page = weft__page_size();
        guards.apart = weft__valgrind_runs(); /* which does not know those calls, and says so */
        find_out(lows[0]);
    }
    const weft__part part = {-(ptrdiff_t)guards.page, guards.page};
    size_t done = 0;
    if (guards.kind == GUARDS_ADVISED) {
        done = weft__advise(lows, count, part, MADV_GUARD_INSTALL);
        while (done < count &&
               madvise(lows[done] - guards.page, guards.page, MADV_GUARD_INSTALL) == 0) {
            done++;
        }
    }
    for (; done < count; done++) {
        protect(lows[done]);
    }
}
