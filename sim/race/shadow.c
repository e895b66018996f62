/* shadow.c: see shadow.h.
 *
 * The cells of 4 KiB of memory are a page of their own; a small cache leads from an address to it.
 * */
#include "shadow.h"

#include <weft.h>

#include "../addresses.h"
#include "race.h"

enum {
    WORD = 4,
    PAGE_BITS = 12,
    WORDS = (1 << PAGE_BITS) / WORD,
    PART = WORDS / 32,
    CACHE_SIZE = 256,
    TIME_BITS = 40,
    HAS_BYTES = 1,
    HAS_ATOMICS = 2,
    HAS_PAIR = 4, /* it and the next word have only been used together: its cell is that of both */
    HAS_TWIN = 8, /* it is that next word */
};

#define TIME_MASK (((uint64_t)1 << TIME_BITS) - 1)
#define SEVERAL UINT64_MAX /* of `read`: a list, of the run that read_site tells */

/* Of a location. */
typedef struct weft__cell {
    uint64_t write; /* epochs; 0: none */
    uint64_t read;
    uint32_t write_site;
    uint32_t read_site;
    uint16_t write_size;
    uint16_t read_size;
    uint32_t readers; /* its list */
} weft__cell;

/* Cells of one kind of access: of whole words, and of single bytes where parts of words are used.
 * */
typedef struct weft__cells {
    weft__cell *words;
    weft__cell *bytes;
} weft__cells;

typedef struct weft__page {
    weft__cells plain;
    weft__cells atomic;
    uint8_t has[WORDS]; /* what else there is to look at */
    uint32_t used;      /* its parts that have been used since they were forgotten */
} weft__page;

typedef struct weft__reader {
    uint64_t epoch;
    uint32_t site;
    uint32_t size;
} weft__reader;

typedef struct weft__readers {
    weft__reader *list;
    size_t count;
    size_t capacity;
} weft__readers;

static struct {
    struct {
        uintptr_t number;
        weft__page *page;
    } cache[CACHE_SIZE];
    weft__addresses pages; /* by number */
    uint64_t base;         /* times up to this are of earlier runs */
    uint32_t run;          /* its number, or so */
    weft__readers *readers;
    size_t reader_count; /* lists of this run */
    size_t reader_capacity;
} shadow WEFT_KEEP;

extern const char __executable_start[] __attribute__((visibility("hidden")));

static uint32_t pack_site(const void *site)
{
    return (uint32_t)((uintptr_t)site - (uintptr_t)__executable_start);
}

static const void *unpack_site(uint32_t site)
{
    return site == pack_site(NULL) ? NULL : __executable_start + site;
}

/* ---- Pages ---- */

static weft__page *find_page(uintptr_t number)
{
    uint64_t *const place = weft__addresses_at(&shadow.pages, (const void *)number);
    if (*place == 0) {
        weft__page *const fresh = weft__zeroed(sizeof *fresh);
        fresh->plain.words = weft__zeroed(WORDS * sizeof *fresh->plain.words);
        *place = (uint64_t)(uintptr_t)fresh;
    }
    return (weft__page *)(uintptr_t)*place;
}

/* Stacks lie at multiples of 32 pages and more, and each is used at its top. */
static inline size_t place_in_cache(uintptr_t number)
{
    return (number ^ number >> 5) % CACHE_SIZE;
}

static weft__page *page_of(uintptr_t address)
{
    const uintptr_t number = (address >> PAGE_BITS) + 1; /* not 0 */
    const size_t i = place_in_cache(number);
    if (shadow.cache[i].number != number) {
        shadow.cache[i].page = find_page(number);
        shadow.cache[i].number = number;
    }
    return shadow.cache[i].page;
}

static size_t word_in_page(uintptr_t address)
{
    return address % ((uintptr_t)1 << PAGE_BITS) / WORD;
}

static weft__cell *bytes_of(weft__page *page, weft__cells *cells, size_t word)
{
    if (cells->bytes == NULL) {
        cells->bytes = weft__zeroed((size_t)WORDS * WORD * sizeof *cells->bytes);
    }
    page->has[word] |= HAS_BYTES;
    return cells->bytes + word * WORD;
}

/* ---- Epochs ---- */

static uint64_t epoch_of(uint32_t slot, const weft__vector *clock)
{
    return (uint64_t)slot << TIME_BITS | (shadow.base + weft__vector_at(clock, slot));
}

static uint32_t slot_of(uint64_t epoch)
{
    return (uint32_t)(epoch >> TIME_BITS);
}

void weft__shadow_reset(uint32_t highest)
{
    shadow.base += highest;
    shadow.run++;
    shadow.reader_count = 0;
}

/* ---- One location ---- */

