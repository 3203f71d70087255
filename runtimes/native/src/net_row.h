/* One row by itself, as texts are read that are written word by word. What takes its time is loading weights: they are
 * read once, in the order in which they lie, NL_AT_ONCE groups of all columns at a time, and sums wait in the first
 * caches; what rounding left of the row goes along. */
#ifndef NEUROLITE_NET_ROW_H
#define NEUROLITE_NET_ROW_H

#include "net_tile.h"

#if defined(NL_AT_ONCE)
/* Adds NL_AT_ONCE groups to sums [n], or [2, n]. */
INLINE void add_groups(const int two, const uint8_t *a, const uint8_t *rest, const uint8_t *b, int32_t n,
                       const int32_t *init, int32_t *out) {
    nl_bytes values[NL_AT_ONCE], left[NL_AT_ONCE], weights[NL_AT_ONCE];
    UNROLL for (int i = 0; i < NL_AT_ONCE; i++) {
        values[i] = nl_four(a + 4 * i);
        if (two) left[i] = nl_four(rest + 4 * i);
    }
    for (int32_t j = 0; j < n; j += NL_OUTS, b += 4 * NL_OUTS) {
        nl_acc sum = nl_load(init + j), second = two ? nl_load(init + n + j) : sum;
        UNROLL for (int i = 0; i < NL_AT_ONCE; i++) weights[i] = nl_many(b + 4 * (size_t)i * (size_t)n);
#if defined(NL_PAIRS_FIT)
        UNROLL for (int i = 0; i < NL_AT_ONCE; i += 2) {
            sum = nl_dot8(sum, values[i], weights[i], values[i + 1], weights[i + 1]);
            if (two) second = nl_dot8(second, left[i], weights[i], left[i + 1], weights[i + 1]);
        }
#else
        UNROLL for (int i = 0; i < NL_AT_ONCE; i++) {
            sum = nl_dot4(sum, values[i], weights[i]);
            if (two) second = nl_dot4(second, left[i], weights[i]);
        }
#endif
        nl_store(out + j, sum);
        if (two) nl_store(out + n + j, second);
    }
}

APART void sums(const uint8_t *a, const uint8_t *rest, const uint8_t *b, int32_t n, int32_t k4, const int32_t *init,
                int32_t *out) {
    for (int32_t k = 0; k < k4; k += NL_AT_ONCE, a += 4 * NL_AT_ONCE, init = out) {
        const uint8_t *weights = b + 4 * (size_t)k * (size_t)n;
        if (rest) add_groups(1, a, rest + 4 * k, weights, n, init, out);
        else add_groups(0, a, NULL, weights, n, init, out);
    }
}
#else
PRODUCT(row_sums, SUMS, 0, int32_t)

APART void sums(const uint8_t *a, const uint8_t *rest, const uint8_t *b, int32_t n, int32_t k4, const int32_t *init,
                int32_t *out) {
    row_sums(a, 0, 1, b, n, k4, (nl_scaling){init, NULL, 0}, out, 0);
    if (rest) row_sums(rest, 0, 1, b, n, k4, (nl_scaling){init + n, NULL, 0}, out + n, 0);
}
#endif

#endif
