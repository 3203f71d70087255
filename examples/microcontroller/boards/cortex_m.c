/* What all Cortex-M have: vectors, the way from reset to main, and SysTick as a counter of cycles. */
#include "board.h"

extern uint32_t image_data[], data_begin[], data_end[], bss_begin[], bss_end[];
extern uint8_t stack_limit[], stack_in_use[], stack_top[];
int main(void);

#define REGISTER(address) (*(volatile uint32_t *)(address))

static void stop(void) {
    static const char said[] = "fault\n";
    for (size_t i = 0; said[i]; i++) board_put((uint8_t)said[i]);
    for (;;) {
    }
}

static void __attribute__((noreturn)) reset(void) {
#if defined(__ARM_FP)
    REGISTER(0xE000ED88) |= 0xFu << 20; /* CPACR: the floating-point unit, before anything uses it */
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    for (volatile uint8_t *at = stack_limit; at < stack_in_use; at++) *at = STACK_PAINT;
    for (uint32_t *to = data_begin, *from = image_data; to < data_end;) *to++ = *from++;
    for (uint32_t *to = bss_begin; to < bss_end;) *to++ = 0;
    REGISTER(0xE000E014) = 0xFFFFFF; /* SysTick: as long as it goes, */
    REGISTER(0xE000E018) = 0;
    REGISTER(0xE000E010) = 5;        /* with the processor's clock, and without interrupts */
    main();
    stop();
    __builtin_unreachable();
}

/* Reset, NMI, HardFault and so on; interrupts are not used. */
__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void))stack_top, reset, stop, stop, stop, stop, stop, stop, 0, 0, 0, stop, stop, 0, stop, stop};

uint32_t board_counter(void) { return COUNTER_MASK - REGISTER(0xE000E018); }

size_t board_stack_used(void) {
    const uint8_t *at = stack_limit;
    while (at < stack_top && *at == STACK_PAINT) at++;
    return (size_t)(stack_top - at);
}