typedef struct weft__using {
    weft__shadow_use use;
    const weft__vector *clock;
    uint64_t epoch;
    bool writes;
} weft__using;

static bool writes(weft__shadow_kind kind)
{
    return kind == WEFT__SHADOW_WRITE || kind == WEFT__SHADOW_ATOMIC_WRITE ||
           kind == WEFT__SHADOW_CLOSE;
}

static bool is_atomic(weft__shadow_kind kind)
{
    return kind == WEFT__SHADOW_ATOMIC_READ || kind == WEFT__SHADOW_ATOMIC_WRITE;
}

static bool is_of_channel(weft__shadow_kind kind)
{
    return kind == WEFT__SHADOW_SEND || kind == WEFT__SHADOW_CLOSE;
}

static bool is_before(uint64_t epoch, const weft__using *u)
{
    const uint64_t time = epoch & TIME_MASK;
    return time <= shadow.base || slot_of(epoch) == u->use.slot ||
           time - shadow.base <= weft__vector_at(u->clock, slot_of(epoch));
}

/* NULL: there is no list, or one of another run. */
static weft__readers *readers_of(const weft__cell *cell)
{
    const bool valid = cell->read == SEVERAL && cell->read_site == shadow.run;
    return valid ? &shadow.readers[cell->readers] : NULL;
}

static void found(const weft__using *u, uint64_t epoch, bool wrote, bool atomic, uint32_t site,
                  uint32_t size)
{
    const weft__shadow_kind kinds[2][2] = {{WEFT__SHADOW_READ, WEFT__SHADOW_WRITE},
                                           {WEFT__SHADOW_ATOMIC_READ, WEFT__SHADOW_ATOMIC_WRITE}};
    const weft__shadow_kind on_channel = wrote ? WEFT__SHADOW_CLOSE : WEFT__SHADOW_SEND;
    const weft__shadow_use first = {
        .address = u->use.address,
        .size = size,
        .kind = is_of_channel(u->use.kind) ? on_channel : kinds[atomic][wrote],
        .slot = slot_of(epoch),
        .site = unpack_site(site),
    };
    weft__race_found(&first, &u->use);
}

static void check(const weft__cell *cell, const weft__using *u, bool atomic)
{
    if (!is_before(cell->write, u)) {
        found(u, cell->write, true, atomic, cell->write_site, cell->write_size);
    }
    if (!u->writes) {
        return;
    }
    const weft__readers *const readers = readers_of(cell);
    if (readers == NULL) {
        if (cell->read != SEVERAL && !is_before(cell->read, u)) {
            found(u, cell->read, false, atomic, cell->read_site, cell->read_size);
        }
        return;
    }
    for (size_t i = 0; i < readers->count; i++) {
        const weft__reader *const reader = &readers->list[i];
        if (!is_before(reader->epoch, u)) {
            found(u, reader->epoch, false, atomic, reader->site, reader->size);
        }
    }
}

static void add_reader(weft__readers *readers, weft__reader reader)
{
    for (size_t i = 0; i < readers->count; i++) {
        if (slot_of(readers->list[i].epoch) == slot_of(reader.epoch)) {
            readers->list[i] = reader;
            return;
        }
    }
    readers->list = weft__with_zeroed(readers->list, readers->count + 1, &readers->capacity,
                                      sizeof *readers->list);
    readers->list[readers->count++] = reader;
}

static weft__readers *make_readers(weft__cell *cell)
{
    shadow.readers = weft__with_zeroed(shadow.readers, shadow.reader_count + 1,
                                       &shadow.reader_capacity, sizeof *shadow.readers);
    cell->readers = (uint32_t)shadow.reader_count++;
    shadow.readers[cell->readers].count = 0;
    cell->read = SEVERAL;
    cell->read_site = shadow.run;
    return &shadow.readers[cell->readers];
}

static void note_read(weft__cell *cell, const weft__using *u)
{
    const weft__reader mine = {u->epoch, pack_site(u->use.site), (uint32_t)u->use.size};
    weft__readers *readers = readers_of(cell);
    if (readers == NULL && cell->read != SEVERAL && !is_before(cell->read, u)) {
        const weft__reader other = {cell->read, cell->read_site, cell->read_size};
        readers = make_readers(cell);
        add_reader(readers, other);
    }
    if (readers != NULL) {
        add_reader(readers, mine);
        return;
    }
    cell->read = u->epoch;
    cell->read_site = mine.site;
    cell->read_size = (uint16_t)mine.size;
}

static void note(weft__cell *cell, const weft__using *u)
{
    if (!u->writes) {
        note_read(cell, u);
        return;
    }
    cell->write = u->epoch;
    cell->write_site = pack_site(u->use.site);
    cell->write_size = (uint16_t)u->use.size;
    cell->read = 0;
}

/* ---- Words and their bytes ---- */

