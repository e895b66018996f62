/* watch.c: see watch.h. */
#include "watch.h"

#include <errno.h>
#include <link.h>
#include <string.h>

#include "../addresses.h"
#include "../heap/heap.h"
#include "atomics.h"
#include "happens_before.h"
#include "histories.h"
#include "race.h"
#include "racy_lines.h"
#include "shadow.h"

enum { LOGGED_MAX = 1 << 22 };

static weft__run *const run = &weft__the_run;

weft__watch weft__the_watch WEFT_KEEP;

static weft__addresses stacks WEFT_KEEP; /* that goroutines of this run have had */

static int add_own(struct dl_phdr_info *info, size_t size, void *arg)
{
    const uintptr_t errno_at = (uintptr_t)&errno;
    uintptr_t *const range = arg;
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_TLS && info->dlpi_tls_data != NULL) {
            const uintptr_t start = (uintptr_t)info->dlpi_tls_data;
            const uintptr_t end = start + info->dlpi_phdr[i].p_memsz;
            range[0] = range[0] < start ? range[0] : start;
            range[1] = range[1] > end ? range[1] : end;
        }
    }
    range[0] = range[0] < errno_at ? range[0] : errno_at;
    range[1] = range[1] > errno_at + sizeof errno ? range[1] : errno_at + sizeof errno;
    return 1; /* the main program comes first: stop */
}

/* In one piece with libc's: all that is there when the program starts lies together. */
static void find_own(void)
{
    uintptr_t range[2] = {UINTPTR_MAX, 0};
    (void)dl_iterate_phdr(add_own, range);
    weft__the_watch.own_start = range[0];
    weft__the_watch.own_size = range[1] - range[0];
}

void weft__watch_begin(void)
{
    if ((uintptr_t)&errno - weft__the_watch.own_start >= weft__the_watch.own_size) {
        find_own(); /* for the first time, or in another thread */
    }
    weft__the_watch.ready = false;
    weft__the_watch.orders = run->plan.races != WEFT__RACES_OFF ||
                             run->plan.memory == WEFT__MEMORY_C11;
    weft__the_watch.on = weft__the_watch.instrumented || weft__the_watch.orders;
    if (weft__the_watch.orders) {
        weft__shadow_reset(weft__hb_reset());
        weft__atomics_reset();
        weft__addresses_reset(&stacks);
    }
}

void weft__watch_end(void)
{
    weft__the_watch.on = false;
    weft__the_watch.orders = false;
    weft__the_watch.ready = false;
}

void weft__watch_birth(const weft__g *g)
{
    uint64_t *const used = weft__addresses_at(&stacks, g->stack.low);
    if (*used != 0) {
        weft__shadow_forget(g->stack.low, g->stack.size);
    }
    *used = 1;
}

/* The running goroutine's first access since its last operation. */
static void prepare(void)
{
    weft__watch *const watch = &weft__the_watch;
    const weft__task *const task = weft__task_of(run->current);
    if (watch->orders) {
        weft__hb_settle(false);
        watch->clock = weft__hb_clock(task->slot);
        watch->who = weft__passing_of(task->slot, watch->clock);
    }
    watch->slot = task->slot;
    watch->judges = run->plan.races != WEFT__RACES_OFF;
    watch->notes = weft__points_now.count != 0 || watch->log != NULL || run->plan.race != 0 ||
                   run->plan.memory == WEFT__MEMORY_C11;
    watch->ready = true;
}

void weft__watch_point(weft__op_kind kind, const volatile void *address, size_t size,
                       const void *site)
{
    weft__fuel_out(run->current, kind, (const void *)(uintptr_t)address, size, NULL, site);
}

bool weft__watch_ready(void)
{
    if (!weft__the_watch.ready && weft__the_watch.on && run->current != NULL) {
        prepare();
    }
    return weft__the_watch.ready;
}

void weft__watch_busy(const void *site)
{
    weft__the_watch.patience = WEFT__PATIENCE;
    if (weft__watch_ready()) {
        weft__watch_point(WEFT__OP_BUSY, NULL, 0, site);
    }
}

static void write_down(const volatile void *address, size_t size, bool writes, const void *site)
{
    weft__access_log *const log = weft__the_watch.log;
    if (log->count == LOGGED_MAX) {
        return;
    }
    log->list = weft__with_room(log->list, log->count, 1, &log->capacity, sizeof *log->list);
    weft__logged *const entry = &log->list[log->count++];
    *entry = (weft__logged){
        .site = site, .slot = weft__the_watch.slot, .size = (uint32_t)size, .writes = writes};
    if (!writes) {
        memcpy(&entry->value, (const void *)(uintptr_t)address,
               size < sizeof entry->value ? size : sizeof entry->value);
    }
}

/* What else there may be to an access. */
static void note(const volatile void *address, size_t size, bool writes, const void *site)
{
    if (weft__points_now.count != 0 && weft__points_has(site)) {
        weft__watch_point(writes ? WEFT__OP_WRITE : WEFT__OP_READ, address, size, site);
        (void)weft__watch_ready();
    }
    if (weft__the_watch.log != NULL) {
        write_down(address, size, writes, site);
    }
    if (writes && run->plan.memory == WEFT__MEMORY_C11) {
        weft__history_end(address);
    }
    if (run->plan.race != 0) {
        weft__race_note(&(weft__shadow_use){
            .address = address,
            .size = size,
            .kind = writes ? WEFT__SHADOW_WRITE : WEFT__SHADOW_READ,
            .slot = weft__the_watch.slot,
            .site = site,
        });
    }
}

static WEFT__ALWAYS_INLINE void saw(const volatile void *address, size_t size, bool writes,
                                    const void *site)
{
    weft__watch *const watch = &weft__the_watch;
    if (--watch->patience <= 0) {
        weft__watch_busy(site);
    }
    if (size == 0 || (uintptr_t)address - watch->own_start < watch->own_size ||
        (!watch->ready && !weft__watch_ready())) {
        return;
    }
    if (watch->notes) {
        note(address, size, writes, site);
    }
    if (weft__heap_bad(address, size)) {
        weft__heap_report(address, size, writes, site);
    }
    if (watch->judges && !weft__pass(watch->who, (uintptr_t)address, size, writes, site)) {
        weft__shadow_access_slowly(watch->slot, watch->clock, address, size,
                                   writes ? WEFT__SHADOW_WRITE : WEFT__SHADOW_READ, site);
    }
}

void weft__saw_read(const volatile void *address, size_t size, const void *site)
{
    saw(address, size, false, site);
}

void weft__saw_write(const volatile void *address, size_t size, const void *site)
{
    saw(address, size, true, site);
}
