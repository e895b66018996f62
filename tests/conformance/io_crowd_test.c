/* io_crowd_test.c: many connections at once, and a server as programs have it.
 *
 * Goal:   nobody is forgotten, nothing goes to the wrong one, and at the end nobody is left.
 * Source: weft.h, "Input and output". */
#include "wires.h"

enum { CROWD = 200, ROUNDS = 3, FEW = 8 };

/* ---- a server that echoes ---- */

typedef struct server {
    weft_waitgroup connections;
    weft_context *context;
    char text[WEFT_ADDRESS_TEXT];
    int listener;
    int served;
} server;

typedef struct connection {
    server *of;
    int fd;
} connection;

static void echo(void *arg)
{
    connection *const c = arg;
    char buffer[512];
    ssize_t n = 0;
    while ((n = weft_read(c->fd, buffer, sizeof buffer, WEFT_NEVER)) > 0) {
        write_all(c->fd, buffer, (size_t)n);
    }
    assert_int_equal(n, 0);
    shut(c->fd);
    free(c);
}

/* Until its context is cancelled; then until the last connection has ended. */
static void serve(void *arg)
{
    server *const s = arg;
    int fd = -1;
    while ((fd = weft_context_accept(s->context, s->listener)) >= 0) {
        connection *const c = calloc(1, sizeof *c);
        assert_non_null(c);
        *c = (connection){s, fd};
        s->served++;
        START(&s->connections, echo, c);
    }
    assert_int_equal(fd, -ECANCELED);
    weft_waitgroup_wait(&s->connections);
}

static void start(server *s, weft_waitgroup *wg)
{
    memset(s, 0, sizeof *s);
    s->listener = listen_here(s->text);
    s->context = weft_context_with_cancel(NULL);
    assert_non_null(s->context);
    START(wg, serve, s);
}

static void stop(server *s, weft_waitgroup *wg)
{
    weft_context_cancel(s->context);
    weft_waitgroup_wait(wg);
    weft_context_release(s->context);
    shut(s->listener);
}

typedef struct client {
    const char *text;
    uint32_t number;
    int fd;
} client;

static void ask(client *c, uint32_t round)
{
    const uint32_t question = c->number * ROUNDS + round;
    uint32_t answer = 0;
    write_all(c->fd, &question, sizeof question);
    read_all(c->fd, &answer, sizeof answer);
    assert_int_equal(answer, question);
}

static void ask_some(void *arg)
{
    client *const c = arg;
    c->fd = opened(weft_dial(c->text, WEFT_NEVER));
    for (uint32_t round = 0; round < ROUNDS; round++) {
        ask(c, round);
    }
    shut(c->fd);
}

static void check_server(uint32_t clients)
{
    weft_waitgroup serving = {{0}};
    weft_waitgroup asking = {{0}};
    server s;
    client *const all = calloc(clients, sizeof *all);
    assert_non_null(all);
    start(&s, &serving);
    for (uint32_t i = 0; i < clients; i++) {
        all[i] = (client){.text = s.text, .number = i};
        START(&asking, ask_some, &all[i]);
    }
    weft_waitgroup_wait(&asking);
    stop(&s, &serving);
    assert_int_equal(s.served, clients);
    free(all);
}

static void test_a_server_answers_each_client(void **state)
{
    (void)state;
    check_server(FEW);
}

static void test_a_server_with_many_connections(void **state)
{
    (void)state;
    check_server(CROWD);
}

static void test_a_server_without_clients_stops(void **state)
{
    (void)state;
    check_server(0);
}

/* ---- many at once ---- */

static void test_many_connections_are_open_at_once(void **state)
{
    (void)state;
    weft_waitgroup serving = {{0}};
    static client all[CROWD];
    server s;
    start(&s, &serving);
    for (uint32_t i = 0; i < CROWD; i++) {
        all[i] = (client){.number = i, .fd = opened(weft_dial(s.text, WEFT_NEVER))};
    }
    for (uint32_t round = 0; round < ROUNDS; round++) {
        for (uint32_t i = CROWD; i-- > 0;) {
            ask(&all[i], round);
        }
    }
    for (uint32_t i = 0; i < CROWD; i++) {
        shut(all[i].fd);
    }
    stop(&s, &serving);
}

