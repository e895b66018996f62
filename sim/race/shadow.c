/* shadow.c: see shadow.h, and cells.h for the fast path. */
#include "shadow.h"

#include <stdlib.h>
#include <string.h>

#include <weft.h>

#include "cells.h"
#include "race.h"

enum { PAGES_MAX = 4096 }; /* that are kept from run to run */

weft__shadow weft__the_shadow WEFT_KEEP;

static weft__shadow *const shadow = &weft__the_shadow;

static const void *unpack_site(uint32_t site)
{
    return site == weft__pack_site(NULL) ? NULL : __executable_start + site;
}

/* ---- Pages ---- */

static weft__page *find_page(uintptr_t number)
{
    uint64_t *const place = weft__addresses_at(&shadow->pages, (const void *)number);
    if (*place == 0) {
        weft__page *const fresh = weft__zeroed(sizeof *fresh);
        fresh->plain.words = weft__zeroed(WEFT__SHADOW_WORDS * sizeof *fresh->plain.words);
        fresh->next = shadow->all;
        shadow->all = fresh;
        shadow->page_count++;
        *place = (uint64_t)(uintptr_t)fresh;
    }
    return (weft__page *)(uintptr_t)*place;
}

static weft__page *page_of(uintptr_t address)
{
    const uintptr_t number = (address >> WEFT__SHADOW_PAGE_BITS) + 1; /* not 0 */
    const size_t i = weft__place_in_cache(number);
    if (shadow->cache[i].number != number) {
        shadow->cache[i].page = find_page(number);
        shadow->cache[i].number = number;
    }
    return shadow->cache[i].page;
}

static weft__cell *bytes_of(weft__page *page, weft__cells *cells, size_t word)
{
    if (cells->bytes == NULL) {
        cells->bytes =
            weft__zeroed((size_t)WEFT__SHADOW_WORDS * WEFT__SHADOW_WORD * sizeof *cells->bytes);
    }
    page->has[word] |= WEFT__HAS_BYTES;
    return cells->bytes + word * WEFT__SHADOW_WORD;
}

/* ---- Epochs ---- */

static uint32_t slot_of(uint64_t epoch)
{
    return (uint32_t)(epoch >> WEFT__TIME_BITS);
}

/* Programs whose blocks have other addresses in each run would fill memory. */
static void free_pages(void)
{
    while (shadow->all != NULL) {
        weft__page *const page = shadow->all;
        shadow->all = page->next;
        free(page->plain.words);
        free(page->plain.bytes);
        free(page->atomic.words);
        free(page->atomic.bytes);
        free(page);
    }
    shadow->page_count = 0;
    weft__addresses_reset(&shadow->pages);
    memset(shadow->cache, 0, sizeof shadow->cache);
}

void weft__shadow_reset(uint32_t highest)
{
    if (shadow->page_count > PAGES_MAX) {
        free_pages();
    }
    shadow->base += highest;
    shadow->run++;
    shadow->reader_count = 0;
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
    const uint64_t time = epoch & WEFT__TIME_MASK;
    return time <= shadow->base || slot_of(epoch) == u->use.slot ||
           time - shadow->base <= weft__vector_at(u->clock, slot_of(epoch));
}

