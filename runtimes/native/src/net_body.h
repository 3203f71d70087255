/* An instruction set's kernels from its primitives; included once per set, which gives NL_KERNELS, the name of the
 * struct, NL_HASHER, that of its hash, and what net_tile.h and net_norm.h name. Whole numbers only. */
#include "net_norm.h"
#include "net_tile.h"
#include "net_row.h"

PRODUCT(set, SET, 0, int16_t)
PRODUCT(add, ADD, 0, int16_t)
PRODUCT(relu, RELU, 0, uint8_t)
PRODUCT(mix_add, ADD, 1, int16_t)
PRODUCT(mix_relu, RELU, 1, uint8_t)
#if defined(NL_NO_BACKBONES)
#define MIX_SET NULL
#define SCANS NULL
#else
PRODUCT(mix_set, SET, 1, int16_t)
#define MIX_SET mix_set
#if defined(NL_SCANS) /* or the set has its own */
#define SCANS &NL_SCANS
#else
#define SCANS &nl_scans_of
#endif
#endif

/* What set, or add, makes of a row's sums. */
APART void settle(const int32_t *sums, int32_t n, nl_scaling by, int add, int16_t *out) {
    for (int32_t j = 0; j < n; j += NL_H) {
        nl_acc acc[NL_ACCS];
        UNROLL for (int i = 0; i < NL_ACCS; i++) acc[i] = nl_load(sums + j + i * NL_OUTS);
        const nl_h h = nl_h_q15(nl_narrow(acc, by.shift), nl_h_load(by.mult + j));
        nl_h_store(out + j, add ? nl_h_adds(nl_h_load(out + j), h) : h);
    }
}

/* Rows [4][n] to [n][4]. */
APART void interleave(const uint8_t *rows, int32_t n, uint8_t *out) {
    const uint8_t *r1 = rows + n, *r2 = r1 + n, *r3 = r2 + n;
#if defined(NL_INTERLEAVE)
    for (int32_t i = 0; i < n; i += 16) NL_INTERLEAVE(rows + i, r1 + i, r2 + i, r3 + i, out + 4 * i);
#else
    for (int32_t i = 0; i < n; i++, out += 4) out[0] = rows[i], out[1] = r1[i], out[2] = r2[i], out[3] = r3[i];
#endif
}

/* A word's NL_H numbers to its e, doubled so often, and to the text's bag where there is one (NULL: none). */
APART void keep(nl_h e16, int32_t doubled, int32_t mult, int32_t *bag, uint8_t *out) {
    for (; doubled > 0; doubled--) e16 = nl_h_adds(e16, e16);
    if (bag != NULL) {
        nl_acc wide[NL_ACCS];
        nl_widen(e16, wide);
        UNROLL for (int i = 0; i < NL_ACCS; i++)
            nl_store(bag + i * NL_OUTS, nl_plus(nl_load(bag + i * NL_OUTS), wide[i]));
    }
    nl_h_u7(out, nl_h_adds(nl_h_q15(e16, nl_h_same(mult)), nl_h_same(64)));
}

/* A word of a table of bytes, whose K sums fit int16. */
APART void add_bytes(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out) {
    const int32_t e = model->shape[F_E], number = model->shape[F_K], mult = model->shape[F_E_MULT];
    const int32_t shift = model->shape[F_E_SHIFT], right = shift < 0 ? -shift : 0;
    const int8_t *table = nl_part(model, P_TABLE);
    for (int32_t j = 0; j < e; j += NL_H) {
        nl_h sums = nl_h_same(0);
        for (int32_t k = 0; k < number; k++)
            sums = nl_h_adds(sums, nl_h_bytes(table + (size_t)indices[k] * (size_t)e + j));
        keep(nl_h_right(sums, right), shift, mult, bag == NULL ? NULL : bag + j, out + j);
    }
}

