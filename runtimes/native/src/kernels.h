/* What an instruction set does for the network (network.c): a struct of functions, filled by net_body.h, which a file
 * net_*.c includes once. Layouts and arithmetic are those of docs/c-arithmetic.md. */
#ifndef NEUROLITE_KERNELS_H
#define NEUROLITE_KERNELS_H

#include "hash.h"
#include "model.h"
#include "scan_math.h"

/* What a product needs beside its two matrices; init and mult are of the words in word mixing, else of columns. */
typedef struct {
    const int32_t *init;
    const int16_t *mult;
    int32_t shift;
} nl_scaling;

/* What norms of n numbers have in common. */
typedef struct {
    int32_t n, s, b;
    int64_t of_mean;
    uint64_t of_variance;
} nl_norm_plan;

/* rows, a multiple of 4, of a (u7; in word mixing weights) `stride` bytes apart, times b [k4][n][4] (weights; in word
 * mixing u7): to out, whose rows are `out_stride` numbers apart. */
typedef void nl_product16(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,
                          nl_scaling by, int16_t *out, size_t out_stride);
typedef void nl_product8(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,
                         nl_scaling by, uint8_t *out, size_t out_stride);

struct nl_kernels {
    nl_hasher *hash;
    const nl_scans *scan; /* NULL where the mixer is the only backbone */
    nl_product16 *set, *add, *mix_add, *mix_set; /* mix_set: NULL where the mixer is the only backbone */
    nl_product8 *relu, *mix_relu;
    /* One row, without shift and mult: int32 [n]. With `rest`, what rounding left of a (else NULL), [2, n]: its sums by
     * the same weights stand behind, as their starting values do. */
    void (*sums)(const uint8_t *a, const uint8_t *rest, const uint8_t *b, int32_t n, int32_t k4, const int32_t *init,
                 int32_t *out);
    /* What set, or add, makes of the sums int32 [n] of a row. */
    void (*settle)(const int32_t *sums, int32_t n, nl_scaling by, int add, int16_t *out);
    /* A norm of x int16 [n]: y int16 [n] where it is wanted (else NULL), and u7 [n]. */
    void (*norm)(const nl_norm_plan *plan, const int16_t *x, uint32_t eps, const int16_t *gain, const int16_t *offset,
                 int16_t *y, uint8_t *out);
    /* u7 of q15(x, mult) + 64; n a multiple of 16. */
    void (*activate)(const int16_t *x, size_t n, int32_t mult, uint8_t *out);
    /* Rows [4][n] to [n][4]. */
    void (*interleave)(const uint8_t *rows, int32_t n, uint8_t *out);
    /* The sums of a word's rows: its e u7 [E], added to the bag int32 [E] (NULL: none). Of 4 bits at most 16 rows. */
    void (*add_bytes)(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out);
    void (*add_nibbles)(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out);
    /* The sum of n weights. */
    int32_t (*sum_weights)(const int8_t *weights, int32_t n);
    /* Of rows int16 [count, n]: sums int32 [n], or four times the greatest int16 [n], 0 where there are none. */
    void (*sum_rows)(const int16_t *x, int32_t count, int32_t n, int32_t *sums);
    void (*greatest)(const int16_t *x, int32_t count, int32_t n, int16_t *z);
};

#endif
