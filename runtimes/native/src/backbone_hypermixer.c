/* HyperMixer of docs/c-arithmetic.md, whole numbers: the weights that mix words are made of the words. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "network.h"
#include "whole_numbers.h"

#define OWN(kind) nl_own_part(m, block, P_ROWS_EXPAND, kind)

enum { ZERO = 64, ZERO_OF_NORM = 16 * ZERO + 8, LARGEST_EPS = 1 << 30 };

/* Sizes that all steps use: of H, S, a head's channels, words, and how many networks a head has. */
typedef struct {
    size_t h, s, d, full, nets;
} mix_sizes;

/* A chunk's norms of one head: beside their places for the networks, and interleaved for the product over words. */
static void take_rows(const nl_model *m, int32_t block, const nl_arena *own, const nl_mix_places *at, mix_sizes of,
                      size_t head, int32_t first, int32_t words) {
    const uint8_t *places = nl_part(m, P_PLACES);
    uint8_t *known = own->own + at->known, *slice = own->own + at->inner, *to = own->words + head * of.full * of.d;
    const size_t wide = of.d + NL_PLACE_CHANNELS;
    nl_norm_rows(m, block, P_WORD_NORM, own, first, words, own->rows);
    for (int32_t i = 0; i < words; i++) {
        const int32_t word = first + i < own->count ? first + i : own->count - 1;
        const uint8_t *row = own->rows + (size_t)i * of.h + head * of.d;
        uint8_t *into = known + (size_t)i * wide, *kept = slice + (size_t)i * of.d;
        for (size_t j = 0; j < of.d; j++) into[j] = row[j], kept[j] = first + i < own->count ? row[j] : 0;
        for (size_t j = 0; j < NL_PLACE_CHANNELS; j++)
            into[of.d + j] = places[(size_t)word * NL_PLACE_CHANNELS + j];
    }
    for (int32_t i = 0; i < words; i += 4)
        own->k->interleave(slice + (size_t)i * of.d, (int32_t)of.d, to + (size_t)(first + i) * of.d);
}

/* A chunk's rows of the weights by one network, int8 [words, S]. */
static void make_rows(const nl_model *m, int32_t block, const nl_arena *own, const nl_mix_places *at, mix_sizes of,
                      size_t net, int32_t words, int8_t *out) {
    const size_t wide = of.d + NL_PLACE_CHANNELS;
    uint8_t *inner = own->own + at->inner;
    int16_t *made = (int16_t *)(own->own + at->made);
    const nl_scaling expand = {(const int32_t *)OWN(P_ROWS_EXPAND + 1) + net * of.d,
                               (const int16_t *)OWN(P_ROWS_EXPAND + 2) + net * of.d,
                               ((const int32_t *)OWN(P_ROWS_EXPAND + 3))[net]};
    const nl_scaling contract = {(const int32_t *)OWN(P_ROWS_CONTRACT + 1) + net * of.s,
                                 (const int16_t *)OWN(P_ROWS_CONTRACT + 2) + net * of.s,
                                 ((const int32_t *)OWN(P_ROWS_CONTRACT + 3))[net]};
    own->k->relu(own->own + at->known, wide, words, (const uint8_t *)OWN(P_ROWS_EXPAND) + net * wide * of.d,
                 (int32_t)of.d, (int32_t)(wide / 4), expand, inner, of.d);
    own->k->set(inner, of.d, words, (const uint8_t *)OWN(P_ROWS_CONTRACT) + net * of.d * of.s, (int32_t)of.s,
                (int32_t)(of.d / 4), contract, made, of.s);
    const size_t all = (size_t)words * of.s;
    uint8_t *positive = (uint8_t *)out;
    own->k->activate(made, all, ((const int16_t *)OWN(P_ROWS_MULT))[net], positive);
    for (size_t i = 0; i < all; i++) out[i] = (int8_t)(positive[i] > 1 ? positive[i] - ZERO : 1 - ZERO);
}

/* Products over words whose starting values and multipliers are the same for all rows. */
static nl_scaling same_for_all(const nl_arena *own, const nl_mix_places *at, size_t rows, int16_t mult,
                               int32_t shift) {
    int32_t *init = (int32_t *)(own->own + at->init);
    int16_t *mults = (int16_t *)(own->own + at->mult);
    for (size_t i = 0; i < rows; i++) init[i] = shift ? 1 << (shift - 1) : 0, mults[i] = mult;
    return (nl_scaling){init, mults, shift};
}

