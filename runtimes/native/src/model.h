/* What the parts of the model library share: fields of the shape, parts, and the network's entry points. */
#ifndef NEUROLITE_MODEL_INTERNAL_H
#define NEUROLITE_MODEL_INTERNAL_H

#include "neurolite_model.h"

enum nl_field {
    F_E, F_H, F_S, F_C, F_W, F_K, F_M, F_WORDS, F_BYTES, F_B, F_N, F_NP, F_POOLING, F_BITS, F_E_SHIFT, F_E_MULT,
    F_EPS, F_BAG, F_BAG_MULT, F_UNIT_MULT, F_WIDE, F_LOWEST, F_HIGHEST, F_ACROSS, F_SYMBOLS, F_SEVERAL, F_THRESHOLD,
    F_FIELDS
};

enum nl_part_kind {
    P_METADATA = 1, P_SHAPE = 2, P_LABELS = 3, P_TABLE = 4, P_FACTORS = 5, P_WINDOW = 6, P_WORD_NORM = 10,
    P_WORD_EXPAND = 13, P_WORD_CONTRACT = 17, P_CHANNEL_NORM = 21, P_EXPAND = 24, P_CONTRACT = 28, P_FINAL_NORM = 32,
    P_JOINED = 34, P_HEAD = 38, P_REMAP = 41, P_ROWS = 42, P_SCALES = 43, P_FIRST_OF_BLOCK = 10, P_LAST_OF_BLOCK = 31
};

enum { NL_CHUNK = 16, NL_LINE = 64 };

static inline size_t nl_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

static inline const void *nl_part(const nl_model *model, int32_t kind) { return model->blob + model->at[kind]; }

static inline const void *nl_block_part(const nl_model *model, int32_t block, int32_t kind) {
    return model->blob + model->block[block][kind - P_FIRST_OF_BLOCK];
}

/* Width of a text's vector, of which the head makes logits. */
static inline int32_t nl_text_size(const nl_model *model) { return model->shape[model->shape[F_BAG] ? F_E : F_H]; }

/* Offsets in the scratch of a text of so many words. */
typedef struct nl_places {
    size_t x, y, y4, rows, inner, init, sums, bag, pooled, head, ngrams, wide, end;
} nl_places;

static inline nl_places nl_places_of(const nl_model *model, int32_t words) {
    const int32_t *shape = model->shape;
    const size_t e = (size_t)shape[F_E], h = (size_t)shape[F_H], s = (size_t)shape[F_S], c = (size_t)shape[F_C];
    const size_t full = nl_up((size_t)words, 4), widest = e > h ? e : h, most = widest > s ? widest : s;
    nl_places at;
    at.x = nl_up((full + 2 * (size_t)shape[F_W]) * widest, NL_LINE);
    at.y = at.x + nl_up(2 * (full + 1) * h, NL_LINE);
    at.y4 = at.y + nl_up(s * h, NL_LINE);
    at.rows = at.y4 + nl_up(s * h, NL_LINE);
    at.inner = at.rows + nl_up(NL_CHUNK * h, NL_LINE);
    at.init = at.inner + nl_up(NL_CHUNK * c, NL_LINE);
    at.sums = at.init + nl_up(4 * s, NL_LINE);
    at.bag = at.sums + nl_up(4 * most, NL_LINE);
    at.pooled = at.bag + nl_up(4 * e, NL_LINE);
    at.head = at.pooled + nl_up(2 * widest, NL_LINE);
    const size_t labels = (size_t)shape[F_NP];
    at.ngrams = at.head + nl_up(4 * (labels > e ? labels : e), NL_LINE);
    size_t symbols = 2 * (size_t)shape[F_BYTES] + 1, read = (size_t)shape[F_SYMBOLS];
    size_t orders = (size_t)(shape[F_HIGHEST] - shape[F_LOWEST] + 1);
    at.wide = at.ngrams + (shape[F_WIDE] ? nl_up(4 * (symbols < read ? symbols : read) * orders, NL_LINE) : 0);
    at.end = at.wide + (shape[F_WIDE] ? nl_up(4 * ((size_t)shape[F_N] + 1), NL_LINE) : 0);
    return at;
}

/* Runs the network on the words of a text, at most `most`; writes the pooled norm's y int16 [H], or of a model with a
 * bag its t int16 [E], and the head's sums int32 [NP] (where there are labels), and returns the words. */
int32_t nl_network(const nl_model *model, const uint8_t *text, size_t size, int32_t most, uint8_t *scratch,
                   int16_t *vector, int32_t *sums);

typedef struct nl_kernels nl_kernels;
extern const nl_kernels nl_kernels_scalar, nl_kernels_sse2, nl_kernels_ssse3, nl_kernels_avx2, nl_kernels_avx_vnni,
    nl_kernels_avx512_vnni, nl_kernels_neon, nl_kernels_sdot, nl_kernels_smlad, nl_kernels_wasm_simd;

/* Of a path that the library was built with. */
const nl_kernels *nl_kernels_of(int32_t path);

#endif
