/* race.c: see race.h. */
#include "race.h"

#include <stdio.h>

#include "../addresses.h"
#include "../heap/heap.h"
#include "../memory.h"
#include "../report/source.h"
#include "../report/words.h"
#include "../run.h"
#include "../strategy/profile.h"
#include "happens_before.h"
#include "racy_lines.h"

static weft__run *const run = &weft__the_run;

enum { KNOWN_MAX = 64, NOTED_MAX = 1 << 20 };

weft__race weft__the_race WEFT_KEEP;

/* An access of the run, where a race is executed again. */
typedef struct weft__noted {
    weft__shadow_use use;
    size_t at;
} weft__noted;

static struct {
    weft__noted *list;
    size_t count;
    size_t capacity;
    uint64_t run; /* that they belong to */
} noted WEFT_KEEP;

static struct {
    weft__addresses signatures; /* by pair of sites */
    uint64_t known[KNOWN_MAX];
    size_t known_count;
} races WEFT_KEEP;

void weft__race_reset(void)
{
    races.known_count = 0;
}

void weft__race_know(uint64_t signature)
{
    if (races.known_count < KNOWN_MAX) {
        races.known[races.known_count++] = signature;
    }
}

static bool is_known(uint64_t signature)
{
    for (size_t i = 0; i < races.known_count; i++) {
        if (races.known[i] == signature) {
            return true;
        }
    }
    return races.known_count == KNOWN_MAX;
}

uint64_t weft__race_signature(uint64_t one_line, uint64_t other_line)
{
    const uint64_t less = one_line < other_line ? one_line : other_line;
    return weft__mix(less, one_line ^ other_line ^ less) | 1;
}

/* Looking up lines takes long, and the same two sites race again and again. */
static uint64_t signature_of(const void *one, const void *other)
{
    const uint64_t pair = weft__mix((uint64_t)(uintptr_t)one, (uint64_t)(uintptr_t)other);
    uint64_t *const known = weft__addresses_at(&races.signatures, (const void *)(uintptr_t)pair);
    if (*known == 0) {
        *known =
            weft__race_signature(weft__source_place_number(one), weft__source_place_number(other));
    }
    return *known;
}

/* ---- When they took place ---- */

void weft__race_note(const weft__shadow_use *use)
{
    if (noted.run != run->executed) {
        noted.run = run->executed;
        noted.count = 0;
    }
    if (noted.count < NOTED_MAX) {
        noted.list =
            weft__with_room(noted.list, noted.count, 1, &noted.capacity, sizeof *noted.list);
        noted.list[noted.count++] = (weft__noted){.use = *use, .at = run->trace.count};
    }
}

static bool overlap(const weft__shadow_use *a, const weft__shadow_use *b)
{
    const uintptr_t from_a = (uintptr_t)a->address;
    const uintptr_t from_b = (uintptr_t)b->address;
    return from_a < from_b + b->size && from_b < from_a + a->size;
}

/* Events before the access of the first goroutine; 0: not known. Its size and address become those
 * of the whole access. */
static size_t find_first(weft__race *race)
{
    for (size_t i = noted.run == run->executed ? noted.count : 0; i-- > 0;) {
        const weft__shadow_use *const use = &noted.list[i].use;
        if (use->slot == race->first.slot && use->site == race->first.site &&
            overlap(use, &race->second)) {
            race->first = *use;
            return noted.list[i].at;
        }
    }
    return 0;
}

/* ---- In words ---- */

void weft__race_describe_use(const weft__shadow_use *use, char *into, size_t size)
{
    static const char *const verbs[] = {
        [WEFT__SHADOW_READ] = "read",
        [WEFT__SHADOW_WRITE] = "write",
        [WEFT__SHADOW_ATOMIC_READ] = "atomic read",
        [WEFT__SHADOW_ATOMIC_WRITE] = "atomic write",
        [WEFT__SHADOW_SEND] = "send",
        [WEFT__SHADOW_CLOSE] = "close",
    };
    if (use->kind == WEFT__SHADOW_SEND || use->kind == WEFT__SHADOW_CLOSE) {
        (void)snprintf(into, size, "%s", verbs[use->kind]);
    } else {
        (void)snprintf(into, size, "%s of %zu byte%s", verbs[use->kind], use->size,
                       use->size == 1 ? "" : "s");
    }
}

static bool describe_stack(const volatile void *address, char *into, size_t size)
{
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__g *const g = run->members[slot].g;
        if (g != NULL && (uintptr_t)address - (uintptr_t)g->stack.low < g->stack.size) {
            char label[64];
            weft__goroutine_label(slot, label, sizeof label);
            (void)snprintf(into, size, "a local variable of %s", label);
            return true;
        }
    }
    return false;
}

void weft__race_describe_place(const volatile void *address, char *into, size_t size)
{
    const void *const place = (const void *)(uintptr_t)address;
    if (!weft__heap_describe(place, into, size) && !weft__source_variable(place, into, size) &&
        !describe_stack(address, into, size)) {
        (void)snprintf(into, size, "memory");
    }
}

static void describe(const weft__race *race, char *into, size_t size)
{
    char uses[2][40];
    char labels[2][48];
    char places[2][WEFT__PLACE_MAX];
    char place[128];
    const weft__shadow_use *const both[] = {&race->second, &race->first};
    for (int i = 0; i < 2; i++) {
        weft__race_describe_use(both[i], uses[i], sizeof uses[i]);
        weft__goroutine_label(both[i]->slot, labels[i], sizeof labels[i]);
        weft__source_place(both[i]->site, places[i], sizeof places[i]);
    }
    weft__race_describe_place(race->second.address, place, sizeof place);
    (void)snprintf(into, size, "%s by %s at %.80s, not ordered with %s by %s at %.80s: %.64s",
                   uses[0], labels[0], places[0], uses[1], labels[1], places[1], place);
}

/* ---- What becomes of it ---- */

static _Noreturn void end_run(const weft__shadow_use *first, const weft__shadow_use *second,
                              uint64_t signature)
{
    weft__the_race =
        (weft__race){.first = *first, .second = *second, .second_at = run->trace.count};
    weft__the_race.first_at = find_first(&weft__the_race);
    weft__outcome *const outcome = &run->outcome;
    outcome->kind = WEFT_FOUND_DATA_RACE;
    outcome->culprit = second->slot;
    outcome->site = second->site;
    outcome->race = signature;
    describe(&weft__the_race, outcome->message, sizeof outcome->message);
    weft__run_end();
}

/* What the writer did by now counts as before the reader: else what only follows from this race
 * would be reported as another one. */
static void order_reader(const weft__shadow_use *first, const weft__shadow_use *second)
{
    const bool read = second->kind == WEFT__SHADOW_READ || second->kind == WEFT__SHADOW_ATOMIC_READ;
    if (read && run->plan.races == WEFT__RACES_FIND) {
        weft__hb_acquire(second->slot, weft__hb_clock(first->slot));
    }
}

void weft__race_found(const weft__shadow_use *first, const weft__shadow_use *second)
{
    if (run->plan.races == WEFT__RACES_OFF) {
        return; /* the order is for weak memory only */
    }
    const uint64_t signature = signature_of(first->site, second->site);
    const bool ends = run->plan.race == 0 ? !is_known(signature) : run->plan.race == signature;
    if (run->plan.races == WEFT__RACES_FIND && ends) {
        end_run(first, second, signature);
    }
    if (run->plan.strategy->exhaustive || weft__run_teaches(run->plan.run)) {
        weft__points_learn(first->site);
        weft__points_learn(second->site);
    }
    order_reader(first, second);
}
