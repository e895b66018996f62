/* http.c: an HTTP/1.1 server: ADDRESS DIRECTORY [SETTING=NUMBER]...
 *
 *   runtime/http 127.0.0.1:8080 /usr/share/doc
 *
 * Keep-alive, pipelining, chunked bodies both ways, HEAD, Expect: 100-continue; limits on all that
 * a peer sends and on the time it takes; SIGTERM and SIGINT let the requests under way end. What
 * the server has is in http_site.h. A connection's goroutine waits for it as if it were alone.
 *
 *   http_serve       accepts, has a goroutine for each connection, and stops
 *   http_connection  buffered input and output
 *   http_request     the head of a request, checked
 *   http_body        its body
 *   http_site        what there is to get
 *   http_answer      responses
 *
 * INVARIANTS
 *   - What one connection does costs others nothing but time. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>

#include "http_serve.h"

static http_settings settings = {
    .connection_limit = 20000,
    .body_max = 1024 * 1024,
    .idle_ns = 60 * WEFT_SECOND,
    .request_ns = 10 * WEFT_SECOND,
    .write_ns = 10 * WEFT_SECOND,
    .grace_ns = 5 * WEFT_SECOND,
};
static http_serve server;
static int signals = -1; /* a descriptor from which those that end the server are read */
static int exit_status;

/* Before the run: its threads inherit the mask. */
static void block_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) == 0) {
        signals = signalfd(-1, &set, SFD_CLOEXEC);
    }
}

static void stop_at_signal(void *arg)
{
    struct signalfd_siginfo info;
    (void)arg;
    if (weft_adopt(signals) == 0 &&
        weft_read(signals, &info, sizeof info, WEFT_NEVER) == sizeof info) {
        http_serve_stop(&server);
    }
}

/* The address that it has got, for a caller who asked for port 0. */
static void tell_address(void)
{
    weft_address address;
    char text[WEFT_ADDRESS_TEXT];
    if (weft_local_address(server.listener, &address) == 0) {
        (void)weft_address_text(&address, text, sizeof text);
        (void)printf("http: %s\n", text);
        (void)fflush(stdout);
    }
}

static void serve(void *arg)
{
    (void)arg;
    int status = http_serve_begin(&server, &settings);
    if (status == 0) {
        const weft_go_options options = {.name = "signals", .daemon = true};
        tell_address();
        (void)weft_go_with(&options, stop_at_signal, NULL);
        status = http_serve_run(&server);
    }
    if (status != 0) {
        (void)fprintf(stderr, "http: %s: %s\n", settings.address, strerror(-status));
        exit_status = 1;
    }
}

/* ---- the command line ---- */

/* "name=number" */
static bool set(const char *text)
{
    const struct {
        const char *name;
        int64_t *ns;
    } times[] = {{"idle_ms", &settings.idle_ns},
                 {"request_ms", &settings.request_ns},
                 {"write_ms", &settings.write_ns},
                 {"grace_ms", &settings.grace_ns}};
    const char *const equals = strchr(text, '=');
    char *end = NULL;
    const unsigned long number = equals == NULL ? 0 : strtoul(equals + 1, &end, 10);
    if (equals == NULL || end == equals + 1 || *end != '\0' || number > INT32_MAX) {
        return false;
    }
    const size_t size = (size_t)(equals - text);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        if (strlen(times[i].name) == size && strncmp(text, times[i].name, size) == 0) {
            *times[i].ns = (int64_t)number * WEFT_MILLISECOND;
            return true;
        }
    }
    if (strncmp(text, "connections=", size + 1) == 0) {
        settings.connection_limit = (uint32_t)number;
    } else if (strncmp(text, "body=", size + 1) == 0) {
        settings.body_max = number;
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    bool good = argc >= 3;
    for (int i = 3; i < argc; i++) {
        good = good && set(argv[i]);
    }
    if (!good) {
        (void)fputs("usage: http ADDRESS DIRECTORY [idle_ms=N] [request_ms=N] [write_ms=N] "
                    "[grace_ms=N] [connections=N] [body=BYTES]\n",
                    stderr);
        return 1;
    }
    settings.address = argv[1];
    settings.directory = argv[2];
    block_signals();
    const int failed = weft_run(serve, NULL);
    return failed != 0 ? 1 : exit_status;
}
