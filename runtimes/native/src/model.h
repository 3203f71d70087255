/* What the parts of the model library share: fields of the shape, parts, and the network's entry points. */
#ifndef NEUROLITE_MODEL_INTERNAL_H
#define NEUROLITE_MODEL_INTERNAL_H

#include "neurolite_model.h"

enum nl_field {
    F_E, F_H, F_S, F_C, F_W, F_K, F_M, F_WORDS, F_BYTES, F_B, F_N, F_NP, F_POOLING, F_BITS, F_E_SHIFT, F_E_MULT,
    F_EPS, F_BAG, F_BAG_MULT, F_UNIT_MULT, F_WIDE, F_LOWEST, F_HIGHEST, F_ACROSS, F_SYMBOLS, F_SEVERAL, F_THRESHOLD,
    F_RULES, F_SPAN_TYPES, F_MEMORY, F_EXPERTS, F_BACKBONE, F_FIELDS
};

/* Values of F_POOLING; the last word is that of generators. */
enum nl_pooling { NL_MEAN, NL_MAX, NL_LAST };

/* Values of F_BACKBONE. */
enum nl_backbone { NL_MIXER, NL_HYPERMIXER, NL_STATES, NL_RESERVOIR, NL_LIQUID, NL_BACKBONE_KINDS };

/* Of the part of sizes of a backbone that is not the mixer. */
enum nl_backbone_field { O_INNER, O_STATES, O_RANK, O_WAYS, O_PREDICTS, O_HEADS, O_TIED, O_FINER, O_FIELDS };

/* Of the part of sizes of a generator's answer. */
enum nl_generation_field { G_NARROW, G_STREAM, G_FINER, G_FIELDS };

/* Of the part of sizes of a memory. */
enum nl_memory_field {
    M_WORKING, M_WORKING_READS, M_SLOTS, M_SLOT_READS, M_PATTERNS, M_KEY, M_HIDDEN, M_STEPS, M_FIELDS
};

enum nl_expert_field { X_TOP, X_WIDTH, X_FIELDS };

enum nl_span_field { S_WINDOW, S_WIDTH, S_TAGS, S_MULT, S_THRESHOLDS, S_FIELDS };

/* Of the part of sizes of rules. */
enum nl_rule_field {
    R_COLUMNS, R_TEXT_RULES, R_DIRECT, R_ANSWERS, R_ASKING, R_DEPTH, R_GROUPS, R_PLACES, R_OTHERS, R_EDGES, R_NODES,
    R_ROWS, R_CONTESTED, R_HARD, R_FORBIDS, R_EVIDENCE, R_START_GROUPS, R_START_PLACES, R_NUMBERS, R_LIMIT, R_FIELDS
};

enum nl_part_kind {
    P_METADATA = 1, P_SHAPE = 2, P_LABELS = 3, P_TABLE = 4, P_FACTORS = 5, P_WINDOW = 6, P_WORD_NORM = 10,
    P_WORD_EXPAND = 13, P_WORD_CONTRACT = 17, P_CHANNEL_NORM = 21, P_EXPAND = 24, P_CONTRACT = 28, P_FINAL_NORM = 32,
    P_JOINED = 34, P_HEAD = 38, P_REMAP = 41, P_ROWS = 42, P_SCALES = 43, P_FIRST_OF_BLOCK = 10, P_LAST_OF_BLOCK = 31,
    P_RULES = 44, P_RULE_TEXTS, P_RULE_WEIGHTS, P_RULE_MOVES, P_RULE_WORDS, P_RULE_OTHERS, P_RULE_EDGES, P_RULE_SETS,
    P_RULE_COLUMNS, P_RULE_CONDITIONS, P_RULE_BIASES, P_START_MOVES, P_START_ROWS, P_RULE_ANSWERS,
    P_ASKING_CONDITIONS, P_ASKING_BIASES, P_RULE_LIMITS, P_RULE_CONTESTED, P_RULE_STRENGTHS, P_RULE_CHOSEN,
    P_RULE_FORBIDS, P_RULE_EVIDENCE,
    P_SPANS, P_SPAN_TEXTS, P_SPAN_FIRST, P_SPAN_LAST = 72, P_SPAN_THRESHOLDS = 75,
    P_MEMORY = 76, P_MEMORY_NUMBERS = 77, P_GATES = 78, P_JOIN = 81, P_ADD = 84, P_MEMORY_GAIN = 87, P_MEMORY_OFFSET,
    P_WORKING = 89, P_WORKING_BETA = 95, P_AGES = 96, P_SLOTS = 97, P_SLOT_BETA = 103, P_SLOT_NUMBERS = 104,
    P_TIES = 105, P_PATTERN_QUERY = 106, P_PATTERN_BETA = 109, P_PATTERN_KEYS, P_PATTERN_VALUES, P_PATTERN_SCALES,
    P_EXPERTS = 113, P_EXPERT_NUMBERS, P_ROUTER_GAIN, P_ROUTER_OFFSET, P_ROUTER, P_ROUTER_BIAS, P_EXPERT_EXPAND,
    P_EXPERT_CONTRACT = 123,
    P_BACKBONE = 126, P_PLACES, P_FIRST_OWN, P_STATES_ENTER = 128, P_STATES_SELECT = 132, P_STATES_STEPS = 136,
    P_STATES_FIRST_STEP, P_STATES_DECAY, P_STATES_SKIP, P_STATES_GAIN, P_STATES_MULT, P_STATES_NUMBERS,
    P_STATES_LEAVE = 143, P_STATES_OFFSET = 147,
    P_RESERVOIR_ENTER = 148, P_RESERVOIR_KEPT = 152, P_RESERVOIR_EXPECTED, P_RESERVOIR_NUMBERS,
    P_RESERVOIR_EXPAND = 155, P_RESERVOIR_CONTRACT = 159,
    P_ROWS_EXPAND = 163, P_ROWS_CONTRACT = 167, P_MIX_MULT = 171, P_MIX_SHIFT, P_MIXED_GAIN, P_MIXED_OFFSET,
    P_MIXED_EPS,
    P_CELLS_SHARED = 176, P_CELLS_HEADS = 180, P_CELLS_NUMBERS = 184, P_CELLS_LEAVE = 185,
    P_GENERATION = 189, P_GENERATION_NUMBERS, P_EMPTY, P_NARROW, P_ENTRIES = 195, P_ENTRIES_BIAS = 198, P_END = 199
};

