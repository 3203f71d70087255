/* The network of docs/c-arithmetic.md over one instruction set's primitives; included once per set, which gives
 * NL_NETWORK and NL_HASHER, the names of this function and of its hash, and what net_tile.h and net_norm.h name. Whole
 * numbers only. */
#include "hash.h"
#include "model.h"
#include "net_norm.h"
#include "net_tile.h"

PRODUCT(words_set, SET, 0, int16_t)
PRODUCT(words_add, ADD, 0, int16_t)
PRODUCT(words_relu, RELU, 0, uint8_t)
PRODUCT(mix_add, ADD, 1, int16_t)
PRODUCT(mix_relu, RELU, 1, uint8_t)
PRODUCT(head_sums, SUMS, 0, int32_t)

/* Rows [4][n] to [n][4]. */
APART void interleave(const uint8_t *rows, int32_t n, uint8_t *out) {
    const uint8_t *r1 = rows + n, *r2 = r1 + n, *r3 = r2 + n;
#if defined(NL_INTERLEAVE)
    for (int32_t i = 0; i < n; i += 16) NL_INTERLEAVE(rows + i, r1 + i, r2 + i, r3 + i, out + 4 * i);
#else
    for (int32_t i = 0; i < n; i++, out += 4) out[0] = rows[i], out[1] = r1[i], out[2] = r2[i], out[3] = r3[i];
#endif
}

enum { ROWS_THAT_FIT = 16 };