static void check_cells(const weft__cells *cells, size_t word, unsigned mask, const weft__using *u,
                        bool atomic)
{
    if (cells->words != NULL) {
        check(&cells->words[word], u, atomic);
    }
    for (size_t i = 0; cells->bytes != NULL && i < WORD; i++) {
        if ((mask >> i & 1) != 0) {
            check(&cells->bytes[word * WORD + i], u, atomic);
        }
    }
}

static void note_cells(weft__page *page, weft__cells *cells, size_t word, unsigned mask,
                       const weft__using *u)
{
    enum { WHOLE = (1 << WORD) - 1 };
    if (mask == WHOLE) {
        if (cells->words == NULL) {
            cells->words = weft__zeroed(WORDS * sizeof *cells->words);
        }
        note(&cells->words[word], u);
        return;
    }
    weft__cell *const bytes = bytes_of(page, cells, word);
    for (size_t i = 0; i < WORD; i++) {
        if ((mask >> i & 1) != 0) {
            note(&bytes[i], u);
        }
    }
}

/* From now on each of the two has its own cell. */
static void part_pair(weft__page *page, size_t word)
{
    const size_t first = (page->has[word] & HAS_PAIR) != 0 ? word : word - 1;
    page->has[first] &= (uint8_t)~HAS_PAIR;
    page->has[first + 1] &= (uint8_t)~HAS_TWIN;
    weft__cell *const twin = &page->plain.words[first + 1];
    *twin = page->plain.words[first];
    const weft__readers *readers = readers_of(twin);
    if (readers != NULL) {
        const uint32_t list = twin->readers;
        (void)make_readers(twin); /* may move the lists */
        for (size_t i = 0; i < shadow.readers[list].count; i++) {
            add_reader(&shadow.readers[twin->readers], shadow.readers[list].list[i]);
        }
    }
}

/* The bytes of `mask` in the word at this address. */
static void access_word(uintptr_t address, unsigned mask, const weft__using *u)
{
    weft__page *const page = page_of(address);
    const size_t word = word_in_page(address);
    if ((page->has[word] & (HAS_PAIR | HAS_TWIN)) != 0) {
        part_pair(page, word);
    }
    page->used |= UINT32_C(1) << word / PART;
    const bool atomic = is_atomic(u->use.kind);
    check_cells(&page->plain, word, mask, u, false);
    if ((page->has[word] & HAS_ATOMICS) != 0 && !atomic) {
        check_cells(&page->atomic, word, mask, u, true);
    }
    if (atomic) {
        page->has[word] |= HAS_ATOMICS;
    }
    note_cells(page, atomic ? &page->atomic : &page->plain, word, mask, u);
}

/* What the fast path needs to know of who uses the word. */
typedef struct weft__passing {
    uint64_t epoch;
    const uint32_t *clock;
    uint32_t length;
    uint32_t site;
    uint16_t size;
    bool writes;
} weft__passing;

static inline bool passes(uint64_t epoch, const weft__passing *p)
{
    const uint64_t time = epoch & TIME_MASK;
    const uint64_t slot = epoch >> TIME_BITS; /* of SEVERAL: there is no such */
    return time <= shadow.base || (slot < p->length && time - shadow.base <= p->clock[slot]);
}

/* Who is among the readers of this run already. */
__attribute__((noinline)) static bool read_again(const weft__cell *cell, const weft__passing *p)
{
    const weft__readers *const readers = readers_of(cell);
    for (size_t i = 0; readers != NULL && i < readers->count; i++) {
        weft__reader *const reader = &readers->list[i];
        if (slot_of(reader->epoch) == slot_of(p->epoch)) {
            *reader = (weft__reader){.epoch = p->epoch, .site = p->site, .size = p->size};
            return true;
        }
    }
    return false;
}

/* Whether the goroutine may write, or read, the word without a look at anything else; then it is
 * written down. */
static inline bool pass_word(weft__cell *cell, const weft__passing *p)
{
    if (p->writes) {
        if (cell->write != p->epoch || cell->read != 0) {
            if (!passes(cell->write, p) || !passes(cell->read, p)) {
                return false;
            }
            cell->write = p->epoch;
            cell->write_site = p->site;
            cell->write_size = p->size;
            cell->read = 0;
        }
        return true;
    }
    if (cell->read != p->epoch) {
        if (!passes(cell->write, p)) {
            return false;
        }
        if (!passes(cell->read, p)) {
            return read_again(cell, p);
        }
        cell->read = p->epoch;
        cell->read_site = p->site;
        cell->read_size = p->size;
    }
    return true;
}

static bool is_unused(const weft__page *page, size_t word)
{
    return page->has[word] == 0 && page->plain.words[word].write == 0 &&
           page->plain.words[word].read == 0;
}