enum { NL_SIZES = 128, NL_ANY_SIZE = -1 }; /* bytes of a part of sizes; of a part that may have any number */

enum { NL_CHUNK = 16, NL_LINE = 64 };

static inline size_t nl_up(size_t value, size_t to) { return (value + to - 1) / to * to; }

/* Where the place of a part without a block stands: kinds between are those of blocks. */
static inline int32_t nl_slot(int32_t kind) { return kind < P_GENERATION ? kind : kind - P_GENERATION + P_FIRST_OWN; }

static inline const void *nl_part(const nl_model *model, int32_t kind) {
    return model->blob + model->at[nl_slot(kind)];
}

static inline const void *nl_block_part(const nl_model *model, int32_t block, int32_t kind) {
    return model->blob + model->block[block][kind - P_FIRST_OF_BLOCK];
}

/* A part by block of a backbone that is not the mixer, whose first kind is `first`: its place stands in model->block
 * where a mixer has those of its word mixing, and behind what the backbone has as the mixer does. */
static inline int32_t nl_own_slot(const nl_model *model, int32_t number) {
    const int32_t before = P_WORD_EXPAND - P_FIRST_OF_BLOCK, room = P_CHANNEL_NORM - P_WORD_EXPAND;
    const int32_t others = P_LAST_OF_BLOCK + 1 - P_CHANNEL_NORM;
    return before + number + (model->shape[F_BACKBONE] == NL_HYPERMIXER && number >= room ? others : 0);
}
static inline const void *nl_own_part(const nl_model *model, int32_t block, int32_t first, int32_t kind) {
    return model->blob + model->block[block][nl_own_slot(model, kind - first)];
}

/* A module's sizes, of a model that has it. */
static inline const int32_t *nl_sizes(const nl_model *model, int32_t kind) { return nl_part(model, kind); }

/* Whether a model has one of the modules beside the network. With NL_NO_MODULES the library is without rules, spans,
 * memory and experts, 16 kB smaller, and refuses models that have some. */
#if defined(NL_NO_MODULES)
enum { NL_MODULES = 0 };
#else
enum { NL_MODULES = 1 };
#endif
/* With NL_NO_BACKBONES the mixer is the only backbone. */
#if defined(NL_NO_BACKBONES)
enum { NL_BACKBONES = 0 };
#else
enum { NL_BACKBONES = 1 };
#endif
static inline int nl_has(const nl_model *model, int32_t field) { return NL_MODULES && model->shape[field]; }

/* Width of a text's vector, of which the head makes logits. */
static inline int32_t nl_text_size(const nl_model *model) { return model->shape[model->shape[F_BAG] ? F_E : F_H]; }

/* A backbone that is not the mixer (model_backbones.c): bytes of its scratch, of its parts (0: none) and of those of a
 * block, whether numbers of sizes and values are ones with which nothing overflows, and the weights those of a .nlm. */
size_t nl_backbone_scratch(const nl_model *model, int32_t words);
int64_t nl_backbone_part_size(const nl_model *model, int32_t kind);
int nl_backbone_sizes_fit(const nl_model *model);
int nl_backbone_fits(const nl_model *model, int32_t block);
int nl_backbone_weights_fit(const nl_model *model, int32_t block);
int32_t nl_first_of_backbone(const nl_model *model);

