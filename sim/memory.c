/* memory.c: see memory.h. */
#include "memory.h"

#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <backend.h>
#include <timer.h>

#define NO_SANITIZER __attribute__((no_sanitize("address"), no_sanitize("undefined")))

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

void *weft__zeroed(size_t size)
{
    return memset(weft__grow(NULL, size), 0, size);
}

void *weft__with_room(void *array, size_t count, size_t more, size_t *capacity, size_t size)
{
    while (count + more > *capacity) {
        *capacity = *capacity == 0 ? 1024 : *capacity * 2;
        array = weft__grow(array, *capacity * size);
    }
    return array;
}

void *weft__with_zeroed(void *array, size_t count, size_t *capacity, size_t size)
{
    const size_t before = *capacity;
    if (count <= before) {
        return array;
    }
    *capacity = before == 0 ? count + 15 : 2 * count;
    array = weft__grow(array, *capacity * size);
    memset((char *)array + before * size, 0, (*capacity - before) * size);
    return array;
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
    bool reused; /* the lists of free blocks have changed since they were put back */
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
        arena.reused = true;
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
    arena.reused = true;
}

/* ---- What is put back ---- */

typedef struct weft__region {
    char *start;
    size_t size;
    char *saved;
    bool of_callers; /* left as the last run left it, for the callers to look at */
} weft__region;

enum { REGIONS_MAX = 8, STACK_MAX = 64 << 10 };

static struct {
    weft__region regions[REGIONS_MAX];
    size_t count;
    weft__arena arena; /* as it was */
    char *arena_saved;
    struct weft__after *afters;
} memory WEFT_KEEP;

extern char __start_weft_keep[] __attribute__((weak, visibility("hidden")));
extern char __stop_weft_keep[] __attribute__((weak, visibility("hidden")));

/* Copies word by word: the red zones that ASan puts between globals are copied too, and it must not
 * mind. UBSan's checks would take most of the time. Regions are aligned to words. */
NO_SANITIZER static void copy_words(void *into, const void *from, size_t size)
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
    *region = (weft__region){.start = (char *)start, .size = end - start};
    region->saved = weft__grow(NULL, region->size);
}

/* Parts of the writable segments that are left alone. */
typedef struct weft__hole {
    uintptr_t start;
    uintptr_t end;
} weft__hole;

enum { HOLES_MAX = 3 };

typedef struct weft__holes {
    weft__hole list[HOLES_MAX];
    size_t count;
} weft__holes;

static void add_around(uintptr_t start, uintptr_t end, const weft__holes *holes, size_t next)
{
    for (size_t i = next; i < holes->count; i++) {
        const weft__hole hole = holes->list[i];
        if (hole.start < end && hole.end > start) {
            if (hole.start > start) {
                add_around(start, hole.start, holes, i + 1);
            }
            if (hole.end < end) {
                add_around(hole.end, end, holes, i + 1);
            }
            return;
        }
    }
    add_region(start, end);
}

/* The linker's table of library functions: it is filled in as they are called, once. */
static weft__hole function_table(const struct dl_phdr_info *info, const ElfW(Dyn) * entry)
{
    uintptr_t start = 0;
    size_t size = 0;
    for (; entry->d_tag != DT_NULL; entry++) {
        if (entry->d_tag == DT_PLTGOT) {
            start = entry->d_un.d_ptr;
        } else if (entry->d_tag == DT_PLTRELSZ) {
            size = entry->d_un.d_val;
        }
    }
    if (start != 0 && start < info->dlpi_addr) {
        start += info->dlpi_addr; /* some loaders leave it unrelocated */
    }
    const size_t reserved = 3;
    const size_t entries = reserved + size / sizeof(ElfW(Rela));
    return (weft__hole){.start = start, .end = start == 0 ? 0 : start + entries * sizeof(void *)};
}

static void add_hole(weft__holes *holes, weft__hole hole)
{
    if (hole.start < hole.end) {
        holes->list[holes->count++] = hole;
    }
}

static weft__holes find_holes(const struct dl_phdr_info *info)
{
    const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    weft__holes holes = {.count = 0};
    add_hole(&holes, (weft__hole){(uintptr_t)__start_weft_keep, (uintptr_t)__stop_weft_keep});
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const header = &info->dlpi_phdr[i];
        const uintptr_t start = info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_GNU_RELRO) { /* read-only by now */
            add_hole(&holes,
                     (weft__hole){start & ~(page - 1), (start + header->p_memsz) & ~(page - 1)});
        } else if (header->p_type == PT_DYNAMIC) {
            add_hole(&holes, function_table(info, (const void *)start));
        }
    }
    return holes;
}

