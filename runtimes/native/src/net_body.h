/* The network of docs/c-arithmetic.md over one instruction set's primitives; included once per set, which gives
 * NL_NETWORK (the function's name), NL_HASHER, NL_OUTS int32 a vector nl_acc, NL_MR rows and NL_NV vectors a tile,
 * nl_load, nl_same, nl_store, nl_dot_weights and nl_dot_values. Whole numbers only. */
#include "hash.h"
#include "model.h"

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

enum { SET, ADD, RELU, SUMS };

INLINE int32_t clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }
#if defined(NL_OWN_PRODUCTS)
INLINE int32_t sat16(int32_t v) { return nl_sat16(v); }
INLINE int32_t q15(int32_t a, int32_t b) { return nl_multiply_add(a, b, 16384) >> 15; }
#else
INLINE int32_t sat16(int32_t v) { return clamp(v, -32768, 32767); }
INLINE int32_t q15(int32_t a, int32_t b) { return (a * b + 16384) >> 15; }
#endif

/* What a product needs beside its two matrices; init and mult are of rows where by_row, else of columns. */
typedef struct {
    const int32_t *init;
    const int16_t *mult;
    int32_t shift;
} scaling;

#if !defined(NL_OWN_PRODUCTS)
INLINE void finish(int kind, int by_row, const int32_t *sums, int32_t n, const int16_t *mult, int32_t shift,
                   void *out) {
    if (kind == SUMS) {
        for (int32_t j = 0; j < n; j++) ((int32_t *)out)[j] = sums[j];
        return;
    }
    for (int32_t j = 0; j < n; j++) {
        int32_t h = q15(sat16(sums[j] >> shift), by_row ? mult[0] : mult[j]);
        if (kind == RELU) ((uint8_t *)out)[j] = (uint8_t)clamp(h, 0, 127);
        else if (kind == ADD) ((int16_t *)out)[j] = (int16_t)sat16(((int16_t *)out)[j] + h);
        else ((int16_t *)out)[j] = (int16_t)h;
    }
}

/* `rows` rows of a, k4 groups of 4 bytes each, times NL_NV vectors of columns of b [k4][n][4]. */
INLINE void tile(const int kind, const int by_row, const int rows, const uint8_t *a, size_t stride, const uint8_t *b,
                 size_t next, int32_t k4, const scaling *by, uint8_t *out, size_t out_stride) {
    nl_acc acc[NL_MR][NL_NV];
    UNROLL for (int i = 0; i < rows; i++)
        UNROLL for (int j = 0; j < NL_NV; j++)
            acc[i][j] = by_row ? nl_same(by->init[i]) : nl_load(by->init + j * NL_OUTS);
    int32_t k = 0;
#if defined(NL_PAIRS_FIT)
    for (; k + 2 <= k4; k += 2, a += 8, b += 2 * next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < NL_NV; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = by_row ? nl_dot2_values(acc[i][j], at, column, next)
                                   : nl_dot2_weights(acc[i][j], at, column, next);
            }
#endif
    for (; k < k4; k++, a += 4, b += next)
        UNROLL for (int i = 0; i < rows; i++)
            UNROLL for (int j = 0; j < NL_NV; j++) {
                const uint8_t *at = a + (size_t)i * stride, *column = b + j * NL_OUTS * 4;
                acc[i][j] = by_row ? nl_dot_values(acc[i][j], at, column) : nl_dot_weights(acc[i][j], at, column);
            }
    UNROLL for (int i = 0; i < rows; i++) {
        int32_t sums[NL_NV * NL_OUTS];
        UNROLL for (int j = 0; j < NL_NV; j++) nl_store(sums + j * NL_OUTS, acc[i][j]);
        finish(kind, by_row, sums, NL_NV * NL_OUTS, kind == SUMS ? by->mult : by_row ? by->mult + i : by->mult,
               by->shift, out + (size_t)i * out_stride);
    }
}

