/* kv_settings.h: the options of a server by the names that Redis gives them. */
#ifndef KV_SETTINGS_H
#define KV_SETTINGS_H

#include "slices.h"
#include "kv.h"

/* false: no such setting, or no such value. Keeps `value`. */
bool settings_set(kv_options *options, const char *name, const char *value);

/* Setting number `index` as text, which it adds to *ret_value. NULL: there are no more; otherwise
 * its name. */
const char *settings_get(const kv_options *options, size_t index, buffer *ret_value);

#endif
