/* io_address_test.c: addresses as text, and names.
 *
 * Goal:   which texts are addresses, what becomes of them on the way back to text, and what names
 *         stand for.
 * Source: weft.h, weft_address to weft_resolve. */
#include "wires.h"

static const char *const no_addresses[] = {
    "",
    ":",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:99999999999",
    "127.0.0.1:-1",
    "127.0.0.1:+1",
    "127.0.0.1: 80",
    "127.0.0.1:80 ",
    "127.0.0.1:8x",
    "127.0.0.1:http",
    "127.0.0.1:80:80",
    "::1:80",
    "[::1]",
    "[::1]80",
    "[::1:80",
    "[::g]:80",
    "[]:80",
    "[127.0.0.1]:80",
    "tcp:80",
    "udp:",
    "udp:53",
    "udp:tcp:127.0.0.1:53",
    "http://127.0.0.1:80",
    "unix:",
    "unix:relative",
    "unix:./relative",
    "udp:unix:/path",
};

static const char *const no_numbers[] = {"localhost:80", "256.0.0.1:80", "1.2.3:80", "1.2.3.4.5:80",
                                         " 127.0.0.1:80"};

static void test_malformed_addresses(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_addresses / sizeof *no_addresses; i++) {
        weft_address address;
        assert_int_equal(weft_address_parse(no_addresses[i], &address), -EINVAL);
        assert_int_equal(weft_resolve(no_addresses[i], &address, 1), -EINVAL);
    }
}

static void test_names_are_no_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof no_numbers / sizeof *no_numbers; i++) {
        weft_address address;
        assert_int_equal(weft_address_parse(no_numbers[i], &address), -EINVAL);
    }
}

/* What is too long, in each of its parts. */
static void test_texts_that_are_too_long(void **state)
{
    (void)state;
    char text[600];
    weft_address address;
    memset(text, '/', sizeof text);
    memcpy(text, "unix:", 5);
    text[5 + 108] = '\0'; /* sun_path, and no room for its end */
    assert_int_equal(weft_address_parse(text, &address), -EINVAL);
    text[5 + 107] = '\0';
    assert_int_equal(weft_address_parse(text, &address), 0);
    memset(text, 'h', sizeof text);
    memcpy(text + sizeof text - 4, ":80", 4);
    assert_int_equal(weft_resolve(text, &address, 1), -EINVAL);
    memset(text, '0', sizeof text - 1);
    text[0] = ':';
    text[sizeof text - 1] = '\0';
    assert_int_equal(weft_resolve(text, &address, 1), -EINVAL);
}

typedef struct form {
    const char *text;
    const char *back;
    uint32_t type;
} form;

static const form forms[] = {
    {"127.0.0.1:80", "127.0.0.1:80", SOCK_STREAM},
    {"tcp:127.0.0.1:80", "127.0.0.1:80", SOCK_STREAM},
    {"udp:127.0.0.1:80", "udp:127.0.0.1:80", SOCK_DGRAM},
    {"255.255.255.255:65535", "255.255.255.255:65535", SOCK_STREAM},
    {"1.2.3.4:0", "1.2.3.4:0", SOCK_STREAM},
    {"1.2.3.4:00080", "1.2.3.4:80", SOCK_STREAM},
    {":80", "0.0.0.0:80", SOCK_STREAM},
    {"udp::53", "udp:0.0.0.0:53", SOCK_DGRAM},
    {"[::1]:80", "[::1]:80", SOCK_STREAM},
    {"udp:[::1]:80", "udp:[::1]:80", SOCK_DGRAM},
    {"[::]:80", "[::]:80", SOCK_STREAM},
    {"[2001:DB8:0:0:0:0:0:1]:443", "[2001:db8::1]:443", SOCK_STREAM},
    {"[::ffff:1.2.3.4]:5", "[::ffff:1.2.3.4]:5", SOCK_STREAM},
    {"unix:/run/weft.sock", "unix:/run/weft.sock", SOCK_STREAM},
    {"unix:@weft", "unix:@weft", SOCK_STREAM},
};

static void test_addresses_as_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        weft_address address;
        char text[WEFT_ADDRESS_TEXT];
        assert_int_equal(weft_address_parse(forms[i].text, &address), 0);
        assert_int_equal(address.type, forms[i].type);
        const int length = weft_address_text(&address, text, sizeof text);
        assert_int_equal(length, strlen(forms[i].back));
        assert_string_equal(text, forms[i].back);
    }
}

