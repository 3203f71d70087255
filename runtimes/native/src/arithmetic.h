/* The remainders of the hash without a division, and its sum for one place of a word in integers. Exact for every value
 * that occurs; tests/native/exact.c tries them all. */
#ifndef NEUROLITE_ARITHMETIC_H
#define NEUROLITE_ARITHMETIC_H

#include "tables.h"

/* A character as the hash sees it; all zeros where there is none. */
typedef struct {
    int32_t low, high, accent;
} nl_input;

static inline nl_input nl_make_input(uint32_t code, int32_t accent) {
    uint32_t high = code >> 8;
    if (high > NL_MAX_HIGH) high = NL_MAX_HIGH;
    return (nl_input){(int32_t)(code & 0xFFu), (int32_t)high, accent};
}

/* sum mod NL_MODULUS for an integer 0 <= sum < 2^24. */
static inline int32_t nl_mod_power(float sum) { return (int32_t)sum & (NL_MODULUS - 1); }

/* Hash function `lane` of a block of constants, at one character. */
static inline int32_t nl_value(nl_input before, nl_input own, nl_input after,
                               const float (*c)[NL_LANES], int32_t lane) {
    int32_t sum = (int32_t)c[0][lane] * before.low + (int32_t)c[1][lane] * before.high +
                  (int32_t)c[2][lane] * own.low + (int32_t)c[3][lane] * own.high +
                  (int32_t)c[4][lane] * own.accent + (int32_t)c[5][lane] * after.low +
                  (int32_t)c[6][lane] * after.high + (int32_t)c[NL_INPUTS][lane];
    return sum & (NL_MODULUS - 1);
}

/* value mod size for an integer 0 <= value < 2 * NL_MODULUS, which a minimum with the tail added is;
 * reciprocal = 1.0f / size. The product's error can move the quotient by one at a multiple of size;
 * the two selections undo that. */
static inline float nl_mod_table(float value, float size, float reciprocal) {
    float quotient = (float)(int32_t)(value * reciprocal);
    float rest = value - quotient * size;
    rest = rest < 0.0f ? rest + size : rest;
    return rest >= size ? rest - size : rest;
}

#endif
