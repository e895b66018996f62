#include <weft/cmocka.h>

static void greet(void *ch)
{
    weft_chan_send(ch, &(int){42});
}

static void test_the_greeting_arrives(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(sizeof(int), 0);
    int answer = 0;
    assert_int_equal(weft_go(greet, ch), 0);
    assert_true(weft_chan_recv(ch, &answer));
    assert_int_equal(answer, 42);
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {weft_unit_test(test_the_greeting_arrives)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
