/* The context switch for aarch64, AAPCS64. See fiber.h.
 *
 * Saves x19-x30, d8-d15 and FPCR; FPCR is loaded only when it differs.
 *
 *   sp + 0    x19 x20      sp + 64   x27 x28     sp + 128  d12 d13
 *   sp + 16   x21 x22      sp + 80   x29 x30     sp + 144  d14 d15
 *   sp + 32   x23 x24      sp + 96   d8  d9      sp + 160  fpcr
 *   sp + 48   x25 x26      sp + 112  d10 d11     (176 bytes) */
#if defined(__aarch64__)

    .text
    .globl weft__fiber_jump
    .hidden weft__fiber_jump
    .type weft__fiber_jump, %function
    .p2align 4
weft__fiber_jump:
    .cfi_startproc
    sub sp, sp, #176
    .cfi_def_cfa_offset 176
    stp x19, x20, [sp, #0]
    stp x21, x22, [sp, #16]
    stp x23, x24, [sp, #32]
    stp x25, x26, [sp, #48]
    stp x27, x28, [sp, #64]
    stp x29, x30, [sp, #80]
    stp d8, d9, [sp, #96]
    stp d10, d11, [sp, #112]
    stp d12, d13, [sp, #128]
    stp d14, d15, [sp, #144]
    mrs x9, fpcr
    str x9, [sp, #160]
    mov x10, sp
    str x10, [x0]
    mov sp, x1
    ldr x11, [sp, #160]
    cmp x9, x11
    b.eq 1f
    msr fpcr, x11
1:  ldp x19, x20, [sp, #0]
    ldp x21, x22, [sp, #16]
    ldp x23, x24, [sp, #32]
    ldp x25, x26, [sp, #48]
    ldp x27, x28, [sp, #64]
    ldp x29, x30, [sp, #80]
    ldp d8, d9, [sp, #96]
    ldp d10, d11, [sp, #112]
    ldp d12, d13, [sp, #128]
    ldp d14, d15, [sp, #144]
    add sp, sp, #176
    .cfi_def_cfa_offset 0
    br x30
    .cfi_endproc
    .size weft__fiber_jump, . - weft__fiber_jump

/* Fresh fibers start here: x19 is the entry, x20 its argument. */
    .globl weft__fiber_start
    .hidden weft__fiber_start
    .type weft__fiber_start, %function
    .p2align 4
weft__fiber_start:
    .cfi_startproc
    .cfi_undefined x30
    mov x29, #0
    mov x30, #0
    mov x0, x20
    blr x19
    brk #1
    .cfi_endproc
    .size weft__fiber_start, . - weft__fiber_start
#endif

    .section .note.GNU-stack, "", %progbits
