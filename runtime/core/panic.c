/* panic.c: panics, weft_try, deferred calls. See panic.h. */
#include "panic.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "g.h"

void weft__run_defers(weft__g *self, const weft__defer *until)
{
    while (self->defers != until) {
        weft__defer *const d = self->defers;
        weft_fn *const fn = d->fn;
        void *const arg = d->arg;
        self->defers = d->next; /* first: fn may panic */
        if (d->on_heap != 0) {
            weft__free(d, sizeof *d);
        } else {
            d->fn = NULL; /* its scope has nothing left to do */
        }
        fn(arg);
    }
}

/* A second panic, by a deferred call, comes here again with what is left of the deferred calls. */
static _Noreturn void unwind(weft__g *self, const void *site, const char *message)
{
    const weft__frame *const mark = self->frame;
    weft__run_defers(self, mark == NULL ? NULL : mark->defers);
    weft__frame *const frame = self->frame;
    if (frame == NULL) {
        weft__die(self, WEFT__END_PANIC, site, message);
    }
    if (frame->info != NULL) {
        *frame->info = (weft_panic_info){.site = site, .goroutine = self->id};
        (void)snprintf(frame->info->message, sizeof frame->info->message, "%s", message);
    }
    self->frame = frame->outer;
    _longjmp(frame->env, 1);
}

_Noreturn void weft__panic_at(weft__g *self, const void *site, const char *message)
{
    if (self->id == 0) {
        weft__die(self, WEFT__END_PANIC, site, message); /* no weft_try outside of goroutines */
    }
    unwind(self, site, message);
}

_Noreturn void weft__fatal_at(weft__g *self, const void *site, const char *message)
{
    weft__die(self, WEFT__END_FATAL, site, message);
}

_Noreturn void weft_panic(const char *format, ...)
{
    weft_panic_info info; /* for the length of its message */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(info.message, sizeof info.message, format, args);
    va_end(args);
    weft__panic_at(weft__self(), WEFT__SITE, info.message);
}

_Noreturn void weft__check_failed(const char *what, const char *file, int line,
                                  const char *function)
{
    char message[512];
    (void)snprintf(message, sizeof message, "%s:%d: %s: %s", file, line, function, what);
    weft__die(weft__self(), WEFT__END_ASSERT, WEFT__SITE, message);
}

int weft_try(weft_fn *fn, void *arg, weft_panic_info *info)
{
    weft__g *const self = weft__self();
    if (self->id == 0) {
        weft__fatal_at(self, WEFT__SITE, "weft_try outside of a goroutine: call it from weft_run");
    }
    weft__frame frame = {.outer = self->frame, .defers = self->defers, .info = info};
    self->frame = &frame;
    if (_setjmp(frame.env) != 0) {
        return 1; /* unwind has left the frame */
    }
    fn(arg);
    weft__run_defers(self, frame.defers);
    self->frame = frame.outer;
    return 0;
}

void weft_defer(weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    weft__defer *const d = weft__alloc(sizeof *d);
    if (d == NULL) {
        weft__panic_at(self, WEFT__SITE, "weft_defer: no memory");
    }
    if (self->id == 0) {
        weft__fatal_at(self, WEFT__SITE, "weft_defer outside of a goroutine");
    }
    *d = (weft__defer){.next = self->defers, .fn = fn, .arg = arg, .on_heap = 1};
    self->defers = d;
}

void weft__defer_first(weft__defer *d, weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    WEFT__CHECK(self->defers == NULL);
    *d = (weft__defer){.fn = fn, .arg = arg};
    self->defers = d;
}

void weft_scope_enter(weft_scope *scope, weft_fn *fn, void *arg)
{
    weft__g *const self = weft__self();
    weft__defer *const d = (void *)scope;
    *d = (weft__defer){.next = self->defers, .fn = fn, .arg = arg, .on_heap = 0};
    self->defers = d;
}

static void unlock(void *mutex)
{
    weft_mutex_unlock(mutex);
}

void weft_scope_lock(weft_scope *scope, weft_mutex *mutex)
{
    weft_mutex_lock(mutex);
    weft_scope_enter(scope, unlock, mutex);
}

/* Take d out of the middle: a weft_defer made inside the scope is newer and stays. */
static void unlink_defer(weft__g *self, const weft__defer *d)
{
    weft__defer **link = &self->defers;
    while (*link != NULL && *link != d) {
        link = &(*link)->next;
    }
    if (*link == d) {
        *link = d->next;
    }
}

void weft_scope_leave(weft_scope *scope)
{
    weft__defer *const d = (void *)scope;
    weft_fn *const fn = d->fn;
    if (fn == NULL) {
        return; /* a panic has run it */
    }
    unlink_defer(weft__self(), d);
    d->fn = NULL;
    fn(d->arg);
}
