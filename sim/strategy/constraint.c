/* constraint.c: see constraint.h. */
#include "constraint.h"

#include "keys.h"

void weft__constraint_begin(weft__constraint *constraint)
{
    constraint->before.seen = 0;
    constraint->after.seen = 0;
    constraint->settled = false;
}

static bool is_of_class(const weft__class *class, const weft__task *task)
{
    if (task->name != class->goroutine) {
        return false;
    }
    weft__touch_key touches[WEFT__TOUCHES_MAX];
    const uint32_t count = weft__touches(task, touches);
    for (uint32_t i = 0; i < count; i++) {
        if (touches[i].kind == class->kind &&
            (touches[i].object == class->object ||
             (touches[i].unnamed && class->object == WEFT__OBJECT_UNNAMED))) {
            return true;
        }
    }
    return false;
}

static uint8_t band(const weft__constraint *c, const weft__task *task)
{
    if (is_of_class(&c->after.class, task) && c->after.seen + 1 >= c->after.number) {
        return !c->settled                            ? WEFT__BAND_AVOID
               : c->after.seen + 1 == c->after.number ? WEFT__BAND_TAKE
                                                      : WEFT__BAND_NORMAL;
    }
    return !c->settled && is_of_class(&c->before.class, task) ? WEFT__BAND_TAKE : WEFT__BAND_NORMAL;
}

uint8_t weft__constraint_band(const weft__constraint *constraints, uint32_t count,
                              const weft__task *task)
{
    uint8_t best = WEFT__BAND_NORMAL;
    for (uint32_t i = 0; i < count; i++) {
        const uint8_t one = band(&constraints[i], task);
        if (one == WEFT__BAND_AVOID) {
            return one;
        }
        best = one > best ? one : best;
    }
    return best;
}

static void carry_out(weft__constraint *c, const weft__task *task)
{
    if (is_of_class(&c->before.class, task) && ++c->before.seen == c->before.number) {
        c->settled = true;
    }
    if (is_of_class(&c->after.class, task) && ++c->after.seen == c->after.number) {
        c->settled = true; /* given up, if it was not before */
    }
}

void weft__constraint_event(weft__constraint *constraints, uint32_t count, const weft__task *task)
{
    for (uint32_t i = 0; i < count; i++) {
        carry_out(&constraints[i], task);
    }
}
