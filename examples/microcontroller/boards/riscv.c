/* RISC-V in machine mode with a 16550 UART, as QEMU's virt board has it; the counter is of instructions. */
#include "board.h"

extern uint32_t image_data[], data_begin[], data_end[], bss_begin[], bss_end[];
extern uint8_t stack_limit[], stack_in_use[], stack_top[];
int main(void);

static volatile uint8_t *const uart = (volatile uint8_t *)UART;
enum { LINE_STATE = 5, RECEIVED = 1, SEND_EMPTY = 32 };

static void stop(void) {
    static const char said[] = "fault\n";
    for (size_t i = 0; said[i]; i++) board_put((uint8_t)said[i]);
    for (;;) {
    }
}

static void __attribute__((used, aligned(4))) trap(void) { stop(); }

static void __attribute__((noreturn, used)) run(void) {
    for (volatile uint8_t *at = stack_limit; at < stack_in_use; at++) *at = STACK_PAINT;
    for (uint32_t *to = data_begin, *from = image_data; to < data_end;) *to++ = *from++;
    for (uint32_t *to = bss_begin; to < bss_end;) *to++ = 0;
    main();
    stop();
    __builtin_unreachable();
}

__attribute__((naked, section(".vectors"), used)) void reset(void) {
    __asm__ volatile(
        ".option arch, +zicsr\n\t"
        "la sp, stack_top\n\t"
        "la t0, trap\n\t"
        "csrw mtvec, t0\n\t"
        "j run");
}

void board_start(void) {}

void board_put(uint8_t byte) {
    while (!(uart[LINE_STATE] & SEND_EMPTY)) {
    }
    uart[0] = byte;
}

uint8_t board_get(void) {
    while (!(uart[LINE_STATE] & RECEIVED)) {
    }
    return uart[0];
}

uint32_t board_counter(void) {
    uint32_t value;
    __asm__ volatile(".option arch, +zicsr\n\tcsrr %0, minstret" : "=r"(value));
    return value;
}

size_t board_stack_used(void) {
    const uint8_t *at = stack_limit;
    while (at < stack_top && *at == STACK_PAINT) at++;
    return (size_t)(stack_top - at);
}
