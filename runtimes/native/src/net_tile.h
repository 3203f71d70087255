/* Products of u7 values and int8 weights, docs/c-arithmetic.md, over one instruction set's primitives.
 *
 *     nl_acc           NL_OUTS int32 sums, in any form; nl_load, nl_same, nl_store
 *     nl_four, nl_many the four bytes at a for every sum; four bytes for each of NL_OUTS sums: both an nl_bytes
 *     nl_dot4          (acc, values, weights), one an nl_four and one an nl_many: adds each sum's four products
 *     NL_PAIRS_FIT     there is nl_dot8, (acc, values, weights, values, weights), of two groups
 *     nl_h             NL_H int16 numbers, NL_H / NL_OUTS nl_acc's: net_norm.h
 *     nl_narrow        (acc *, shift): nl_h of sat16(sum >> shift)
 *     NL_MR, NL_NV     rows and nl_acc's of a tile; NL_NV is a multiple of NL_H / NL_OUTS, and so is NL_REST, which
 *                      tiles have where NL_NV is too many: NL_OUTS * NL_REST divides 16
 *     NL_AT_ONCE       groups that a row by itself takes at once, 2 or 4 (net_row.h); or none: it is a tile of one row
 */
#ifndef NEUROLITE_NET_TILE_H
#define NEUROLITE_NET_TILE_H

#include "net_norm.h"

enum { SET, ADD, RELU, SUMS, NL_ACCS = NL_H / NL_OUTS };

/* NL_H sums of a row to what the product is for. */
INLINE void finish(const int kind, const nl_acc *acc, nl_h mult, int32_t shift, void *out) {
    const nl_h h = nl_h_q15(nl_narrow(acc, shift), mult);
    if (kind == RELU) nl_h_u7(out, h);
    else if (kind == ADD) nl_h_store(out, nl_h_adds(nl_h_load(out), h));
    else nl_h_store(out, h);
}

/* A group of a row at a, which has values, or by_row weights, and of columns at b. */
INLINE nl_acc dot(const int by_row, nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return by_row ? nl_dot4(acc, nl_many(b), nl_four(a)) : nl_dot4(acc, nl_four(a), nl_many(b));
}
#if defined(NL_PAIRS_FIT)
/* And the next group, `next` bytes behind b. */
INLINE nl_acc dot2(const int by_row, nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return by_row ? nl_dot8(acc, nl_many(b), nl_four(a), nl_many(b + next), nl_four(a + 4))
                  : nl_dot8(acc, nl_four(a), nl_many(b), nl_four(a + 4), nl_many(b + next));
}
#endif

/* `rows` rows of a, k4 groups of 4 bytes each, times nv vectors of columns of b [k4][n][4]. */
INLINE void tile(const int kind, const int by_row, const int rows, const int nv, const uint8_t *a, size_t stride,
                 const uint8_t *b, size_t next, int32_t k4, const nl_scaling *by, uint8_t *out, size_t out_stride) {
    nl_acc acc[NL_MR][NL_NV];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < nv; j++) acc[i][j] = by_row ? nl_same(by->init[i]) : nl_load(by->init + j * NL_OUTS);
    int32_t k = 0;
#if defined(NL_PAIRS_FIT)
    for (; k + 2 <= k4; k += 2, a += 8, b += 2 * next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < nv; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = dot2(by_row, acc[i][j], at, column, next);
            }
#endif
    for (; k < k4; k++, a += 4, b += next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < nv; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = dot(by_row, acc[i][j], at, column);
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
/* All of them in one function, where code is to be small: of sets whose NL_NV is NL_REST and whose nl_dot4 takes values
 * for weights. */
APART void product(int kind, int by_row, const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n,
                   int32_t k4, const nl_scaling *all, uint8_t *out, size_t out_stride, size_t size) {
    for (int32_t j = 0; j < n; j += NL_NV * NL_OUTS)
        for (int32_t i = 0; i < rows; i += NL_MR) {
            const int32_t first = by_row ? i : j;
            const nl_scaling by = {all->init + first, all->mult + first, all->shift};
            tile(kind, by_row, NL_MR, NL_NV, a + (size_t)i * stride, stride, b + 4 * (size_t)j, 4 * (size_t)n, k4, &by,
                 out + size * ((size_t)i * out_stride + (size_t)j), size * out_stride);
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

/* All rows, a multiple of NL_MR; of SUMS one. */
#define PRODUCT(name, kind, by_row, type)                                                                              \
    APART void name(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,            \
                    nl_scaling all, type *out, size_t out_stride) {                                                    \
        panels(kind, by_row, kind == SUMS ? 1 : NL_MR, NL_NV, a, stride, rows, b, n, k4, &all, (uint8_t *)out,         \
               out_stride, sizeof(type));                                                                              \
    }
#endif

#endif
