/* wait.c: one park with several wakers. See timer.h (weft__wait) and waitq.h (claims).
 *
 * The deadline's timer is armed before the goroutine parks, because a timer may not be armed under
 * the channel locks that are held from queueing to parking. So it may fire too early: then it finds
 * WAIT_ARMED and leaves WAIT_EXPIRED, and the goroutine's own commit makes it ready again. Whoever
 * comes second of the two sees the first, as both use an exchange; and once the timer has claimed
 * the wait, no channel can, so exactly one of them calls weft__ready. */
#include "timer.h"

#include "g.h"

enum { WAIT_ARMED, WAIT_PARKED, WAIT_EXPIRED };

bool weft__waiter_claim(weft__waiter *waiter)
{
    weft__wait *const wait = waiter->wait;
    if (wait == NULL) {
        return true;
    }
    if (!weft__take_biased(&wait->claimed)) {
        return false;
    }
    wait->winner = waiter;
    return true;
}

static int64_t expire(weft__timer *timer, int64_t now_ns)
{
    (void)now_ns;
    weft__wait *const wait = (void *)((char *)timer - offsetof(weft__wait, timer));
    if (weft__take_biased(&wait->claimed) &&
        weft__exchange_acq_rel(&wait->clock, WAIT_EXPIRED) == WAIT_PARKED) {
        weft__ready(wait->g, WEFT__TAIL);
    }
    return WEFT_NEVER;
}

void weft__wait_begin(weft__wait *wait, weft__g *self, int64_t deadline_ns)
{
    wait->claimed = 0;
    wait->clock = WAIT_ARMED;
    wait->g = self;
    wait->winner = NULL;
    wait->timer = (weft__timer){.deadline_ns = deadline_ns, .fire = expire};
    if (deadline_ns != WEFT_NEVER) {
        wait->timer.object.name = weft__name_object(self);
        weft__timer_arm(&wait->timer);
    }
}

static void parked(weft__g *g, void *arg)
{
    /* What lies on g's stack is read before the locks are dropped: then g may be gone. */
    const weft__wait_commit commit = *(weft__wait_commit *)arg;
    const uint32_t before = weft__exchange_acq_rel(&commit.wait->clock, WAIT_PARKED);
    if (commit.release != NULL) {
        commit.release(g,
                       commit.arg); /* until its last lock is dropped, g's stack is still there */
    }
    if (before == WAIT_EXPIRED) {
        weft__ready(g, WEFT__TAIL);
    }
}

static void parked_untimed(weft__g *g, void *arg)
{
    const weft__wait_commit *const commit = arg;
    if (commit->release != NULL) {
        commit->release(g, commit->arg);
    }
}

void weft__wait_park(weft__wait *wait, weft__commit_fn *release, void *arg, weft__why why)
{
    weft__wait_commit commit = {.wait = wait, .release = release, .arg = arg};
    const bool timed = wait->timer.deadline_ns != WEFT_NEVER;
    weft__park(wait->g, timed ? parked : parked_untimed, &commit, why);
}

void weft__wait_end(weft__wait *wait)
{
    if (wait->timer.deadline_ns != WEFT_NEVER) {
        (void)weft__timer_cancel(&wait->timer);
    }
}