/* All rows, a multiple of NL_MR but for SUMS, which has one; columns outside: a panel of b stays in the cache. */
#define PRODUCT(name, kind, by_row, type)                                                                              \
    APART void name(const uint8_t *a, size_t stride, int32_t rows, const uint8_t *b, int32_t n, int32_t k4,            \
                    scaling all, type *out, size_t out_stride) {                                                       \
        enum { AT_ONCE = kind == SUMS ? 1 : NL_MR };                                                                   \
        for (int32_t j = 0; j < n; j += NL_NV * NL_OUTS)                                                               \
            for (int32_t i = 0; i < rows; i += AT_ONCE) {                                                              \
                const int32_t first = by_row ? i : j;                                                                  \
                const scaling by = {all.init + first, kind == SUMS ? all.mult : all.mult + first, all.shift};          \
                tile(kind, by_row, AT_ONCE, a + (size_t)i * stride, stride, b + 4 * (size_t)j, 4 * (size_t)n, k4, &by, \
                     (uint8_t *)(out + (size_t)i * out_stride + j), out_stride * sizeof(type));                        \
            }                                                                                                          \
    }
#else
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
            const int32_t h = q15(sat16(sums[2 * i + j] >> shift), mult[by_row ? i : j]);
            int16_t *x = (int16_t *)(void *)to + j;
            if (kind == RELU) to[j] = (uint8_t)clamp(h, 0, 127);
            else *x = (int16_t)(kind == ADD ? sat16(*x + h) : h);
        }
}

enum { NL_WIDE_GROUPS = 112 }; /* that there is room for */

INLINE void take_init(int by_row, const int32_t *init, int32_t *sums) {
    UNROLL for (int32_t i = 0; i < 4; i++) sums[i] = init[by_row ? i / 2 : i % 2];
}

/* Rows of more groups are widened by parts, for all columns anew. */
APART void product_by_parts(int kind, int by_row, const uint8_t *a, size_t stride, const uint8_t *b, int32_t n,
                            int32_t k4, const scaling *by, uint8_t *out, size_t out_stride) {
    uint32_t wide[4 * NL_WIDE_GROUPS];
    for (int32_t j = 0; j < n; j += 2, b += 8) {
        int32_t sums[4];
        take_init(by_row, by->init + (by_row ? 0 : j), sums);
        for (int32_t k = 0; k < k4; k += NL_WIDE_GROUPS) {
            const int32_t groups = k4 - k < NL_WIDE_GROUPS ? k4 - k : NL_WIDE_GROUPS;
            nl_widen(a + 4 * k, stride, groups, by_row, wide);
            nl_tile(by_row, wide, b + 4 * (size_t)k * (size_t)n, 4 * (size_t)n, groups, sums);
        }
        finish(kind, by_row, sums, kind == SUMS || by_row ? by->mult : by->mult + j, by->shift, kind == SUMS ? 1 : 2,
               out + (size_t)j * (kind == SUMS ? 4 : kind == RELU ? 1 : 2), out_stride);
    }
}

/* Two rows, or of SUMS one, which is taken twice. */
INLINE void product(const int kind, const int by_row, const uint8_t *a, size_t stride, const uint8_t *b, int32_t n,
                    int32_t k4, const scaling *by, uint8_t *out, size_t out_stride) {
    if (k4 > NL_WIDE_GROUPS) {
        product_by_parts(kind, by_row, a, stride, b, n, k4, by, out, out_stride);
        return;
    }
    uint32_t wide[4 * NL_WIDE_GROUPS];
    const int32_t *init = by->init;
    const int16_t *mult = by->mult;
    const uint8_t *const end = b + 4 * (size_t)n;
    nl_widen(a, stride, k4, by_row, wide);
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
                    scaling all, type *out, size_t out_stride) {                                                       \
        const size_t below = kind == SUMS ? 0 : stride;                                                                \
        for (int32_t i = 0; i < rows; i += 2) {                                                                        \
            const scaling by = {by_row ? all.init + i : all.init, by_row ? all.mult + i : all.mult, all.shift};        \
            product(kind, by_row, a + (size_t)i * stride, below, b, n, k4, &by,                                        \
                    (uint8_t *)(out + (size_t)i * out_stride), out_stride * sizeof(type));                             \
        }                                                                                                              \
    }
