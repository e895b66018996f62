/* progress.c: how far an exploration is, on standard error: one line that is drawn again and again
 * on a terminal, or, with WEFT_PROGRESS=json, a line for each time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "report.h"
#include "words.h"

enum { BAR_CELLS = 10, TIMES_A_SECOND = 10 };

static struct {
    int64_t last_ns;
    bool drawn; /* the line is there, and must be wiped */
} progress WEFT_KEEP;

bool weft__progress_wanted(const weft__explorer *e)
{
    switch (e->settings.progress) {
    case WEFT__PROGRESS_BAR:
        return e->loud && e->settings.report != WEFT__REPORT_NONE && isatty(STDERR_FILENO) != 0;
    case WEFT__PROGRESS_JSON:
        return e->loud;
    case WEFT__PROGRESS_NONE:
    default:
        return false;
    }
}

/* Cells of the bar: of whichever limit is nearer. */
static int done_cells(const weft__explorer *e, const weft_result *sums, int64_t passed_ns)
{
    const double schedules = (double)e->settings.schedules / e->settings.shard.count;
    const double by_runs = (double)sums->runs / schedules;
    const double by_time =
        e->settings.time_ns == WEFT_NEVER ? 0 : (double)passed_ns / (double)e->settings.time_ns;
    const double share = by_runs > by_time ? by_runs : by_time;
    return share >= 1 ? BAR_CELLS : (int)(share * BAR_CELLS);
}

static void draw_bar(int done)
{
    for (int i = 0; i < BAR_CELLS; i++) {
        (void)fputs(i < done ? "\u2588" : "\u2591", stderr);
    }
}

/* A line that is too long for the terminal would not be wiped whole: then it is cut. */
static void draw(const weft__explorer *e, const weft_result *sums, int64_t passed_ns)
{
    struct winsize window;
    char effort[256];
    char runs[WEFT__GROUPED_SIZE];
    char distinct[WEFT__GROUPED_SIZE];
    char line[512];
    weft__effort_text(e, effort, sizeof effort);
    (void)snprintf(line, sizeof line, "  exploring  %s   %s schedules  %s%s distinct", effort,
                   weft__grouped(sums->runs, runs), sums->overflowed ? "at least " : "",
                   weft__grouped(sums->distinct, distinct));
    const int columns = ioctl(STDERR_FILENO, TIOCGWINSZ, &window) == 0 ? window.ws_col : 0;
    const int room = columns == 0 ? (int)sizeof line : columns - 1;
    (void)fprintf(stderr, "\r\033[K%.*s", room, line);
    if ((int)strlen(line) + BAR_CELLS + 12 <= room) {
        (void)fputs("  ", stderr);
        draw_bar(done_cells(e, sums, passed_ns));
        (void)fprintf(stderr, " %.1f s", (double)passed_ns / 1e9);
    }
    (void)fflush(stderr);
    progress.drawn = true;
}

static void write_json(const weft__explorer *e, const weft_result *sums, int64_t passed_ns)
{
    (void)fputs("{\"weft_progress\":1,\"test\":", stderr);
    weft__json_string(stderr, e->settings.name);
    (void)fprintf(stderr,
                  ",\"runs\":%" PRIu64 ",\"distinct\":%" PRIu64 ",\"new_chance\":%.6f,"
                  "\"time_ns\":%" PRId64 "}\n",
                  sums->runs, sums->distinct, sums->new_chance, passed_ns);
}

static void show(const weft__explorer *e, int64_t now_ns)
{
    weft_result sums = {0};
    weft__census_tell(e->census, &sums);
    progress.last_ns = now_ns;
    if (e->settings.progress == WEFT__PROGRESS_JSON) {
        write_json(e, &sums, now_ns - e->start_ns);
    } else {
        draw(e, &sums, now_ns - e->start_ns);
    }
}

void weft__progress_show(const weft__explorer *e)
{
    const int64_t now_ns = weft__real_now();
    if (now_ns - progress.last_ns >= WEFT_SECOND / TIMES_A_SECOND) {
        show(e, now_ns);
    }
}

void weft__progress_end(const weft__explorer *e)
{
    if (e->settings.progress == WEFT__PROGRESS_JSON) {
        show(e, weft__real_now()); /* the last line tells the whole */
    } else if (progress.drawn) {
        progress.drawn = false;
        (void)fputs("\r\033[K", stderr);
    }
}
