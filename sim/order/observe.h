/* observe.h: while a run takes place, write down what each event touches and what it makes
 * possible. The engine calls these; touch.h and the links of trace.h say what is written. Where the
 * plan wants a verdict only, nothing is. */
#ifndef WEFT_SIM_OBSERVE_H
#define WEFT_SIM_OBSERVE_H

#include "../run.h"

void weft__observe_reset(void);

/* The operation that `g` announced takes effect: its event, and for a select those of its cases,
 * are the last of the trace. */
void weft__observe_operation(weft__g *g, const weft__op *op, uint64_t object);

/* The last event is about this channel. */
void weft__observe_channel(const weft_chan *ch);

/* The last event is a MODIFY in weak memory: whether it has stored. What memory holds does not tell
 * that. */
void weft__observe_modified(bool stored);

/* The running goroutine is about to announce, park or end: what its last operation did is done. */
void weft__observe_settled(void);

void weft__observe_spawn(uint32_t slot);
void weft__observe_wake(weft__g *g);
/* Its event is the last of the trace. What follows is the timer's doing, until it has fired. */
void weft__observe_fire(const weft__timer *timer);
void weft__observe_fired(void);
void weft__observe_arm(const weft__timer *timer, int64_t deadline_ns);
void weft__observe_disarm(const weft__timer *timer);
void weft__observe_clock(void); /* asked for the time */

#endif