#endif
PRODUCT(words_set, SET, 0, int16_t)
PRODUCT(words_add, ADD, 0, int16_t)
PRODUCT(words_relu, RELU, 0, uint8_t)
PRODUCT(mix_add, ADD, 1, int16_t)
PRODUCT(mix_relu, RELU, 1, uint8_t)
PRODUCT(head_sums, SUMS, 0, int32_t)

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

/* The root of v, above 0, in [2^15, 2^16), and by how many bits to the left it then stands. */
INLINE uint32_t normalised_root(uint64_t v, int32_t *half) {
    int32_t t = 0;
    while (v >> t >= (uint64_t)1 << 32) t += 2;
    while (t <= 0 && v << -t < (uint64_t)1 << 30) t -= 2;
    *half = t / 2;
    return whole_root((uint32_t)(t >= 0 ? v >> t : v << -t));
}

/* A norm of x int16 [n]: y int16 [n] where it is wanted, and u7 [n]. */
APART void norm(const int16_t *restrict x, int32_t n, uint32_t eps, const int16_t *restrict gain,
                const int16_t *restrict offset, int16_t *restrict y, uint8_t *restrict out) {
    const int32_t bits = log2_up(n), s = bits > 1 ? bits - 1 : 0, b = 14 - (bits + 1) / 2;
    int32_t sum = 0;
    for (int32_t i = 0; i < n; i++) sum += x[i];
    const int32_t mean = (int32_t)((sum * (int64_t)((1 << 24) / n) + (1 << 23)) >> 24);
    uint32_t q = eps;
    for (int32_t i = 0; i < n; i += 2) {
        int32_t d0 = sat16(x[i] - mean), d1 = sat16(x[i + 1] - mean);
        q += ((uint32_t)(d0 * d0) + (uint32_t)(d1 * d1)) >> s;
    }
    const uint64_t v = (uint64_t)q * (((uint64_t)1 << (20 + s)) / (uint64_t)n);
    int32_t half;
    const uint32_t inverse = (1u << 30) / normalised_root(v, &half);
    const int32_t r = inverse < 32767 ? (int32_t)inverse : 32767;
    int32_t up = b - 5 - half;
    if (up > 14) up = 14;
    const int32_t left = up > 0 ? up : 0, right = up < 0 ? -up : 0;
    for (int32_t i = 0; i < n; i++) {
        int32_t d = sat16(x[i] - mean) >> right;
        int32_t w = (int16_t)(uint16_t)((uint32_t)d << left);
        int32_t z = sat16(q15(q15(w, r), gain[i]) + offset[i]);
        if (y) y[i] = (int16_t)z;
        out[i] = (uint8_t)clamp(z >> 4, 0, 127);
    }
}

/* Rows [4][n] to [n][4]. */
APART void interleave(const uint8_t *restrict rows, int32_t n, uint8_t *restrict out) {
#if defined(NL_OWN_INTERLEAVE)
    nl_interleave(rows, n, out);
#else
    for (int32_t i = 0; i < n; i++)
        for (int32_t r = 0; r < 4; r++) out[4 * i + r] = rows[(size_t)r * (size_t)n + (size_t)i];
#endif
}

