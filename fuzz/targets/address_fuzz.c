/* address_fuzz.c: addresses as text.
 *
 * Input: the text. What must hold:
 *   - what is accepted has a text that reads as the same address, and fits in WEFT_ADDRESS_TEXT;
 *   - the text is cut where it does not fit, and its length told;
 *   - what is refused is refused with -EINVAL. */
#include <weft/fuzz.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void check_cut(const weft_address *address, const char *text)
{
    const int length = (int)strlen(text);
    for (int size = 1; size <= length + 1; size++) {
        char *const cut = malloc((size_t)size); /* a byte more would be seen */
        WEFT_ASSERT(weft_address_text(address, cut, (size_t)size) == length);
        WEFT_ASSERT(strncmp(cut, text, (size_t)size - 1) == 0 && cut[size - 1] == '\0');
        free(cut);
    }
}

static void check_address(const weft_address *address)
{
    char text[WEFT_ADDRESS_TEXT];
    weft_address again;
    const int length = weft_address_text(address, text, sizeof text);
    WEFT_ASSERT(length > 0 && length < WEFT_ADDRESS_TEXT);
    WEFT_ASSERT((size_t)length == strlen(text));
    WEFT_ASSERT(weft_address_parse(text, &again) == 0);
    WEFT_ASSERT(memcmp(&again, address, sizeof again) == 0);
    check_cut(address, text);
}

static void target(const uint8_t *data, size_t size)
{
    weft_address address;
    char *const text = malloc(size + 1);
    memcpy(text, data, size);
    text[size] = '\0';
    const int status = weft_address_parse(text, &address);
    WEFT_ASSERT(status == 0 || status == -EINVAL);
    if (status == 0) {
        check_address(&address);
    }
    free(text);
}

WEFT_FUZZ(target)
