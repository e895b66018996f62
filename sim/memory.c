/* memory.c: see memory.h. */
#include "memory.h"

#include <dlfcn.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <backend.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NO_ASAN __attribute__((no_sanitize("address")))
#endif
#endif
#if !defined(NO_ASAN) && defined(__SANITIZE_ADDRESS__)
#define NO_ASAN __attribute__((no_sanitize_address))
#endif
#ifndef NO_ASAN
#define NO_ASAN
#endif

_Noreturn void weft__no_memory(void)
{
    static const char text[] = "weft: out of memory\n";
    (void)!write(STDERR_FILENO, text, sizeof text - 1);
    _exit(2);
}

void *weft__grow(void *memory, size_t size)
{
    void *const grown = realloc(memory, size);
    if (grown == NULL) {
        weft__no_memory();
    }
    return grown;
}

/* ---- The arena ---- */

enum { CLASS_COUNT = 64, CLASS_SIZE = 16 }; /* free lists for blocks up to 1 KiB */

typedef struct weft__block {
    struct weft__block *next;
} weft__block;

typedef struct weft__arena {
    char *base;
    size_t used;
    size_t size;
    weft__block *free[CLASS_COUNT + 1];
} weft__arena;

static weft__arena arena WEFT_KEEP;

static size_t class_of(size_t size)
{
    return (size + CLASS_SIZE - 1) / CLASS_SIZE;
}

static bool open_arena(void)
{
    arena.size = (size_t)8 << 30; /* of addresses: pages come when they are touched */
    arena.base = mmap(NULL, arena.size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (arena.base == MAP_FAILED) {
        arena.base = NULL;
        return false;
    }
    return true;
}

void *weft__alloc(size_t size)
{
    const size_t class = class_of(size == 0 ? 1 : size);
    if (class <= CLASS_COUNT && arena.free[class] != NULL) {
        weft__block *const block = arena.free[class];
        arena.free[class] = block->next;
        return memset(block, 0, size);
    }
    if (size > SIZE_MAX / 2 || (arena.base == NULL && !open_arena()) ||
        class * CLASS_SIZE > arena.size - arena.used) {
        return NULL;
    }
    void *const memory = arena.base + arena.used;
    arena.used += class * CLASS_SIZE;
    return memset(memory, 0, size);
}

void weft__free(void *memory, size_t size)
{
    const size_t class = class_of(size == 0 ? 1 : size);
    if (memory == NULL || class > CLASS_COUNT) {
        return; /* large blocks wait for the end of the run */
    }
    weft__block *const block = memory;
    block->next = arena.free[class];
    arena.free[class] = block;
}

/* ---- What is put back ---- */

typedef struct weft__region {
    char *start;
    size_t size;
    char *saved;
} weft__region;

enum { REGIONS_MAX = 8 };

static struct {
    bool active;
    weft__region regions[REGIONS_MAX];
    size_t count;
    weft__arena arena; /* as it was */
    char *arena_saved;
} memory WEFT_KEEP;

extern char __start_weft_keep[] __attribute__((weak, visibility("hidden")));
extern char __stop_weft_keep[] __attribute__((weak, visibility("hidden")));

/* Copies word by word: the red zones that ASan puts between globals are copied too, and it must not
 * mind. Regions are aligned to words. */
NO_ASAN static void copy_words(void *into, const void *from, size_t size)
{
    volatile uint64_t *const to = into;
    const uint64_t *const source = from;
    for (size_t i = 0; i < size / sizeof *to; i++) {
        to[i] = source[i];
    }
}

static void add_region(uintptr_t start, uintptr_t end)
{
    start = (start + 7) & ~(uintptr_t)7;
    end &= ~(uintptr_t)7;
    if (start >= end || memory.count == REGIONS_MAX) {
        return;
    }
    weft__region *const region = &memory.regions[memory.count++];
    region->start = (char *)start;
    region->size = end - start;
    region->saved = weft__grow(NULL, region->size);
}

/* [start, end) without [hole_start, hole_end). */
static void add_around(uintptr_t start, uintptr_t end, uintptr_t hole_start, uintptr_t hole_end)
{
    if (hole_end <= start || hole_start >= end || hole_start >= hole_end) {
        add_region(start, end);
        return;
    }
    add_region(start, hole_start);
    add_region(hole_end, end);
}

static int find_globals(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    uintptr_t relro_start = 0;
    uintptr_t relro_end = 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const header = &info->dlpi_phdr[i];
        if (header->p_type == PT_GNU_RELRO) {
            const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
            relro_start = info->dlpi_addr + header->p_vaddr;
            relro_end = (relro_start + header->p_memsz) & ~(page - 1);
        }
    }
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const header = &info->dlpi_phdr[i];
        if (header->p_type != PT_LOAD || (header->p_flags & PF_W) == 0) {
            continue;
        }
        uintptr_t start = info->dlpi_addr + header->p_vaddr;
        const uintptr_t end = start + header->p_memsz;
        if (relro_start <= start && relro_end > start) {
            start = relro_end; /* read-only by now */
        }
        add_around(start, end, (uintptr_t)__start_weft_keep, (uintptr_t)__stop_weft_keep);
    }
    return 1; /* the main program comes first: stop */
}

/* With libc, or a sanitizer's runtime, inside the main program its globals cannot be put back. */
static bool libc_is_apart(void)
{
    Dl_info ours;
    Dl_info libc;
    void *(*const function)(size_t) = malloc;
    void *address = NULL;
    memcpy(&address, &function, sizeof address);
    return dladdr(memory.regions, &ours) != 0 && dladdr(address, &libc) != 0 &&
           ours.dli_fbase != libc.dli_fbase;
}

void weft__memory_remember(bool keep_globals)
{
    memory.active = true;
    memory.count = 0;
    if (!keep_globals && libc_is_apart()) {
        (void)dl_iterate_phdr(find_globals, NULL);
    }
    for (size_t i = 0; i < memory.count; i++) {
        copy_words(memory.regions[i].saved, memory.regions[i].start, memory.regions[i].size);
    }
    memory.arena = arena;
    memory.arena_saved = weft__grow(NULL, arena.used + 1);
    if (arena.used != 0) {
        memcpy(memory.arena_saved, arena.base, arena.used);
    }
}

void weft__memory_restore(void)
{
    for (size_t i = 0; i < memory.count; i++) {
        copy_words(memory.regions[i].start, memory.regions[i].saved, memory.regions[i].size);
    }
    weft__arena now = memory.arena;
    if (now.base == NULL) { /* opened since */
        now.base = arena.base;
        now.size = arena.size;
    }
    arena = now;
    if (arena.used != 0) {
        memcpy(arena.base, memory.arena_saved, arena.used);
    }
}

void weft__memory_forget(void)
{
    for (size_t i = 0; i < memory.count; i++) {
        free(memory.regions[i].saved);
    }
    free(memory.arena_saved);
    memory.arena_saved = NULL;
    memory.count = 0;
    memory.active = false;
}
