/* dump.c: how a goroutine is described in words. */
#include <stdio.h>

#include "g.h"
#include "why.h"

const char *weft__why_text(weft__why why)
{
    static const char *const texts[] = {
#define X(name, text) text,
        WEFT__WHY_LIST(X)
#undef X
    };
    return why < WEFT__WHY_COUNT ? texts[why] : "unknown";
}
