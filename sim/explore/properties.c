/* properties.c: see properties.h. */
#include "properties.h"

#include <string.h>

#include <backend.h>

#include "../memory.h"

static struct {
    weft__property *list;
    size_t count;
    size_t capacity;
} properties WEFT_KEEP;

void weft__properties_reset(void)
{
    properties.count = 0;
}

/* The same place in the source: the texts may be at different addresses in different objects. */
static weft__property *find(const char *name, const char *file, int line)
{
    for (size_t i = 0; i < properties.count; i++) {
        weft__property *const p = &properties.list[i];
        if (p->line == line && strcmp(p->file, file) == 0 && strcmp(p->name, name) == 0) {
            return p;
        }
    }
    if (properties.count == properties.capacity) {
        properties.capacity = properties.capacity == 0 ? 16 : properties.capacity * 2;
        properties.list =
            weft__grow(properties.list, properties.capacity * sizeof *properties.list);
    }
    weft__property *const p = &properties.list[properties.count++];
    *p = (weft__property){.name = name, .file = file, .line = line};
    return p;
}

void weft__sometimes(bool holds, const char *property, const char *file, int line)
{
    weft__property *const p = find(property, file, line);
    p->evaluated++;
    p->held += holds ? 1 : 0;
}

const weft__property *weft__properties_missed(void)
{
    for (size_t i = 0; i < properties.count; i++) {
        if (properties.list[i].held == 0) {
            return &properties.list[i];
        }
    }
    return NULL;
}
