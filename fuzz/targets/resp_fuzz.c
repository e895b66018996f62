/* resp_fuzz.c: the parser of the key-value server's protocol (examples/kv/resp.h).
 *
 * Input: how the bytes come in pieces, and how often; then the bytes. What must hold:
 *   - the requests, and how they end, do not depend on the pieces;
 *   - arguments are within the limits;
 *   - a request written as a client writes it reads as the same. */
#include <weft/fuzz.h>

#include <stdlib.h>
#include <string.h>

#include "input.h"
#include "resp.h"

static const resp_limits limits = {.bulk = 16, .arguments = 8, .line = 16};
enum { LONG = 20000 }; /* more than a reader has room for at first */

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

/* Feed the bytes, so often, and so many at a time; `piece` 0: as many as there are. */
static outcome parse(const uint8_t *bytes, size_t size, size_t times, size_t piece)
{
    resp_reader reader = {.error = NULL};
    outcome result = {.end = RESP_MORE};
    for (size_t at = 0; at < size * times && result.end != RESP_ERROR;) {
        size_t room = 0;
        char *const into = resp_room(&reader, &room);
        WEFT_ASSERT(into != NULL && room != 0);
        const size_t rest = size - at % size;
        size_t n = piece == 0 || piece > rest ? rest : piece;
        n = n < room ? n : room;
        memcpy(into, bytes + at % size, n);
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
    input in = input_of(data, size);
    const uint8_t how = input_byte(&in);
    const size_t piece = 1 + how % 16;
    const size_t times = how < 248 || in.left == 0 ? 1 : 1 + LONG / in.left;
    outcome whole = parse(in.next, in.left, times, 0);
    outcome pieces = parse(in.next, in.left, times, piece);
    check_same(&whole, &pieces);
    outcome again = parse((const uint8_t *)whole.requests.bytes, whole.requests.size, 1, piece);
    WEFT_ASSERT(again.end != RESP_ERROR);
    again.error = whole.error;
    check_same(&whole, &again);
    buffer_free(&whole.requests);
    buffer_free(&pieces.requests);
    buffer_free(&again.requests);
}

WEFT_FUZZ(target)
