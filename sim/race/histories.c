/* histories.c: see histories.h. */
#include "histories.h"

#include <weft.h>

#include "../addresses.h"

static struct {
    weft__addresses index; /* by address: place in `list` + 1 */
    weft__history *list;
    size_t count; /* of this run */
    size_t capacity;
    weft__stored *stores; /* of all of them */
    size_t store_count;
    size_t store_capacity;
} histories WEFT_KEEP;

void weft__histories_reset(void)
{
    weft__addresses_reset(&histories.index);
    histories.count = 0;
    histories.store_count = 0;
}

weft__stored *weft__history_at(const weft__history *history, uint32_t index)
{
    return &histories.stores[history->stores[index]];
}

static uint32_t make_store(weft__bits value, weft__stamp stamp)
{
    histories.stores = weft__with_zeroed(histories.stores, histories.store_count + 1,
                                         &histories.store_capacity, sizeof *histories.stores);
    weft__stored *const fresh = &histories.stores[histories.store_count];
    fresh->value = value;
    fresh->stamp = stamp;
    fresh->modifies = false;
    fresh->node = 0;
    fresh->reader_count = 0;
    fresh->released.length = 0;
    fresh->own_fences.length = 0;
    fresh->fences.length = 0;
    fresh->sources.length = 0;
    return (uint32_t)histories.store_count++;
}

weft__stored *weft__history_insert(weft__history *history, uint32_t index, weft__bits value,
                                   weft__stamp stamp)
{
    history->stores = weft__with_zeroed(history->stores, history->count + (size_t)1,
                                        &history->capacity, sizeof *history->stores);
    memmove(history->stores + index + 1, history->stores + index,
            (history->count - index) * sizeof *history->stores);
    history->count++;
    history->stores[index] = make_store(value, stamp);
    return weft__history_at(history, index);
}

static weft__history *history_at(uint64_t *place)
{
    if (*place == 0) {
        histories.list = weft__with_zeroed(histories.list, histories.count + 1, &histories.capacity,
                                           sizeof *histories.list);
        histories.list[histories.count++].count = 0;
        *place = histories.count;
    }
    return &histories.list[*place - 1];
}

weft__history *weft__history_of(const volatile void *address, size_t size, weft__bits value)
{
    weft__history *const history =
        history_at(weft__addresses_at(&histories.index, (const void *)(uintptr_t)address));
    if (history->count != 0 &&
        (history->size != size || weft__history_at(history, history->count - 1)->value != value)) {
        history->count = 0;
    }
    if (history->count == 0) {
        history->size = size;
        (void)weft__history_insert(history, 0, value, (weft__stamp){0});
    }
    return history;
}

void weft__history_end(const volatile void *address)
{
    const uint64_t place = *weft__addresses_at(&histories.index, (const void *)(uintptr_t)address);
    if (place != 0) {
        histories.list[place - 1].count = 0;
    }
}

bool weft__history_is_modified(const weft__history *history, uint32_t index)
{
    return index + 1 < history->count && weft__history_at(history, index + 1)->modifies;
}

static bool is_known(weft__stamp stamp, const weft__vector *clock)
{
    return stamp.time <= weft__vector_at(clock, stamp.slot);
}

bool weft__stored_read_known(const weft__stored *stored, const weft__vector *clock)
{
    for (uint32_t i = 0; i < stored->reader_count; i++) {
        if (is_known(stored->readers[i], clock)) {
            return true;
        }
    }
    return false;
}

bool weft__stored_known(const weft__stored *stored, const weft__vector *clock)
{
    return is_known(stored->stamp, clock);
}

void weft__stored_read(weft__stored *stored, weft__stamp reader)
{
    for (uint32_t i = 0; i < stored->reader_count; i++) {
        if (stored->readers[i].slot == reader.slot) {
            return;
        }
    }
    stored->readers = weft__with_zeroed(stored->readers, stored->reader_count + (size_t)1,
                                        &stored->reader_capacity, sizeof *stored->readers);
    stored->readers[stored->reader_count++] = reader;
}

uint32_t weft__histories_count(void)
{
    return (uint32_t)histories.count;
}

weft__history *weft__histories_at(uint32_t n)
{
    return &histories.list[n];
}
