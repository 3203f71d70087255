/* The network of docs/c-arithmetic.md: its steps, in an instruction set's kernels. Whole numbers only. */
#include "network.h"
#include "whole_numbers.h"

enum { NL_ROWS_THAT_FIT = 16 }; /* of 4 bits: 16 * 255 * 8 fits int16 */

static void mix_words(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t h = m->shape[F_H], s = m->shape[F_S], lp = (m->shape[F_WORDS] + 15) / 16 * 16;
#define PART(kind) nl_block_part(m, block, kind)
    const uint32_t eps = *(const uint32_t *)PART(P_WORD_NORM + 2);
    for (int32_t l = 0; l < own->full; l += 4) {
        for (int32_t i = 0; i < 4; i++) {
            uint8_t *row = own->rows + (size_t)i * (size_t)h;
            if (l + i < own->count)
                own->k->norm(&own->plan, own->x + (size_t)(l + i) * (size_t)h, eps, PART(P_WORD_NORM),
                             PART(P_WORD_NORM + 1), NULL, row);
            else
                for (int32_t j = 0; j < h; j++) row[j] = 0;
        }
        own->k->interleave(own->rows, h, own->words + (size_t)l * (size_t)h);
    }
    const int8_t *weights = PART(P_WORD_EXPAND);
    const int32_t *init = PART(P_WORD_EXPAND + 1), *shift = PART(P_WORD_EXPAND + 3);
    for (int32_t i = 0; i < s; i++)
        own->init[i] = init[i] - 64 * own->k->sum_weights(weights + (size_t)i * (size_t)lp, own->count);
    const nl_scaling expand = {own->init, PART(P_WORD_EXPAND + 2), *shift};
    own->k->mix_relu((const uint8_t *)weights, (size_t)lp, s, own->words, h, own->full / 4, expand, own->y, (size_t)h);
    for (int32_t i = 0; i < s; i += 4)
        own->k->interleave(own->y + (size_t)i * (size_t)h, h, own->y4 + (size_t)i * (size_t)h);
    shift = PART(P_WORD_CONTRACT + 3);
    const nl_scaling contract = {PART(P_WORD_CONTRACT + 1), PART(P_WORD_CONTRACT + 2), *shift};
    own->k->mix_add(PART(P_WORD_CONTRACT), (size_t)s, own->full, own->y4, h, s / 4, contract, own->x, (size_t)h);
}

void nl_mix_channels(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t h = m->shape[F_H], c = m->shape[F_C];
    const nl_scaling expand = {PART(P_EXPAND + 1), PART(P_EXPAND + 2), *(const int32_t *)PART(P_EXPAND + 3)};
    const nl_scaling contract = {PART(P_CONTRACT + 1), PART(P_CONTRACT + 2), *(const int32_t *)PART(P_CONTRACT + 3)};
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        int16_t *x = own->x + (size_t)l * (size_t)h;
        nl_norm_rows(m, block, P_CHANNEL_NORM, own, l, words, own->rows);
        own->k->relu(own->rows, (size_t)h, words, PART(P_EXPAND), c, h / 4, expand, own->inner, (size_t)c);
        own->k->add(own->inner, (size_t)c, words, PART(P_CONTRACT), h, c / 4, contract, x, (size_t)h);
    }
#undef PART
}

void nl_multiply(const nl_arena *own, const nl_product *p, int32_t rows, int add, int16_t *out) {
    const int32_t k4 = p->inputs / 4;
    const nl_scaling finer = {p->by.init + p->n, p->by.mult, p->by.shift + p->bits};
    if (own->alone) {
        own->k->sums(p->a, p->bits ? p->rest : NULL, p->weights, p->n, k4, p->by.init, p->sums);
        own->k->settle(p->sums, p->n, p->by, add, out);
        if (p->bits) own->k->settle(p->sums + p->n, p->n, finer, 1, out);
        return;
    }
    (add ? own->k->add : own->k->set)(p->a, p->stride, rows, p->weights, p->n, k4, p->by, out, (size_t)p->n);
    if (p->bits) own->k->add(p->rest, p->stride, rows, p->weights, p->n, k4, finer, out, (size_t)p->n);
}

static void mix(const nl_model *m, int32_t block, const nl_arena *own) {
    mix_words(m, block, own);
    nl_mix_channels(m, block, own);
}