__attribute__((noinline)) static bool pair(weft__page *page, size_t word)
{
    if (word % 2 != 0 || !is_unused(page, word) || !is_unused(page, word + 1)) {
        return false;
    }
    page->has[word] = HAS_PAIR;
    page->has[word + 1] = HAS_TWIN;
    return true;
}

/* The fast path of plain accesses of whole words. */
static inline bool pass(uint32_t slot, const weft__vector *clock, uintptr_t start, size_t size,
                        bool writes, const void *site)
{
    const uintptr_t number = (start >> PAGE_BITS) + 1;
    const size_t word = word_in_page(start);
    const size_t end = word + size / WORD;
    if ((start | size) % WORD != 0 || end > WORDS || size > PART * WORD ||
        shadow.cache[place_in_cache(number)].number != number) {
        return false;
    }
    weft__page *const page = shadow.cache[place_in_cache(number)].page;
    page->used |= UINT32_C(1) << word / PART | UINT32_C(1) << (end - 1) / PART;
    const weft__passing p = {
        .epoch = epoch_of(slot, clock),
        .clock = clock->at,
        .length = clock->length,
        .site = pack_site(site),
        .size = (uint16_t)size,
        .writes = writes,
    };
    if (size == (size_t)2 * WORD && (page->has[word] == HAS_PAIR || pair(page, word))) {
        return pass_word(&page->plain.words[word], &p);
    }
    for (size_t k = word; k < end; k++) {
        if (page->has[k] != 0 || !pass_word(&page->plain.words[k], &p)) {
            return false;
        }
    }
    return true;
}

/* Word by word, with a look at everything. */
__attribute__((noinline, cold)) static void access_words(const weft__using *u)
{
    const uintptr_t start = (uintptr_t)u->use.address;
    const uintptr_t end = start + u->use.size;
    for (uintptr_t word = start - start % WORD; word < end; word += WORD) {
        unsigned mask = 0;
        for (unsigned i = 0; i < WORD; i++) {
            mask |= word + i >= start && word + i < end ? 1U << i : 0;
        }
        access_word(word, mask, u);
    }
}

__attribute__((noinline)) static void access(uint32_t slot, const weft__vector *clock,
                                             const volatile void *address, size_t size,
                                             weft__shadow_kind kind, const void *site)
{
    const weft__using u = {
        .use = {.address = address, .size = size, .kind = kind, .slot = slot, .site = site},
        .clock = clock,
        .epoch = epoch_of(slot, clock),
        .writes = writes(kind),
    };
    access_words(&u);
}

void weft__shadow_access(uint32_t slot, const weft__vector *clock, const volatile void *address,
                         size_t size, weft__shadow_kind kind, const void *site)
{
    const bool passed = writes(kind) ? kind != WEFT__SHADOW_ATOMIC_WRITE &&
                                           pass(slot, clock, (uintptr_t)address, size, true, site)
                                     : kind != WEFT__SHADOW_ATOMIC_READ &&
                                           pass(slot, clock, (uintptr_t)address, size, false, site);
    if (!passed) {
        access(slot, clock, address, size, kind, site);
    }
}

/* ---- Memory that changes hands ---- */

static void forget_cells(weft__cell *cells, size_t first, size_t count)
{
    if (cells != NULL) {
        memset(cells + first, 0, count * sizeof *cells);
    }
}

static void forget_words(const weft__page *page, size_t first, size_t count)
{
    forget_cells(page->plain.words, first, count);
    forget_cells(page->plain.bytes, first * WORD, count * WORD);
    forget_cells(page->atomic.words, first, count);
    forget_cells(page->atomic.bytes, first * WORD, count * WORD);
}

static void forget_in_page(uintptr_t address, size_t size)
{
    const uintptr_t number = (address >> PAGE_BITS) + 1;
    weft__page *const page =
        (void *)(uintptr_t)*weft__addresses_at(&shadow.pages, (const void *)number);
    if (page == NULL) {
        return;
    }
    const size_t first = word_in_page(address);
    const size_t end = word_in_page(address + size - 1) + 1;
    if (first != 0 || end != WORDS) {
        forget_words(page, first, end - first);
        return;
    }
    for (; page->used != 0; page->used &= page->used - 1) {
        forget_words(page, (size_t)__builtin_ctz(page->used) * PART, PART);
    }
}

void weft__shadow_forget(const volatile void *address, size_t size)
{
    uintptr_t start = (uintptr_t)address;
    const uintptr_t end = start + size;
    while (start < end) {
        const uintptr_t page_end = (start | (((uintptr_t)1 << PAGE_BITS) - 1)) + 1;
        const uintptr_t stop = page_end < end ? page_end : end;
        forget_in_page(start, stop - start);
        start = stop;
    }
}
