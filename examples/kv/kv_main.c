/* kv_main.c: the server as a program: options as Redis writes them, `--appendonly yes`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <weft.h>

#include "kv.h"
#include "kv_settings.h"

enum { ADDRESS_MAX = 512 };

typedef struct program {
    kv_options options;
    char address[ADDRESS_MAX];
    int status;
} program;

static int64_t unix_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int usage(const char *name, const char *what)
{
    buffer value = {0};
    (void)fprintf(stderr, "kv: %s\nusage: %s [--bind HOST] [--port PORT] [--SETTING VALUE]...\n",
                  what, name);
    const char *setting = NULL;
    for (size_t i = 0; (setting = settings_get(&kv_defaults, i, &value)) != NULL; i++) {
        (void)fprintf(stderr, "  --%s %.*s\n", setting, (int)value.size, value.bytes);
        value.size = 0;
    }
    buffer_free(&value);
    return EXIT_FAILURE;
}

static int parse(int argc, char **argv, program *p)
{
    const char *host = "127.0.0.1";
    const char *port = NULL;
    for (int i = 1; i < argc; i += 2) {
        const char *const name = argv[i];
        if (i + 1 == argc || strncmp(name, "--", 2) != 0) {
            return usage(argv[0], name);
        }
        if (strcmp(name, "--bind") == 0) {
            host = argv[i + 1];
        } else if (strcmp(name, "--port") == 0) {
            port = argv[i + 1];
        } else if (!settings_set(&p->options, name + 2, argv[i + 1])) {
            return usage(argv[0], name);
        }
    }
    if (port != NULL) {
        const char *const form = strchr(host, ':') != NULL ? "[%s]:%s" : "%s:%s";
        (void)snprintf(p->address, sizeof p->address, form, host, port);
        p->options.address = p->address;
    }
    return EXIT_SUCCESS;
}

static void serve(void *arg)
{
    program *const p = arg;
    p->status = kv_serve(&p->options);
}

int main(int argc, char **argv)
{
    program p = {.options = kv_defaults};
    p.options.unix_ms = unix_ms;
    const int parsed = parse(argc, argv, &p);
    if (parsed != EXIT_SUCCESS) {
        return parsed;
    }
    const int status = weft_run(serve, &p);
    return status == 0 && p.status == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
