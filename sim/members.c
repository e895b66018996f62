/* members.c: the goroutines of a run: how they come to be, and how they go. See run.h. */
#include "run.h"

#include <errno.h>
#include <string.h>

#include "detect/livelock.h"
#include "hash.h"
#include "memory.h"
#include "order/observe.h"
#include "race/watch.h"

static weft__run *const run = &weft__the_run;

/* In halves: of a larger memset compilers make a string instruction, and that starts slowly. */
static void clear_member(weft__member *member)
{
    enum { HALF = sizeof *member / 2 };
    memset(member, 0, HALF);
    memset((char *)member + HALF, 0, sizeof *member - HALF);
}

int weft__run_birth(weft__g *g)
{
    if (run->alive_count >= run->goroutine_limit) {
        return -EAGAIN;
    }
    if (run->member_count == run->member_capacity) {
        run->member_capacity = run->member_capacity == 0 ? 64 : run->member_capacity * 2;
        run->members = weft__grow(run->members, run->member_capacity * sizeof *run->members);
    }
    weft__run_make_room();
    const uint32_t slot = run->member_count++;
    const bool is_main = weft__is_main(g);
    const uint32_t parent = is_main                    ? slot
                            : g->origin.parent_id == 0 ? 0 /* of a timer made before the run */
                                                       : (uint32_t)(g->origin.parent_id - 1);
    const uint64_t from = is_main ? 0 : run->members[parent].name;
    const uint32_t host = run->host_of_next != 0 ? run->host_of_next - 1
                          : is_main              ? 0
                                                 : run->members[parent].host;
    g->daemon = g->daemon || host != 0; /* other hosts do not end with the program */
    weft__member *const member = &run->members[slot];
    clear_member(member);
    member->name = weft__mix(weft__mix(from, g->origin.timer_ordinal), g->origin.ordinal);
    member->label = g->name;
    member->parent = parent;
    member->timer_ordinal = g->origin.timer_ordinal;
    member->ordinal = g->origin.ordinal;
    member->daemon = g->daemon;
    member->host = host;
    member->go_site = g->go_site;
    member->g = g;
    run->alive_count++;
    run->daemon_count += g->daemon ? 1 : 0;
    g->id = slot + 1;
    g->fuel = 1;
    *weft__task_of(g) =
        (weft__task){.name = member->name, .slot = slot, .op = {.kind = WEFT__OP_START}};
    weft__run_admit(g);
    weft__observe_spawn(slot);
    if (weft__the_watch.orders) {
        weft__watch_birth(g);
    }
    return 0;
}

void weft__run_kill(uint32_t slot)
{
    weft__member *const member = &run->members[slot];
    weft__g *const g = member->g;
    weft__task *const task = weft__task_of(g);
    if (!member->parked) {
        weft__run_withdraw(task);
    }
    member->seq = task->seq;
    member->g = NULL;
    run->alive_count--;
    run->daemon_count -= g->daemon ? 1 : 0;
    run->leader = run->leader == task ? NULL : run->leader;
    g->next = run->killed;
    run->killed = g;
}

void weft__run_departs(weft__g *g)
{
    const weft__task *const task = weft__task_of(g);
    weft__run_settle(false);
    run->position = (weft__position){.actor = task->name, .seq = task->seq, .parked = 2};
    run->members[task->slot].g = NULL;
    run->members[task->slot].seq = task->seq;
    run->main_returned = run->main_returned || task->slot == 0;
    run->alive_count--;
    weft__livelock_progress();
    run->daemon_count -= g->daemon ? 1 : 0;
    run->current = NULL;
    run->leader = run->leader == task ? NULL : run->leader;
    run->departed = g;
    run->arrivals_matter = true;
}
