/* Products of u7 values and int8 weights, docs/c-arithmetic.md, over one instruction set's primitives.
 *
 *     nl_acc           NL_OUTS int32 sums, in any form; nl_load, nl_same, nl_store
 *     nl_dot_weights   (acc, a, b): adds to sum j the four products of the values at a and the weights at b + 4 j
 *     nl_dot_values    the other way around: weights at a, values at b + 4 j
 *     NL_PAIRS_FIT     there are nl_dot2_weights and nl_dot2_values, (acc, a, b, next): these four, and a + 4, b + next
 *     nl_h             NL_H int16 numbers, NL_H / NL_OUTS nl_acc's: net_norm.h
 *     nl_narrow        (acc *, shift): nl_h of sat16(sum >> shift)
 *     NL_MR, NL_NV     rows and nl_acc's of a tile; NL_NV is a multiple of NL_H / NL_OUTS, and so is NL_REST, which
 *                      tiles have where NL_NV is too many: NL_OUTS * NL_REST divides 16
 *     NL_ALONE         1: a row by itself has code of its own, which texts need that are written word by word
 */
#ifndef NEUROLITE_NET_TILE_H
#define NEUROLITE_NET_TILE_H

#include "net_norm.h"

#if defined(NL_ALONE)
#define NL_ALONE_NV (2 * NL_NV)
#else
#define NL_ALONE 0
#define NL_ALONE_NV NL_NV
#endif

enum { SET, ADD, RELU, SUMS, NL_ACCS = NL_H / NL_OUTS };

/* NL_H sums of a row to what the product is for. */
INLINE void finish(const int kind, const nl_acc *acc, nl_h mult, int32_t shift, void *out) {
    const nl_h h = nl_h_q15(nl_narrow(acc, shift), mult);
    if (kind == RELU) nl_h_u7(out, h);
    else if (kind == ADD) nl_h_store(out, nl_h_adds(nl_h_load(out), h));
    else nl_h_store(out, h);
}

/* `rows` rows of a, k4 groups of 4 bytes each, times nv vectors of columns of b [k4][n][4]. */
INLINE void tile(const int kind, const int by_row, const int rows, const int nv, const uint8_t *a, size_t stride,
                 const uint8_t *b, size_t next, int32_t k4, const nl_scaling *by, uint8_t *out, size_t out_stride) {
    nl_acc acc[NL_MR][NL_ALONE_NV];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < nv; j++) acc[i][j] = by_row ? nl_same(by->init[i]) : nl_load(by->init + j * NL_OUTS);
    int32_t k = 0;
#if defined(NL_PAIRS_FIT)
    for (; k + 2 <= k4; k += 2, a += 8, b += 2 * next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < nv; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = by_row ? nl_dot2_values(acc[i][j], at, column, next)
                                   : nl_dot2_weights(acc[i][j], at, column, next);
            }
#endif
    for (; k < k4; k++, a += 4, b += next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < nv; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = by_row ? nl_dot_values(acc[i][j], at, column) : nl_dot_weights(acc[i][j], at, column);
            }
    const size_t bytes = kind == RELU ? 1 : 2;
    UNROLL for (int i = 0; i < rows; i++, out += out_stride) {
        if (kind == SUMS) {
            UNROLL for (int j = 0; j < nv; j++) nl_store((int32_t *)(void *)out + j * NL_OUTS, acc[i][j]);
            continue;
        }
        UNROLL for (int j = 0; j < nv; j += NL_ACCS) {
            const nl_h mult = by_row ? nl_h_same(by->mult[i]) : nl_h_load(by->mult + j * NL_OUTS);
            finish(kind, &acc[i][j], mult, by->shift, out + (size_t)(j * NL_OUTS) * bytes);
        }
    }
}

#if defined(NL_ONE_PRODUCT)
/* All of them in one function, where code is to be small: of sets whose NL_NV is NL_REST and whose nl_dot_weights takes
 * values for weights. The single row of SUMS is computed NL_MR times. */
APART void product(int kind, int by_row, const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n,
                   int32_t k4, const nl_scaling *all, uint8_t *out, size_t out_stride, size_t size) {
    const size_t own = kind == SUMS ? 0 : stride;
    for (int32_t j = 0; j < n; j += NL_NV * NL_OUTS)
        for (int32_t i = 0; i < rows; i += NL_MR) {
            const int32_t first = by_row ? i : j;
            const nl_scaling by = {all->init + first, kind == SUMS ? all->mult : all->mult + first, all->shift};
            tile(kind, by_row, NL_MR, NL_NV, a + (size_t)i * own, own, b + 4 * (size_t)j, 4 * (size_t)n, k4, &by,
                 out + size * ((size_t)i * out_stride + (size_t)j), kind == SUMS ? 0 : size * out_stride);
        }
}
#define PRODUCT(name, kind, by_row, type)                                                                              \
    INLINE void name(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,           \
                     nl_scaling all, type *out, size_t out_stride) {                                                   \
        product(kind, by_row, a, stride, rows, b, n, k4, &all, (uint8_t *)out, out_stride, sizeof(type));              \
    }
#else
/* Rows, so many at once; columns outside: a panel of b stays in the cache. `nv` vectors of columns at once, NL_REST
 * where that are too many. */
INLINE void panels(const int kind, const int by_row, const int at_once, const int nv, const uint8_t *a, size_t stride,
                   int32_t rows, const uint8_t *b, int32_t n, int32_t k4, const nl_scaling *all, uint8_t *out,
                   size_t out_stride, const size_t size) {
    for (int32_t j = 0; j < n;) {
        const int whole = nv == NL_REST || n - j >= nv * NL_OUTS;
        for (int32_t i = 0; i < rows; i += at_once) {
            const int32_t first = by_row ? i : j;
            const nl_scaling by = {all->init + first, kind == SUMS ? all->mult : all->mult + first, all->shift};
            const uint8_t *row = a + (size_t)i * stride, *columns = b + 4 * (size_t)j;
            uint8_t *to = out + size * ((size_t)i * out_stride + (size_t)j);
            const size_t to_next = out_stride * size, next = 4 * (size_t)n;
            if (whole) tile(kind, by_row, at_once, nv, row, stride, columns, next, k4, &by, to, to_next);
            else tile(kind, by_row, at_once, NL_REST, row, stride, columns, next, k4, &by, to, to_next);
        }
        j += (whole ? nv : NL_REST) * NL_OUTS;
    }
}

/* All rows, a multiple of NL_MR; or one, whose few sums wait for each other: twice as many columns go at once. */
#define PRODUCT(name, kind, by_row, type)                                                                              \
    APART void name(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,            \
                    nl_scaling all, type *out, size_t out_stride) {                                                    \
        if (kind == SUMS || (!by_row && NL_ALONE && rows == 1))                                                        \
            panels(kind, by_row, 1, NL_ALONE_NV, a, stride, 1, b, n, k4, &all, (uint8_t *)out, out_stride,             \
                   sizeof(type));                                                                                      \
        else                                                                                                           \
            panels(kind, by_row, NL_MR, NL_NV, a, stride, rows, b, n, k4, &all, (uint8_t *)out, out_stride,            \
                   sizeof(type));                                                                                      \
    }
#endif

#endif
