/* The context switch for x86-64, System V ABI. See fiber.h.
 *
 * Saves rbx, rbp, r12-r15, the x87 control word and mxcsr. The control words are loaded only when
 * they differ: loading is slow and they hardly ever do. The return address is jumped to rather than
 * returned to, because a return to another stack is always mispredicted.
 *
 *   sp + 0   x87 control word      sp + 24  r13
 *   sp + 4   mxcsr                 sp + 32  r14
 *   sp + 8   rbx                   sp + 40  r15
 *   sp + 16  r12                   sp + 48  rbp
 *                                  sp + 56  return address */
#if defined(__x86_64__)

    .text
    .globl weft__fiber_jump
    .hidden weft__fiber_jump
    .type weft__fiber_jump, @function
    .p2align 4
weft__fiber_jump:
    .cfi_startproc
    leaq -56(%rsp), %rsp
    .cfi_def_cfa_offset 64
    movq %rbx, 8(%rsp)
    movq %r12, 16(%rsp)
    movq %r13, 24(%rsp)
    movq %r14, 32(%rsp)
    movq %r15, 40(%rsp)
    movq %rbp, 48(%rsp)
    stmxcsr 4(%rsp)
    fnstcw (%rsp)
    movl 4(%rsp), %eax
    movzwl (%rsp), %ecx
    movq %rsp, (%rdi)
    movq %rsi, %rsp
    cmpl 4(%rsp), %eax
    jne 3f
1:  cmpw (%rsp), %cx
    jne 4f
2:  movq 8(%rsp), %rbx
    movq 16(%rsp), %r12
    movq 24(%rsp), %r13
    movq 32(%rsp), %r14
    movq 40(%rsp), %r15
    movq 48(%rsp), %rbp
    movq 56(%rsp), %rdx
    leaq 64(%rsp), %rsp
    .cfi_def_cfa_offset 0
    jmp *%rdx
    .cfi_def_cfa_offset 64
3:  ldmxcsr 4(%rsp)
    jmp 1b
4:  fldcw (%rsp)
    jmp 2b
    .cfi_endproc
    .size weft__fiber_jump, . - weft__fiber_jump

/* Fresh fibers start here: r12 is the entry, r13 its argument. */
    .globl weft__fiber_start
    .hidden weft__fiber_start
    .type weft__fiber_start, @function
    .p2align 4
weft__fiber_start:
    .cfi_startproc
    .cfi_undefined rip
    xorl %ebp, %ebp
    movq %r13, %rdi
    callq *%r12
    ud2
    .cfi_endproc
    .size weft__fiber_start, . - weft__fiber_start
#endif

    .section .note.GNU-stack, "", @progbits