static int find_globals(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    const weft__holes holes = find_holes(info);
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *const header = &info->dlpi_phdr[i];
        if (header->p_type == PT_LOAD && (header->p_flags & PF_W) != 0) {
            const uintptr_t start = info->dlpi_addr + header->p_vaddr;
            add_around(start, start + header->p_memsz, &holes, 0);
        }
    }
    return 1; /* the main program comes first: stop */
}

extern const char __start_weft_text[] __attribute__((weak, visibility("hidden")));
extern const char __stop_weft_text[] __attribute__((weak, visibility("hidden")));

/* malloc of libc or of a sanitizer; that of weft::instrument hides it. */
static void *foreign_malloc(void)
{
    void *(*const function)(size_t) = malloc;
    void *address = NULL;
    memcpy(&address, &function, sizeof address);
    const uintptr_t offset = (uintptr_t)address - (uintptr_t)__start_weft_text;
    const bool is_ours = offset < (uintptr_t)__stop_weft_text - (uintptr_t)__start_weft_text;
    return is_ours ? dlsym(RTLD_NEXT, "malloc") : address;
}

/* With libc, or a sanitizer's runtime, inside the main program its globals cannot be put back. */
static bool libc_is_apart(void)
{
    Dl_info ours;
    Dl_info libc;
    const void *const address = foreign_malloc();
    return dladdr(memory.regions, &ours) != 0 && dladdr(address, &libc) != 0 &&
           ours.dli_fbase != libc.dli_fbase;
}

/* The callers' frames: on the main thread only, since others have their thread's own data on
 * top. */
static void add_callers(const void *frame)
{
    pthread_attr_t attributes;
    void *low = NULL;
    size_t size = 0;
    if (gettid() != getpid() || pthread_getattr_np(pthread_self(), &attributes) != 0) {
        return;
    }
    const uintptr_t start = (uintptr_t)frame;
    if (pthread_attr_getstack(&attributes, &low, &size) == 0 && start > (uintptr_t)low &&
        start < (uintptr_t)low + size) {
        const size_t above = (uintptr_t)low + size - start;
        const size_t before = memory.count;
        add_region(start, start + (above < STACK_MAX ? above : STACK_MAX));
        memory.regions[before].of_callers = true;
    }
    (void)pthread_attr_destroy(&attributes);
}

void weft__memory_remember(bool keep_globals, const void *frame)
{
    memory.count = 0;
    if (!keep_globals && libc_is_apart()) {
        (void)dl_iterate_phdr(find_globals, NULL);
        add_callers(frame);
    }
    for (size_t i = 0; i < memory.count; i++) {
        copy_words(memory.regions[i].saved, memory.regions[i].start, memory.regions[i].size);
    }
    memory.afters = weft__afters.head;
    memory.arena = arena;
    memory.arena_saved = weft__grow(NULL, arena.used + 1);
    if (arena.used != 0) {
        memcpy(memory.arena_saved, arena.base, arena.used);
    }
}

void weft__memory_visit(void (*look)(const void *start, size_t size))
{
    for (size_t i = 0; i < memory.count; i++) {
        look(memory.regions[i].start, memory.regions[i].size);
    }
    look(arena.base, arena.used);
}

uint64_t weft__memory_place(const void *address)
{
    uint64_t before = 8;
    for (size_t i = 0; i < memory.count; i++) {
        const weft__region *const region = &memory.regions[i];
        const uintptr_t offset = (uintptr_t)address - (uintptr_t)region->start;
        if (offset < region->size) {
            return before + offset;
        }
        before += region->size;
    }
    return 0;
}

static void put_back(const weft__region *region)
{
    copy_words(region->start, region->saved, region->size);
}

static void restore_arena(void)
{
    weft__afters.head = memory.afters; /* with keep_globals, too */
    arena.used = memory.arena.used;
    if (arena.reused) {
        memcpy(arena.free, memory.arena.free, sizeof arena.free);
        arena.reused = false;
    }
    if (arena.used != 0) {
        memcpy(arena.base, memory.arena_saved, arena.used);
    }
}

void weft__memory_restore(void)
{
    for (size_t i = 0; i < memory.count; i++) {
        put_back(&memory.regions[i]);
    }
    restore_arena();
}

bool weft__memory_restores(void)
{
    return memory.count != 0;
}

void weft__memory_forget(void)
{
    for (size_t i = 0; i < memory.count; i++) {
        if (!memory.regions[i].of_callers) {
            put_back(&memory.regions[i]);
        }
        free(memory.regions[i].saved);
    }
    restore_arena();
    free(memory.arena_saved);
    memory.arena_saved = NULL;
    memory.count = 0;
}
