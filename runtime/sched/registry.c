/* registry.c: all goroutines that are alive. See registry.h. */
#include "registry.h"

void weft__registry_add(weft__registry *registry, weft__g *g)
{
    weft__task *const task = weft__task_of(g);
    task->registry = registry;
    task->newer = NULL;
    weft__lock_acquire_biased(&registry->lock);
    task->older = registry->newest;
    if (task->older != NULL) {
        weft__task_of(task->older)->newer = g;
    }
    registry->newest = g;
    weft__lock_release(&registry->lock);
}

void weft__registry_remove(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    weft__registry *const registry = task->registry;
    weft__lock_acquire_biased(&registry->lock);
    if (task->older != NULL) {
        weft__task_of(task->older)->newer = task->newer;
    }
    *(task->newer == NULL ? &registry->newest : &weft__task_of(task->newer)->older) = task->older;
    weft__lock_release(&registry->lock);
}

void weft__registry_drop(weft__registry *registry)
{
    while (registry->newest != NULL) {
        weft__g *const g = registry->newest;
        registry->newest = weft__task_of(g)->older;
        weft__g_free(weft__self(), g);
    }
}
