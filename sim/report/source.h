/* source.h: addresses in terms of the source, from the program's debug information (elfutils). */
#ifndef WEFT_SIM_SOURCE_H
#define WEFT_SIM_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The line of a call, given its return address: "bank.c:41"; without debug information
 * "program+0x1234"; "-" for NULL. */
void weft__source_place(const void *return_address, char *into, size_t size);

/* A number for that line: calls that a compiler has made several of have the same. */
uint64_t weft__source_place_number(const void *return_address);
uint64_t weft__source_line_number(const char *place); /* the same, given the text */

/* The static variable that an address lies in: "accounts" or "accounts+16". false: in none. */
bool weft__source_variable(const void *address, char *into, size_t size);

/* The main program: its name without directories, and its build id in hexadecimal, or "-". */
void weft__source_program(char *into, size_t size);
void weft__source_build(char *into, size_t size);

#endif
