"""Goroutines of weft::runtime in gdb, of a live process or of a core file.

    (gdb) source <prefix>/share/weft/gdb/weft_gdb.py
    (gdb) info goroutines
    (gdb) goroutine 65 bt
    (gdb) goroutine all bt
    (gdb) goroutine 65 info locals      any command of gdb, in its innermost frame

It reads the lists of goroutines (runtime/sched/worker.h) and what the switch has saved of those that
do not run (runtime/core/arch). It changes nothing and calls no function of the program:
while it shows a goroutine, an unwinder says that the selected thread's innermost frame was called
from where the goroutine is.
"""

import itertools
import os
import time

import gdb
import gdb.unwinder

FRAMES_MAX = 64


def pointer_to(type_name):
    return gdb.lookup_type(type_name).pointer()


def address_of(function):
    return int(gdb.parse_and_eval("(unsigned long) &" + function))


# ---- the stack of a goroutine that does not run ----


def saved_registers(g):
    """Registers by name, from the stack: see the heads of fiber_x86_64.h and fiber_aarch64.S."""
    sp = int(g["fiber"]["sp"])
    word = gdb.lookup_type("unsigned long")

    def at(offset):
        return gdb.Value(sp + offset).cast(word.pointer()).dereference()

    if gdb.selected_frame().architecture().name().startswith("i386:x86-64"):
        registers = {"rbp": at(8), "rip": at(16)}
        registers["rsp"] = gdb.Value(sp + 48).cast(word)
    else:
        registers = {"x%d" % n: at((n - 19) * 8) for n in range(19, 31)}
        registers["pc"] = at(88)
        registers["sp"] = gdb.Value(sp + 176).cast(word)
    pc = "rip" if "rip" in registers else "pc"
    if int(registers[pc]) == address_of("weft__fiber_start"):
        registers[pc] += 1  # it has not run: gdb takes it for a return address, and looks in front
    return registers


class FrameId:
    def __init__(self, sp, pc):
        self.sp = sp
        self.pc = pc


class Unwinder(gdb.unwinder.Unwinder):
    """While `registers` is set, they are those of the caller of the frame at (sp, pc)."""

    def __init__(self):
        super().__init__("weft goroutines")
        self.registers = None
        self.sp = None
        self.pc = None
        self.low = None

    def __call__(self, pending_frame):
        if self.registers is None:
            return None
        if int(pending_frame.read_register("sp")) != self.sp:
            return None
        if int(pending_frame.read_register("pc")) != self.pc:
            return None
        # Not the thread's stack pointer: callers must not look as if they were further in.
        info = pending_frame.create_unwind_info(FrameId(gdb.Value(self.low), gdb.Value(self.pc)))
        for name, value in self.registers.items():
            info.add_saved_register(name, value)
        return info


unwinder = Unwinder()
gdb.unwinder.register_unwinder(None, unwinder, replace=True)


class Unwound:
    """with Unwound(goroutine) as frame: its innermost frame is there."""

    def __init__(self, goroutine):
        self.goroutine = goroutine
        self.thread = gdb.selected_thread()

    def __enter__(self):
        if self.goroutine.thread is not None:
            self.goroutine.thread.switch()
            return gdb.newest_frame()
        frame = gdb.newest_frame()
        unwinder.sp = int(frame.read_register("sp"))
        unwinder.pc = int(frame.read_register("pc"))
        unwinder.low = int(self.goroutine.g["stack"]["low"])
        unwinder.registers = saved_registers(self.goroutine.g)
        gdb.invalidate_cached_frames()
        return gdb.newest_frame().older()

    def __exit__(self, *_):
        unwinder.registers = None
        gdb.invalidate_cached_frames()
        self.thread.switch()


def frames_from(frame):
    while frame is not None and frame.is_valid():
        yield frame
        frame = frame.older()


def place_of(name, sal):
    if sal.symtab is None:
        return name
    return "%s %s:%d" % (name, os.path.basename(sal.symtab.filename), sal.line)


def place(frame):
    return place_of(frame.name() or "0x%x" % frame.pc(), frame.find_sal())


def folder(symtab):
    return os.path.dirname(symtab.fullname())


def is_ours(frame):
    """Whether it is a function of Weft: its source lies where ours does."""
    symtab = frame.find_sal().symtab
    ours = [gdb.lookup_global_symbol(name) for name in ("weft__g_main", "weft__park")]
    return symtab is not None and any(
        folder(symtab).startswith(folder(symbol.symtab)) for symbol in ours if symbol is not None)


# ---- goroutines ----


def now_ns():
    """And whether it is the present, rather than the last time that somebody has looked."""
    connection = getattr(gdb.selected_inferior(), "connection", None)
    if connection is not None and connection.type == "native":
        return time.clock_gettime_ns(time.CLOCK_MONOTONIC), True
    return int(gdb.parse_and_eval("weft__timing_ticked_ns")), False


