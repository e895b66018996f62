/* weft.c: the command `weft`: looks into stores and adds them up. */
#include <stdio.h>
#include <string.h>

#include <weft.h>

#include "../variable.h"
#include "command.h"

static const char usage[] =
    "usage: weft list [<store>]                 its schedules and coverage\n"
    "       weft show <hash|file|token>         one schedule\n"
    "       weft without <n> <hash|file|token>  the same without its nth forced switch or choice\n"
    "       weft merge <into store> <store>...  add stores to another one\n"
    "The store is $WEFT_STORE, or .weft, where none is given.\n";

static const char *default_store(void)
{
    const char *const store = weft__variable("WEFT_STORE");
    return store == NULL ? ".weft" : store;
}

int main(int argc, char **argv)
{
    const char *const verb = argc < 2 ? "" : argv[1];
    if (strcmp(verb, "list") == 0 && argc <= 3) {
        return weft__command_list(argc == 3 ? argv[2] : default_store());
    }
    if (strcmp(verb, "show") == 0 && argc == 3) {
        return weft__command_show(default_store(), argv[2]);
    }
    if (strcmp(verb, "without") == 0 && argc == 4) {
        return weft__command_without(default_store(), argv[2], argv[3]);
    }
    if (strcmp(verb, "merge") == 0 && argc >= 4) {
        return weft__command_merge(argc - 2, argv + 2);
    }
    if (strcmp(verb, "--help") == 0 || strcmp(verb, "-h") == 0) {
        (void)fputs(usage, stdout);
        return 0;
    }
    if (strcmp(verb, "--version") == 0) {
        (void)puts("weft " WEFT_VERSION);
        return 0;
    }
    (void)fputs(usage, stderr);
    return 2;
}
