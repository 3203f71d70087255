/* The root of a float32, rounded to nearest as IEEE 754 has it: an instruction, or where there is none, or the compiler
 * would call a C library for its errno, whole numbers. */
#ifndef NEUROLITE_ROOT_H
#define NEUROLITE_ROOT_H

#include <stdint.h>

#if defined(_MSC_VER)
#include <math.h>
#define NL_ROOT sqrtf
#elif defined(__NO_MATH_ERRNO__) && (defined(__SSE__) || defined(__aarch64__) || defined(__wasm__))
#define NL_ROOT __builtin_sqrtf
#elif defined(__NO_MATH_ERRNO__) && defined(__ARM_FP) && (__ARM_FP & 4)
#define NL_ROOT __builtin_sqrtf
#else
#define NL_ROOT nl_plain_root
#define NL_PLAIN_ROOT
#endif

#if defined(NL_PLAIN_ROOT)
static inline float nl_plain_root(float v) {
    uint32_t bits;
    __builtin_memcpy(&bits, &v, sizeof bits);
    if (bits << 1 == 0 || bits == 0x7F800000u) return v; /* zeros and infinity are their own */
    if (bits > 0x7F800000u) bits = 0x7FC00000u;          /* of a negative number, or of none: none */
    else {
        int32_t exponent = (int32_t)(bits >> 23);
        uint64_t m = bits & 0x7FFFFFu;
        if (exponent == 0)
            for (exponent = 1; m < 0x800000u; exponent--) m <<= 1;
        m |= 0x800000u;
        exponent -= 127;
        m <<= exponent & 1 ? 24 : 23; /* in [2^46, 2^48), so that the root has 24 bits */
        uint64_t root = 0;
        for (uint64_t bit = (uint64_t)1 << 46; bit != 0; bit >>= 2) {
            if (m >= root + bit) m -= root + bit, root = (root >> 1) + bit;
            else root >>= 1;
        }
        root += m > root; /* what is left decides; a tie cannot be */
        exponent = (exponent - (exponent & 1)) / 2;
        bits = (uint32_t)root + ((uint32_t)(exponent + 126) << 23);
    }
    __builtin_memcpy(&v, &bits, sizeof v);
    return v;
}
#endif

#endif