def duration(ns):
    seconds = ns // 10**9
    if seconds < 10:
        return "%d ms" % (ns // 10**6)
    return "%d s" % seconds if seconds < 600 else "%d min" % (seconds // 60)


class Goroutine:
    def __init__(self, g, threads, queued):
        self.g = g.dereference()
        self.id = int(self.g["id"])
        self.name = self.g["name"].string()
        low = int(self.g["stack"]["low"])
        high = low + int(self.g["stack"]["size"])
        self.thread = next((t for t, sp in threads if low <= sp < high), None)
        self.task = self.g["backend"].address.cast(pointer_to("weft__task")).dereference()
        self.why = str(self.g["why"])
        self.runnable = int(g) in queued or self.why in ("WEFT__WHY_RUNNING", "WEFT__WHY_YIELD")

    def state(self):
        if self.thread is not None:
            return "running (thread %d)" % self.thread.num
        ns, present = now_ns()
        waited = ns - int(self.task["waits_since"])
        words = "runnable" if self.runnable else self.why_text() + self.object()
        if int(self.task["waits_since"]) != 0 and waited >= 10**8:
            words += ", %s%s" % ("" if present else "at least ", duration(waited))
        return words

    def why_text(self):
        return gdb.parse_and_eval("weft__why_text::texts")[int(self.g["why"])].string()

    def object(self):
        """What it waits for: the address, and a channel's or a count's state."""
        address = self.task["waits_for"]
        kind = self.why.replace("WEFT__WHY_", "")
        if kind in ("SEND", "RECV"):
            return self.channel(address.cast(pointer_to("weft_chan")))
        if kind in ("MUTEX", "RLOCK", "WLOCK", "COND", "ONCE"):
            return " 0x%x" % int(address)
        if kind == "WAITGROUP":
            group = address.cast(pointer_to("weft__waitgroup"))
            return " 0x%x (count %d)" % (int(address), int(group["count"]))
        if kind not in ("SELECT", "SEMA", "SEMA_NEVER"):
            return ""
        inner = address.cast(pointer_to("weft__wait_commit"))["arg"]
        if kind == "SELECT":
            select = inner.cast(pointer_to("weft__select"))
            count = int(select["arm_count"])
            channels = [self.channel(select["arms"][i]["one"]["chan"]) for i in range(count)]
            return ",".join(channels)
        sema = inner.cast(pointer_to("weft__sema"))
        return " 0x%x (%d of %d units held)" % (
            int(inner), int(sema["held"]), int(sema["capacity"]))

    @staticmethod
    def channel(ch):
        return " 0x%x (%d of %d buffered%s)" % (
            int(ch), int(ch["count"]), int(ch["capacity"]), ", closed" if ch["closed"] else "")

    def where(self):
        """Its innermost frame that is not ours; or the function that it is to call."""
        with Unwound(self) as frame:
            for caller in itertools.islice(frames_from(frame), FRAMES_MAX):
                if not is_ours(caller):
                    return place(caller)
        fn = int(self.g["fn"])
        block = gdb.block_for_pc(fn)
        name = "0x%x" % fn if block is None else block.function.name
        return place_of(name, gdb.find_pc_line(fn))

    def backtrace(self):
        print("goroutine %d [%s]: %s" % (self.id, self.state(), self.name))
        with Unwound(self) as frame:
            for level, caller in enumerate(itertools.islice(frames_from(frame), FRAMES_MAX)):
                print("#%-3d %s" % (level, place(caller)))


def stack_pointers():
    """Each thread with its stack pointer."""
    selected = gdb.selected_thread()
    if selected is None:
        raise gdb.GdbError("The program is not being run, and there is no core file.")
    threads = []
    for thread in gdb.selected_inferior().threads():
        thread.switch()
        threads.append((thread, int(gdb.newest_frame().read_register("sp"))))
    selected.switch()
    return threads


def queued_goroutines(workers):
    """The addresses of those in a worker's queue or in the global one."""
    found = set()
    for worker in workers:
        deque = worker["deque"]
        found.add(int(deque["next"]))
        size = deque["slots"].type.range()[1] + 1
        for i in range(int(deque["head"]), int(deque["tail"])):
            found.add(int(deque["slots"][i % size]))
    g = gdb.parse_and_eval("'inject.c'::inject.head")
    while int(g) != 0:
        found.add(int(g))
        g = g["next"]
    return found


def goroutines():
    sched = gdb.parse_and_eval("weft__sched_state")
    if int(sched["workers"]) == 0:
        raise gdb.GdbError("No run: nobody is in weft_run.")
    workers = [sched["workers"][i] for i in range(int(sched["workers_made"]))]
    threads = stack_pointers()
    queued = queued_goroutines(workers)
    found = []
    for worker in workers:
        g = worker["registry"]["newest"]
        while int(g) != 0:
            found.append(Goroutine(g, threads, queued))
            g = found[-1].task["older"]
    return sorted(found, key=lambda goroutine: goroutine.id)


# ---- commands ----


class InfoGoroutines(gdb.Command):
    """List all goroutines: number, state and what it waits for, name, innermost place of the program.
The one that the selected thread runs has a star."""

    def __init__(self):
        super().__init__("info goroutines", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        rows = goroutines()
        selected = gdb.selected_thread()
        print("  %-6s %-16s %-28s %s" % ("Id", "Name", "Where", "State"))
        for row in rows:
            star = "*" if row.thread is not None and row.thread.num == selected.num else " "
            print("%s %-6d %-16s %-28s %s" % (star, row.id, row.name, row.where(), row.state()))


class GoroutineCommand(gdb.Command):
    """Run a command of gdb in a goroutine: goroutine <id or all> <command>.
"goroutine 65 bt" shows its stack; other commands see its innermost frame as the selected one."""

    def __init__(self):
        super().__init__("goroutine", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        words = argument.split(None, 1)
        if len(words) != 2 or not (words[0] == "all" or words[0].isdigit()):
            raise gdb.GdbError("usage: goroutine <id or all> <command>")
        chosen = [g for g in goroutines() if words[0] in ("all", str(g.id))]
        if not chosen:
            raise gdb.GdbError("No goroutine %s." % words[0])
        for goroutine in chosen:
            self.run(goroutine, words[1], from_tty)

    @staticmethod
    def run(goroutine, command, from_tty):
        if command in ("bt", "backtrace", "where"):
            goroutine.backtrace()
            return
        with Unwound(goroutine) as frame:
            frame.select()
            gdb.execute(command, from_tty)


InfoGoroutines()
GoroutineCommand()