/* All wait; one after the other is told. */
static void test_the_right_one_is_woken(void **state)
{
    (void)state;
    static int ends[CROWD][2];
    static io_call reads[CROWD];
    static char got[CROWD];
    weft_waitgroup wg = {{0}};
    for (int i = 0; i < CROWD; i++) {
        join_pair(ends[i]);
        reads[i] =
            (io_call){.fd = ends[i][1], .buffer = &got[i], .size = 1, .deadline_ns = WEFT_NEVER};
        START(&wg, call_read, &reads[i]);
    }
    for (int i = CROWD; i-- > 0;) {
        write_all(ends[i][0], &(char){(char)i}, 1);
    }
    weft_waitgroup_wait(&wg);
    for (int i = 0; i < CROWD; i++) {
        assert_int_equal(reads[i].result, 1);
        assert_int_equal(got[i], (char)i);
        shut_both(ends[i]);
    }
}

/* A byte goes round a ring of goroutines, each between two pipes. */
typedef struct station {
    int in;
    int out;
} station;

static void pass_on(void *arg)
{
    const station *const s = arg;
    char byte = 0;
    while (weft_read(s->in, &byte, 1, WEFT_NEVER) == 1) {
        byte++;
        write_all(s->out, &byte, 1);
    }
    shut(s->out);
    shut(s->in);
}

static void test_a_ring_of_pipes(void **state)
{
    (void)state;
    weft_waitgroup wg = {{0}};
    int pipes[FEW + 1][2];
    station stations[FEW];
    for (int i = 0; i <= FEW; i++) {
        assert_int_equal(weft_pipe(pipes[i]), 0);
    }
    for (int i = 0; i < FEW; i++) {
        stations[i] = (station){.in = pipes[i][0], .out = pipes[i + 1][1]};
        START(&wg, pass_on, &stations[i]);
    }
    for (int round = 0; round < ROUNDS; round++) {
        char byte = (char)round;
        write_all(pipes[0][1], &byte, 1);
        read_all(pipes[FEW][0], &byte, 1);
        assert_int_equal(byte, round + FEW);
    }
    shut(pipes[0][1]);
    expect_end(pipes[FEW][0]);
    weft_waitgroup_wait(&wg);
    shut(pipes[FEW][0]);
}

/* Descriptors, channels and time in one goroutine's life. */
static void tell(void *arg)
{
    weft_chan *const ch = arg;
    weft_chan_send(ch, NULL);
}

static void test_descriptors_and_channels_together(void **state)
{
    (void)state;
    weft_chan *const ch = weft_chan_make(0, 0);
    assert_non_null(ch);
    for (int i = 0; i < FEW; i++) {
        int ends[2];
        weft_waitgroup wg = {{0}};
        char byte = 0;
        join_pair(ends);
        io_call read = {.fd = ends[1], .buffer = &byte, .size = 1, .deadline_ns = WEFT_NEVER};
        START(&wg, call_read, &read);
        START(&wg, tell, ch);
        assert_true(weft_chan_recv(ch, NULL));
        weft_sleep(SHORT_NS);
        write_text(ends[0], "x");
        weft_waitgroup_wait(&wg);
        assert_int_equal(read.result, 1);
        shut_both(ends);
    }
    weft_chan_release(ch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        weft_unit_test(test_a_server_answers_each_client),
        weft_unit_test(test_a_server_with_many_connections),
        weft_unit_test(test_a_server_without_clients_stops),
        weft_unit_test(test_many_connections_are_open_at_once),
        weft_unit_test(test_the_right_one_is_woken),
        weft_unit_test(test_a_ring_of_pipes),
        weft_unit_test(test_descriptors_and_channels_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
