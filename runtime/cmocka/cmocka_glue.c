/* cmocka_glue.c: see weft/cmocka.h.
 *
 * A failed cmocka check calls cm_print_error with the text and then _fail, which jumps to the
 * buffer of the thread that runs the test. From a goroutine that would be a jump to another stack.
 * The functions are replaced here: within a goroutine they end the run through the backend
 * (fail.h), and elsewhere they call cmocka's own. Replacing works because libcmocka calls them
 * through its procedure linkage table, and the program comes first in the search. */
#include <weft/cmocka.h>

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

#include <fail.h>

/* The text of the check that is about to fail. */
static _Thread_local char text[400];

/* The next definition of a function, cast through a copy as ISO C wants it. */
static void find_next(const char *name, void *ret_function, size_t size)
{
    void *const address = dlsym(RTLD_NEXT, name);
    memcpy(ret_function, &address, size);
}

static void fail_outside(const char *file, int line)
{
    void (*real_fail)(const char *, int) = NULL;
    find_next("_fail", &real_fail, sizeof real_fail);
    real_fail(file, line);
}

void cm_print_error(const char *const format, ...);
void __longjmp_chk(jmp_buf env, int value);

void cm_print_error(const char *const format, ...)
{
    char line[sizeof text];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (!weft__inside()) {
        void (*real_print)(const char *, ...) = NULL;
        find_next("cm_print_error", &real_print, sizeof real_print);
        real_print("%s", line);
        return;
    }
    const size_t used = strlen(text);
    (void)snprintf(text + used, sizeof text - used, "%s", line);
}

static _Noreturn void fail_inside(const char *file, int line, const void *site)
{
    char message[sizeof text];
    memcpy(message, text, sizeof message);
    text[0] = '\0';
    for (size_t i = strlen(message); i > 0 && message[i - 1] == '\n'; i--) {
        message[i - 1] = '\0';
    }
    weft__fail_run(weft__self(), site, file, line, message);
}

void _fail(const char *const file, const int line)
{
    if (weft__inside()) {
        fail_inside(file, line, NULL);
    }
    fail_outside(file, line);
}

void _skip(const char *const file, const int line)
{
    if (weft__inside()) {
        cm_print_error("skip() within a goroutine: decide before the test starts");
        fail_inside(file, line, NULL);
    }
    void (*real_skip)(const char *, int) = NULL;
    find_next("_skip", &real_skip, sizeof real_skip);
    real_skip(file, line);
}

static bool called_by_cmocka(const void *return_address)
{
    Dl_info caller;
    return dladdr(return_address, &caller) != 0 && caller.dli_fname != NULL &&
           strstr(caller.dli_fname, "libcmocka") != NULL;
}

/* What is left: a failed mock or expected call, which jumps without _fail. */
void __longjmp_chk(jmp_buf env, int value)
{
    if (weft__inside() && called_by_cmocka(__builtin_return_address(0))) {
        fail_inside("cmocka", 0, NULL);
    }
    void (*real_jump)(struct __jmp_buf_tag *, int) = NULL;
    find_next("__longjmp_chk", &real_jump, sizeof real_jump);
    real_jump(env, value);
}

static void run_fixture(CMFixtureFunction fixture, void **state, const char *name)
{
    if (fixture != NULL && fixture(state) != 0) {
        cm_print_error("%s failed", name);
        fail_inside(name, 0, NULL);
    }
}

static void run_body(void *arg)
{
    const weft_cmocka_test *const test = arg;
    void *state = NULL;
    text[0] = '\0';
    run_fixture(test->setup, &state, "setup");
    test->body(&state);
    run_fixture(test->teardown, &state, "teardown");
}

void weft_cmocka_run(void **state)
{
    weft_cmocka_test *const test = *state;
    const weft_options options = {.name = test->name};
    const int result = weft_run_with(&options, run_body, test);
    if (result == 0) {
        return;
    }
    if (result < 0) {
        print_error("weft_run: %s\n", strerror(-result));
    } else if (weft__fail_message()[0] != '\0') {
        print_error("%s\n", weft__fail_message());
    }
    fail_outside(test->name, 0);
}
