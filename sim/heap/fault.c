/* fault.c: see fault.h. */
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../report/console.h"
#include "../report/source.h"
#include "../report/words.h"
#include "../schedule/path.h"

weft__fault weft__the_fault WEFT_KEEP;

static weft__fault *const fault = &weft__the_fault;

enum { NEAR = 4096 }; /* bytes behind a block that an access may still have meant */

/* ---- Words ---- */

static void add(char *into, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(char *into, size_t size, const char *format, ...)
{
    const size_t used = strlen(into);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(into + used, size - used, format, args);
    va_end(args);
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

static void add_goroutine(char *into, size_t size, uint32_t slot)
{
    char path[WEFT__PATH_MAX] = "";
    if (slot != UINT32_MAX) {
        weft__path_of_goroutine(slot, path, sizeof path);
    }
    add(into, size, "%s", slot == UINT32_MAX ? "outside" : path);
}

static void add_calls(char *into, size_t size, const char *what, const weft__calls *calls)
{
    char line[160];
    weft__source_place(calls->list[0], line, sizeof line);
    add(into, size, "%s at %s%s", what, line,
        calls->slot == UINT32_MAX ? " before the run" : " by ");
    if (calls->slot != UINT32_MAX) {
        add_goroutine(into, size, calls->slot);
    }
}

/* "the 24-byte block main#3" */
static void add_block(char *into, size_t size, const weft__heap_block *block)
{
    add(into, size, "the %zu-byte block ", block->size);
    add_goroutine(into, size, block->allocated.slot);
    add(into, size, "#%u", block->ordinal);
}

static void add_history(char *into, size_t size, const weft__heap_block *block)
{
    add_calls(into, size, " (allocated", &block->allocated);
    if (block->freed) {
        add_calls(into, size, ", freed", &block->freed_at);
    }
    add(into, size, ")");
}

bool weft__heap_describe(const volatile void *address, char *into, size_t size)
{
    const weft__heap_block *const block = weft__block_around(address);
    if (block == NULL) {
        return false;
    }
    (void)snprintf(into, size, "byte %zu of ",
                   (size_t)((uintptr_t)address - (uintptr_t)block->address));
    add_block(into, size, block);
    return true;
}

/* ---- Accesses ---- */

/* The block that the fault is about: the one it lies in; else the nearer of its neighbours. NULL:
 * none. */
static const weft__heap_block *block_meant(void)
{
    const weft__blocks *const blocks = &weft__the_blocks;
    const weft__heap_block *const before = weft__block_at(fault->address);
    const weft__heap_block *const after = before == NULL ? blocks->list : before + 1;
    const bool has_after = after < blocks->list + blocks->count;
    if (before != NULL && weft__block_covers(before, fault->address)) {
        return before;
    }
    const uintptr_t at = (uintptr_t)fault->address;
    const uintptr_t past = before == NULL ? UINTPTR_MAX
                                          : at - (uintptr_t)before->address - before->size;
    const uintptr_t missing = has_after ? (uintptr_t)after->address - at : UINTPTR_MAX;
    if (past > NEAR && missing > NEAR) {
        return NULL;
    }
    return past <= missing ? before : after;
}

static void tell_access(char *into, size_t size)
{
    const weft__heap_block *const block = block_meant();
    char access[64];
    (void)snprintf(access, sizeof access, "%s of %zu byte%s", fault->writes ? "write" : "read",
                   fault->size, plural(fault->size));
    if (block == NULL) {
        add(into, size, "wild access: %s in no block of the heap", access);
        return;
    }
    const size_t at = (size_t)((uintptr_t)fault->address - (uintptr_t)block->address);
    if (weft__block_covers(block, fault->address)) {
        add(into, size, "%s: %s at %zu inside ", block->freed ? "use after free" : "heap overflow",
            access, at);
    } else if ((uintptr_t)fault->address < (uintptr_t)block->address) {
        const size_t before = (size_t)((uintptr_t)block->address - (uintptr_t)fault->address);
        add(into, size, "heap underflow: %s %zu byte%s before ", access, before, plural(before));
    } else {
        const size_t past = at - block->size;
        add(into, size, "heap overflow: %s %zu byte%s after ", access, past, plural(past));
    }
    add_block(into, size, block);
    add_history(into, size, block);
}

/* ---- Frees and leaks ---- */

/* Whose stack an address lies on; UINT32_MAX: nobody's. */
static uint32_t stack_owner(const volatile void *address)
{
    for (uint32_t slot = 0; slot < weft__the_run.member_count; slot++) {
        const weft__g *const g = weft__the_run.members[slot].g;
        if (g != NULL && (uintptr_t)address - (uintptr_t)g->stack.low < g->stack.size) {
            return slot;
        }
    }
    return UINT32_MAX;
}

static void tell_free(char *into, size_t size)
{
    const void *const address = (const void *)fault->address;
    const weft__heap_block *const block = weft__block_at(address);
    char variable[96];
    if (block != NULL && block->address == address) { /* freed, or it would be none */
        add(into, size, strcmp(fault->verb, "free") == 0 ? "double %s of " : "%s after free of ",
            fault->verb);
        add_block(into, size, block);
        add_history(into, size, block);
        return;
    }
    add(into, size, "%s of a pointer that is no block", fault->verb);
    if (block != NULL && weft__block_covers(block, address)) {
        add(into, size, ": it points to byte %zu of ",
            (size_t)((uintptr_t)address - (uintptr_t)block->address));
        add_block(into, size, block);
        add_history(into, size, block);
    } else if (stack_owner(address) != UINT32_MAX) {
        add(into, size, ": it points to the stack of ");
        add_goroutine(into, size, stack_owner(address));
    } else if (weft__source_variable(address, variable, sizeof variable)) {
        add(into, size, ": it points to variable %s", variable);
    }
}

static void tell_leak(char *into, size_t size)
{
    add(into, size, "leak of %zu byte%s in %zu block%s", fault->size, plural(fault->size),
        fault->count, plural(fault->count));
    add_calls(into, size, fault->count == 1 ? ", allocated" : ", the first of them allocated",
              &fault->calls);
}

static void tell(char *into, size_t size)
{
    into[0] = '\0';
    switch (fault->kind) {
    case WEFT__FAULT_ACCESS:
        tell_access(into, size);
        break;
    case WEFT__FAULT_FREE:
        tell_free(into, size);
        break;
    default:
        tell_leak(into, size);
        break;
    }
}

void weft__heap_tell(weft__outcome *outcome)
{
    tell(outcome->message, sizeof outcome->message);
}

/* ---- Stacks ---- */

static void add_stack(char *into, size_t size, const char *what, const weft__calls *calls)
{
    add(into, size, "%-10s", what);
    for (size_t i = 0; i < WEFT__CALLS_MAX && calls->list[i] != NULL; i++) {
        char line[160];
        weft__source_place(calls->list[i], line, sizeof line);
        add(into, size, "  %s", line);
    }
    add(into, size, "\n");
}

static void add_stacks(char *into, size_t size, const weft__heap_block *block)
{
    if (block != NULL) {
        add_stack(into, size, "allocated", &block->allocated);
    }
    if (block != NULL && block->freed) {
        add_stack(into, size, "freed", &block->freed_at);
    }
}

void weft__heap_stacks_of(const volatile void *address, char *into, size_t size)
{
    into[0] = '\0';
    add_stacks(into, size, weft__block_around(address));
}

void weft__heap_stacks(char *into, size_t size)
{
    into[0] = '\0';
    const weft__heap_block *const block =
        fault->kind == WEFT__FAULT_ACCESS ? block_meant() : weft__block_at(fault->address);
    if (fault->kind == WEFT__FAULT_FREE &&
        (block == NULL ||
         (block->address != fault->address && !weft__block_covers(block, fault->address)))) {
        return;
    }
    add_stacks(into, size, block);
}

/* ---- The end ---- */

_Noreturn void weft__fault_end(void)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        char message[512];
        tell(message, sizeof message);
        weft__console_die(message);
    }
    weft__run_failed(self, WEFT_FOUND_MEMORY, fault->calls.list[0], "memory error");
}

_Noreturn void weft__heap_report(const volatile void *address, size_t size, bool writes,
                                 const void *pc)
{
    *fault = (weft__fault){.kind = WEFT__FAULT_ACCESS,
                           .address = address,
                           .size = size,
                           .writes = writes,
                           .calls = {.list = {pc}}};
    weft__fault_end();
}
