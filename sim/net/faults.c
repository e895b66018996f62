/* faults.c: what goes wrong by free choice.
 *
 * Wherever something may go wrong, and has not as often as it may, there is a choice, whose number
 * 0 is that nothing does. A sampling strategy is asked once in `odds` times only, which is drawn
 * for each run: faults are to be rare in some runs and frequent in others. */
#include <inttypes.h>
#include <stdio.h>

#include "kernel.h"

#define PARTITION_NS (2 * WEFT_SECOND)
#define RESTART_NS WEFT_SECOND
enum { DESCRIPTORS = 65536, DESCRIPTORS_MAX = 1000000 };

bool weft__may_choose(void)
{
    return weft__the_run.active && !weft__the_kernel()->firing && weft__self()->id != 0;
}

static void name_choice(weft__mishap mishap)
{
    if (weft__the_run.trace.count != 0) { /* not where runs are for their verdict only */
        weft__the_run.trace.events[weft__the_run.trace.count - 1].object = mishap;
    }
}

uint32_t weft__fate(weft__mishap mishap, uint32_t arity)
{
    if (!weft__may_choose()) {
        return 0;
    }
    const uint32_t chosen = weft__run_choose(weft__self(), arity);
    name_choice(mishap);
    return chosen;
}

const char *weft__mishap_text(uint64_t mishap, uint32_t chosen)
{
    static const char *const texts[WEFT__MISHAP_COUNT][4] = {
        [WEFT__MISHAP_SHORT] = {"one byte only", "half of it only"},
        [WEFT__MISHAP_RESET] = {"reset"},
        [WEFT__MISHAP_REFUSAL] = {"refused"},
        [WEFT__MISHAP_DELAY] = {"late", "late", "late"},
        [WEFT__MISHAP_LOSS] = {"lost"},
        [WEFT__MISHAP_DUPLICATE] = {"twice"},
        [WEFT__MISHAP_PARTITION] = {"its host is cut off", "the way there is cut"},
        [WEFT__MISHAP_CRASH] = {"its host crashes, the disk has nothing",
                                "its host crashes, the disk has a third",
                                "its host crashes, the disk has two thirds",
                                "its host crashes, the disk has all"},
        [WEFT__MISHAP_TEAR] = {"torn"},
        [WEFT__MISHAP_DIRECTORY] = {"directory kept"},
    };
    if (chosen == 0 || mishap >= WEFT__MISHAP_COUNT) {
        return "";
    }
    if (mishap == WEFT__MISHAP_FILE) {
        return "part of a file kept";
    }
    return chosen > 4 || texts[mishap][chosen - 1] == NULL ? "?" : texts[mishap][chosen - 1];
}

uint32_t weft__fault(weft__mishap mishap, uint32_t *budget, uint32_t arity)
{
    static const uint32_t odds[] = {4, 16, 64, 256};
    weft__kernel *const k = weft__the_kernel();
    if (*budget == 0 || !weft__may_choose()) {
        return 0;
    }
    if (k->odds == 0) {
        k->odds = odds[weft__draw(&weft__the_run.draws, 4)];
    }
    weft__trace_touch(&weft__the_run.trace, WEFT__OBJECT_FAULTS, WEFT__ACCESS_EXCLUSIVE);
    const uint32_t chosen = weft__run_choose_seldom(weft__self(), arity, k->odds);
    name_choice(mishap);
    *budget -= chosen != 0;
    return chosen;
}

void weft__faults_complete(weft_faults *faults)
{
    faults->partition_ns = faults->partition_ns > 0 ? faults->partition_ns : PARTITION_NS;
    faults->restart_ns = faults->restart_ns > 0 ? faults->restart_ns : RESTART_NS;
    faults->descriptors = faults->descriptors != 0 ? faults->descriptors : DESCRIPTORS;
}

void weft__check_setting(const char *what, int64_t value, int64_t most, const void *site)
{
    char message[160];
    if (value < 0 || value > most) {
        (void)snprintf(message, sizeof message, "%s is %" PRId64 ", not from 0 to %" PRId64, what,
                       value, most);
        weft__die(weft__self(), WEFT__END_FATAL, site, message);
    }
}

void weft_faults_set(const weft_faults *faults)
{
    weft__kernel *const k = weft__the_kernel();
    weft__check_setting("weft_faults.partition_ns", faults->partition_ns, WEFT__LONGEST_NS,
                        WEFT__SITE);
    weft__check_setting("weft_faults.restart_ns", faults->restart_ns, WEFT__LONGEST_NS, WEFT__SITE);
    weft__check_setting("weft_faults.descriptors", faults->descriptors, DESCRIPTORS_MAX,
                        WEFT__SITE);
    weft__host_point(WEFT__SITE);
    k->faults = *faults;
    weft__faults_complete(&k->faults);
}

/* ---- partitions ---- */

/* A partition that heals by itself. */
typedef struct weft__partition {
    weft__timer timer;
    uint32_t host;
    uint32_t other; /* UINT32_MAX: all */
} weft__partition;

static int64_t heal(weft__timer *timer, int64_t now_ns)
{
    (void)now_ns;
    const weft__partition *const partition = (void *)timer;
    weft__kernel *const k = weft__the_kernel();
    k->firing = true;
    weft__routes_cut(partition->host, partition->other, false);
    k->firing = false;
    return WEFT_NEVER;
}

bool weft__partition_owns(const weft__timer *timer)
{
    return timer->fire == heal;
}

void weft__partition_by_choice(uint32_t from, uint32_t to)
{
    weft__kernel *const k = weft__the_kernel();
    const uint32_t chosen = weft__fault(WEFT__MISHAP_PARTITION, &k->faults.partitions, 3);
    if (chosen == 0) {
        return;
    }
    weft__partition *const partition = weft__sure_alloc(sizeof *partition);
    partition->host = from;
    partition->other = chosen == 1 ? UINT32_MAX : to;
    partition->timer = (weft__timer){.object.name = weft__new_name(),
                                     .deadline_ns = weft__the_run.now_ns + k->faults.partition_ns,
                                     .fire = heal};
    weft__routes_cut(partition->host, partition->other, true);
    weft__timer_arm(&partition->timer);
}
