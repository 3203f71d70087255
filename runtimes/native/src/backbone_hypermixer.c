/* HyperMixer of docs/c-arithmetic.md: the weights that mix words are made of them, and rounded anew for each text. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "network.h"
#include "whole_numbers.h"

#define ROWS_PART(kind) nl_own_part(m, block, P_ROWS_EXPAND, kind)

enum {
    MIX_ZERO = 64,
    MIX_ZERO_OF_NORM = 16 * MIX_ZERO + 8,
    LARGEST_EPS = 1 << 30,
    LARGEST_WEIGHT = 63,
    LARGEST_U7 = 127
};

/* Sizes that all steps use: H, S, a head's channels, words, and networks of a head; and where things lie. */
typedef struct {
    size_t h, s, d, full, nets;
    nl_mix_places at;
} mixing;

/* A head's norms: beside their places for the networks, and interleaved for the product over words. */
static void take_rows(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, size_t head) {
    const uint8_t *places = nl_part(m, P_PLACES);
    uint8_t *slice = own->own + of->at.inner;
    const size_t wide = of->d + NL_PLACE_CHANNELS;
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        for (int32_t i = 0; i < words; i++) {
            const int32_t word = l + i < own->count ? l + i : own->count - 1;
            const uint8_t *row = own->rows + (size_t)i * of->h + head * of->d;
            uint8_t *into = own->own + of->at.known + (size_t)(l + i) * wide, *kept = slice + (size_t)i * of->d;
            for (size_t j = 0; j < of->d; j++) into[j] = row[j], kept[j] = word == l + i ? row[j] : 0;
            for (size_t j = 0; j < NL_PLACE_CHANNELS; j++)
                into[of->d + j] = places[(size_t)word * NL_PLACE_CHANNELS + j];
        }
        for (int32_t i = 0; i < words; i += 4)
            own->k->interleave(slice + (size_t)i * of->d, (int32_t)of->d, own->words + (size_t)(l + i) * of->d);
    }
}

/* Rows of a weight by one network, int16 [L, S]. */
static void make_rows(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, size_t net,
                      int16_t *made) {
    const size_t wide = of->d + NL_PLACE_CHANNELS;
    uint8_t *inner = own->own + of->at.inner;
    const nl_scaling expand = {(const int32_t *)ROWS_PART(P_ROWS_EXPAND + 1) + net * of->d,
                               (const int16_t *)ROWS_PART(P_ROWS_EXPAND + 2) + net * of->d,
                               ((const int32_t *)ROWS_PART(P_ROWS_EXPAND + 3))[net]};
    const nl_scaling contract = {(const int32_t *)ROWS_PART(P_ROWS_CONTRACT + 1) + net * of->s,
                                 (const int16_t *)ROWS_PART(P_ROWS_CONTRACT + 2) + net * of->s,
                                 ((const int32_t *)ROWS_PART(P_ROWS_CONTRACT + 3))[net]};
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        own->k->relu(own->own + of->at.known + (size_t)l * wide, wide, words,
                     (const uint8_t *)ROWS_PART(P_ROWS_EXPAND) + net * wide * of->d, (int32_t)of->d,
                     (int32_t)(wide / 4), expand, inner, of->d);
        own->k->set(inner, of->d, words, (const uint8_t *)ROWS_PART(P_ROWS_CONTRACT) + net * of->d * of->s,
                    (int32_t)of->s, (int32_t)(of->d / 4), contract, made + (size_t)l * of->s, of->s);
    }
}

/* -63 to 63 of a number that is at most `most`, by factor = (63 << 15) / most. */
static inline int8_t weight_of(int32_t number, int32_t factor) { return (int8_t)((number * factor + (1 << 14)) >> 15); }

static inline int32_t larger(int32_t most, int32_t number) {
    number = number < 0 ? -nl_clamp(number, -32767, 0) : number;
    return number > most ? number : most;
}

/* Products over words whose starting values and multipliers are the same for all rows. */
static nl_scaling same_for_all(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, size_t rows,
                               int32_t second) {
    const int32_t shift = ((const int32_t *)ROWS_PART(P_MIX_SHIFT))[second];
    int32_t *init = (int32_t *)(own->own + of->at.init);
    int16_t *mults = (int16_t *)(own->own + of->at.mult);
    for (size_t i = 0; i < rows; i++)
        init[i] = shift ? 1 << (shift - 1) : 0, mults[i] = ((const int16_t *)ROWS_PART(P_MIX_MULT))[second];
    return (nl_scaling){init, mults, shift};
}

/* The first product of a head: hidden int16 [S, D], of weights [S, L] each row of which has its own step. */
static void enter_head(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, const int16_t *made,
                       float *steps, int16_t *hidden) {
    int8_t *weights = (int8_t *)(own->own + of->at.weights);
    const nl_scaling by = same_for_all(m, block, own, of, of->s, 0);
    int32_t *init = (int32_t *)(own->own + of->at.init);
    for (size_t j = 0; j < of->s; j++) {
        int32_t most = 1;
        for (int32_t l = 0; l < own->count; l++) most = larger(most, made[(size_t)l * of->s + j]);
        const int32_t factor = (LARGEST_WEIGHT << 15) / most;
        int8_t *row = weights + j * of->full;
        for (size_t l = 0; l < of->full; l++)
            row[l] = l < (size_t)own->count ? weight_of(nl_clamp(made[l * of->s + j], -most, most), factor) : 0;
        init[j] -= MIX_ZERO * own->k->sum_weights(row, own->count);
        steps[j] = (float)most;
    }
    own->k->mix_set((const uint8_t *)weights, of->full, (int32_t)of->s, own->words, (int32_t)of->d, own->full / 4, by,
                    hidden, of->d);
}

