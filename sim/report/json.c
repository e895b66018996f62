/* json.c: the report for machines: one JSON object on one line of standard output.
 * docs/testing.md lists its fields. */
#include <inttypes.h>
#include <stdio.h>

#include "holders.h"
#include "report.h"

void weft__json_string(FILE *file, const char *text)
{
    (void)fputc('"', file);
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') {
            (void)fprintf(file, "\\%c", *c);
        } else if ((unsigned char)*c < ' ') {
            (void)fprintf(file, "\\u%04x", (unsigned char)*c);
        } else {
            (void)fputc(*c, file);
        }
    }
    (void)fputc('"', file);
}

static void print_string(const char *text)
{
    weft__json_string(stdout, text);
}

static void print_field(const char *key, const char *value)
{
    (void)printf(",\"%s\":", key);
    print_string(value);
}

static void print_goroutine(const weft_finding_goroutine *g)
{
    (void)printf("{\"name\":");
    print_string(g->name);
    print_field("path", g->path);
    print_field("reason", g->reason);
    print_field("object", g->object);
    print_field("place", g->place);
    if (g->after[0] != '\0') {
        print_field("after", g->after);
    }
    (void)putchar('}');
}

/* Goroutines and what they wait for, in turn. */
static void print_cycle(const weft_finding *f)
{
    weft__cycle cycle;
    weft__cycle_of(f, &cycle);
    (void)printf(",\"cycle\":[");
    for (size_t i = 0; i < cycle.count; i++) {
        (void)fputs(i > 0 ? "," : "", stdout);
        print_string(cycle.waits[i].goroutine);
        (void)putchar(',');
        print_string(cycle.waits[i].object);
    }
    (void)putchar(']');
}

/* Why it fails, as far as that is known. */
static void print_reasons(const weft_finding *f)
{
    (void)printf(",\"depth\":%d,\"orders\":[", f->depth);
    for (size_t i = 0; i < f->order_count; i++) {
        (void)fputs(i > 0 ? ",{\"before\":" : "{\"before\":", stdout);
        print_string(f->orders[i].before);
        print_field("after", f->orders[i].after);
        (void)putchar('}');
    }
    (void)putchar(']');
    print_field("nearest", f->nearest);
    (void)printf(",\"differences\":[");
    for (size_t i = 0; i < f->difference_count; i++) {
        (void)fputs(i > 0 ? ",{\"goroutine\":" : "{\"goroutine\":", stdout);
        print_string(f->differences[i].goroutine);
        print_field("operation", f->differences[i].operation);
        print_field("failing", f->differences[i].failing);
        print_field("passing", f->differences[i].passing);
        (void)putchar('}');
    }
    (void)putchar(']');
}

static void print_finding(const weft_finding *f)
{
    (void)printf("{\"kind\":");
    print_string(weft_finding_kind_name(f->kind));
    print_field("message", f->message);
    if (f->stacks != NULL) {
        print_field("stacks", f->stacks);
    }
    print_field("hash", f->hash);
    print_field("token", f->token == NULL ? "" : f->token);
    print_field("file", f->file == NULL ? "" : f->file);
    (void)printf(",\"known\":%s,\"minimal\":%s", f->known ? "true" : "false",
                 f->minimal ? "true" : "false");
    (void)printf(",\"run\":%" PRIu64 ",\"steps\":%" PRIu64
                 ",\"switches_found\":%u,\"switches_shrunk\":%u,\"shrink_replays\":%" PRIu64
                 ",\"shrink_ns\":%" PRId64,
                 f->run, f->steps, f->switches_found, f->switches_shrunk, f->shrink_replays,
                 f->shrink_ns);
    if (f->predicted != NULL) {
        print_field("predicted", f->predicted);
        (void)printf(",\"predicted_from\":%" PRIu64, f->predicted_from);
    }
    (void)printf(",\"goroutines\":[");
    for (size_t i = 0; i < f->goroutine_count; i++) {
        if (i > 0) {
            (void)putchar(',');
        }
        print_goroutine(&f->goroutines[i]);
    }
    (void)putchar(']');
    print_cycle(f);
    print_reasons(f);
    (void)putchar('}');
}

void weft__report_json(const weft__explorer *explorer)
{
    const weft_result *const r = explorer->result;
    (void)printf("{\"weft\":1,\"test\":");
    print_string(explorer->settings.name);
    print_field("strategy", explorer->settings.strategy);
    const weft__settings *const settings = &explorer->settings;
    (void)printf(",\"seed\":%" PRIu64 ",\"jobs\":%u,\"shard\":%u,\"shards\":%u", settings->seed,
                 settings->jobs, settings->shard.index, settings->shard.count);
    (void)printf(",\"runs\":%" PRIu64 ",\"distinct\":%" PRIu64 ",\"seen_once\":%" PRIu64
                 ",\"overflowed\":%s,\"new_chance\":%.6f",
                 r->runs, r->distinct, r->seen_once, r->overflowed ? "true" : "false",
                 r->new_chance);
    if (r->complete) {
        (void)printf(",\"behaviours\":%" PRIu64, r->behaviours);
    }
    if (r->bounded != NULL) {
        print_field("bounded", r->bounded);
        (void)printf(",\"bound\":%u", r->bound);
    }
    (void)printf(",\"steps\":%" PRIu64 ",\"bound_hits\":%" PRIu64 ",\"time_ns\":%" PRId64
                 ",\"trace_hash\":\"%016" PRIx64 "%016" PRIx64 "\",\"findings\":[",
                 r->steps, r->bound_hits, r->time_ns, r->trace_hash[0], r->trace_hash[1]);
    for (size_t i = 0; i < r->finding_count; i++) {
        if (i > 0) {
            (void)putchar(',');
        }
        print_finding(&r->findings[i]);
    }
    (void)printf("]}\n");
    (void)fflush(stdout);
}
