/* The UART of Arm's MPS2 boards, which have Cortex-M0+ to M33 in an FPGA; UART is its address. */
#include "board.h"

typedef struct {
    volatile uint32_t data, state, control, interrupts, divider;
} cmsdk_uart;
static cmsdk_uart *const uart = (cmsdk_uart *)UART;
enum { SEND_FULL = 1, RECEIVED = 2, SEND_ON = 1, RECEIVE_ON = 2 };

void board_start(void) {
    uart->divider = 217; /* 115,200 baud at 25 MHz */
    uart->control = SEND_ON | RECEIVE_ON;
}

void board_put(uint8_t byte) {
    while (uart->state & SEND_FULL) {
    }
    uart->data = byte;
}

uint8_t board_get(void) {
    while (!(uart->state & RECEIVED)) {
    }
    return (uint8_t)uart->data;
}