/* The greatest hidden number of a head, in steps that all have. */
static float greatest_of(const mixing *of, const int16_t *hidden, const float *steps) {
    float most = 1;
    for (size_t j = 0; j < of->s; j++) {
        int32_t own = 0;
        for (size_t i = 0; i < of->d; i++) own = hidden[j * of->d + i] > own ? hidden[j * of->d + i] : own;
        most = (float)own * steps[j] > most ? (float)own * steps[j] : most;
    }
    return most;
}

/* The second product of a head: its hidden numbers as shares of the greatest, times rows of their words' steps. */
static void leave_head(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, const int16_t *made,
                       const float *steps, const int16_t *hidden, float greatest, int16_t *mixed) {
    const int32_t *rows = (const int32_t *)(own->own + of->at.rows);
    int8_t *weights = (int8_t *)(own->own + of->at.weights);
    for (size_t l = 0; l < of->full; l++) {
        const int32_t most = rows[l], factor = (LARGEST_WEIGHT << 15) / most;
        for (size_t j = 0; j < of->s; j++)
            weights[l * of->s + j] = weight_of(nl_clamp(made[l * of->s + j], -most, most), factor);
    }
    for (size_t j = 0; j < of->s; j++) {
        const float by = steps[j] * (LARGEST_U7 / greatest);
        for (size_t i = 0; i < of->d; i++) {
            const float share = (float)hidden[j * of->d + i] * by + 0.5f;
            own->y[j * of->d + i] = (uint8_t)(share > 0 ? share < LARGEST_U7 ? (int32_t)share : LARGEST_U7 : 0);
        }
    }
    for (size_t i = 0; i < of->s; i += 4) own->k->interleave(own->y + i * of->d, (int32_t)of->d, own->y4 + i * of->d);
    const nl_scaling by = same_for_all(m, block, own, of, of->full, 1);
    own->k->mix_set((const uint8_t *)weights, of->s, own->full, own->y4, (int32_t)of->d, (int32_t)(of->s / 4), by,
                    mixed, of->h);
}

/* The mixed words' norms, added to x; what hidden numbers and a word's row are in steps is what epsilon stands for. */
static void add_mixed(const nl_model *m, int32_t block, const nl_arena *own, const mixing *of, float greatest) {
    const int32_t *rows = (const int32_t *)(own->own + of->at.rows), half = (int32_t)of->h / 2;
    const int32_t up = ((const int32_t *)ROWS_PART(P_MIX_SHIFT))[2];
    for (int32_t l = 0; l < own->count; l++) {
        int16_t *row = (int16_t *)(own->own + of->at.mixed) + (size_t)l * of->h, *x = own->x + (size_t)l * of->h;
        const float step = greatest * (float)rows[l], wanted = *(const float *)ROWS_PART(P_MIXED_EPS) / (step * step);
        const int32_t eps = !(wanted > 1) ? 1 + half : wanted < LARGEST_EPS / 2 ? (int32_t)wanted + half : LARGEST_EPS;
        own->k->norm(&own->plan, row, (uint32_t)eps, ROWS_PART(P_MIXED_GAIN), ROWS_PART(P_MIXED_OFFSET), row,
                     own->rows);
        for (size_t j = 0; j < of->h; j++) x[j] = (int16_t)nl_sat16(x[j] + (row[j] - MIX_ZERO_OF_NORM) * (1 << up));
    }
}

/* The greatest number of each word's row, over all heads. */
static void measure_rows(const nl_arena *own, const mixing *of, size_t heads, const int16_t *made) {
    int32_t *rows = (int32_t *)(own->own + of->at.rows);
    for (size_t l = 0; l < of->full; l++) {
        rows[l] = 1;
        for (size_t head = 0; head < heads; head++)
            for (size_t j = 0; j < of->s; j++) rows[l] = larger(rows[l], made[(head * of->full + l) * of->s + j]);
    }
}

void nl_mix_by_words(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m);
    const size_t h = (size_t)m->shape[F_H], heads = (size_t)sizes[O_HEADS], full = (size_t)own->full;
    const mixing of = {h,    (size_t)m->shape[F_S], h / heads,
                       full, sizes[O_TIED] ? 1 : 2, nl_mix_places_of(m, own->count)};
    int16_t *hidden = (int16_t *)(own->own + of.at.hidden), *made = (int16_t *)(own->own + of.at.made);
    float *steps = (float *)(own->own + of.at.columns), greatest = 1;
    if (own->count == 0) return;
    for (size_t head = 0; head < heads; head++) {
        int16_t *to = hidden + head * of.s * of.d, *rows = made + head * full * of.s;
        take_rows(m, block, own, &of, head);
        make_rows(m, block, own, &of, head * of.nets, rows);
        enter_head(m, block, own, &of, rows, steps + head * of.s, to);
        if (of.nets == 2) make_rows(m, block, own, &of, head * of.nets + 1, rows);
        const float most = greatest_of(&of, to, steps + head * of.s);
        greatest = most > greatest ? most : greatest;
    }
    measure_rows(own, &of, heads, made);
    for (size_t head = 0; head < heads; head++)
        leave_head(m, block, own, &of, made + head * full * of.s, steps + head * of.s, hidden + head * of.s * of.d,
                   greatest, (int16_t *)(own->own + of.at.mixed) + head * of.d);
    add_mixed(m, block, own, &of, greatest);
    nl_mix_channels(m, block, own);
}

#undef ROWS_PART
#endif
