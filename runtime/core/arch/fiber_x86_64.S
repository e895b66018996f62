/* Where fresh fibers start on x86-64. The switch is in fiber_x86_64.h, with the layout. */
#if defined(__x86_64__)

    .text
    .globl weft__fiber_start
    .hidden weft__fiber_start
    .type weft__fiber_start, @function
    .p2align 4
weft__fiber_start:
    .cfi_startproc
    .cfi_undefined rip
    xorl %ebp, %ebp
    movq 24(%rsp), %rax
    movq 32(%rsp), %rdi
    leaq 48(%rsp), %rsp
    callq *%rax
    ud2
    .cfi_endproc
    .size weft__fiber_start, . - weft__fiber_start
#endif

    .section .note.GNU-stack, "", @progbits
