/* wakeup.c: see wakeup.h. */
#include "wakeup.h"

#include <stdlib.h>
#include <string.h>

#include <backend.h>

#include "../memory.h"

typedef struct weft__branch {
    weft__move_id move;
    weft__wakeup next; /* branch from the same point */
    weft__wakeup behind;
    weft__held *held;
} weft__branch;

static struct {
    weft__branch *branches; /* the first is not used */
    uint32_t count;
    uint32_t capacity;
    weft__wakeup free;
} trees WEFT_KEEP;

void weft__held_free(weft__held *held)
{
    while (held != NULL) {
        weft__held *const next = held->next;
        free(held);
        held = next;
    }
}

void weft__wakeup_clear(void)
{
    for (uint32_t i = 1; i <= trees.count; i++) {
        weft__held_free(trees.branches[i].held);
    }
    trees.count = 0;
    trees.free = 0;
}

static weft__wakeup make(weft__move_id move)
{
    weft__wakeup branch = trees.free;
    if (branch != 0) {
        trees.free = trees.branches[branch].next;
    } else {
        if (trees.count + 1 >= trees.capacity) {
            trees.capacity = trees.capacity == 0 ? 256 : trees.capacity * 2;
            trees.branches = weft__grow(trees.branches, trees.capacity * sizeof *trees.branches);
        }
        branch = ++trees.count;
    }
    trees.branches[branch] = (weft__branch){.move = move};
    return branch;
}

/* Append a branch for the whole sequence. The trees may move in memory meanwhile. */
static void append(weft__wakeup parent, weft__wakeup *root, const weft__move_id *sequence,
                   size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const weft__wakeup branch = make(sequence[i]);
        weft__wakeup *link = parent == 0 ? root : &trees.branches[parent].behind;
        while (*link != 0) {
            link = &trees.branches[*link].next;
        }
        *link = branch;
        parent = branch;
    }
}

static void hold(weft__wakeup branch, const weft__move_id *sequence, size_t count)
{
    if (count == 0) {
        return; /* it is the branch itself */
    }
    weft__held *const held = weft__grow(NULL, sizeof *held + count * sizeof *sequence);
    held->next = trees.branches[branch].held;
    held->count = count;
    memcpy(held->sequence, sequence, count * sizeof *sequence);
    trees.branches[branch].held = held;
}

void weft__wakeup_insert(weft__wakeup *tree, weft__move_id *sequence, size_t count)
{
    weft__wakeup parent = 0;
    weft__wakeup branch = *tree;
    while (branch != 0 && count != 0) {
        size_t place = 0;
        const weft__initial initial =
            weft__move_initial(trees.branches[branch].move, sequence, count, &place);
        if (initial == WEFT__INITIAL_NO) {
            branch = trees.branches[branch].next;
            continue;
        }
        if (initial == WEFT__INITIAL_FIRST) {
            count--;
            memmove(sequence + place, sequence + place + 1, (count - place) * sizeof *sequence);
        }
        if (trees.branches[branch].behind == 0) {
            hold(branch, sequence, count);
            return; /* whatever comes behind it will be explored */
        }
        parent = branch;
        branch = trees.branches[branch].behind;
    }
    append(parent, tree, sequence, count);
}

weft__taken weft__wakeup_take(weft__wakeup *tree)
{
    const weft__wakeup branch = *tree;
    const weft__branch taken = trees.branches[branch];
    *tree = taken.next;
    trees.branches[branch].held = NULL;
    trees.branches[branch].next = trees.free;
    trees.free = branch;
    return (weft__taken){taken.move, taken.behind, taken.held};
}
