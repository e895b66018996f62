/* inject.c: the global queue. See inject.h. */
#include "inject.h"

static struct {
    weft__lock lock;
    weft__g *head;
    weft__g *tail;
    _Alignas(64) uint32_t count; /* written under lock */
} inject;

void weft__inject_push(weft__g *const *batch, uint32_t count)
{
    weft__lock_acquire(&inject.lock);
    for (uint32_t i = 0; i < count; i++) {
        batch[i]->next = NULL;
        *(inject.head == NULL ? &inject.head : &inject.tail->next) = batch[i];
        inject.tail = batch[i];
    }
    weft__store_relaxed(&inject.count, inject.count + count);
    weft__lock_release(&inject.lock);
}

uint32_t weft__inject_take(weft__g **ret_batch, uint32_t count)
{
    if (weft__inject_count() == 0) {
        return 0;
    }
    uint32_t taken = 0;
    weft__lock_acquire(&inject.lock);
    while (taken < count && inject.head != NULL) {
        ret_batch[taken++] = inject.head;
        inject.head = inject.head->next;
    }
    weft__store_relaxed(&inject.count, inject.count - taken);
    weft__lock_release(&inject.lock);
    return taken;
}

uint32_t weft__inject_count(void)
{
    return weft__load_relaxed(&inject.count);
}

void weft__inject_reset(void)
{
    inject.head = NULL;
    inject.tail = NULL;
    inject.count = 0;
}