/* The first product of a head: int16 [S, D] at hidden. */
static void enter_head(const nl_model *m, int32_t block, const nl_arena *own, const nl_mix_places *at, mix_sizes of,
                       size_t head, int16_t *hidden) {
    int8_t *first = (int8_t *)own->own + at->first, *second = (int8_t *)own->own + at->second;
    second += head * of.full * of.s;
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        int8_t *rows = second + (size_t)l * of.s;
        take_rows(m, block, own, at, of, head, l, words);
        make_rows(m, block, own, at, of, head * of.nets, words, rows);
        for (int32_t i = 0; i < words; i++)
            for (size_t j = 0; j < of.s; j++) first[j * of.full + (size_t)(l + i)] = rows[(size_t)i * of.s + j];
        if (of.nets == 2) make_rows(m, block, own, at, of, head * of.nets + 1, words, rows);
    }
    const nl_scaling by = same_for_all(own, at, of.s, ((const int16_t *)OWN(P_MIX_MULT))[2 * head],
                                       ((const int32_t *)OWN(P_MIX_SHIFT))[2 * head]);
    int32_t *init = (int32_t *)(own->own + at->init);
    for (size_t j = 0; j < of.s; j++) init[j] -= ZERO * own->k->sum_weights(first + j * of.full, own->count);
    own->k->mix_set((const uint8_t *)first, of.full, (int32_t)of.s, own->words + head * of.full * of.d, (int32_t)of.d,
                    own->full / 4, by, hidden, of.d);
}

/* The second product of a head, of its hidden numbers as shares of the greatest of all heads. */
static void leave_head(const nl_model *m, int32_t block, const nl_arena *own, const nl_mix_places *at, mix_sizes of,
                       size_t head, const int16_t *hidden, int32_t factor) {
    int16_t *mixed = (int16_t *)(own->own + at->mixed) + head * of.d;
    for (size_t i = 0; i < of.s * of.d; i++)
        own->y[i] = hidden[i] > 0 ? (uint8_t)((hidden[i] * factor + (1 << 14)) >> 15) : 0;
    for (size_t i = 0; i < of.s; i += 4) own->k->interleave(own->y + i * of.d, (int32_t)of.d, own->y4 + i * of.d);
    const nl_scaling by = same_for_all(own, at, of.full, ((const int16_t *)OWN(P_MIX_MULT))[2 * head + 1],
                                       ((const int32_t *)OWN(P_MIX_SHIFT))[2 * head + 1]);
    own->k->mix_set(own->own + at->second + head * of.full * of.s, of.s, own->full, own->y4, (int32_t)of.d,
                    (int32_t)(of.s / 4), by, mixed, of.h);
}

/* The mixed words' norm, added to x; the greatest hidden number is what its epsilon is relative to. */
static void add_mixed(const nl_model *m, int32_t block, const nl_arena *own, int16_t *mixed, mix_sizes of,
                      int32_t most, int32_t up) {
    const float step = (float)most, wanted = *(const float *)OWN(P_MIXED_EPS) / (step * step);
    const int32_t half = (int32_t)of.h / 2;
    const int32_t eps = !(wanted > 1) ? 1 + half : wanted < LARGEST_EPS / 2 ? (int32_t)wanted + half : LARGEST_EPS;
    for (int32_t l = 0; l < own->count; l++) {
        int16_t *row = mixed + (size_t)l * of.h, *x = own->x + (size_t)l * of.h;
        own->k->norm(&own->plan, row, (uint32_t)eps, OWN(P_MIXED_GAIN), OWN(P_MIXED_OFFSET), row, own->rows);
        for (size_t j = 0; j < of.h; j++) x[j] = (int16_t)nl_sat16(x[j] + (row[j] - ZERO_OF_NORM) * (1 << up));
    }
}

void nl_mix_by_words(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), heads = sizes[O_HEADS];
    const nl_mix_places at = nl_mix_places_of(m, own->count);
    const size_t h = (size_t)m->shape[F_H];
    const mix_sizes of = {h, (size_t)m->shape[F_S], h / (size_t)heads, (size_t)own->full, sizes[O_TIED] ? 1 : 2};
    int16_t *hidden = (int16_t *)(own->own + at.hidden), most = 1;
    if (own->count == 0) return;
    for (size_t head = 0; head < (size_t)heads; head++)
        enter_head(m, block, own, &at, of, head, hidden + head * of.s * of.d);
    for (size_t i = 0; i < of.s * of.h; i++) most = hidden[i] > most ? hidden[i] : most;
    const int32_t factor = (127 << 15) / most;
    for (size_t head = 0; head < (size_t)heads; head++)
        leave_head(m, block, own, &at, of, head, hidden + head * of.s * of.d, factor);
    add_mixed(m, block, own, (int16_t *)(own->own + at.mixed), of, most,
              ((const int32_t *)OWN(P_MIX_SHIFT))[2 * heads]);
    nl_mix_channels(m, block, own);
}
#endif