/* The sums of a word's rows. */
INLINE void add_rows(const nl_model *model, const int32_t *indices, int32_t *restrict sums) {
    const int32_t e = model->shape[F_E];
#if defined(NL_OWN_PACKED_ROWS)
    if (model->shape[F_BITS] == 4 && model->shape[F_K] <= NL_OWN_PACKED_ROWS) {
        nl_add_packed_rows(nl_part(model, P_TABLE), nl_part(model, P_FACTORS), indices, model->shape[F_K], e, sums);
        return;
    }
#endif
    for (int32_t j = 0; j < e; j++) sums[j] = 0;
    for (int32_t k = 0; k < model->shape[F_K]; k++) {
        if (model->shape[F_BITS] == 8) {
            const int8_t *row = (const int8_t *)nl_part(model, P_TABLE) + (size_t)indices[k] * (size_t)e;
            for (int32_t j = 0; j < e; j++) sums[j] += row[j];
        } else {
            const uint8_t *row = (const uint8_t *)nl_part(model, P_TABLE) + (size_t)indices[k] * (size_t)(e / 2);
            const int32_t factor = ((const uint8_t *)nl_part(model, P_FACTORS))[indices[k]];
            for (int32_t j = 0; j < e / 2; j++) sums[j] += factor * ((row[j] & 15) - 8);
            for (int32_t j = 0; j < e / 2; j++) sums[e / 2 + j] += factor * ((row[j] >> 4) - 8);
        }
    }
}

/* A word's e: the sum of its rows; added to the text's bag before it is u7. */
APART void project(const nl_model *model, const int32_t *indices, int32_t *restrict sums, int32_t *restrict bag,
                   uint8_t *restrict out) {
    const int32_t e = model->shape[F_E], shift = model->shape[F_E_SHIFT], mult = model->shape[F_E_MULT];
    add_rows(model, indices, sums);
    const int32_t left = shift > 0 ? 1 << shift : 1, right = shift < 0 ? -shift : 0;
    for (int32_t j = 0; j < e; j++) {
        /* What is beyond would be cut off anyway, and may not leave int32. */
        int32_t e16 = left > 1 ? sat16(clamp(sums[j], -65535, 65535) * left) : sat16(sums[j] >> right);
        bag[j] += e16;
        out[j] = (uint8_t)clamp(q15(e16, mult) + 64, 0, 127);
    }
}

/* Where things lie in the scratch. */
typedef struct {
    uint8_t *words; /* e of all words, then the interleaved input of word mixing */
    int16_t *x;
    uint8_t *y, *y4; /* of word mixing: [S, H], and interleaved */
    uint8_t *rows, *inner;
    int32_t *init, *sums, *bag;
    int32_t count, full;
} arena;

INLINE void mix_words(const nl_model *m, int32_t block, const arena *own) {
    const int32_t h = m->shape[F_H], s = m->shape[F_S], lp = (m->shape[F_WORDS] + 15) / 16 * 16;
#define PART(kind) nl_block_part(m, block, kind)
    const uint32_t eps = *(const uint32_t *)PART(P_WORD_NORM + 2);
    for (int32_t l = 0; l < own->full; l += 4) {
        for (int32_t i = 0; i < 4; i++) {
            uint8_t *row = own->rows + (size_t)i * (size_t)h;
            if (l + i < own->count)
                norm(own->x + (size_t)(l + i) * (size_t)h, h, eps, PART(P_WORD_NORM), PART(P_WORD_NORM + 1), NULL, row);
            else
                for (int32_t j = 0; j < h; j++) row[j] = 0;
        }
        interleave(own->rows, h, own->words + (size_t)l * (size_t)h);
    }
    const int8_t *weights = PART(P_WORD_EXPAND);
    const int32_t *init = PART(P_WORD_EXPAND + 1), *shift = PART(P_WORD_EXPAND + 3);
    for (int32_t i = 0; i < s; i++) {
        int32_t sum = 0;
        for (int32_t l = 0; l < own->count; l++) sum += weights[(size_t)i * (size_t)lp + (size_t)l];
        own->init[i] = init[i] - 64 * sum;
    }
    const scaling expand = {own->init, PART(P_WORD_EXPAND + 2), *shift};
    mix_relu((const uint8_t *)weights, (size_t)lp, s, own->words, h, own->full / 4, expand, own->y, (size_t)h);
    for (int32_t i = 0; i < s; i += 4)
        interleave(own->y + (size_t)i * (size_t)h, h, own->y4 + (size_t)i * (size_t)h);
    shift = PART(P_WORD_CONTRACT + 3);
    const scaling contract = {PART(P_WORD_CONTRACT + 1), PART(P_WORD_CONTRACT + 2), *shift};
    mix_add(PART(P_WORD_CONTRACT), (size_t)s, own->full, own->y4, h, s / 4, contract, own->x, (size_t)h);
}

