/* fiber_x86_64.h: the context switch for x86-64, System V ABI. See fiber.h.
 *
 * It is no call: the compiler saves what it needs around it, having been told that all is lost but
 * the frame pointer; and the processor's stack of return addresses, which a jump to another stack
 * would leave one entry off, still fits: both sides stand in the same function most of the time, so
 * that their returns are predicted. The control words are loaded only when they differ: loading is
 * slow and they hardly ever do.
 *
 *   sp + 0   x87 control word      sp + 16  where to go on
 *   sp + 4   mxcsr                 sp + 24  fresh fibers: the entry, and its argument
 *   sp + 8   rbp                   (48 bytes)
 *
 * It pushes onto the stack of the function that it stands in, which must not keep anything below
 * the stack pointer: hence -mno-red-zone. */
#ifndef WEFT_CORE_ARCH_FIBER_X86_64_H
#define WEFT_CORE_ARCH_FIBER_X86_64_H

#ifdef __AVX512F__
#define WEFT__FIBER_LOST                                                                           \
    , "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23", "xmm24", "xmm25",    \
        "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1", "k2", "k3", "k4", "k5", "k6",  \
        "k7"
#else
#define WEFT__FIBER_LOST
#endif

static inline __attribute__((always_inline)) void weft__fiber_jump(void **save_sp, void *load_sp)
{
    __asm__ volatile("leaq -48(%%rsp), %%rsp\n\t"
                     "stmxcsr 4(%%rsp)\n\t"
                     "fnstcw (%%rsp)\n\t"
                     "leaq 3f(%%rip), %%rdx\n\t"
                     "movq %%rbp, 8(%%rsp)\n\t"
                     "movq %%rdx, 16(%%rsp)\n\t"
                     "movl 4(%%rsp), %%eax\n\t"
                     "movzwl (%%rsp), %%ecx\n\t"
                     "movq %%rsp, (%[save])\n\t"
                     "movq %[load], %%rsp\n\t"
                     "movq 8(%%rsp), %%rbp\n\t"
                     "cmpl 4(%%rsp), %%eax\n\t"
                     "je 1f\n\t"
                     "ldmxcsr 4(%%rsp)\n"
                     "1:\n\t"
                     "cmpw (%%rsp), %%cx\n\t"
                     "je 2f\n\t"
                     "fldcw (%%rsp)\n"
                     "2:\n\t"
                     "jmp *16(%%rsp)\n"
                     "3:\n\t"
                     "leaq 48(%%rsp), %%rsp"
                     : [save] "+D"(save_sp), [load] "+S"(load_sp)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5",
                       "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
                       "xmm15", "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)",
                       "st(7)" WEFT__FIBER_LOST);
}

#endif