/* Offsets in the scratch of a text of so many words. */
typedef struct nl_places {
    size_t x, y, y4, rows, inner, init, sums, bag, pooled, head, ngrams, wide, own, end;
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
    at.own = at.wide + (shape[F_WIDE] ? nl_up(4 * ((size_t)shape[F_N] + 1), NL_LINE) : 0);
    at.end = at.own + (NL_BACKBONES ? nl_backbone_scratch(model, words) : 0);
    return at;
}

/* What modules beside the network are given, and write to. */
typedef struct nl_beside {
    uint8_t *room;    /* scratch behind the network's, of each as much as it asks for */
    float *tags;      /* or NULL */
    float *state;     /* or NULL */
    float *logits;    /* of a generator; or NULL */
    float *embedding; /* of a model with a memory; or NULL */
    int32_t *experts; /* or NULL */
} nl_beside;

/* Whether a model is a generator; NL_BACKBONES has their backbones. */
static inline int nl_generates(const nl_model *model) { return NL_BACKBONES && model->shape[F_POOLING] == NL_LAST; }

/* Runs the network on the words of a text, at most `most`; writes the pooled norm's y int16 [H], or of a model with a
 * bag its t int16 [E], and the head's sums int32 [NP] (where there are labels), and returns the words. */
int32_t nl_network(const nl_model *model, const uint8_t *text, size_t size, int32_t most, uint8_t *scratch,
                   const nl_beside *beside, int16_t *vector, int32_t *sums);

typedef struct nl_kernels nl_kernels;
extern const nl_kernels nl_kernels_scalar, nl_kernels_sse2, nl_kernels_ssse3, nl_kernels_avx2, nl_kernels_avx_vnni,
    nl_kernels_avx512_vnni, nl_kernels_neon, nl_kernels_sdot, nl_kernels_smlad, nl_kernels_wasm_simd;

/* Of a path that the library was built with. */
const nl_kernels *nl_kernels_of(int32_t path);

/* Modules beside the network, by the kinds of their parts (model_modules.c): bytes that a part must have, 0 for none or
 * NL_ANY_SIZE, and whether the numbers of a part of sizes are ones that this library takes. */
int64_t nl_module_part_size(const nl_model *model, int32_t kind);
int nl_module_sizes_fit(const nl_model *model, int32_t kind);

/* Whether the values in parts of modules are ones with which nothing overflows; and their weights those of a .nlm. */
int nl_modules_fit(const nl_model *model);
int nl_module_weights_fit(const nl_model *model);
int nl_product_fits(const int32_t *init, const int16_t *mult, const int32_t *shift, int64_t n, int64_t k);
int nl_norm_fits(const int16_t *gain, const int16_t *offset, const int32_t *eps, int64_t n); /* eps NULL: none */
int nl_weights_fit(const int8_t *weights, int64_t size);

/* Whether a part of texts has `count` of them: where each begins, the end, and the texts. */
int nl_texts_fit(const uint8_t *part, uint64_t size, uint64_t count);
const char *nl_text_of(const uint8_t *part, int32_t number, size_t *size);

/* Rules: scratch for a text of so many words, and what they make of its logits, which are those of the answer then;
 * fired int32 [R], or NULL. */
size_t nl_rules_scratch(const nl_model *model, int32_t words);
int32_t nl_run_rules(const nl_model *model, const uint8_t *text, size_t size, int32_t words, uint8_t *scratch,
                     float *logits, int32_t *fired);

/* Spans: likewise; tags float32 [words, T] of the residual stream x int16 [words, H]. */
size_t nl_spans_scratch(const nl_model *model, int32_t words);
void nl_find_tags(const nl_model *model, const int16_t *x, int32_t words, uint8_t *room, float *tags);
void nl_find_offsets(const uint8_t *text, size_t size, int32_t words, int32_t *offsets);

/* A memory: scratch, whether a state is one, and what it makes of the text's vector: u7 for the head, in the
 * scratch. */
size_t nl_memory_scratch(const nl_model *model);
int nl_state_fits(const nl_model *model, const float *state);
const uint8_t *nl_remember(const nl_model *model, const int16_t *vector, const nl_beside *beside);

/* A generator (model_generation.c): scratch, float32 numbers of its state, 0 of a window form, bytes of its parts, and
 * whether sizes, values and weights are ones that this library takes; and a text as it reads it, written to room. */
size_t nl_generation_scratch(const nl_model *model);
int64_t nl_generation_state(const nl_model *model);
int64_t nl_generation_part_size(const nl_model *model, int32_t kind);
int nl_generation_sizes_fit(const nl_model *model);
int nl_generation_fits(const nl_model *model);
int nl_generation_weights_fit(const nl_model *model);
const uint8_t *nl_with_breaks(const uint8_t *text, size_t size, uint8_t *room);

/* Experts: scratch, and what they make of the final norm's y int16 [H] and u7 [H], which are written over. sums: of the
 * words' e16 [E]. */
size_t nl_experts_scratch(const nl_model *model);
void nl_let_experts(const nl_model *model, const int32_t *sums, int32_t words, const nl_beside *beside, int16_t *y,
                    uint8_t *u7);

#endif
