/* outline.h: what a run did and what came of each operation, kept while other runs take place.
 *
 * An operation is the same in two runs when it is the so manieth of the same goroutine, and the
 * same call. Its texts can be told only while its own run is the last. */
#ifndef WEFT_SIM_OUTLINE_H
#define WEFT_SIM_OUTLINE_H

#include "../run.h"
#include "../strategy/keys.h"

typedef struct weft__deed {
    uint64_t goroutine; /* its stable name; a timer's */
    uint32_t seq;
    uint32_t slot;  /* in its run */
    uint32_t event; /* likewise: its index in the trace */
    uint16_t kind;
    bool waited;
    bool for_ever;    /* it waited, and nothing came of it */
    bool ready;       /* sending or receiving: it could complete at once */
    const void *site; /* the same in all runs of a process */
    uint32_t chosen;  /* the case that was taken, or the free choice, + 1; 0: none, or not known */
    uint32_t source;  /* the operation, from 1, that it got its value or its turn from; 0: none */
    uint32_t key;     /* what it touches: from here */
    uint32_t key_count;
} weft__deed;

/* Two operations in a race: the first came first, and need not have. */
typedef struct weft__reversible {
    uint32_t first;
    uint32_t second;
} weft__reversible;

typedef struct weft__outline {
    weft__deed *deeds;
    uint32_t count;
    size_t event_count; /* of the trace */
    weft__touch_key *keys;
    size_t key_count;
    size_t key_capacity;
    weft__reversible *races;
    size_t race_count;
    size_t race_capacity;
    bool cut_short; /* it ended in the middle of things: who waited then might have gone on */
} weft__outline;

/* An operation, as far as it concerns one of its keys. */
typedef struct weft__facet {
    const weft__outline *outline;
    uint32_t deed;
    uint32_t key; /* which of them */
} weft__facet;

/* Replay the decisions and outline that run. false: it was too long to be looked at so closely;
 * the outline is empty. */
bool weft__outline_make(weft__outline *outline, const weft__decisions *decisions,
                        const weft__plan *plan, uint32_t deeds_max);
void weft__outline_clear(weft__outline *outline);

/* Where the goroutine's operation of this number is, + 1; 0: it did not come to that. `hint`: where
 * it may be. */
uint32_t weft__outline_find(const weft__outline *outline, const weft__deed *deed, uint32_t hint);

/* Whether the operation does this to that object. */
bool weft__deed_touches(const weft__outline *outline, const weft__deed *deed, weft__touch_key key);

/* It is so manieth time that the goroutine does this to that object, from 1; and of how many. */
uint32_t weft__facet_number(const weft__facet *facet, uint32_t *ret_total);

static inline const weft__deed *weft__facet_deed(const weft__facet *facet)
{
    return &facet->outline->deeds[facet->deed];
}

static inline weft__touch_key weft__facet_key(const weft__facet *facet)
{
    return facet->outline->keys[weft__facet_deed(facet)->key + facet->key];
}

#endif
