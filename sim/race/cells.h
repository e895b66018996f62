/* cells.h: the cells of the shadow, and the fast path through them: plain accesses of whole words
 * by who may go on without a look at anything else. shadow.c has the rest.
 *
 * The cells of 4 KiB of memory are a page of their own; a small cache leads from an address to it.
 * */
#ifndef WEFT_SIM_CELLS_H
#define WEFT_SIM_CELLS_H

#include <atomic.h>

#include "../addresses.h"
#include "vector.h"

enum {
    WEFT__SHADOW_WORD = 4,
    WEFT__SHADOW_PAGE_BITS = 12,
    WEFT__SHADOW_WORDS = (1 << WEFT__SHADOW_PAGE_BITS) / WEFT__SHADOW_WORD,
    WEFT__SHADOW_PART = WEFT__SHADOW_WORDS / 32,
    WEFT__SHADOW_CACHE_SIZE = 256,
    WEFT__TIME_BITS = 40,
    WEFT__HAS_BYTES = 1,
    WEFT__HAS_ATOMICS = 2,
    WEFT__HAS_PAIR =
        4, /* it and the next word have only been used together: its cell is that of both */
    WEFT__HAS_TWIN = 8, /* it is that next word */
};

#define WEFT__TIME_MASK (((uint64_t)1 << WEFT__TIME_BITS) - 1)
#define WEFT__SEVERAL UINT64_MAX /* of `read`: a list, of the run that read_site tells */

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
    uint8_t has[WEFT__SHADOW_WORDS]; /* what else there is to look at */
    uint32_t used;                   /* its parts that have been used since they were forgotten */
    struct weft__page *next;         /* of all there are */
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

typedef struct weft__shadow {
    struct {
        uintptr_t number;
        weft__page *page;
    } cache[WEFT__SHADOW_CACHE_SIZE];
    weft__addresses pages; /* by number */
    weft__page *all;
    size_t page_count;
    uint64_t base; /* times up to this are of earlier runs */
    uint32_t run;  /* its number, or so */
    weft__readers *readers;
    size_t reader_count; /* lists of this run */
    size_t reader_capacity;
} weft__shadow;

extern weft__shadow weft__the_shadow;

extern const char __executable_start[] __attribute__((visibility("hidden")));

static inline uint32_t weft__pack_site(const void *site)
{
    return (uint32_t)((uintptr_t)site - (uintptr_t)__executable_start);
}

/* Stacks lie at multiples of 32 pages and more, and each is used at its top. */
static inline size_t weft__place_in_cache(uintptr_t number)
{
    return (number ^ number >> 5) % WEFT__SHADOW_CACHE_SIZE;
}

static inline size_t weft__word_in_page(uintptr_t address)
{
    return address % ((uintptr_t)1 << WEFT__SHADOW_PAGE_BITS) / WEFT__SHADOW_WORD;
}

static inline uint64_t weft__epoch_of(uint32_t slot, const weft__vector *clock)
{
    return (uint64_t)slot << WEFT__TIME_BITS |
           (weft__the_shadow.base + weft__vector_at(clock, slot));
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

static WEFT__ALWAYS_INLINE bool weft__passes(uint64_t epoch, const weft__passing *p)
{
    const uint64_t time = epoch & WEFT__TIME_MASK;
    const uint64_t slot = epoch >> WEFT__TIME_BITS; /* of WEFT__SEVERAL: there is no such */
    return time <= weft__the_shadow.base ||
           (slot < p->length && time - weft__the_shadow.base <= p->clock[slot]);
}

/* Who is among the readers of this run already. */
bool weft__cell_read_again(const weft__cell *cell, const weft__passing *p);

/* Make a pair of two words that nobody has used. false: somebody has. */
bool weft__cells_pair(weft__page *page, size_t word);

/* Whether the goroutine may write, or read, the word without a look at anything else; then it is
 * written down. */
static WEFT__ALWAYS_INLINE bool weft__pass_word(weft__cell *cell, const weft__passing *p)
{
    if (p->writes) {
        if (cell->write != p->epoch || cell->read != 0) {
            if (!weft__passes(cell->write, p) || !weft__passes(cell->read, p)) {
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
        if (!weft__passes(cell->write, p)) {
            return false;
        }
        if (!weft__passes(cell->read, p)) {
            return weft__cell_read_again(cell, p);
        }
        cell->read = p->epoch;
        cell->read_site = p->site;
        cell->read_size = p->size;
    }
    return true;
}

/* The goroutine, as the fast path knows it. */
static inline weft__passing weft__passing_of(uint32_t slot, const weft__vector *clock)
{
    return (weft__passing){
        .epoch = weft__epoch_of(slot, clock), .clock = clock->at, .length = clock->length};
}

/* The fast path. false: all must be looked at. */
static WEFT__ALWAYS_INLINE bool weft__pass(weft__passing who, uintptr_t start, size_t size,
                                           bool writes, const void *site)
{
    const uintptr_t number = (start >> WEFT__SHADOW_PAGE_BITS) + 1;
    const size_t i = weft__place_in_cache(number);
    const size_t word = weft__word_in_page(start);
    const size_t end = word + size / WEFT__SHADOW_WORD;
    if ((start | size) % WEFT__SHADOW_WORD != 0 || end > WEFT__SHADOW_WORDS ||
        size > WEFT__SHADOW_PART * WEFT__SHADOW_WORD ||
        weft__the_shadow.cache[i].number != number) {
        return false;
    }
    weft__page *const page = weft__the_shadow.cache[i].page;
    page->used |= UINT32_C(1) << word / WEFT__SHADOW_PART | UINT32_C(1)
                                                                << (end - 1) / WEFT__SHADOW_PART;
    who.site = weft__pack_site(site);
    who.size = (uint16_t)size;
    who.writes = writes;
    if (size == (size_t)2 * WEFT__SHADOW_WORD &&
        (page->has[word] == WEFT__HAS_PAIR || weft__cells_pair(page, word))) {
        return weft__pass_word(&page->plain.words[word], &who);
    }
    for (size_t k = word; k < end; k++) {
        if (page->has[k] != 0 || !weft__pass_word(&page->plain.words[k], &who)) {
            return false;
        }
    }
    return true;
}

#endif
