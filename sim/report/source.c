/* source.c: see source.h. The debug information is opened at the first question: only when there is
 * something to report, or a race. */
#include "source.h"

#include <elfutils/libdwfl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <weft.h>

#include "../addresses.h"
#include "../aside.h"
#include "../hash.h"

static Dwfl *session WEFT_KEEP;

static Dwfl *open_session(void)
{
    static char *debuginfo_path WEFT_KEEP;
    static const Dwfl_Callbacks callbacks = {
        .find_elf = dwfl_linux_proc_find_elf,
        .find_debuginfo = dwfl_standard_find_debuginfo,
        .debuginfo_path = &debuginfo_path,
    };
    if (session == NULL) {
        session = dwfl_begin(&callbacks);
        if (session != NULL && (dwfl_linux_proc_report(session, getpid()) != 0 ||
                                dwfl_report_end(session, NULL, NULL) != 0)) {
            dwfl_end(session);
            session = NULL;
        }
    }
    return session;
}

static const char *base_name(const char *path)
{
    const char *const slash = strrchr(path, '/');
    return slash == NULL ? path : slash + 1;
}

/* The line table's entry for an address by way of its compilation unit: dwfl_module_getsrc needs a
 * table of addresses (.debug_aranges), which clang does not write. */
static Dwarf_Line *search_units(Dwfl_Module *module, Dwarf_Addr address)
{
    Dwarf_Addr bias = 0;
    for (Dwarf_Die *unit = dwfl_module_nextcu(module, NULL, &bias); unit != NULL;
         unit = dwfl_module_nextcu(module, unit, &bias)) {
        if (dwarf_haspc(unit, address - bias) == 1) {
            return dwarf_getsrc_die(unit, address - bias);
        }
    }
    return NULL;
}

static bool line_of(Dwfl_Module *module, Dwarf_Addr address, char *into, size_t size)
{
    int line = 0;
    const char *file = NULL;
    Dwfl_Line *const indexed = dwfl_module_getsrc(module, address);
    if (indexed != NULL) {
        file = dwfl_lineinfo(indexed, NULL, &line, NULL, NULL, NULL);
    } else {
        Dwarf_Line *const found = search_units(module, address);
        file = dwarf_linesrc(found, NULL, NULL); /* NULL for NULL */
        (void)dwarf_lineno(found, &line);
    }
    if (file == NULL) {
        return false;
    }
    (void)snprintf(into, size, "%s:%d", base_name(file), line);
    return true;
}

static void look_up_place(const void *return_address, char *into, size_t size)
{
    const Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)return_address - 1;
    Dwfl *const dwfl = return_address == NULL ? NULL : open_session();
    Dwfl_Module *const module = dwfl == NULL ? NULL : dwfl_addrmodule(dwfl, address);
    (void)snprintf(into, size, "-");
    if (module == NULL || line_of(module, address, into, size)) {
        return;
    }
    Dwarf_Addr start = 0;
    const char *const name = dwfl_module_info(module, NULL, &start, NULL, NULL, NULL, NULL, NULL);
    (void)snprintf(into, size, "%s+0x%llx", name == NULL ? "?" : base_name(name),
                   (unsigned long long)(address - start));
}

/* A question, for asking it aside. */
typedef struct weft__lookup {
    const void *address;
    char *into;
    size_t size;
    bool found;
} weft__lookup;

static void answer_place(void *arg)
{
    const weft__lookup *const lookup = arg;
    look_up_place(lookup->address, lookup->into, lookup->size);
}

void weft__source_place(const void *return_address, char *into, size_t size)
{
    weft__aside(answer_place,
                &(weft__lookup){.address = return_address, .into = into, .size = size});
}

uint64_t weft__source_line_number(const char *place)
{
    return weft__hash_text(place) | 1;
}

uint64_t weft__source_place_number(const void *return_address)
{
    static weft__addresses known WEFT_KEEP;
    if (return_address == NULL) {
        return 0;
    }
    uint64_t *const number = weft__addresses_at(&known, return_address);
    if (*number == 0) {
        char place[160];
        weft__source_place(return_address, place, sizeof place);
        *number = weft__source_line_number(place);
    }
    return *number;
}

/* The variable that holds the address; a mark of the linker at the same place may have hidden it.
 * */
static const char *find_variable(Dwfl_Module *module, Dwarf_Addr at, GElf_Off *ret_offset)
{
    GElf_Sym symbol;
    const char *const nearest =
        dwfl_module_addrinfo(module, at, ret_offset, &symbol, NULL, NULL, NULL);
    if (nearest != NULL && GELF_ST_TYPE(symbol.st_info) == STT_OBJECT &&
        *ret_offset < symbol.st_size) {
        return nearest;
    }
    const int count = dwfl_module_getsymtab(module);
    for (int i = 1; i < count; i++) {
        GElf_Addr start = 0;
        const char *const name =
            dwfl_module_getsym_info(module, i, &symbol, &start, NULL, NULL, NULL);
        if (name != NULL && GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && at >= start &&
            at - start < symbol.st_size) {
            *ret_offset = at - start;
            return name;
        }
    }
    return NULL;
}

static bool look_up_variable(const void *address, char *into, size_t size)
{
    Dwfl *const dwfl = address == NULL ? NULL : open_session();
    const Dwarf_Addr at = (Dwarf_Addr)(uintptr_t)address;
    Dwfl_Module *module = dwfl == NULL ? NULL : dwfl_addrmodule(dwfl, at);
    if (dwfl != NULL && module == NULL) { /* the end of its zeroed data is no part of its file */
        module = dwfl_addrmodule(dwfl, getauxval(AT_ENTRY));
    }
    if (module == NULL) {
        return false;
    }
    GElf_Off offset = 0;
    const char *const name = find_variable(module, at, &offset);
    if (name == NULL) {
        return false;
    }
    if (offset == 0) {
        (void)snprintf(into, size, "%s", name);
    } else {
        (void)snprintf(into, size, "%s+%llu", name, (unsigned long long)offset);
    }
    return true;
}

static void answer_variable(void *arg)
{
    weft__lookup *const lookup = arg;
    lookup->found = look_up_variable(lookup->address, lookup->into, lookup->size);
}

bool weft__source_variable(const void *address, char *into, size_t size)
{
    weft__lookup lookup = {.address = address, .into = into, .size = size};
    weft__aside(answer_variable, &lookup);
    return lookup.found;
}

void weft__source_program(char *into, size_t size)
{
    char path[4096];
    const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    path[length < 0 ? 0 : length] = '\0';
    (void)snprintf(into, size, "%s", length <= 0 ? "unknown" : base_name(path));
}

void weft__source_build(char *into, size_t size)
{
    Dwfl *const dwfl = open_session();
    const Dwarf_Addr here = (Dwarf_Addr)(uintptr_t)&session;
    Dwfl_Module *const module = dwfl == NULL ? NULL : dwfl_addrmodule(dwfl, here);
    const unsigned char *bits = NULL;
    GElf_Addr where = 0;
    Dwarf_Addr bias = 0;
    (void)snprintf(into, size, "-");
    if (module == NULL) {
        return;
    }
    (void)dwfl_module_getelf(module, &bias); /* reads the notes */
    const int length = dwfl_module_build_id(module, &bits, &where);
    const size_t count = length < 0 ? 0 : (size_t)length;
    for (size_t i = 0; i < count && 2 * i + 2 < size; i++) {
        (void)snprintf(into + 2 * i, size - 2 * i, "%02x", bits[i]);
    }
}