static void test_numbers_are_resolved_to_themselves(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        weft_address addresses[2];
        char text[WEFT_ADDRESS_TEXT];
        assert_int_equal(weft_resolve(forms[i].text, addresses, 2), 1);
        (void)weft_address_text(&addresses[0], text, sizeof text);
        assert_string_equal(text, forms[i].back);
    }
}

static void test_the_same_text_is_the_same_address(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        weft_address first;
        weft_address second;
        memset(&first, 0x11, sizeof first);
        memset(&second, 0x22, sizeof second);
        assert_int_equal(weft_address_parse(forms[i].text, &first), 0);
        assert_int_equal(weft_address_parse(forms[i].back, &second), 0);
        assert_memory_equal(&first, &second, sizeof first);
    }
}

static void test_the_longest_address_fits(void **state)
{
    (void)state;
    char text[WEFT_ADDRESS_TEXT];
    char back[WEFT_ADDRESS_TEXT];
    weft_address address;
    memset(text, 'p', sizeof text);
    memcpy(text, "unix:/", 6);
    text[5 + 107] = '\0';
    assert_int_equal(weft_address_parse(text, &address), 0);
    assert_int_equal(weft_address_text(&address, back, sizeof back), 5 + 107);
    assert_string_equal(back, text);
}

static void test_a_text_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    char text[8] = "#######";
    weft_address address;
    assert_int_equal(weft_address_parse("127.0.0.1:80", &address), 0);
    assert_int_equal(weft_address_text(&address, text, 4), 12);
    assert_string_equal(text, "127");
    assert_int_equal(text[4], '#');
    assert_int_equal(weft_address_text(&address, text, 1), 12);
    assert_string_equal(text, "");
    assert_int_equal(weft_address_text(&address, NULL, 0), 12);
}

/* ---- names ---- */

static void test_localhost_is_this_host(void **state)
{
    (void)state;
    weft_address addresses[8];
    const int count = weft_resolve("localhost:80", addresses, 8);
    assert_in_range(count, 1, 8);
    for (int i = 0; i < count; i++) {
        char text[WEFT_ADDRESS_TEXT];
        (void)weft_address_text(&addresses[i], text, sizeof text);
        assert_true(strcmp(text, "[::1]:80") == 0 || memcmp(text, "127.", 4) == 0);
        assert_int_equal(addresses[i].type, SOCK_STREAM);
    }
}

static void test_a_name_for_datagrams(void **state)
{
    (void)state;
    weft_address address;
    char text[WEFT_ADDRESS_TEXT];
    assert_int_equal(weft_resolve("udp:localhost:53", &address, 1), 1);
    (void)weft_address_text(&address, text, sizeof text);
    assert_memory_equal(text, "udp:", 4);
}

static void test_there_is_room_for_one_address_at_least(void **state)
{
    (void)state;
    weft_address address;
    assert_int_equal(weft_resolve("127.0.0.1:80", &address, 0), -EINVAL);
    assert_int_equal(weft_resolve("localhost:80", &address, 1), 1);
}

/* Where no name server answers, or none is asked, that is another error. */
static void test_a_name_that_no_host_has(void **state)
{
    (void)state;
    weft_address address;
    const int found = weft_resolve("no-such-host.invalid:80", &address, 1);
    assert_true(found == -ENOENT || found == -EAGAIN || found == -EIO);
    assert_int_equal(weft_dial("no-such-host.invalid:80", WEFT_NEVER), found);
    assert_int_equal(weft_listen("no-such-host.invalid:80", 0), found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_malformed_addresses),
        weft_unit_test(test_names_are_no_numbers),
        weft_unit_test(test_texts_that_are_too_long),
        weft_unit_test(test_addresses_as_text),
        weft_unit_test(test_numbers_are_resolved_to_themselves),
        weft_unit_test(test_the_same_text_is_the_same_address),
        weft_unit_test(test_the_longest_address_fits),
        weft_unit_test(test_a_text_that_does_not_fit_is_cut),
        weft_unit_test(test_localhost_is_this_host),
        weft_unit_test(test_a_name_for_datagrams),
        weft_unit_test(test_there_is_room_for_one_address_at_least),
        weft_unit_test(test_a_name_that_no_host_has),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