/* NULL: there is no list, or one of another run. */
static weft__readers *readers_of(const weft__cell *cell)
{
    const bool valid = cell->read == WEFT__SEVERAL && cell->read_site == shadow->run;
    return valid ? &shadow->readers[cell->readers] : NULL;
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
        if (cell->read != WEFT__SEVERAL && !is_before(cell->read, u)) {
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
    shadow->readers = weft__with_zeroed(shadow->readers, shadow->reader_count + 1,
                                        &shadow->reader_capacity, sizeof *shadow->readers);
    cell->readers = (uint32_t)shadow->reader_count++;
    shadow->readers[cell->readers].count = 0;
    cell->read = WEFT__SEVERAL;
    cell->read_site = shadow->run;
    return &shadow->readers[cell->readers];
}

static void note_read(weft__cell *cell, const weft__using *u)
{
    const weft__reader mine = {u->epoch, weft__pack_site(u->use.site), (uint32_t)u->use.size};
    weft__readers *readers = readers_of(cell);
    if (readers == NULL && cell->read != WEFT__SEVERAL && !is_before(cell->read, u)) {
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
    cell->write_site = weft__pack_site(u->use.site);
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
    for (size_t i = 0; cells->bytes != NULL && i < WEFT__SHADOW_WORD; i++) {
        if ((mask >> i & 1) != 0) {
            check(&cells->bytes[word * WEFT__SHADOW_WORD + i], u, atomic);
        }
    }
}

static void note_cells(weft__page *page, weft__cells *cells, size_t word, unsigned mask,
                       const weft__using *u)
{
    enum { WHOLE = (1 << WEFT__SHADOW_WORD) - 1 };
    if (mask == WHOLE) {
        if (cells->words == NULL) {
            cells->words = weft__zeroed(WEFT__SHADOW_WORDS * sizeof *cells->words);
        }
        note(&cells->words[word], u);
        return;
    }
    weft__cell *const bytes = bytes_of(page, cells, word);
    for (size_t i = 0; i < WEFT__SHADOW_WORD; i++) {
        if ((mask >> i & 1) != 0) {
            note(&bytes[i], u);
        }
    }
}

/* From now on each of the two has its own cell. */
static void part_pair(weft__page *page, size_t word)
{
    const size_t first = (page->has[word] & WEFT__HAS_PAIR) != 0 ? word : word - 1;
    page->has[first] &= (uint8_t)~WEFT__HAS_PAIR;
    page->has[first + 1] &= (uint8_t)~WEFT__HAS_TWIN;
    weft__cell *const twin = &page->plain.words[first + 1];
    *twin = page->plain.words[first];
    const weft__readers *readers = readers_of(twin);
    if (readers != NULL) {
        const uint32_t list = twin->readers;
        (void)make_readers(twin); /* may move the lists */
        for (size_t i = 0; i < shadow->readers[list].count; i++) {
            add_reader(&shadow->readers[twin->readers], shadow->readers[list].list[i]);
        }
    }
}

/* The bytes of `mask` in the word at this address. */
static void access_word(uintptr_t address, unsigned mask, const weft__using *u)
{
    weft__page *const page = page_of(address);
    const size_t word = weft__word_in_page(address);
    if ((page->has[word] & (WEFT__HAS_PAIR | WEFT__HAS_TWIN)) != 0) {
        part_pair(page, word);
    }
    page->used |= UINT32_C(1) << word / WEFT__SHADOW_PART;
    const bool atomic = is_atomic(u->use.kind);
    check_cells(&page->plain, word, mask, u, false);
    if ((page->has[word] & WEFT__HAS_ATOMICS) != 0 && !atomic) {
        check_cells(&page->atomic, word, mask, u, true);
    }
    if (atomic) {
        page->has[word] |= WEFT__HAS_ATOMICS;
    }
    note_cells(page, atomic ? &page->atomic : &page->plain, word, mask, u);
}

/* Who is among the readers of this run already. */
bool weft__cell_read_again(const weft__cell *cell, const weft__passing *p)
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

static bool is_unused(const weft__page *page, size_t word)
{
    return page->has[word] == 0 && page->plain.words[word].write == 0 &&
           page->plain.words[word].read == 0;
}

bool weft__cells_pair(weft__page *page, size_t word)
{
    if (word % 2 != 0 || !is_unused(page, word) || !is_unused(page, word + 1)) {
        return false;
    }
    page->has[word] = WEFT__HAS_PAIR;
    page->has[word + 1] = WEFT__HAS_TWIN;
    return true;
}

/* Word by word, with a look at everything. */
__attribute__((noinline, cold)) static void access_words(const weft__using *u)
{
    const uintptr_t start = (uintptr_t)u->use.address;
    const uintptr_t end = start + u->use.size;
    for (uintptr_t word = start - start % WEFT__SHADOW_WORD; word < end;
         word += WEFT__SHADOW_WORD) {
        unsigned mask = 0;
        for (unsigned i = 0; i < WEFT__SHADOW_WORD; i++) {
            mask |= word + i >= start && word + i < end ? 1U << i : 0;
        }
        access_word(word, mask, u);
    }
}

void weft__shadow_access_slowly(uint32_t slot, const weft__vector *clock,
                                const volatile void *address, size_t size, weft__shadow_kind kind,
                                const void *site)
{
    const weft__using u = {
        .use = {.address = address, .size = size, .kind = kind, .slot = slot, .site = site},
        .clock = clock,
        .epoch = weft__epoch_of(slot, clock),
        .writes = writes(kind),
    };
    access_words(&u);
}

void weft__shadow_access(uint32_t slot, const weft__vector *clock, const volatile void *address,
                         size_t size, weft__shadow_kind kind, const void *site)
{
    if (is_atomic(kind) ||
        !weft__pass(weft__passing_of(slot, clock), (uintptr_t)address, size, writes(kind), site)) {
        weft__shadow_access_slowly(slot, clock, address, size, kind, site);
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
    forget_cells(page->plain.bytes, first * WEFT__SHADOW_WORD, count * WEFT__SHADOW_WORD);
    forget_cells(page->atomic.words, first, count);
    forget_cells(page->atomic.bytes, first * WEFT__SHADOW_WORD, count * WEFT__SHADOW_WORD);
}

static void forget_in_page(uintptr_t address, size_t size)
{
    const uintptr_t number = (address >> WEFT__SHADOW_PAGE_BITS) + 1;
    weft__page *const page =
        (void *)(uintptr_t)*weft__addresses_at(&shadow->pages, (const void *)number);
    if (page == NULL) {
        return;
    }
    const size_t first = weft__word_in_page(address);
    const size_t end = weft__word_in_page(address + size - 1) + 1;
    if (first != 0 || end != WEFT__SHADOW_WORDS) {
        forget_words(page, first, end - first);
        return;
    }
    for (; page->used != 0; page->used &= page->used - 1) {
        forget_words(page, (size_t)__builtin_ctz(page->used) * WEFT__SHADOW_PART,
                     WEFT__SHADOW_PART);
    }
}

void weft__shadow_forget(const volatile void *address, size_t size)
{
    uintptr_t start = (uintptr_t)address;
    const uintptr_t end = start + size;
    while (start < end) {
        const uintptr_t page_end = (start | (((uintptr_t)1 << WEFT__SHADOW_PAGE_BITS) - 1)) + 1;
        const uintptr_t stop = page_end < end ? page_end : end;
        forget_in_page(start, stop - start);
        start = stop;
    }
}