/* By F_BACKBONE. */
static nl_block *const blocks[] = {
    mix,
#if !defined(NL_NO_BACKBONES)
    nl_mix_by_words, nl_follow_states, nl_follow_reservoir, nl_follow_cells,
#endif
};

/* z int16 [H]. */
static void pool(const nl_model *m, const nl_arena *own, int16_t *z) {
    const int32_t h = m->shape[F_H];
    if (nl_generates(m)) {
        nl_take_last(m, own, z);
        return;
    }
    if (m->shape[F_POOLING]) {
        own->k->greatest(own->x, own->count, h, z);
        return;
    }
    const int64_t inverse = (1 << 26) / (own->count > 0 ? own->count : 1);
    own->k->sum_rows(own->x, own->count, h, own->sums);
    for (int32_t j = 0; j < h; j++) z[j] = (int16_t)nl_sat16((int32_t)((own->sums[j] * inverse + (1 << 23)) >> 24));
}

/* A word of a table of 4 bits of more than NL_ROWS_THAT_FIT rows. */
static void add_many_nibbles(const nl_model *model, const int32_t *indices, int32_t *sums, int32_t *bag, uint8_t *out) {
    const int32_t e = model->shape[F_E], half = e / 2, shift = model->shape[F_E_SHIFT];
    const int32_t left = shift > 0 ? 1 << shift : 1, right = shift < 0 ? -shift : 0;
    const uint8_t *table = nl_part(model, P_TABLE), *factors = nl_part(model, P_FACTORS);
    for (int32_t j = 0; j < e; j++) sums[j] = 0;
    for (int32_t k = 0; k < model->shape[F_K]; k++) {
        const uint8_t *row = table + (size_t)indices[k] * (size_t)half;
        for (int32_t j = 0; j < half; j++) {
            sums[j] += factors[indices[k]] * ((row[j] & 15) - 8);
            sums[half + j] += factors[indices[k]] * ((row[j] >> 4) - 8);
        }
    }
    for (int32_t j = 0; j < e; j++) {
        /* What is beyond would be cut off anyway, and may not leave int32. */
        const int32_t e16 = nl_sat16(nl_clamp(sums[j] >> right, -65535, 65535) * left);
        if (bag != NULL) bag[j] += e16;
        out[j] = (uint8_t)nl_clamp(nl_q15(e16, model->shape[F_E_MULT]) + 64, 0, 127);
    }
}

static nl_norm_plan plan_norm(int32_t n) {
    const int32_t bits = nl_log2_up(n), s = bits > 1 ? bits - 1 : 0;
    return (nl_norm_plan){n, s, 14 - (bits + 1) / 2, (1 << 24) / n, ((uint64_t)1 << (20 + s)) / (uint64_t)n};
}

static void take_words(const nl_model *m, const uint8_t *text, size_t size, int32_t most, nl_arena *own) {
    const size_t e = (size_t)m->shape[F_E], around = (size_t)m->shape[F_W] * e;
    for (size_t i = 0; i < around; i++) own->words[i] = 64;
    for (size_t i = 0; i < e; i++) own->bag[i] = 0;
    int32_t *bag = m->shape[F_BAG] || m->shape[F_EXPERTS] ? own->bag : NULL;
    nl_cursor cursor;
    nl_word word;
    int32_t indices[64];
    nl_start(&cursor, text, size);
    own->count = 0;
    while (own->count < most && nl_next_word(&cursor, &word)) {
        own->k->hash(&word, m->shape[F_K], m->shape[F_M], indices);
        uint8_t *to = own->words + around + (size_t)own->count * e;
        if (m->shape[F_BITS] == 8) own->k->add_bytes(m, indices, bag, to);
        else if (m->shape[F_K] <= NL_ROWS_THAT_FIT) own->k->add_nibbles(m, indices, bag, to);
        else add_many_nibbles(m, indices, own->sums, bag, to);
        own->count++;
    }
    own->full = (own->count + 3) / 4 * 4;
    own->alone = nl_generates(m) && own->count == 1;
    uint8_t *behind = own->words + around + (size_t)own->count * e;
    const size_t rest = (size_t)(own->full - own->count) * e + around;
    for (size_t i = 0; i < rest; i++) behind[i] = 64;
}