INLINE void mix_channels(const nl_model *m, int32_t block, const arena *own) {
    const int32_t h = m->shape[F_H], c = m->shape[F_C];
    const uint32_t eps = *(const uint32_t *)PART(P_CHANNEL_NORM + 2);
    const scaling expand = {PART(P_EXPAND + 1), PART(P_EXPAND + 2), *(const int32_t *)PART(P_EXPAND + 3)};
    const scaling contract = {PART(P_CONTRACT + 1), PART(P_CONTRACT + 2), *(const int32_t *)PART(P_CONTRACT + 3)};
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        int16_t *x = own->x + (size_t)l * (size_t)h;
        for (int32_t i = 0; i < words; i++)
            norm(x + (size_t)i * (size_t)h, h, eps, PART(P_CHANNEL_NORM), PART(P_CHANNEL_NORM + 1), NULL,
                 own->rows + (size_t)i * (size_t)h);
        words_relu(own->rows, (size_t)h, words, PART(P_EXPAND), c, h / 4, expand, own->inner, (size_t)c);
        words_add(own->inner, (size_t)c, words, PART(P_CONTRACT), h, c / 4, contract, x, (size_t)h);
    }
#undef PART
}

/* z int16 [H], at x, which has room for a word more. */
INLINE void pool(const nl_model *m, const arena *own, int16_t *restrict z) {
    const int32_t h = m->shape[F_H], count = own->count;
    const int64_t inverse = (1 << 26) / (count > 0 ? count : 1);
    for (int32_t j = 0; j < h; j++) own->sums[j] = m->shape[F_POOLING] && count > 0 ? -32768 : 0;
    for (int32_t l = 0; l < count; l++) {
        const int16_t *x = own->x + (size_t)l * (size_t)h;
        if (m->shape[F_POOLING])
            for (int32_t j = 0; j < h; j++) own->sums[j] = own->sums[j] > x[j] ? own->sums[j] : x[j];
        else
            for (int32_t j = 0; j < h; j++) own->sums[j] += x[j];
    }
    for (int32_t j = 0; j < h; j++) {
        int64_t mean = (own->sums[j] * inverse + (1 << 23)) >> 24;
        int32_t value = m->shape[F_POOLING] ? 4 * own->sums[j] : (int32_t)mean;
        z[j] = (int16_t)sat16(value);
    }
}

INLINE void take_words(const nl_model *m, const uint8_t *text, size_t size, int32_t most, arena *own) {
    const size_t e = (size_t)m->shape[F_E], around = (size_t)m->shape[F_W] * e;
    for (size_t i = 0; i < around; i++) own->words[i] = 64;
    for (size_t i = 0; i < e; i++) own->bag[i] = 0;
    nl_cursor cursor;
    nl_word word;
    int32_t indices[64];
    nl_start(&cursor, text, size);
    own->count = 0;
    while (own->count < most && nl_next_word(&cursor, &word)) {
        NL_HASHER(&word, m->shape[F_K], m->shape[F_M], indices);
        project(m, indices, own->sums, own->bag, own->words + around + (size_t)own->count * e);
        own->count++;
    }
    own->full = (own->count + 3) / 4 * 4;
    uint8_t *behind = own->words + around + (size_t)own->count * e;
    const size_t rest = (size_t)(own->full - own->count) * e + around;
    for (size_t i = 0; i < rest; i++) behind[i] = 64;
}

