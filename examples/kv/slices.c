/* slices.c: see slices.h. */
#include "slices.h"

#include <stdlib.h>

enum { SMALLEST = 256 };

bool buffer_reserve(buffer *b, size_t more)
{
    if (b->failed || more > SIZE_MAX / 4) {
        b->failed = true;
        return false;
    }
    if (b->capacity - b->size >= more) {
        return true;
    }
    size_t capacity = b->capacity < SMALLEST ? SMALLEST : b->capacity * 2;
    while (capacity - b->size < more) {
        capacity *= 2;
    }
    char *const bytes = realloc(b->bytes, capacity);
    if (bytes == NULL) {
        b->failed = true;
        return false;
    }
    b->bytes = bytes;
    b->capacity = capacity;
    return true;
}

void buffer_free(buffer *b)
{
    free(b->bytes);
    *b = (buffer){0};
}

void buffer_clear(buffer *b, size_t keep)
{
    if (b->capacity > keep) {
        buffer_free(b);
    }
    b->size = 0;
    b->failed = false;
}

static char upper(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool slice_is(slice s, const char *word)
{
    size_t i = 0;
    while (i < s.size && word[i] != '\0' && upper(s.bytes[i]) == word[i]) {
        i++;
    }
    return i == s.size && word[i] == '\0';
}

/* ---- numbers ---- */

bool slice_integer(slice s, int64_t *ret_value)
{
    enum { LONGEST = 20 };
    const bool negative = s.size > 0 && s.bytes[0] == '-';
    size_t i = negative ? 1 : 0;
    const bool zero = s.size == 1 && s.bytes[0] == '0';
    if (i == s.size || s.size > LONGEST || (s.bytes[i] == '0' && !zero)) {
        return false;
    }
    const uint64_t limit = (uint64_t)INT64_MAX + (negative ? 1 : 0);
    uint64_t value = 0;
    for (; i < s.size; i++) {
        const unsigned digit = (unsigned char)s.bytes[i] - (unsigned)'0';
        if (digit > 9 || value > (limit - digit) / 10) {
            return false;
        }
        value = value * 10 + digit;
    }
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

size_t integer_text(int64_t value, char *ret_text)
{
    char reversed[INTEGER_TEXT];
    size_t count = 0;
    size_t size = 0;
    uint64_t left = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    do {
        reversed[count++] = (char)('0' + left % 10);
        left /= 10;
    } while (left != 0);
    if (value < 0) {
        ret_text[size++] = '-';
    }
    while (count > 0) {
        ret_text[size++] = reversed[--count];
    }
    return size;
}

/* ---- hashing ---- */

__extension__ typedef unsigned __int128 wide;

static uint64_t mix(uint64_t a, uint64_t b)
{
    const wide product = (wide)a * b;
    return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t load(const unsigned char *bytes, size_t size)
{
    uint64_t word = 0;
    memcpy(&word, bytes, size);
    return word;
}

/* Eight bytes at a time, each through a multiplication of 64 by 64 bits; the constants are odd
 * numbers with as many ones as zeros. */
uint64_t hash_bytes(const void *bytes, size_t size, uint64_t seed)
{
    const unsigned char *at = bytes;
    const uint64_t k = UINT64_C(0x9e3779b97f4a7c15);
    uint64_t h = seed ^ mix(size ^ k, UINT64_C(0xd6e8feb86659fd93));
    for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), at += sizeof(uint64_t)) {
        h = mix(h ^ load(at, sizeof(uint64_t)), k);
    }
    if (size != 0) {
        h = mix(h ^ load(at, size), k);
    }
    return mix(h ^ k, UINT64_C(0xa0761d6478bd642f));
}

/* ---- patterns ---- */

static bool in_range(char c, char from, char to)
{
    return from <= to ? c >= from && c <= to : c >= to && c <= from;
}

/* A set, at its bracket; *at goes to its end. */
static bool match_set(slice pattern, size_t *at, char c)
{
    const char *const p = pattern.bytes;
    size_t i = *at + 1;
    const bool not = i < pattern.size && p[i] == '^';
    bool found = false;
    for (i += not ? 1 : 0; i < pattern.size && p[i] != ']'; i++) {
        if (p[i] == '\\' && i + 1 < pattern.size) {
            i++;
            found = found || p[i] == c;
        } else if (i + 2 < pattern.size && p[i + 1] == '-') {
            found = found || in_range(c, p[i], p[i + 2]);
            i += 2;
        } else {
            found = found || p[i] == c;
        }
    }
    *at = i < pattern.size ? i + 1 : i;
    return found != not ;
}

/* One thing of the pattern that is no star, and one character. */
static bool match_one(slice pattern, size_t *at, char c)
{
    switch (pattern.bytes[*at]) {
    case '?':
        ++*at;
        return true;
    case '[':
        return match_set(pattern, at, c);
    case '\\':
        *at += *at + 1 < pattern.size ? 1 : 0;
        break;
    default:
        break;
    }
    return pattern.bytes[(*at)++] == c;
}

/* Where it does not go on, the last star takes one more. */
bool glob_match(slice pattern, slice text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = SIZE_MAX; /* behind it, in the pattern */
    size_t taken = 0;       /* by it: up to here */
    while (t < text.size || p < pattern.size) {
        size_t next = p;
        if (p < pattern.size && pattern.bytes[p] == '*') {
            star = ++p;
            taken = t;
        } else if (p < pattern.size && t < text.size && match_one(pattern, &next, text.bytes[t])) {
            p = next;
            t++;
        } else if (star != SIZE_MAX && taken < text.size) {
            p = star;
            t = ++taken;
        } else {
            return false;
        }
    }
    return true;
}
