/* words.h: the words in which reports speak of kinds, operations, goroutines and objects. */
#ifndef WEFT_SIM_WORDS_H
#define WEFT_SIM_WORDS_H

#include "../run.h"

const char *weft__op_verb(uint16_t kind); /* "lock" */
const char *weft__op_noun(uint16_t kind); /* "mutex"; "" for operations without an object */
/* What came of an atomic operation that chose other than 0 in weak memory: "an older value". */
const char *weft__memory_choice(uint16_t kind);

enum { WEFT__GROUPED_SIZE = 32 };

/* "12 431"; returns `into`. */
const char *weft__grouped(uint64_t number, char into[WEFT__GROUPED_SIZE]);

/* "main", "transfer#2": the function's name, numbered if the last run had several of that name. */
void weft__goroutine_label(uint32_t slot, char *into, size_t size);

/* "accounts" (a static variable), or "main#2" (the second object of main); "" for none. */
void weft__object_name_text(uint64_t object, const void *address, char *into, size_t size);

/* The same with what it is: "mutex accounts". */
void weft__object_label(uint16_t kind, uint64_t object, const void *address, char *into,
                        size_t size);

/* Where the program called for event i of the last run. A condition's wait unlocks and locks its
 * mutex: there, where it was called. */
const void *weft__site_told(size_t i);

#endif
