/* reach.c: blocks that a run has lost: still allocated at its end, and nothing points to them.
 *
 * Any word that could be an address in a block counts as one. Looked at are the program's globals,
 * the stacks of goroutines that are still there, the simulator's own heap (channels and timers hold
 * what the program gave them), blocks of before the run, and every block that is reached so. Not:
 * WEFT_KEEP variables, and what libc keeps. */
#include "../memory.h"
#include "fault.h"

static struct {
    size_t *list; /* of blocks: reached, and not looked at so far */
    size_t count;
    size_t capacity;
} pending WEFT_KEEP;

static void reach(weft__heap_block *block)
{
    if (block->reached || block->freed) {
        return;
    }
    block->reached = true;
    pending.list =
        weft__with_room(pending.list, pending.count, 1, &pending.capacity, sizeof *pending.list);
    pending.list[pending.count++] = (size_t)(block - weft__the_blocks.list);
}

__attribute__((no_sanitize("address"))) static void look(const void *start, size_t size)
{
    const uintptr_t aligned = ((uintptr_t)start + 7) & ~(uintptr_t)7;
    const uintptr_t end = (uintptr_t)start + size;
    for (const void *const *word = (const void *const *)aligned; (uintptr_t)(word + 1) <= end;
         word++) {
        if (weft__heap_holds(*word)) {
            weft__heap_block *const block = weft__block_at(*word);
            /* One past its end too: that is where a cursor stops. */
            if (block != NULL && (uintptr_t)*word - (uintptr_t)block->address <= block->size) {
                reach(block);
            }
        }
    }
}

static void look_at_stacks(void)
{
    const weft__run *const run = &weft__the_run;
    for (uint32_t slot = 0; slot < run->member_count; slot++) {
        const weft__g *const g = run->members[slot].g;
        if (g != NULL) {
            const uintptr_t top = (uintptr_t)g->stack.low + g->stack.size;
            look(g->fiber.sp, top - (uintptr_t)g->fiber.sp);
        }
    }
}

static void look_at_all(void)
{
    const weft__blocks *const blocks = &weft__the_blocks;
    for (size_t i = 0; i < blocks->count; i++) {
        blocks->list[i].reached = false;
    }
    for (size_t i = 0; i < blocks->outside; i++) {
        reach(&blocks->list[i]);
    }
    look(&weft__the_run.plan.arg, sizeof weft__the_run.plan.arg);
    weft__memory_visit(look);
    look_at_stacks();
    while (pending.count != 0) {
        const weft__heap_block *const block = &blocks->list[pending.list[--pending.count]];
        look(block->address, block->size);
    }
}

void weft__heap_judge(void)
{
    const weft__blocks *const blocks = &weft__the_blocks;
    const weft__heap_block *first = NULL;
    weft__fault leak = {.kind = WEFT__FAULT_LEAK};
    if (!weft__the_heap.finds_leaks || blocks->count == blocks->outside) {
        return;
    }
    look_at_all();
    for (size_t i = blocks->outside; i < blocks->count; i++) {
        const weft__heap_block *const block = &blocks->list[i];
        if (!block->freed && !block->reached) {
            first = first == NULL ? block : first;
            leak.size += block->size;
            leak.count++;
        }
    }
    if (first == NULL) {
        return;
    }
    leak.address = first->address;
    leak.calls = first->allocated;
    weft__the_fault = leak;
    weft__the_run.outcome.kind = WEFT_FOUND_MEMORY;
    weft__the_run.outcome.culprit = first->allocated.slot;
    weft__the_run.outcome.site = first->allocated.list[0];
}
