/* What main.c asks of a board; boards/ has one file for each kind. */
#ifndef BOARD_H
#define BOARD_H

#include <stddef.h>
#include <stdint.h>

void board_start(void); /* clocks, pins, the UART and a counter that runs */
void board_put(uint8_t byte);
uint8_t board_get(void); /* waits */

/* A counter that goes up and begins anew behind COUNTER_MASK: cycles, or on RISC-V instructions. */
uint32_t board_counter(void);
#if defined(__riscv)
#define COUNTER_MASK 0xFFFFFFFFu
#else
#define COUNTER_MASK 0xFFFFFFu /* SysTick has 24 bits */
#endif

/* Painted by the startup code, so that the deepest byte ever used can be found. */
enum { STACK_PAINT = 0x5A };
size_t board_stack_used(void);

#endif
