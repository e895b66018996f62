/* resp_fuzz.c: the parser of the key-value server's protocol (examples/kv/resp.h).
 *
 * Input: how the bytes come in pieces; then the bytes. What must hold:
 *   - the requests, and how they end, do not depend on the pieces;
 *   - arguments are within the limits;
 *   - a request written as a client writes it reads as the same. */
#include <weft/fuzz.h>

#include <stdlib.h>
#include <string.h>

#include "resp.h"

static const resp_limits limits = {.bulk = 64, .arguments = 64, .line = 64};

/* Requests, one after the other, as a client writes them; and how they end. */
typedef struct outcome {
    buffer requests;
    resp_result end;
    const char *error;
} outcome;

static void check_request(const resp_reader *r, outcome *ret)
{
    WEFT_ASSERT(r->count <= limits.arguments);
    for (size_t i = 0; i < r->count; i++) {
        WEFT_ASSERT(r->args[i].size <= limits.bulk);
    }
    if (r->count != 0) {
        resp_request(&ret->requests, r->args, r->count);
    }
}

/* Feed the bytes, so many at a time; `piece` 0: all at once. */
static outcome parse(const uint8_t *bytes, size_t size, size_t piece)
{
    resp_reader reader = {.error = NULL};
    outcome result = {.end = RESP_MORE};
    for (size_t at = 0; at < size && result.end != RESP_ERROR;) {
        size_t room = 0;
        char *const into = resp_room(&reader, &room);
        WEFT_ASSERT(into != NULL && room != 0);
        size_t n = piece == 0 || piece > size - at ? size - at : piece;
        n = n < room ? n : room;
        memcpy(into, bytes + at, n);
        reader.in.size += n;
        at += n;
        while ((result.end = resp_next(&reader, &limits)) == RESP_REQUEST) {
            check_request(&reader, &result);
        }
    }
    WEFT_ASSERT((result.end == RESP_ERROR) == (reader.error != NULL));
    result.error = reader.error;
    resp_reader_free(&reader);
    return result;
}

static void check_same(const outcome *a, const outcome *b)
{
    WEFT_ASSERT(a->requests.size == b->requests.size);
    WEFT_ASSERT(a->requests.size == 0 ||
                memcmp(a->requests.bytes, b->requests.bytes, a->requests.size) == 0);
    WEFT_ASSERT(a->error == b->error);
}

static void target(const uint8_t *data, size_t size)
{
    const size_t piece = size == 0 ? 0 : 1 + data[0] % 16;
    const uint8_t *const bytes = size == 0 ? data : data + 1;
    outcome whole = parse(bytes, size == 0 ? 0 : size - 1, 0);
    outcome pieces = parse(bytes, size == 0 ? 0 : size - 1, piece);
    check_same(&whole, &pieces);
    outcome again = parse((const uint8_t *)whole.requests.bytes, whole.requests.size, piece);
    WEFT_ASSERT(again.end != RESP_ERROR);
    again.error = whole.error;
    check_same(&whole, &again);
    buffer_free(&whole.requests);
    buffer_free(&pieces.requests);
    buffer_free(&again.requests);
}

WEFT_FUZZ(target)
