/* backtrace.c: see backtrace.h. */
#include "backtrace.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

/* ---- registers ---- */

/* weft__g.fiber.sp points at what weft__fiber_jump has saved: see arch/fiber_x86_64.h and
 * arch/fiber_aarch64.S. */
__attribute__((no_sanitize("address", "thread"))) bool weft__registers_parked(
    const weft__g *g, weft__registers *ret_registers)
{
    enum { SAVED_MAX = 176 };
    const uint64_t *const saved = g->fiber.sp;
    const uintptr_t offset = (uintptr_t)saved - (uintptr_t)g->stack.low;
    if (offset > g->stack.size - SAVED_MAX) {
        return false;
    }
    *ret_registers = (weft__registers){0};
    uint64_t *const to = ret_registers->numbered;
#if defined(__x86_64__)
    to[6] = saved[1]; /* rbp */
    to[7] = (uint64_t)(uintptr_t)(saved + 6);
    to[16] = saved[2];
    ret_registers->pc = saved[2];
#elif defined(__aarch64__)
    for (int i = 0; i < 12; i++) {
        to[19 + i] = saved[i];
    }
    to[31] = (uint64_t)(uintptr_t)(saved + 22);
    ret_registers->pc = saved[11];
#endif
    return true;
}

void weft__registers_of(const void *ucontext, weft__registers *ret_registers)
{
    const mcontext_t *const from = &((const ucontext_t *)ucontext)->uc_mcontext;
    *ret_registers = (weft__registers){0};
    uint64_t *const to = ret_registers->numbered;
#if defined(__x86_64__)
    static const int order[] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI,
                                REG_RBP, REG_RSP, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        to[i] = (uint64_t)from->gregs[order[i]];
    }
    ret_registers->pc = to[16];
#elif defined(__aarch64__)
    memcpy(to, from->regs, 31 * sizeof *to);
    to[31] = from->sp;
    ret_registers->pc = from->pc;
#endif
}

/* An address that addr2line understands, and the function if it is exported. */
static void place_by_loader(const void *return_address, char *into, size_t size)
{
    Dl_info info;
    if (dladdr(return_address, &info) == 0) {
        (void)snprintf(into, size, "%p", return_address);
        return;
    }
    (void)snprintf(into, size, "%s(%s+0x%zx)", info.dli_sname == NULL ? "" : info.dli_sname,
                   info.dli_fname,
                   (size_t)((const char *)return_address - (const char *)info.dli_fbase - 1));
}

#if __has_include(<elfutils/libdwfl.h>)
#include <elfutils/libdwfl.h>

/* ---- libdw, by name ---- */

#define CALLS(X)                                                                                   \
    X(dwfl_begin)                                                                                  \
    X(dwfl_linux_proc_find_elf)                                                                    \
    X(dwfl_standard_find_debuginfo)                                                                \
    X(dwfl_linux_proc_report)                                                                      \
    X(dwfl_report_end)                                                                             \
    X(dwfl_attach_state)                                                                           \
    X(dwfl_getthread_frames)                                                                       \
    X(dwfl_thread_state_registers)                                                                 \
    X(dwfl_thread_state_register_pc)                                                               \
    X(dwfl_frame_pc)                                                                               \
    X(dwfl_addrmodule)                                                                             \
    X(dwfl_module_addrname)                                                                        \
    X(dwfl_module_getsrc)                                                                          \
    X(dwfl_lineinfo)                                                                               \
    X(dwfl_module_nextcu)                                                                          \
    X(dwarf_haspc)                                                                                 \
    X(dwarf_getsrc_die)                                                                            \
    X(dwarf_linesrc)                                                                               \
    X(dwarf_lineno)

static struct {
#define X(name) __typeof__(name) *name;
    CALLS(X)
#undef X
    bool tried;
    Dwfl *session; /* NULL: no libdw */
} dw;

/* The stack that is being unwound. */
typedef struct walk {
    const weft__g *g;
    const weft__registers *registers;
    const void **frames;
    size_t count;
} walk;
static walk current;

static bool load(void)
{
    void *const library = dlopen("libdw.so.1", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        return false;
    }
    static const struct {
        const char *name;
        void **into;
    } calls[] = {
#define X(name) {#name, (void **)(void *)&dw.name},
        CALLS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        *calls[i].into = dlsym(library, calls[i].name);
        if (*calls[i].into == NULL) {
            return false;
        }
    }
    return true;
}

/* ---- what libdw asks about the "process", which has one thread: the goroutine ---- */

static pid_t next_thread(Dwfl *dwfl, void *arg, void **ret_thread_arg)
{
    (void)dwfl;
    (void)arg;
    if (*ret_thread_arg != NULL) {
        return 0;
    }
    *ret_thread_arg = &current;
    return getpid();
}

