/* command.h: what the `weft` command can do. Each returns the exit status: 0, or 1 after a line on
 * standard error for whatever went wrong. */
#ifndef WEFT_SIM_COMMAND_H
#define WEFT_SIM_COMMAND_H

int weft__command_merge(int count, char **stores); /* the first is merged into */
int weft__command_list(const char *store);
int weft__command_show(const char *store, const char *reference);
/* Print the schedule without its decision of this number, from 1. */
int weft__command_without(const char *store, const char *number, const char *reference);

#endif