/* Of a model with a bag: t int16 [E] from the pooled norm's u7 and the bag; gives u u7 [E] for the head. */
static const uint8_t *joined(const nl_model *m, const nl_arena *own, int16_t *restrict t, int32_t *restrict sums) {
    const int32_t e = m->shape[F_E], h = m->shape[F_H], shift = *(const int32_t *)nl_part(m, P_JOINED + 3);
    const int16_t *mult = nl_part(m, P_JOINED + 2);
    own->k->sums(own->rows, NULL, nl_part(m, P_JOINED), e, h / 4, nl_part(m, P_JOINED + 1), sums);
    const uint32_t words = own->count > 0 ? (uint32_t)own->count : 1;
    const int64_t factor = (int64_t)m->shape[F_BAG_MULT] * 256 / nl_whole_root(words << 16);
    uint64_t square = 0;
    for (int32_t j = 0; j < e; j++) {
        const int64_t part = (own->bag[j] * factor + (1 << 15)) >> 16;
        const int32_t bag = part < -32768 ? -32768 : part > 32767 ? 32767 : (int32_t)part;
        t[j] = (int16_t)nl_sat16(bag + nl_q15(nl_sat16(sums[j] >> shift), mult[j]));
        square += (uint64_t)((int64_t)t[j] * t[j]);
    }
    uint8_t *u = own->words; /* which nobody reads any more */
    for (int32_t j = 0; j < e; j++) u[j] = 64;
    if (square == 0) return u;
    int32_t half;
    const int64_t scale = ((int64_t)m->shape[F_UNIT_MULT] << 15) / nl_normalised_root(square, &half);
    const int32_t bits = 31 + half;
    for (int32_t j = 0; j < e; j++) {
        const int64_t value = (t[j] * scale + ((int64_t)1 << (bits - 1))) >> bits;
        u[j] = (uint8_t)nl_clamp(64 + (value < -64 ? -64 : value > 63 ? 63 : (int32_t)value), 0, 127);
    }
    return u;
}

int32_t nl_network(const nl_model *m, const uint8_t *text, size_t size, int32_t most, uint8_t *scratch,
                   const nl_beside *beside, int16_t *vector, int32_t *sums) {
    const int32_t h = m->shape[F_H], e = m->shape[F_E], w = m->shape[F_W];
    const nl_places at = nl_places_of(m, most);
    nl_arena own = {.words = scratch, .x = (int16_t *)(scratch + at.x), .y = scratch + at.y, .y4 = scratch + at.y4,
                 .rows = scratch + at.rows, .inner = scratch + at.inner, .init = (int32_t *)(scratch + at.init),
                 .sums = (int32_t *)(scratch + at.sums), .bag = (int32_t *)(scratch + at.bag), .own = scratch + at.own,
                 .plan = plan_norm(h), .k = nl_kernels_of(m->path)};
    take_words(m, text, size, most, &own);
    if (nl_generates(m)) nl_go_on(m, &own, beside);
    const nl_product window = {.a = own.words,
                               .stride = (size_t)e,
                               .weights = nl_part(m, P_WINDOW),
                               .n = h,
                               .inputs = (2 * w + 1) * e,
                               .by = {nl_part(m, P_WINDOW + 1), nl_part(m, P_WINDOW + 2),
                                      *(const int32_t *)nl_part(m, P_WINDOW + 3)},
                               .sums = own.sums};
    nl_multiply(&own, &window, own.full, 0, own.x);
    for (int32_t b = 0; b < m->shape[F_B]; b++) blocks[NL_BACKBONES ? m->shape[F_BACKBONE] : 0](m, b, &own);
    if (NL_MODULES && beside->tags) nl_find_tags(m, own.x, own.count, beside->room, beside->tags);
    int16_t *z = own.x + (size_t)own.full * (size_t)h;
    pool(m, &own, z);
    own.k->norm(&own.plan, z, (uint32_t)m->shape[F_EPS], nl_part(m, P_FINAL_NORM), nl_part(m, P_FINAL_NORM + 1), vector,
                own.rows);
    if (nl_has(m, F_EXPERTS)) nl_let_experts(m, own.bag, own.count, beside, vector, own.rows);
    const uint8_t *given = m->shape[F_BAG] ? joined(m, &own, vector, sums) : own.rows;
    if (nl_has(m, F_MEMORY)) given = nl_remember(m, vector, beside);
    if (nl_generates(m)) {
        if (beside->logits) nl_score_entries(m, &own, beside, vector, sums);
    } else if (m->shape[F_NP]) {
        const int32_t size = nl_text_size(m);
        own.k->sums(given, NULL, nl_part(m, P_HEAD), m->shape[F_NP], size / 4, nl_part(m, P_HEAD + 1), sums);
    }
    return own.count;
}
