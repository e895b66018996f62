/* typed.h: channels whose element type the compiler checks. Optional; C only.
 *
 *   WEFT_CHAN(int) ch = weft_make(int, 4);
 *   weft_send(ch, 42);
 *   int value;
 *   while (weft_recv(ch, &value)) { ... }
 *   weft_release(ch);
 *
 * WEFT_CHAN(int) is the same type wherever it is written: a typed channel is passed to functions,
 * returned from them and stored in structs without a typedef. It is a weft_chan * under a pointer
 * type of its own, never dereferenced: nothing is stored and nothing costs anything.
 *
 * Each macro here is one call of weft.h: what it copies, when it parks and panics, its errors and
 * its order are those of that call. Every argument is evaluated once.
 *
 * Errors at compile time:
 *   - a channel that is not a WEFT_CHAN;
 *   - a pointer to receive into that is neither T *, NULL nor any other void *;
 *   - a pointer to send from, in a select, that is neither T * nor const T *.
 * The value of a send is converted to T as by an initialisation, and channels are assigned and
 * passed as pointers are: mistakes there are errors from GCC 14 on, and otherwise warnings that are
 * on by default.
 *
 * T has no qualifier of its own (WEFT_CHAN(const char *) is fine, WEFT_CHAN(const int) is not) and
 * is neither void nor an array: put an array into a struct. Channels of element size 0 have no
 * typed form. */
#ifndef WEFT_TYPED_H
#define WEFT_TYPED_H

#include <weft.h>

#ifdef __cplusplus
#error "weft/typed.h is for C: it relies on conversions from void *"
#endif

/* ---- Types ------------------------------------------------------------------------------------
 */

/* The type of a channel of T, and the T of a channel (which is not evaluated). */
#define WEFT_CHAN(T) __typeof__(__typeof__(T)(**)[1])
#define WEFT_ELEM(ch) __typeof__((**(ch))[0])

/* The same channel without its type, for the rest of weft.h; and a weft_chan * as one of T, which
 * nobody can check, say weft_typed(int64_t, weft_timer_chan(timer)). NULL stays NULL; the number of
 * references stays as it was. */
#define weft_untyped(ch)                                                                           \
    ((weft_chan *)(void *)(WEFT__TYPE_CHECK(WEFT__IS(ch, WEFT_CHAN(WEFT_ELEM(ch))),                \
                                            "the channel is not a WEFT_CHAN"),                     \
                           (ch)))
#define weft_typed(T, chan) ((WEFT_CHAN(T))weft__typed(chan))

/* ---- Channels ---------------------------------------------------------------------------------
 */

/* weft_chan_make: a channel of T with one reference; NULL when there is no memory for it. */
#define weft_make(T, capacity) weft_typed(T, weft_chan_make(sizeof(__typeof__(T)), (capacity)))

/* weft_chan_retain, which returns the typed channel; weft_chan_release. */
#define weft_retain(ch) weft_typed(WEFT_ELEM(ch), weft_chan_retain(weft_untyped(ch)))
#define weft_release(ch) weft_chan_release(weft_untyped(ch))

/* weft_chan_send, weft_chan_try_send: weft_send(ch, value), weft_try_send(ch, value). The value may
 * be a compound literal with commas. weft_chan_send_until: there it needs parentheses then. */
#define weft_send(ch, ...)                                                                         \
    __extension__({                                                                                \
        WEFT__VALUE(ch, (__VA_ARGS__));                                                            \
        weft_chan_send(weft_untyped(ch), &weft__value);                                            \
    })
#define weft_try_send(ch, ...)                                                                     \
    __extension__({                                                                                \
        WEFT__VALUE(ch, (__VA_ARGS__));                                                            \
        weft_chan_try_send(weft_untyped(ch), &weft__value);                                        \
    })
#define weft_send_until(ch, value, deadline_ns)                                                    \
    __extension__({                                                                                \
        WEFT__VALUE(ch, (value));                                                                  \
        weft_chan_send_until(weft_untyped(ch), &weft__value, (deadline_ns));                       \
    })

/* weft_chan_recv, weft_chan_try_recv, weft_chan_recv_until: into a T *, or NULL to discard. */
#define weft_recv(ch, into) weft_chan_recv(weft_untyped(ch), WEFT__INTO(ch, into))
#define weft_try_recv(ch, into) weft_chan_try_recv(weft_untyped(ch), WEFT__INTO(ch, into))
#define weft_recv_until(ch, into, deadline_ns)                                                     \
    weft_chan_recv_until(weft_untyped(ch), WEFT__INTO(ch, into), (deadline_ns))

/* weft_chan_close (weft_close is for file descriptors), weft_chan_len, weft_chan_cap. */
#define weft_close_chan(ch) weft_chan_close(weft_untyped(ch))
#define weft_len(ch) weft_chan_len(weft_untyped(ch))
#define weft_cap(ch) weft_chan_cap(weft_untyped(ch))

/* ---- Select -----------------------------------------------------------------------------------
 */

/* WEFT_RECV, into a T * or NULL; WEFT_SEND, from a T * or const T *. To be mixed freely with those
 * of weft.h. */
#define WEFT_RECV_TYPED(ch, into) WEFT_RECV(weft_untyped(ch), WEFT__INTO(ch, into))
#define WEFT_SEND_TYPED(ch, from)                                                                  \
    WEFT_SEND(weft_untyped(ch), (WEFT__TYPE_CHECK(WEFT__IS(from, WEFT_ELEM(ch) *) ||               \
                                                      WEFT__IS(from, const WEFT_ELEM(ch) *),       \
                                                  "sends from a pointer to another type"),         \
                                 (from)))

/* ---- How it works: not for use ----------------------------------------------------------------
 */

/* The comma makes arrays decay and drops qualifiers; neither operand is evaluated. */
#define WEFT__IS(expression, type)                                                                 \
    __builtin_types_compatible_p(__typeof__((void)0, (expression)), type)

/* An expression of type void that does not compile unless `holds` does. */
#define WEFT__TYPE_CHECK(holds, message)                                                           \
    ((void)sizeof(struct {                                                                         \
        _Static_assert(holds, message);                                                            \
        char weft__unused;                                                                         \
    }))

#define WEFT__INTO(ch, into)                                                                       \
    (WEFT__TYPE_CHECK(WEFT__IS(into, WEFT_ELEM(ch) *) || WEFT__IS(into, void *),                   \
                      "receives into a pointer to another type"),                                  \
     (into))

#define WEFT__VALUE(ch, value) WEFT_ELEM(ch) weft__value = value

/* A function, so that its argument must be a weft_chan *. */
static inline void *weft__typed(weft_chan *chan)
{
    return chan;
}

#endif