/* A word's NL_H numbers to its e, doubled so often, and to the text's bag where there is one (NULL: none). */
INLINE void keep(nl_h e16, int32_t doubled, int32_t mult, int32_t *bag, uint8_t *out) {
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
APART void project_bytes(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out) {
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

/* A word of a table of 4 bits, of at most ROWS_THAT_FIT rows: their sums fit int16, as 16 * 255 * 8 does. */
APART void project_nibbles(const nl_model *model, const int32_t *indices, int32_t *bag, uint8_t *out) {
    const int32_t half = model->shape[F_E] / 2, number = model->shape[F_K], mult = model->shape[F_E_MULT];
    const int32_t shift = model->shape[F_E_SHIFT], right = shift < 0 ? -shift : 0;
    const uint8_t *table = nl_part(model, P_TABLE), *factors = nl_part(model, P_FACTORS);
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
}

/* The same of more rows. */
APART void project_many_nibbles(const nl_model *model, const int32_t *indices, int32_t *sums, int32_t *bag,
                                uint8_t *out) {
    const int32_t e = model->shape[F_E], half = e / 2, shift = model->shape[F_E_SHIFT];
    const uint8_t *table = nl_part(model, P_TABLE), *factors = nl_part(model, P_FACTORS);
    for (int32_t j = 0; j < e; j++) sums[j] = 0;
    for (int32_t k = 0; k < model->shape[F_K]; k++) {
        const uint8_t *row = table + (size_t)indices[k] * (size_t)half;
        for (int32_t j = 0; j < half; j++) {
            sums[j] += factors[indices[k]] * ((row[j] & 15) - 8);
            sums[half + j] += factors[indices[k]] * ((row[j] >> 4) - 8);
        }
    }
    for (int32_t j = 0; j < e; j += NL_H) {
        nl_acc exact[NL_ACCS];
        UNROLL for (int i = 0; i < NL_ACCS; i++) exact[i] = nl_load(sums + j + i * NL_OUTS);
        const nl_h e16 = nl_narrow(exact, shift < 0 ? -shift : 0);
        keep(e16, shift > 0 ? shift : 0, model->shape[F_E_MULT], bag == NULL ? NULL : bag + j, out + j);
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
    norm_plan plan; /* of H numbers */
} arena;

/* -64 times the sum of the weights int8 [n], added to init. */
INLINE int32_t without_zeros(int32_t init, const int8_t *weights, int32_t n) {
    static const uint8_t ones[4] = {1, 1, 1, 1};
    int32_t sums[NL_OUTS], i = 0;
    nl_acc acc = nl_same(0);
    for (; i + 4 * NL_OUTS <= n; i += 4 * NL_OUTS) acc = nl_dot_weights(acc, ones, (const uint8_t *)weights + i);
    nl_store(sums, acc);
    int32_t sum = 0;
    UNROLL for (int j = 0; j < NL_OUTS; j++) sum += sums[j];
    for (; i < n; i++) sum += weights[i];
    return init - 64 * sum;
}

INLINE void mix_words(const nl_model *m, int32_t block, const arena *own) {
    const int32_t h = m->shape[F_H], s = m->shape[F_S], lp = (m->shape[F_WORDS] + 15) / 16 * 16;
#define PART(kind) nl_block_part(m, block, kind)
    const uint32_t eps = *(const uint32_t *)PART(P_WORD_NORM + 2);
    for (int32_t l = 0; l < own->full; l += 4) {
        for (int32_t i = 0; i < 4; i++) {
            uint8_t *row = own->rows + (size_t)i * (size_t)h;
            if (l + i < own->count)
                norm(&own->plan, own->x + (size_t)(l + i) * (size_t)h, eps, PART(P_WORD_NORM), PART(P_WORD_NORM + 1), NULL,
                     row);
            else
                for (int32_t j = 0; j < h; j++) row[j] = 0;
        }
        interleave(own->rows, h, own->words + (size_t)l * (size_t)h);
    }
    const int8_t *weights = PART(P_WORD_EXPAND);
    const int32_t *init = PART(P_WORD_EXPAND + 1), *shift = PART(P_WORD_EXPAND + 3);
    for (int32_t i = 0; i < s; i++)
        own->init[i] = without_zeros(init[i], weights + (size_t)i * (size_t)lp, own->count);
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
            norm(&own->plan, x + (size_t)i * (size_t)h, eps, PART(P_CHANNEL_NORM), PART(P_CHANNEL_NORM + 1), NULL,
                 own->rows + (size_t)i * (size_t)h);
        words_relu(own->rows, (size_t)h, words, PART(P_EXPAND), c, h / 4, expand, own->inner, (size_t)c);
        words_add(own->inner, (size_t)c, words, PART(P_CONTRACT), h, c / 4, contract, x, (size_t)h);
    }
#undef PART
}

/* z int16 [H]. */
APART void pool(const nl_model *m, const arena *own, int16_t *z) {
    const int32_t h = m->shape[F_H], count = own->count;
    const int64_t inverse = (1 << 26) / (count > 0 ? count : 1);
    for (int32_t j = 0; j < h; j += NL_H) {
        const int16_t *x = own->x + j;
        if (m->shape[F_POOLING]) {
            nl_h most = nl_h_same(count > 0 ? -32768 : 0);
            for (int32_t l = 0; l < count; l++, x += h) most = nl_h_max(most, nl_h_load(x));
            most = nl_h_adds(most, most);
            nl_h_store(z + j, nl_h_adds(most, most));
            continue;
        }
        nl_acc acc[NL_ACCS], wide[NL_ACCS];
        UNROLL for (int i = 0; i < NL_ACCS; i++) acc[i] = nl_same(0);
        for (int32_t l = 0; l < count; l++, x += h) {
            nl_widen(nl_h_load(x), wide);
            UNROLL for (int i = 0; i < NL_ACCS; i++) acc[i] = nl_plus(acc[i], wide[i]);
        }
        UNROLL for (int i = 0; i < NL_ACCS; i++) nl_store(own->sums + i * NL_OUTS, acc[i]);
        for (int32_t i = 0; i < NL_H; i++) z[j + i] = (int16_t)sat16((int32_t)((own->sums[i] * inverse + (1 << 23)) >> 24));
    }
}

INLINE void take_words(const nl_model *m, const uint8_t *text, size_t size, int32_t most, arena *own) {
    const size_t e = (size_t)m->shape[F_E], around = (size_t)m->shape[F_W] * e;
    for (size_t i = 0; i < around; i++) own->words[i] = 64;
    for (size_t i = 0; i < e; i++) own->bag[i] = 0;
    int32_t *bag = m->shape[F_BAG] ? own->bag : NULL;
    nl_cursor cursor;
    nl_word word;
    int32_t indices[64];
    nl_start(&cursor, text, size);
    own->count = 0;
    while (own->count < most && nl_next_word(&cursor, &word)) {
        NL_HASHER(&word, m->shape[F_K], m->shape[F_M], indices);
        uint8_t *to = own->words + around + (size_t)own->count * e;
        if (m->shape[F_BITS] == 8) project_bytes(m, indices, bag, to);
        else if (m->shape[F_K] <= ROWS_THAT_FIT) project_nibbles(m, indices, bag, to);
        else project_many_nibbles(m, indices, own->sums, bag, to);
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

#include "net_heads.h"

int32_t NL_NETWORK(const nl_model *m, const uint8_t *text, size_t size, int32_t most, uint8_t *scratch,
                   const nl_beside *beside, int16_t *vector, int32_t *sums) {
    const int32_t h = m->shape[F_H], e = m->shape[F_E], w = m->shape[F_W];
    const nl_places at = nl_places_of(m, most);
    arena own = {.words = scratch, .x = (int16_t *)(scratch + at.x), .y = scratch + at.y, .y4 = scratch + at.y4,
                 .rows = scratch + at.rows, .inner = scratch + at.inner, .init = (int32_t *)(scratch + at.init),
                 .sums = (int32_t *)(scratch + at.sums), .bag = (int32_t *)(scratch + at.bag),
                 .plan = plan_norm(h)};
    take_words(m, text, size, most, &own);
    const scaling window = {nl_part(m, P_WINDOW + 1), nl_part(m, P_WINDOW + 2),
                            *(const int32_t *)nl_part(m, P_WINDOW + 3)};
    words_set(own.words, (size_t)e, own.full, nl_part(m, P_WINDOW), h, (2 * w + 1) * e / 4, window, own.x, (size_t)h);
    for (int32_t b = 0; b < m->shape[F_B]; b++) {
        mix_words(m, b, &own);
        mix_channels(m, b, &own);
    }
    if (beside->tags) find_tags(m, &own, beside->room, beside->tags);
    int16_t *z = own.x + (size_t)own.full * (size_t)h;
    pool(m, &own, z);
    norm(&own.plan, z, (uint32_t)m->shape[F_EPS], nl_part(m, P_FINAL_NORM), nl_part(m, P_FINAL_NORM + 1), vector, own.rows);
    const uint8_t *given = m->shape[F_BAG] ? joined(m, &own, vector, sums) : own.rows;
    if (m->shape[F_MEMORY]) given = nl_remember(m, vector, beside);
    if (m->shape[F_NP]) {
        const scaling head = {nl_part(m, P_HEAD + 1), NULL, 0};
        const int32_t size = nl_text_size(m);
        head_sums(given, (size_t)size, 1, nl_part(m, P_HEAD), m->shape[F_NP], size / 4, head, sums, 0);
    }
    return own.count;
}
