/* edges.c: the callbacks of -fsanitize-coverage, one for each branch that is taken: they tell loops
 * that touch no memory from code that ends. GCC's, and LLVM's. */
#include <stdint.h>

#include "race/watch.h"

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    weft__watch_edge(__builtin_return_address(0));
}

void __sanitizer_cov_trace_pc_guard(uint32_t *guard);
void __sanitizer_cov_trace_pc_guard(uint32_t *guard)
{
    (void)guard;
    weft__watch_edge(__builtin_return_address(0));
}

void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end);
void __sanitizer_cov_trace_pc_guard_init(uint32_t *start, uint32_t *end)
{
    (void)start;
    (void)end;
}
