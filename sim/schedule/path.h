/* path.h: names as text: "main/2.t3:1" and "main/2#4".
 *
 * A goroutine's path is "main", then, behind a slash, one number for each generation: which child
 * of its parent it is. "t3:1" stands for the first goroutine started by the parent's timer 3. An
 * object is its maker's path, "#" and its number among the maker's objects. */
#ifndef WEFT_SIM_PATH_H
#define WEFT_SIM_PATH_H

#include "../run.h"

enum { WEFT__PATH_MAX = 256 };

/* Write the path of goroutine `slot`, or of the object of that weft__object.name, of the last run.
 * Cut when it does not fit; always terminated. */
void weft__path_of_goroutine(uint32_t slot, char *into, size_t size);
void weft__path_of_object(uint64_t object, char *into, size_t size);

/* The stable name that a path stands for; false when it is not a path. */
bool weft__path_parse(const char *path, uint64_t *ret_name);

#endif
