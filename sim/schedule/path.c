/* path.c: see path.h. */
#include "path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t append_generations(uint32_t slot, char *into, size_t size)
{
    const weft__run *const run = &weft__the_run;
    const weft__member *const member = &run->members[slot];
    if (member->parent == slot) {
        return (size_t)snprintf(into, size, "main");
    }
    size_t used = append_generations(member->parent, into, size);
    if (used >= size) {
        return size - 1;
    }
    const char separator = run->members[member->parent].parent == member->parent ? '/' : '.';
    const int more = member->timer_ordinal == 0
                         ? snprintf(into + used, size - used, "%c%u", separator, member->ordinal)
                         : snprintf(into + used, size - used, "%ct%u:%u", separator,
                                    member->timer_ordinal, member->ordinal);
    used += (size_t)more;
    return used < size ? used : size - 1;
}

void weft__path_of_goroutine(uint32_t slot, char *into, size_t size)
{
    (void)append_generations(slot, into, size);
}

void weft__path_of_object(uint64_t object, char *into, size_t size)
{
    const uint64_t id = object >> 24 & 0xffffffff;
    size_t used = 0;
    if (id == 0 || id > weft__the_run.member_count) {
        used = (size_t)snprintf(into, size, "outside");
    } else {
        used = append_generations((uint32_t)(id - 1), into, size);
    }
    (void)snprintf(into + used, size - used, "#%u", (unsigned)(object & 0xffffff));
}

static bool parse_number(const char **text, uint32_t *ret_number)
{
    char *rest = NULL;
    if (**text < '1' || **text > '9') {
        return false;
    }
    const unsigned long number = strtoul(*text, &rest, 10);
    if (number > 0xffffff) {
        return false;
    }
    *text = rest;
    *ret_number = (uint32_t)number;
    return true;
}

static bool parse_generation(const char **text, uint64_t *name)
{
    uint32_t timer = 0;
    uint32_t ordinal = 0;
    if (**text == 't') {
        ++*text;
        if (!parse_number(text, &timer) || **text != ':') {
            return false;
        }
        ++*text;
    }
    if (!parse_number(text, &ordinal)) {
        return false;
    }
    *name = weft__mix(weft__mix(*name, timer), ordinal);
    return true;
}

bool weft__path_parse(const char *path, uint64_t *ret_name)
{
    uint64_t name = 0;
    const char *rest = path;
    if (strncmp(rest, "outside", 7) == 0) {
        rest += 7;
    } else if (strncmp(rest, "main", 4) == 0) {
        rest += 4;
        name = weft__mix(weft__mix(0, 0), 0);
        for (char separator = '/'; *rest == separator; separator = '.') {
            rest++;
            if (!parse_generation(&rest, &name)) {
                return false;
            }
        }
    } else {
        return false;
    }
    if (*rest == '#') {
        uint32_t ordinal = 0;
        rest++;
        if (!parse_number(&rest, &ordinal)) {
            return false;
        }
        name = weft__mix(name ^ UINT64_C(0x6f626a), ordinal);
    }
    *ret_name = name;
    return *rest == '\0';
}
