/* What the network's steps (network.c) and its backbones other than the mixer (backbone_*.c) share. */
#ifndef NEUROLITE_NETWORK_H
#define NEUROLITE_NETWORK_H

#include "kernels.h"

/* Where things lie in the scratch. */
typedef struct {
    uint8_t *words; /* e of all words, then the interleaved input of word mixing */
    int16_t *x;
    uint8_t *y, *y4; /* of word mixing: [S, H], and interleaved */
    uint8_t *rows, *inner;
    int32_t *init, *sums, *bag;
    uint8_t *own; /* of another backbone than the mixer */
    float *kept;  /* of a generator that goes on: its state; else NULL */
    int32_t count, full, alone; /* words, up to a multiple of 4; of a generator one word, as texts are written */
    nl_norm_plan plan; /* of H numbers */
    const nl_kernels *k;
} nl_arena;

/* A product of n outputs, whose rows of a stand `stride` bytes apart, and where `bits` is not 0, the second one of what
 * rounding left of them, so much finer, whose starting values stand behind the first one's; sums int32 [n], or [2, n],
 * for a row by itself. */
typedef struct {
    const uint8_t *a, *rest, *weights;
    size_t stride;
    int32_t n, inputs, bits;
    nl_scaling by;
    int32_t *sums;
} nl_product;

/* Sets or adds rows int16 [rows, n]; of a word by itself the first one alone, as nobody reads the others. */
void nl_multiply(const nl_arena *own, const nl_product *product, int32_t rows, int add, int16_t *out);

/* The norms of `words` words from the first on, u7 [words, H], by the parts from `kind` on of a block. */
static inline void nl_norm_rows(const nl_model *m, int32_t block, int32_t kind, const nl_arena *own, int32_t first,
                                int32_t words, uint8_t *out) {
    const size_t h = (size_t)m->shape[F_H];
    const uint32_t eps = *(const uint32_t *)nl_block_part(m, block, kind + 2);
    for (int32_t i = 0; i < words; i++)
        own->k->norm(&own->plan, own->x + (size_t)(first + i) * h, eps, nl_block_part(m, block, kind),
                     nl_block_part(m, block, kind + 1), NULL, out + (size_t)i * h);
}

/* What the activations u7 [n] of a norm leave of its y int16 [n], 16 times finer: u7 with a zero of 8. */
static inline void nl_left_of_norm(int32_t n, const int16_t *y, const uint8_t *found, uint8_t *rest) {
    for (int32_t i = 0; i < n; i++) {
        const int32_t left = y[i] - 16 * found[i];
        rest[i] = (uint8_t)(left < 0 ? 0 : left > 127 ? 127 : left);
    }
}

/* A block of a backbone: changes x of all words. */
typedef void nl_block(const nl_model *m, int32_t block, const nl_arena *own);
nl_block nl_follow_states, nl_follow_reservoir, nl_follow_cells, nl_mix_by_words;

/* A generator: takes the words before these from its state, what a layer has kept of all words before (`otherwise`,
 * zeros, where there is no state), the last word's vector to z int16 [H] as pooling gives it, and logits of the norm's
 * y int16 [H] and its u7 in own->rows; sums int32 [NP]. */
void nl_go_on(const nl_model *m, nl_arena *own, const nl_beside *beside);
float *nl_kept_of(const nl_model *m, int32_t block, const nl_arena *own, float *otherwise);
void nl_take_last(const nl_model *m, const nl_arena *own, int16_t *z);
void nl_score_entries(const nl_model *m, const nl_arena *own, const nl_beside *beside, const int16_t *y,
                      int32_t *sums);

/* Channel mixing, of the mixer and of HyperMixer. */
nl_block nl_mix_channels;

#endif
