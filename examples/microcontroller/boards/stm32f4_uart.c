/* USART1 of an STM32F4 at PA9 and PA10, 115,200 baud at the 16 MHz that it has after reset. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))
enum { RECEIVED = 1 << 5, SEND_EMPTY = 1 << 7, UART_ON = 1 << 13 | 1 << 3 | 1 << 2 };
static const uint32_t rcc = 0x40023800, port_a = 0x40020000, usart = 0x40011000;

void board_start(void) {
    REGISTER(rcc + 0x30) |= 1u << 0; /* AHB1: port A */
    REGISTER(rcc + 0x44) |= 1u << 4; /* APB2: USART1 */
    REGISTER(port_a + 0x24) = (REGISTER(port_a + 0x24) & ~(0xFFu << 4)) | 0x77u << 4;   /* pins 9, 10: function 7 */
    REGISTER(port_a + 0x00) = (REGISTER(port_a + 0x00) & ~(0xFu << 18)) | 0xAu << 18;
    REGISTER(usart + 0x08) = 139;
    REGISTER(usart + 0x0C) = UART_ON;
}

void board_put(uint8_t byte) {
    while (!(REGISTER(usart) & SEND_EMPTY)) {
    }
    REGISTER(usart + 0x04) = byte;
}

uint8_t board_get(void) {
    while (!(REGISTER(usart) & RECEIVED)) {
    }
    return (uint8_t)REGISTER(usart + 0x04);
}
