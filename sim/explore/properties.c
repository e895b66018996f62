/* properties.c: see properties.h. */
#include "properties.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <backend.h>

#include "../memory.h"

static struct {
    weft__property *list;
    size_t count;
    size_t capacity;
    bool idle;
} properties WEFT_KEEP;

void weft__properties_reset(void)
{
    for (size_t i = 0; i < properties.count; i++) {
        if (properties.list[i].owned) {
            free((char *)(uintptr_t)properties.list[i].name);
            free((char *)(uintptr_t)properties.list[i].file);
        }
    }
    properties.count = 0;
    properties.idle = false;
}

void weft__properties_count(bool counts)
{
    properties.idle = !counts;
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
    return NULL;
}

static weft__property *add(const char *name, const char *file, int line)
{
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
    if (properties.idle) {
        return;
    }
    weft__property *p = find(property, file, line);
    p = p != NULL ? p : add(property, file, line);
    p->evaluated++;
    p->held += holds ? 1 : 0;
}

static bool before(const weft__property *a, const weft__property *b)
{
    const int files = strcmp(a->file, b->file);
    const int names = strcmp(a->name, b->name);
    return files != 0 ? files < 0 : a->line != b->line ? a->line < b->line : names < 0;
}

const weft__property *weft__properties_missed(void)
{
    const weft__property *missed = NULL;
    for (size_t i = 0; i < properties.count; i++) {
        const weft__property *const p = &properties.list[i];
        if (p->held == 0 && (missed == NULL || before(p, missed))) {
            missed = p;
        }
    }
    return missed;
}

/* ---- From process to process ---- */

typedef struct weft__property_record {
    uint64_t evaluated;
    uint64_t held;
    int32_t line;
    uint32_t name_size; /* the texts follow, each with its end */
    uint32_t file_size;
    uint32_t padding;
} weft__property_record;

int weft__properties_save(int file)
{
    FILE *const stream = fdopen(dup(file), "w");
    if (stream == NULL) {
        return -errno;
    }
    for (size_t i = 0; i < properties.count; i++) {
        const weft__property *const p = &properties.list[i];
        const weft__property_record record = {
            .evaluated = p->evaluated,
            .held = p->held,
            .line = p->line,
            .name_size = (uint32_t)strlen(p->name) + 1,
            .file_size = (uint32_t)strlen(p->file) + 1,
        };
        (void)fwrite(&record, sizeof record, 1, stream);
        (void)fwrite(p->name, record.name_size, 1, stream);
        (void)fwrite(p->file, record.file_size, 1, stream);
    }
    const bool failed = ferror(stream) != 0;
    return fclose(stream) != 0 || failed ? -EIO : 0;
}

static char *read_text(FILE *stream, uint32_t size)
{
    char *const text = weft__grow(NULL, size);
    if (fread(text, size, 1, stream) != 1) {
        free(text);
        return NULL;
    }
    return text;
}

static bool merge_one(FILE *stream, const weft__property_record *record)
{
    char *const name = read_text(stream, record->name_size);
    char *const file = read_text(stream, record->file_size);
    if (name == NULL || file == NULL) {
        free(name);
        free(file);
        return false;
    }
    weft__property *p = find(name, file, record->line);
    if (p == NULL) {
        p = add(name, file, record->line);
        p->owned = true;
    } else {
        free(name);
        free(file);
    }
    p->evaluated += record->evaluated;
    p->held += record->held;
    return true;
}

int weft__properties_merge(int file)
{
    FILE *const stream = fdopen(dup(file), "r");
    if (stream == NULL) {
        return -errno;
    }
    weft__property_record record;
    bool good = fseek(stream, 0, SEEK_SET) == 0;
    while (good && fread(&record, sizeof record, 1, stream) == 1) {
        good = merge_one(stream, &record);
    }
    good = good && ferror(stream) == 0;
    (void)fclose(stream);
    return good ? 0 : -EIO;
}
