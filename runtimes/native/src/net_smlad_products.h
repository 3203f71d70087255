/* Products for SMLAD, in place of net_tile.h, whose macro this is: two rows are widened once, and meet all columns, two
 * at a time. */
#ifndef NEUROLITE_NET_TILE_H
#define NEUROLITE_NET_TILE_H

#include "net_norm.h"

enum { SET, ADD, RELU, SUMS, NL_ACCS = 2 };

/* Of two rows and two columns. */
INLINE void finish(int kind, int by_row, const int32_t *sums, const int16_t *mult, int32_t shift, int32_t rows,
                   uint8_t *out, size_t out_stride) {
    UNROLL for (int32_t i = 0; i < rows; i++)
        UNROLL for (int32_t j = 0; j < 2; j++) {
            uint8_t *to = out + (size_t)i * out_stride;
            if (kind == SUMS) {
                ((int32_t *)(void *)to)[j] = sums[2 * i + j];
                continue;
            }
            const int32_t h = nl_multiply_add(nl_cut(sums[2 * i + j] >> shift), mult[by_row ? i : j], 16384) >> 15;
            int16_t *x = (int16_t *)(void *)to + j;
            if (kind == RELU) to[j] = (uint8_t)nl_clamp(h, 0, 127);
            else *x = (int16_t)(kind == ADD ? nl_cut(*x + h) : h);
        }
}

enum { NL_WIDE_GROUPS = 112 }; /* that there is room for */

INLINE void take_init(int by_row, const int32_t *init, int32_t *sums) {
    UNROLL for (int32_t i = 0; i < 4; i++) sums[i] = init[by_row ? i / 2 : i % 2];
}

/* Rows of more groups are widened by parts, for all columns anew. */
APART void product_by_parts(int kind, int by_row, const uint8_t *a, size_t stride, const uint8_t *b, int32_t n,
                            int32_t k4, const nl_scaling *by, uint8_t *out, size_t out_stride) {
    uint32_t wide[4 * NL_WIDE_GROUPS];
    for (int32_t j = 0; j < n; j += 2, b += 8) {
        int32_t sums[4];
        take_init(by_row, by->init + (by_row ? 0 : j), sums);
        for (int32_t k = 0; k < k4; k += NL_WIDE_GROUPS) {
            const int32_t groups = k4 - k < NL_WIDE_GROUPS ? k4 - k : NL_WIDE_GROUPS;
            nl_widen_rows(a + 4 * k, stride, groups, by_row, wide);
            nl_tile(by_row, wide, b + 4 * (size_t)k * (size_t)n, 4 * (size_t)n, groups, sums);
        }
        finish(kind, by_row, sums, kind == SUMS || by_row ? by->mult : by->mult + j, by->shift, kind == SUMS ? 1 : 2,
               out + (size_t)j * (kind == SUMS ? 4 : kind == RELU ? 1 : 2), out_stride);
    }
}

/* Two rows, or of SUMS one, which is taken twice. */
INLINE void product(const int kind, const int by_row, const uint8_t *a, size_t stride, const uint8_t *b, int32_t n,
                    int32_t k4, const nl_scaling *by, uint8_t *out, size_t out_stride) {
    if (k4 > NL_WIDE_GROUPS) {
        product_by_parts(kind, by_row, a, stride, b, n, k4, by, out, out_stride);
        return;
    }
    uint32_t wide[4 * NL_WIDE_GROUPS];
    const int32_t *init = by->init;
    const int16_t *mult = by->mult;
    const uint8_t *const end = b + 4 * (size_t)n;
    nl_widen_rows(a, stride, k4, by_row, wide);
    for (; b < end; b += 8) {
        int32_t sums[4];
        take_init(by_row, init, sums);
        nl_tile(by_row, wide, b, 4 * (size_t)n, k4, sums);
        finish(kind, by_row, sums, mult, by->shift, kind == SUMS ? 1 : 2, out, out_stride);
        out += kind == SUMS ? 8 : kind == RELU ? 2 : 4;
        if (!by_row) init += 2;
        if (!by_row && kind != SUMS) mult += 2;
    }
}

#define PRODUCT(name, kind, by_row, type)                                                                              \
    APART void name(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,            \
                    nl_scaling all, type *out, size_t out_stride) {                                                       \
        const size_t below = kind == SUMS ? 0 : stride;                                                                \
        for (int32_t i = 0; i < rows; i += 2) {                                                                        \
            const nl_scaling by = {by_row ? all.init + i : all.init, by_row ? all.mult + i : all.mult, all.shift};        \
            product(kind, by_row, a + (size_t)i * stride, below, b, n, k4, &by,                                        \
                    (uint8_t *)(out + (size_t)i * out_stride), out_stride * sizeof(type));                             \
        }                                                                                                              \
    }

#endif
