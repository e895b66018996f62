/* market.c: a program of some two hundred lines that shares memory, as users write them: traders
 * send orders, a clerk books them, an auditor reads along.
 *
 * How many schedules a second the simulator executes of it, on one core, in CPU time: median of
 * five. Prints a line: bench, name, cores, value, unit. The name's end says how it was compiled,
 * and what was done with races. */
#include <weft/sim.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TRADERS = 2, ORDERS = 2, ACCOUNTS = 4, GOODS = 3, LOG_SIZE = 16, FUNDS = 1000, STOCK = 50 };

/* ---- Orders ---- */

typedef struct order {
    int buyer;
    int seller;
    int good;
    int count;
    int price;
} order;

/* The n-th order of a trader, made up. */
static order make_order(int trader, int n)
{
    const int number = trader * ORDERS + n;
    return (order){
        .buyer = trader,
        .seller = (trader + 1 + n) % ACCOUNTS,
        .good = number % GOODS,
        .count = 1 + number % 3,
        .price = 10 + 5 * (number % 4),
    };
}

/* ---- Accounts ---- */

typedef struct account {
    weft_mutex mutex;
    long funds;
    int goods[GOODS];
    unsigned changes;
} account;

static account accounts[ACCOUNTS];

static void open_accounts(void)
{
    for (int i = 0; i < ACCOUNTS; i++) {
        accounts[i].funds = FUNDS;
        for (int good = 0; good < GOODS; good++) {
            accounts[i].goods[good] = STOCK;
        }
    }
}

/* Both, always in the same order. */
static void lock_accounts(int one, int other)
{
    weft_mutex_lock(&accounts[one < other ? one : other].mutex);
    weft_mutex_lock(&accounts[one < other ? other : one].mutex);
}

static void unlock_accounts(int one, int other)
{
    weft_mutex_unlock(&accounts[one].mutex);
    weft_mutex_unlock(&accounts[other].mutex);
}

/* ---- The log: the last entries, in a ring ---- */

typedef struct entry {
    order order;
    bool done;
} entry;

static struct {
    weft_mutex mutex;
    entry entries[LOG_SIZE];
    unsigned count;
    unsigned refused;
} book;

static void write_down(const order *o, bool done)
{
    weft_mutex_lock(&book.mutex);
    entry *const e = &book.entries[book.count % LOG_SIZE];
    e->order = *o;
    e->done = done;
    book.count++;
    if (!done) {
        book.refused++;
    }
    weft_mutex_unlock(&book.mutex);
}

/* ---- The clerk ---- */

static bool can_be_done(const order *o)
{
    return o->buyer != o->seller && accounts[o->buyer].funds >= (long)o->count * o->price &&
           accounts[o->seller].goods[o->good] >= o->count;
}

static void move(const order *o)
{
    account *const buyer = &accounts[o->buyer];
    account *const seller = &accounts[o->seller];
    const long sum = (long)o->count * o->price;
    buyer->funds -= sum;
    seller->funds += sum;
    buyer->goods[o->good] += o->count;
    seller->goods[o->good] -= o->count;
    buyer->changes++;
    seller->changes++;
}

static bool execute(const order *o)
{
    if (o->buyer == o->seller) {
        return false;
    }
    lock_accounts(o->buyer, o->seller);
    const bool done = can_be_done(o);
    if (done) {
        move(o);
    }
    unlock_accounts(o->buyer, o->seller);
    return done;
}

static weft_chan *orders;
static weft_waitgroup traders;

static void clerk(void *arg)
{
    (void)arg;
    order o;
    while (weft_chan_recv(orders, &o)) {
        write_down(&o, execute(&o));
    }
    weft_waitgroup_done(&traders);
}

/* ---- Traders and the end of the day ---- */

static void trade(void *arg)
{
    const int trader = *(const int *)arg;
    for (int n = 0; n < ORDERS; n++) {
        const order o = make_order(trader, n);
        weft_chan_send(orders, &o);
    }
    weft_waitgroup_done(&traders);
}

static void audit(void)
{
    long funds = 0;
    int goods = 0;
    for (int i = 0; i < ACCOUNTS; i++) {
        funds += accounts[i].funds;
        for (int good = 0; good < GOODS; good++) {
            goods += accounts[i].goods[good];
        }
    }
    WEFT_ASSERT(funds == (long)ACCOUNTS * FUNDS);
    WEFT_ASSERT(goods == ACCOUNTS * GOODS * STOCK);
    WEFT_ASSERT(book.count == TRADERS * ORDERS);
}

static void day(void *arg)
{
    (void)arg;
    int numbers[TRADERS];
    open_accounts();
    orders = weft_chan_make(sizeof(order), 2);
    weft_waitgroup_add(&traders, TRADERS);
    for (int i = 0; i < TRADERS; i++) {
        numbers[i] = i;
        weft_go(trade, &numbers[i]);
    }
    weft_go(clerk, NULL);
    weft_waitgroup_wait(&traders);
    weft_waitgroup_add(&traders, 1);
    weft_chan_close(orders);
    weft_waitgroup_wait(&traders);
    audit();
}

/* ---- The measurement ---- */

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(const char *races, const char *strategy)
{
    double rates[5];
    uint64_t steps = 0;
    for (int i = 0; i < 5; i++) {
        weft_result result;
        const weft_options options = {.name = "market",
                                      .strategy = strategy,
                                      .races = races,
                                      .schedules = 100000,
                                      .time_ns = WEFT_NEVER,
                                      .seed = (uint64_t)i + 1};
        const double start = cpu_seconds();
        if (weft_explore(&options, day, NULL, &result) != 0) {
            (void)fprintf(stderr, "market: %s\n",
                          result.finding_count == 0 ? "error" : result.findings[0].message);
            return 1;
        }
        rates[i] = (double)result.runs / (cpu_seconds() - start);
        steps = result.steps / result.runs;
        weft_result_clear(&result);
    }
    qsort(rates, 5, sizeof rates[0], compare);
    printf("bench\tmarket_%s_%s_%s\t1\t%.0f\tschedules/s of %" PRIu64 " steps\n", COMPILED, races,
           strategy, rates[2], steps);
    return 0;
}

int main(void)
{
    return measure("off", "random") | measure("find", "random") | measure("off", "sticky") |
           measure("find", "sticky");
}
