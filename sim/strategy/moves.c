/* moves.c: see moves.h. */
#include "moves.h"

#include <stdlib.h>
#include <string.h>

#include <backend.h>

#include "../hash.h"
#include "../memory.h"

static struct {
    weft__move *list;
    uint32_t count;
    uint32_t capacity;
    weft__touch *touches;
    size_t touch_count;
    size_t touch_capacity;
    uint32_t *choices;
    size_t choice_count;
    size_t choice_capacity;
    uint32_t *index; /* open addressing by hash: id + 1 */
    size_t index_size;
} moves WEFT_KEEP;

void weft__moves_clear(void)
{
    moves.count = 0;
    moves.touch_count = 0;
    moves.choice_count = 0;
    if (moves.index != NULL) {
        memset(moves.index, 0, moves.index_size * sizeof *moves.index);
    }
}

const weft__move *weft__move_at(weft__move_id id)
{
    return &moves.list[id];
}

const weft__touch *weft__move_touches(const weft__move *move)
{
    return moves.touches + move->touches;
}

const uint32_t *weft__move_choices(const weft__move *move)
{
    return moves.choices + move->choices;
}

static uint64_t hash_of(const weft__move *move, const weft__touch *touches, const uint32_t *choices)
{
    uint64_t hash = weft__mix(move->actor, (uint64_t)move->touch_count << 32 | move->choice_count);
    hash = weft__mix(hash, (move->ends_run ? 1 : 0) | (move->pending ? 2 : 0));
    for (uint32_t i = 0; i < move->touch_count; i++) {
        hash = weft__mix(hash ^ touches[i].object, touches[i].access);
    }
    for (uint32_t i = 0; i < move->choice_count; i++) {
        hash = weft__mix(hash, choices[i]);
    }
    return hash;
}

static bool equal(const weft__move *a, const weft__move *b, const weft__touch *touches,
                  const uint32_t *choices)
{
    if (a->hash != b->hash || a->actor != b->actor || a->touch_count != b->touch_count ||
        a->choice_count != b->choice_count || a->ends_run != b->ends_run ||
        a->pending != b->pending) {
        return false;
    }
    const weft__touch *const mine = weft__move_touches(a);
    for (uint32_t i = 0; i < a->touch_count; i++) {
        if (mine[i].object != touches[i].object || mine[i].access != touches[i].access) {
            return false;
        }
    }
    return a->choice_count == 0 ||
           memcmp(weft__move_choices(a), choices, a->choice_count * sizeof *choices) == 0;
}

static uint32_t *find(const weft__move *move, const weft__touch *touches, const uint32_t *choices)
{
    size_t i = move->hash & (moves.index_size - 1);
    while (moves.index[i] != 0 && !equal(&moves.list[moves.index[i] - 1], move, touches, choices)) {
        i = (i + 1) & (moves.index_size - 1);
    }
    return &moves.index[i];
}

static void grow_index(void)
{
    moves.index_size = moves.index_size == 0 ? 1024 : moves.index_size * 2;
    moves.index = weft__grow(moves.index, moves.index_size * sizeof *moves.index);
    memset(moves.index, 0, moves.index_size * sizeof *moves.index);
    for (uint32_t id = 0; id < moves.count; id++) {
        const weft__move *const move = &moves.list[id];
        *find(move, weft__move_touches(move), weft__move_choices(move)) = id + 1;
    }
}

static weft__move_id add(weft__move move, const weft__touch *touches, const uint32_t *choices)
{
    size_t capacity = moves.capacity;
    moves.list = weft__with_room(moves.list, moves.count, 1, &capacity, sizeof *moves.list);
    moves.capacity = (uint32_t)capacity;
    moves.touches = weft__with_room(moves.touches, moves.touch_count, move.touch_count,
                                    &moves.touch_capacity, sizeof *moves.touches);
    moves.choices = weft__with_room(moves.choices, moves.choice_count, move.choice_count,
                                    &moves.choice_capacity, sizeof *moves.choices);
    move.touches = moves.touch_count;
    move.choices = moves.choice_count;
    for (uint32_t i = 0; i < move.touch_count; i++) {
        moves.touches[moves.touch_count++] = touches[i];
    }
    for (uint32_t i = 0; i < move.choice_count; i++) {
        moves.choices[moves.choice_count++] = choices[i];
    }
    moves.list[moves.count] = move;
    return moves.count++;
}

weft__move_id weft__move_make(const weft__move *move, const weft__touch *touches,
                              const uint32_t *choices)
{
    weft__move wanted = *move;
    wanted.hash = hash_of(move, touches, choices);
    if (2 * (size_t)moves.count >= moves.index_size) {
        grow_index();
    }
    uint32_t *const place = find(&wanted, touches, choices);
    if (*place == 0) {
        *place = add(wanted, touches, choices) + 1;
    }
    return *place - 1;
}

bool weft__moves_conflict(weft__move_id a, weft__move_id b)
{
    const weft__move *const first = weft__move_at(a);
    const weft__move *const second = weft__move_at(b);
    if (first->actor == second->actor || first->ends_run || second->ends_run || first->pending ||
        second->pending) {
        return true;
    }
    const weft__touch *const mine = weft__move_touches(first);
    const weft__touch *const other = weft__move_touches(second);
    for (uint32_t i = 0; i < first->touch_count; i++) {
        for (uint32_t k = 0; k < second->touch_count; k++) {
            if (weft__touches_conflict(mine[i], other[k])) {
                return true;
            }
        }
    }
    return false;
}

/* As far as both are decided: what is explored behind a move whose last choices are open includes
 * all that they could be. */
static bool same_choices(const weft__move *a, const weft__move *b)
{
    const uint32_t count = a->choice_count < b->choice_count ? a->choice_count : b->choice_count;
    return count == 0 ||
           memcmp(weft__move_choices(a), weft__move_choices(b), count * sizeof(uint32_t)) == 0;
}

weft__initial weft__move_initial(weft__move_id move, const weft__move_id *sequence, size_t count,
                                 size_t *ret_place)
{
    const weft__move *const wanted = weft__move_at(move);
    for (size_t i = 0; i < count; i++) {
        const weft__move *const other = weft__move_at(sequence[i]);
        if (other->actor == wanted->actor) {
            *ret_place = i;
            return same_choices(wanted, other) ? WEFT__INITIAL_FIRST : WEFT__INITIAL_NO;
        }
        if (weft__moves_conflict(move, sequence[i])) {
            return WEFT__INITIAL_NO;
        }
    }
    return WEFT__INITIAL_APART;
}