/* Of a model with a bag: t int16 [E] from the pooled norm's u7 and the bag; gives u u7 [E] for the head. */
INLINE const uint8_t *joined(const nl_model *m, const arena *own, int16_t *restrict t, int32_t *restrict sums) {
    const int32_t e = m->shape[F_E], h = m->shape[F_H], shift = *(const int32_t *)nl_part(m, P_JOINED + 3);
    const int16_t *mult = nl_part(m, P_JOINED + 2);
    const scaling by = {nl_part(m, P_JOINED + 1), NULL, 0};
    head_sums(own->rows, (size_t)h, 1, nl_part(m, P_JOINED), e, h / 4, by, sums, 0);
    const int64_t factor = (int64_t)m->shape[F_BAG_MULT] * 256 / whole_root((uint32_t)(own->count ? own->count : 1) << 16);
    uint64_t square = 0;
    for (int32_t j = 0; j < e; j++) {
        const int64_t part = (own->bag[j] * factor + (1 << 15)) >> 16;
        const int32_t bag = part < -32768 ? -32768 : part > 32767 ? 32767 : (int32_t)part;
        t[j] = (int16_t)sat16(bag + q15(sat16(sums[j] >> shift), mult[j]));
        square += (uint64_t)((int64_t)t[j] * t[j]);
    }
    uint8_t *u = own->words; /* which nobody reads any more */
    for (int32_t j = 0; j < e; j++) u[j] = 64;
    if (square == 0) return u;
    int32_t half;
    const int64_t scale = ((int64_t)m->shape[F_UNIT_MULT] << 15) / normalised_root(square, &half);
    const int32_t bits = 31 + half;
    for (int32_t j = 0; j < e; j++) {
        const int64_t value = (t[j] * scale + ((int64_t)1 << (bits - 1))) >> bits;
        u[j] = (uint8_t)clamp(64 + (value < -64 ? -64 : value > 63 ? 63 : (int32_t)value), 0, 127);
    }
    return u;
}

int32_t NL_NETWORK(const nl_model *m, const uint8_t *text, size_t size, int32_t most, uint8_t *scratch,
                   int16_t *vector, int32_t *sums) {
    const int32_t h = m->shape[F_H], e = m->shape[F_E], w = m->shape[F_W];
    const nl_places at = nl_places_of(m, most);
    arena own = {.words = scratch, .x = (int16_t *)(scratch + at.x), .y = scratch + at.y, .y4 = scratch + at.y4,
                 .rows = scratch + at.rows, .inner = scratch + at.inner, .init = (int32_t *)(scratch + at.init),
                 .sums = (int32_t *)(scratch + at.sums), .bag = (int32_t *)(scratch + at.bag)};
    take_words(m, text, size, most, &own);
    const scaling window = {nl_part(m, P_WINDOW + 1), nl_part(m, P_WINDOW + 2),
                            *(const int32_t *)nl_part(m, P_WINDOW + 3)};
    words_set(own.words, (size_t)e, own.full, nl_part(m, P_WINDOW), h, (2 * w + 1) * e / 4, window, own.x, (size_t)h);
    for (int32_t b = 0; b < m->shape[F_B]; b++) {
        mix_words(m, b, &own);
        mix_channels(m, b, &own);
    }
    int16_t *z = own.x + (size_t)own.full * (size_t)h;
    pool(m, &own, z);
    norm(z, h, (uint32_t)m->shape[F_EPS], nl_part(m, P_FINAL_NORM), nl_part(m, P_FINAL_NORM + 1), vector, own.rows);
    const uint8_t *given = m->shape[F_BAG] ? joined(m, &own, vector, sums) : own.rows;
    if (m->shape[F_NP]) {
        const scaling head = {nl_part(m, P_HEAD + 1), NULL, 0};
        const int32_t size = nl_text_size(m);
        head_sums(given, (size_t)size, 1, nl_part(m, P_HEAD), m->shape[F_NP], size / 4, head, sums, 0);
    }
    return own.count;
}