/* A word of a table of 4 bits, of at most NL_ROWS_THAT_FIT rows: their sums fit int16, as 16 * 255 * 8 does. */
APART void add_nibbles(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out) {
    const int32_t half = model->shape[F_E] / 2, number = model->shape[F_K], mult = model->shape[F_E_MULT];
    const int32_t shift = model->shape[F_E_SHIFT], right = shift < 0 ? -shift : 0;
    const uint8_t *table = nl_part(model, P_TABLE), *factors = nl_part(model, P_FACTORS);
#if defined(NL_ADD_16) /* the set's own, of 16 bytes of each row */
    for (int32_t j = 0; j < half; j += 16) {
        nl_h sums[32 / NL_H];
        NL_ADD_16(table + j, factors, indices, number, half, sums);
        for (int32_t i = 0; i < 32; i += NL_H) {
            const int32_t to = i < 16 ? j + i : half + j + i - 16;
            keep(nl_h_right(sums[i / NL_H], right), shift, mult, bag == NULL ? NULL : bag + to, out + to);
        }
    }
#else
    for (int32_t j = 0; j < half; j += NL_H) {
        nl_h low = nl_h_same(0), high = low, a, b;
        for (int32_t k = 0; k < number; k++) {
            nl_h_nibbles(table + (size_t)indices[k] * (size_t)half + j, &a, &b);
            const nl_h factor = nl_h_same(factors[indices[k]]);
            low = nl_h_adds(low, nl_h_times(a, factor));
            high = nl_h_adds(high, nl_h_times(b, factor));
        }
        keep(nl_h_right(low, right), shift, mult, bag == NULL ? NULL : bag + j, out + j);
        keep(nl_h_right(high, right), shift, mult, bag == NULL ? NULL : bag + half + j, out + half + j);
    }
#endif
}

APART void activate(const int16_t *x, size_t n, int32_t mult, uint8_t *out) {
    const nl_h by = nl_h_same(mult), zero = nl_h_same(64);
    for (size_t i = 0; i < n; i += NL_H) nl_h_u7(out + i, nl_h_adds(nl_h_q15(nl_h_load(x + i), by), zero));
}

APART int32_t sum_weights(const int8_t *weights, int32_t n) {
    static const uint8_t ones[4] = {1, 1, 1, 1};
    int32_t parts[NL_OUTS], sum = 0, i = 0;
    nl_acc acc = nl_same(0);
    for (; i + 4 * NL_OUTS <= n; i += 4 * NL_OUTS)
        acc = nl_dot4(acc, nl_four(ones), nl_many((const uint8_t *)weights + i));
    nl_store(parts, acc);
    UNROLL for (int j = 0; j < NL_OUTS; j++) sum += parts[j];
    for (; i < n; i++) sum += weights[i];
    return sum;
}

APART void sum_rows(const int16_t *x, int32_t count, int32_t n, int32_t *sums) {
    for (int32_t j = 0; j < n; j += NL_H) {
        const int16_t *at = x + j;
        nl_acc acc[NL_ACCS], wide[NL_ACCS];
        UNROLL for (int i = 0; i < NL_ACCS; i++) acc[i] = nl_same(0);
        for (int32_t l = 0; l < count; l++, at += n) {
            nl_widen(nl_h_load(at), wide);
            UNROLL for (int i = 0; i < NL_ACCS; i++) acc[i] = nl_plus(acc[i], wide[i]);
        }
        UNROLL for (int i = 0; i < NL_ACCS; i++) nl_store(sums + j + i * NL_OUTS, acc[i]);
    }
}

APART void greatest(const int16_t *x, int32_t count, int32_t n, int16_t *z) {
    for (int32_t j = 0; j < n; j += NL_H) {
        const int16_t *at = x + j;
        nl_h most = nl_h_same(count > 0 ? -32768 : 0);
        for (int32_t l = 0; l < count; l++, at += n) most = nl_h_max(most, nl_h_load(at));
        most = nl_h_adds(most, most);
        nl_h_store(z + j, nl_h_adds(most, most));
    }
}

const nl_kernels NL_KERNELS = {
    .hash = NL_HASHER, .scan = SCANS, .set = set, .add = add, .mix_add = mix_add, .mix_set = MIX_SET, .relu = relu,
    .mix_relu = mix_relu, .sums = sums, .settle = settle,
    .norm = norm, .activate = activate, .interleave = interleave, .add_bytes = add_bytes, .add_nibbles = add_nibbles,
    .sum_weights = sum_weights, .sum_rows = sum_rows, .greatest = greatest};
