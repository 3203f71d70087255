/* The two remainders of the hash without a division. Both are exact for every value that occurs;
 * tests/native/exact.c tries them all. */
#ifndef NEUROLITE_ARITHMETIC_H
#define NEUROLITE_ARITHMETIC_H

#include "tables.h"

/* sum mod NL_PRIME for an integer 0 <= sum < 2^24. As NL_PRIME = 2^18 - 5, the quotient by 2^18 is
 * at most one too small, and every product and difference is an integer below 2^24: exact. */
static inline float nl_mod_prime(float sum) {
    float quotient = (float)(int32_t)(sum * 0x1p-18f);
    float rest = sum - quotient * (float)NL_PRIME;
    return rest >= (float)NL_PRIME ? rest - (float)NL_PRIME : rest;
}

/* minimum mod size for an integer 0 <= minimum < NL_PRIME; reciprocal = 1.0f / size. The product's
 * error can move the quotient by one at a multiple of size; the two selections undo that. */
static inline float nl_mod_table(float minimum, float size, float reciprocal) {
    float quotient = (float)(int32_t)(minimum * reciprocal);
    float rest = minimum - quotient * size;
    rest = rest < 0.0f ? rest + size : rest;
    return rest >= size ? rest - size : rest;
}

#endif
