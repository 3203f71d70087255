/* Norms and roots of docs/c-arithmetic.md, over one instruction set's vectors of int16:
 *
 *     nl_h        NL_H int16 numbers, an even number of them that divides 16
 *     nl_h_load, nl_h_store, nl_h_same; nl_h_bytes (of NL_H int8)
 *     nl_h_adds, nl_h_subs      saturated; nl_h_max; nl_h_q15 (the second never -32768)
 *     nl_h_right, nl_h_left     (a, bits) arithmetic; what leaves on the left is lost
 *     nl_h_u7     (to, a): NL_H bytes of 0 to 127, what is beyond cut off
 *     nl_widen    (a, acc *): as int32
 *     nl_p        NL_H / 2 uint32 numbers, one for each pair; nl_p_none, nl_p_plus, nl_p_total (their sum mod 2^32)
 *     nl_p_pairs  sums of the pairs of an nl_h; nl_p_squares (a, bits): (a[i]^2 + a[i + 1]^2) >> bits
 *     nl_h_nibbles (bytes, low *, high *): NL_H bytes' halves, 8 less; nl_h_times: low 16 bits of the product
 */
#ifndef NEUROLITE_NET_NORM_H
#define NEUROLITE_NET_NORM_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define INLINE static inline __attribute__((always_inline))
#define APART static __attribute__((noinline))
#else
#define INLINE static inline
#define APART static
#endif
#if defined(__clang__)
#define UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define UNROLL _Pragma("GCC unroll 16")
#else
#define UNROLL
#endif

INLINE int32_t clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }
INLINE int32_t sat16(int32_t v) { return clamp(v, -32768, 32767); }
INLINE int32_t q15(int32_t a, int32_t b) { return (a * b + 16384) >> 15; }

INLINE int32_t log2_up(int32_t n) {
    int32_t bits = 0;
    while ((1 << bits) < n) bits++;
    return bits;
}

/* The whole part of the root, digit by digit. */
INLINE uint32_t whole_root(uint32_t m) {
#if defined(__SSE2__) || defined(__aarch64__)
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
INLINE int32_t highest_bit(uint64_t v) {
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
INLINE uint32_t normalised_root(uint64_t v, int32_t *half) {
    const int32_t over = highest_bit(v) - 30, t = over - (over & 1); /* m = v >> t has its highest bit at 30 or 31 */
    *half = t / 2;
    return whole_root((uint32_t)(t >= 0 ? v >> t : v << -t));
}

/* What norms of n numbers have in common. */
typedef struct {
    int32_t n, s, b;
    int64_t of_mean;
    uint64_t of_variance;
} norm_plan;

INLINE norm_plan plan_norm(int32_t n) {
    const int32_t bits = log2_up(n), s = bits > 1 ? bits - 1 : 0;
    return (norm_plan){n, s, 14 - (bits + 1) / 2, (1 << 24) / n, ((uint64_t)1 << (20 + s)) / (uint64_t)n};
}

/* A norm of x int16 [n]: y int16 [n] where it is wanted, and u7 [n]. */
APART void norm(const norm_plan *plan, const int16_t *x, uint32_t eps, const int16_t *gain, const int16_t *offset,
                int16_t *y, uint8_t *out) {
    const int32_t n = plan->n;
    nl_p pairs = nl_p_none();
    for (int32_t i = 0; i < n; i += NL_H) pairs = nl_p_plus(pairs, nl_p_pairs(nl_h_load(x + i)));
    const int32_t sum = (int32_t)nl_p_total(pairs);
    const nl_h mean = nl_h_same((int32_t)((sum * plan->of_mean + (1 << 23)) >> 24));
    nl_p squares = nl_p_none();
    for (int32_t i = 0; i < n; i += NL_H)
        squares = nl_p_plus(squares, nl_p_squares(nl_h_subs(nl_h_load(x + i), mean), plan->s));
    int32_t half;
    const uint32_t root = normalised_root((eps + nl_p_total(squares)) * plan->of_variance, &half);
    const uint32_t inverse = (1u << 30) / root;
    const nl_h r = nl_h_same(inverse < 32767 ? (int32_t)inverse : 32767);
    const int32_t wanted = plan->b - 5 - half, up = wanted < 14 ? wanted : 14;
    const int32_t left = up > 0 ? up : 0, right = up < 0 ? -up : 0;
    for (int32_t i = 0; i < n; i += NL_H) {
        const nl_h d = nl_h_subs(nl_h_load(x + i), mean), v = nl_h_left(nl_h_right(d, right), left);
        const nl_h z = nl_h_adds(nl_h_q15(nl_h_q15(v, r), nl_h_load(gain + i)), nl_h_load(offset + i));
        if (y) nl_h_store(y + i, z);
        nl_h_u7(out + i, nl_h_right(z, 4));
    }
}

#endif
