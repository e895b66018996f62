/* without.c: `weft without`. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../report/console.h"
#include "../schedule/store.h"
#include "command.h"

static void leave_out(weft__schedule *s, size_t i)
{
    const size_t after = --s->decisions.count - i;
    memmove(s->decisions.list + i, s->decisions.list + i + 1, after * sizeof *s->decisions.list);
    memmove(s->decision_texts + i, s->decision_texts + i + 1, after * sizeof *s->decision_texts);
    s->step_count = 0; /* they were those of another run */
}

int weft__command_without(const char *store, const char *number, const char *reference)
{
    weft__schedule s;
    if (weft__store_load(store, reference, &s) != 0) {
        return 1;
    }
    char *end = NULL;
    const unsigned long n = strtoul(number, &end, 10);
    const bool there = *end == '\0' && n >= 1 && n <= s.decisions.count;
    if (there) {
        leave_out(&s, n - 1);
        weft__schedule_write(&s, true, stdout);
    } else {
        weft__console_error("no decision \"%s\": it has %zu", number, s.decisions.count);
    }
    weft__schedule_clear(&s);
    return there && fflush(stdout) == 0 ? 0 : 1;
}
