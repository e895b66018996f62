/* variable.h: environment variables. Nothing is guessed: what cannot be read exactly is an error.
 */
#ifndef WEFT_SIM_VARIABLE_H
#define WEFT_SIM_VARIABLE_H

#include <stdbool.h>
#include <stdint.h>

const char *weft__variable(const char *name); /* NULL: not set, or empty */

/* A line on standard error: `name`="`value`": `wanted`. Returns -EINVAL. */
int weft__variable_reject(const char *name, const char *value, const char *wanted);

/* The decimal number that `text` starts with, and what follows it. false: it starts with none, or
 * it is 2^64 or more. */
bool weft__number_parse(const char *text, uint64_t *ret_number, const char **ret_rest);

#endif
