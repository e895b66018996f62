#include <stdio.h>
#include <weft.h>

static void greet(void *ch)
{
    weft_chan_send(ch, &(int){42});
}

static void program(void *arg)
{
    (void)arg;
    weft_chan *const ch = weft_chan_make(sizeof(int), 0);
    int answer = 0;
    if (weft_go(greet, ch) != 0 || !weft_chan_recv(ch, &answer)) {
        weft_panic("no greeting");
    }
    WEFT_ASSERT(answer == 42);
    weft_chan_release(ch);
}

int main(void)
{
    const int status = weft_run(program, NULL);
    puts(status == 0 ? "greeted" : "not greeted");
    return status == 0 ? 0 : 1;
}
