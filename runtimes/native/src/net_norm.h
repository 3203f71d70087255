/* Norms of docs/c-arithmetic.md, over one instruction set's vectors of int16:
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

#include "kernels.h"
#include "whole_numbers.h"

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

/* A norm of x int16 [n]: y int16 [n] where it is wanted, and u7 [n]. */
APART void norm(const nl_norm_plan *plan, const int16_t *x, uint32_t eps, const int16_t *gain, const int16_t *offset,
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
    const uint32_t root = nl_normalised_root((eps + nl_p_total(squares)) * plan->of_variance, &half);
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