__attribute__((no_sanitize("address", "thread"))) static bool read_word(Dwfl *dwfl,
                                                                        Dwarf_Addr address,
                                                                        Dwarf_Word *ret_word,
                                                                        void *arg)
{
    (void)dwfl;
    (void)arg;
    const Dwarf_Addr low = (Dwarf_Addr)(uintptr_t)current.g->stack.low;
    if (address < low || address - low > current.g->stack.size - sizeof(Dwarf_Word) ||
        address % sizeof(Dwarf_Word) != 0) {
        return false;
    }
    *ret_word = *(const Dwarf_Word *)(uintptr_t)address;
    return true;
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
    (void)arg;
#if defined(__x86_64__)
    enum { COUNT = 17 };
#else
    enum { COUNT = 32 };
#endif
    Dwarf_Word words[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        words[i] = current.registers->numbered[i];
    }
    dw.dwfl_thread_state_register_pc(thread, current.registers->pc);
    return dw.dwfl_thread_state_registers(thread, 0, COUNT, words);
}

static Dwfl *session(void)
{
    static char *debuginfo_path;
    static Dwfl_Callbacks files = {.debuginfo_path = &debuginfo_path};
    static const Dwfl_Thread_Callbacks threads = {.next_thread = next_thread,
                                                  .memory_read = read_word,
                                                  .set_initial_registers = set_registers};
    if (dw.tried) {
        return dw.session;
    }
    dw.tried = true;
    if (!load()) {
        return NULL;
    }
    files.find_elf = dw.dwfl_linux_proc_find_elf;
    files.find_debuginfo = dw.dwfl_standard_find_debuginfo;
    Dwfl *const dwfl = dw.dwfl_begin(&files);
    if (dwfl != NULL && dw.dwfl_linux_proc_report(dwfl, getpid()) == 0 &&
        dw.dwfl_report_end(dwfl, NULL, NULL) == 0 &&
        dw.dwfl_attach_state(dwfl, NULL, getpid(), &threads, NULL)) {
        dw.session = dwfl;
    }
    return dw.session;
}

static int add_frame(Dwfl_Frame *frame, void *arg)
{
    walk *const w = arg;
    Dwarf_Addr pc = 0;
    if (w->count == WEFT__BACKTRACE_MAX || !dw.dwfl_frame_pc(frame, &pc, NULL)) {
        return DWARF_CB_ABORT;
    }
    w->frames[w->count++] = (const void *)(uintptr_t)pc;
    return DWARF_CB_OK;
}

size_t weft__backtrace(const weft__g *g, const weft__registers *registers,
                       const void *ret_frames[WEFT__BACKTRACE_MAX])
{
    Dwfl *const dwfl = session();
    current = (walk){.g = g, .registers = registers, .frames = ret_frames};
    if (dwfl != NULL) {
        /* An error is the end of what can be unwound: what was found stands. */
        (void)dw.dwfl_getthread_frames(dwfl, getpid(), add_frame, &current);
    }
    return current.count;
}

/* ---- places ---- */

/* By way of its compilation unit: dwfl_module_getsrc needs a table of addresses (.debug_aranges),
 * which clang does not write. */
static const char *line_of_unit(Dwfl_Module *module, Dwarf_Addr address, int *ret_line)
{
    Dwarf_Addr bias = 0;
    for (Dwarf_Die *unit = dw.dwfl_module_nextcu(module, NULL, &bias); unit != NULL;
         unit = dw.dwfl_module_nextcu(module, unit, &bias)) {
        if (dw.dwarf_haspc(unit, address - bias) == 1) {
            Dwarf_Line *const found = dw.dwarf_getsrc_die(unit, address - bias);
            (void)dw.dwarf_lineno(found, ret_line); /* nothing for NULL */
            return dw.dwarf_linesrc(found, NULL, NULL);
        }
    }
    return NULL;
}

static const char *line_of(Dwfl_Module *module, Dwarf_Addr address, int *ret_line)
{
    Dwfl_Line *const found = dw.dwfl_module_getsrc(module, address);
    return found != NULL ? dw.dwfl_lineinfo(found, NULL, ret_line, NULL, NULL, NULL)
                         : line_of_unit(module, address, ret_line);
}

void weft__backtrace_place(const void *return_address, char *into, size_t size)
{
    const Dwarf_Addr address = (Dwarf_Addr)(uintptr_t)return_address - 1;
    Dwfl *const dwfl = session();
    Dwfl_Module *const module = dwfl == NULL ? NULL : dw.dwfl_addrmodule(dwfl, address);
    const char *const name = module == NULL ? NULL : dw.dwfl_module_addrname(module, address);
    if (name == NULL) {
        place_by_loader(return_address, into, size);
        return;
    }
    int line = 0;
    const char *const file = line_of(module, address, &line);
    if (file == NULL) {
        char loaded[512];
        place_by_loader(return_address, loaded, sizeof loaded);
        (void)snprintf(into, size, "%s %s", name, loaded);
        return;
    }
    const char *const slash = strrchr(file, '/');
    (void)snprintf(into, size, "%s %s:%d", name, slash == NULL ? file : slash + 1, line);
}

#else

size_t weft__backtrace(const weft__g *g, const weft__registers *registers,
                       const void *ret_frames[WEFT__BACKTRACE_MAX])
{
    (void)g;
    (void)registers;
    (void)ret_frames;
    return 0;
}

void weft__backtrace_place(const void *return_address, char *into, size_t size)
{
    place_by_loader(return_address, into, size);
}
#endif
