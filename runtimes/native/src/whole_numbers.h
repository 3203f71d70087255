/* Whole numbers cut off, multiplied and rooted as docs/c-arithmetic.md writes it. */
#ifndef NEUROLITE_WHOLE_NUMBERS_H
#define NEUROLITE_WHOLE_NUMBERS_H

#include <stdint.h>

static inline int32_t nl_clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }
static inline int32_t nl_sat16(int32_t v) { return nl_clamp(v, -32768, 32767); }
static inline int32_t nl_q15(int32_t a, int32_t b) { return (a * b + 16384) >> 15; }

static inline int32_t nl_log2_up(int32_t n) {
    int32_t bits = 0;
    while ((1 << bits) < n) bits++;
    return bits;
}

/* The whole part of the root, digit by digit. */
static inline uint32_t nl_whole_root(uint32_t m) {
#if defined(__SSE2__) || defined(__aarch64__) || defined(__wasm__)
    return (uint32_t)__builtin_sqrt((double)m); /* exact: no root of a whole number is so near above a whole one */
#else
    uint32_t root = 0;
    for (uint32_t bit = 1u << 30; bit != 0; bit >>= 2) {
        if (m >= root + bit) m -= root + bit, root = (root >> 1) + bit;
        else root >>= 1;
    }
    return root;
#endif
}

/* The place of the highest bit of v, which is above 0. */
static inline int32_t nl_highest_bit(uint64_t v) {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__aarch64__) || defined(__wasm__))
    return 63 - __builtin_clzll(v);
#else
    int32_t bit = 0;
    for (int32_t step = 32; step > 0; step >>= 1)
        if (v >> (bit + step) != 0) bit += step;
    return bit;
#endif
}

/* The root of v, above 0, in [2^15, 2^16), and by how many bits to the left it then stands. */
static inline uint32_t nl_normalised_root(uint64_t v, int32_t *half) {
    const int32_t over = nl_highest_bit(v) - 30, t = over - (over & 1); /* v >> t has its highest bit at 30 or 31 */
    *half = t / 2;
    return nl_whole_root((uint32_t)(t >= 0 ? v >> t : v << -t));
}

#endif
