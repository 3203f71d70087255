/* Opening a .nlm file: nothing in it is believed that has not been looked at. */
#include "model.h"
#include "tables.h"

enum { HEADER = 64, ENTRY = 32, VERSION = 1, MOST = 4096, MOST_LABELS = 65536 };

static uint32_t u32_at(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static uint64_t u64_at(const uint8_t *at) { return u32_at(at) | (uint64_t)u32_at(at + 4) << 32; }

typedef struct {
    int32_t field, lowest, highest, multiple;
} range;

/* What nl_run can take; where other fields bound these, sizes of parts do. */
static const range ranges[] = {
    {F_E, 16, MOST, 16}, {F_H, 16, MOST, 16}, {F_S, 16, 16384, 16}, {F_C, 16, 16384, 16}, {F_W, 0, 8, 1},
    {F_K, 1, 64, 1}, {F_M, 64, 65536, 1}, {F_WORDS, 1, 8192, 1}, {F_BYTES, 1, 65536, 1}, {F_B, 1, NL_MAX_BLOCKS, 1},
    {F_N, 0, MOST_LABELS, 1}, {F_NP, 0, MOST_LABELS, 16}, {F_POOLING, 0, NL_BACKBONES ? NL_LAST : NL_MAX, 1},
    {F_E_SHIFT, -15, 15, 1}, {F_E_MULT, 0, 32767, 1}, {F_EPS, 1, 1 << 30, 1}, {F_WIDE, 0, 65535, 1},
    {F_BAG, 0, 1, 1}, {F_BAG_MULT, 0, INT32_MAX, 1}, {F_UNIT_MULT, 0, INT32_MAX, 1}, {F_SEVERAL, 0, 1, 1},
    {F_RULES, 0, 1000, 1}, {F_SPAN_TYPES, 0, 1024, 1}, {F_MEMORY, 0, 1, 1}, {F_EXPERTS, 0, 64, 1},
    {F_BACKBONE, 0, NL_BACKBONES ? NL_BACKBONE_KINDS - 1 : 0, 1},
};

/* Whether a generator has what all have, and nothing else. */
static int generates_alone(const int32_t *shape) {
    const int32_t backbone = shape[F_BACKBONE];
    return shape[F_N] > 0 && (backbone == NL_STATES || backbone == NL_LIQUID) &&
           !(shape[F_BAG] | shape[F_SEVERAL] | shape[F_WIDE] | shape[F_RULES] | shape[F_SPAN_TYPES] |
             shape[F_MEMORY] | shape[F_EXPERTS]);
}

static int32_t check_shape(const int32_t *shape) {
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++) {
        int32_t value = shape[ranges[i].field];
        if (value < ranges[i].lowest || value > ranges[i].highest || value % ranges[i].multiple) return NL_UNSUPPORTED;
    }
    if (!NL_MODULES && (shape[F_RULES] || shape[F_SPAN_TYPES] || shape[F_MEMORY] || shape[F_EXPERTS]))
        return NL_UNSUPPORTED;
    for (int32_t i = F_FIELDS; i < 32; i++)
        if (shape[i]) return NL_UNSUPPORTED;
    if (shape[F_BITS] != 8 && (shape[F_BITS] != 4 || shape[F_E] % 32)) return NL_UNSUPPORTED;
    if (shape[F_NP] != (shape[F_N] + 15) / 16 * 16) return NL_DAMAGED;
    if (shape[F_POOLING] == NL_LAST && !generates_alone(shape)) return NL_DAMAGED;
    if (!shape[F_WIDE]) /* nl_scratch reckons with these all the same */
        return shape[F_LOWEST] | shape[F_HIGHEST] | shape[F_ACROSS] | shape[F_SYMBOLS] ? NL_DAMAGED : NL_OK;
    int fits = shape[F_N] > 0 && shape[F_LOWEST] >= NL_LOWEST_ORDER && shape[F_LOWEST] <= shape[F_HIGHEST] &&
               shape[F_HIGHEST] <= NL_HIGHEST_ORDER && shape[F_SYMBOLS] >= 1 && shape[F_SYMBOLS] <= 131072;
    return fits ? NL_OK : NL_DAMAGED;
}

/* Bytes of a part; -1: any number. 0: the shape has none. */
static int64_t size_of_part(const nl_model *model, int32_t kind) {
    const int32_t *shape = model->shape;
    int64_t e = shape[F_E], h = shape[F_H], s = shape[F_S], c = shape[F_C], n = shape[F_N], np = shape[F_NP];
    int64_t text = shape[F_BAG] ? e : h, bag = shape[F_BAG] ? 1 : 0, lp16 = (shape[F_WORDS] + 15) / 16 * 16;
    const int64_t head = shape[F_POOLING] == NL_LAST ? 0 : np;
    int64_t wide = shape[F_WIDE], words = shape[F_BACKBONE] == NL_MIXER ? 1 : 0;
    int64_t channels = shape[F_BACKBONE] <= NL_HYPERMIXER ? 1 : 0;
    if (kind >= P_GENERATION) return NL_BACKBONES ? nl_generation_part_size(model, kind) : 0;
    if (kind >= P_BACKBONE) return NL_BACKBONES && !words ? nl_backbone_part_size(model, kind) : 0;
    if (kind >= P_RULES) return NL_MODULES ? nl_module_part_size(model, kind) : 0;
    const int64_t sizes[P_RULES] = {
        0, -1, 128, -1,
        shape[F_M] * e / (shape[F_BITS] == 4 ? 2 : 1), shape[F_BITS] == 4 ? shape[F_M] : 0,
        (2 * shape[F_W] + 1) * e * h, 4 * h, 2 * h, 4,
        2 * h, 2 * h, 4, words * s * lp16, words * 4 * s, words * 2 * s, words * 4, words * lp16 * s, words * 4 * lp16,
        words * 2 * lp16, words * 4, channels * 2 * h, channels * 2 * h, channels * 4, channels * h * c,
        channels * 4 * c, channels * 2 * c, channels * 4, channels * c * h, channels * 4 * h, channels * 2 * h,
        channels * 4,
        2 * h, 2 * h, bag * h * e, bag * 4 * e, bag * 2 * e, bag * 4, head * text, 4 * head, 4 * head,
        wide ? 131072 : 0, wide ? (wide + 1) * (n + 1) : 0, wide ? 4 * (n + 1) : 0};
    return sizes[kind];
}

/* Part number `index` must be this one, and lie inside, behind `end`; its place, or 0. */
static uint32_t place_of(const nl_model *model, uint32_t index, uint32_t kind, uint32_t block, int64_t wanted,
                         uint64_t *end, uint32_t *bytes) {
    const uint8_t *entry = model->blob + HEADER + ENTRY * (size_t)index;
    uint64_t offset = u64_at(entry + 8), size = u64_at(entry + 16);
    if (u32_at(entry) != kind || u32_at(entry + 4) != block || offset % NL_LINE || offset < *end) return 0;
    if (offset > model->size || size > model->size - offset || (wanted >= 0 && size != (uint64_t)wanted)) return 0;
    *end = offset + size;
    *bytes = (uint32_t)size;
    return (uint32_t)offset;
}

/* Whether a kind is one by block: of the network, or of a backbone other than the mixer. */
static int is_by_block(int32_t kind) {
    return (kind >= P_FIRST_OF_BLOCK && kind <= P_LAST_OF_BLOCK) || (kind >= P_FIRST_OWN && kind < P_GENERATION);
}

static void keep_place(nl_model *model, int32_t kind, int32_t block, uint32_t at) {
    if (!is_by_block(kind)) model->at[nl_slot(kind)] = at;
    else if (kind < P_FIRST_OWN) model->block[block][kind - P_FIRST_OF_BLOCK] = at;
    else if (NL_BACKBONES) model->block[block][nl_own_slot(model, kind - nl_first_of_backbone(model))] = at;
}

static int32_t find_parts(nl_model *model, uint32_t parts) {
    uint64_t end = HEADER + (uint64_t)ENTRY * parts;
    uint32_t index = 0, bytes;
    int32_t kind = 1, blocks = 0, block = 0;
    while (kind < P_END) {
        int inside = is_by_block(kind);
        int64_t wanted = kind > P_SHAPE ? size_of_part(model, kind) : kind == P_SHAPE ? 128 : -1;
        if (wanted != 0 && !(inside && blocks == 0)) {
            if (index >= parts) return NL_DAMAGED;
            uint32_t at = place_of(model, index++, (uint32_t)kind, (uint32_t)block, wanted, &end, &bytes);
            if (at == 0) return NL_DAMAGED;
            keep_place(model, kind, block, at);
            if (kind == P_METADATA) model->part_size[0] = bytes;
            if (kind == P_LABELS) model->part_size[1] = bytes;
            if (kind == P_RULE_TEXTS) model->part_size[2] = bytes;
            if (kind == P_SPAN_TEXTS) model->part_size[3] = bytes;
            if (NL_MODULES && kind >= P_RULES && !nl_module_sizes_fit(model, kind)) return NL_UNSUPPORTED;
            if (NL_BACKBONES && kind == P_BACKBONE && !nl_backbone_sizes_fit(model)) return NL_UNSUPPORTED;
            if (NL_BACKBONES && kind == P_GENERATION && !nl_generation_sizes_fit(model)) return NL_UNSUPPORTED;
            if (kind == P_SHAPE) {
                for (int32_t i = 0; i < 32; i++) model->shape[i] = (int32_t)u32_at(model->blob + at + 4 * i);
                int32_t status = check_shape(model->shape);
                if (status != NL_OK) return status;
                blocks = model->shape[F_B];
            }
        }
        const int last = kind == P_LAST_OF_BLOCK || kind == P_GENERATION - 1;
        if (last && block + 1 < blocks) block++, kind = kind == P_LAST_OF_BLOCK ? P_FIRST_OF_BLOCK : P_FIRST_OWN;
        else kind++, block = last ? 0 : block;
    }
    return index == parts ? NL_OK : NL_DAMAGED;
}

/* Starting values with which no sum of k products leaves int32, multipliers and shift of a product; each int8 and u7
 * counts as the worst that can stand there. mult NULL: none, and no shift. */
int nl_product_fits(const int32_t *init, const int16_t *mult, const int32_t *shift, int64_t n, int64_t k) {
    int64_t most = INT32_MAX - k * 128 * 127;
    if (most < 0 || (shift && (*shift < 0 || *shift > 31))) return 0;
    for (int64_t i = 0; i < n; i++) {
        if (init[i] > most || init[i] < -most) return 0;
        if (mult && mult[i] < 0) return 0;
    }
    return 1;
}

int nl_norm_fits(const int16_t *gain, const int16_t *offset, const int32_t *eps, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (gain[i] == INT16_MIN || offset[i] == INT16_MIN) return 0;
    return eps == NULL || *eps > 0;
}

static int block_fits(const nl_model *m, int32_t b) {
    const int32_t *shape = m->shape;
    int64_t lp16 = (shape[F_WORDS] + 15) / 16 * 16, s = shape[F_S], h = shape[F_H], c = shape[F_C];
#define PART(kind) nl_block_part(m, b, kind)
#define FITS(kind, n, k) nl_product_fits(PART(kind + 1), PART(kind + 2), PART(kind + 3), n, k)
    const int32_t kind = shape[F_BACKBONE];
    return nl_norm_fits(PART(P_WORD_NORM), PART(P_WORD_NORM + 1), PART(P_WORD_NORM + 2), h) &&
           (kind != NL_MIXER || (FITS(P_WORD_EXPAND, s, 2 * lp16) && FITS(P_WORD_CONTRACT, lp16, s))) &&
           (kind > NL_HYPERMIXER ||
            (nl_norm_fits(PART(P_CHANNEL_NORM), PART(P_CHANNEL_NORM + 1), PART(P_CHANNEL_NORM + 2), h) &&
             FITS(P_EXPAND, c, h) && FITS(P_CONTRACT, h, c))) &&
           (!NL_BACKBONES || kind == NL_MIXER || nl_backbone_fits(m, b));
#undef FITS
#undef PART
}

int nl_texts_fit(const uint8_t *part, uint64_t size, uint64_t count) {
    if (size < 4 * (count + 1) || u32_at(part) != 4 * (count + 1)) return 0;
    for (uint64_t i = 0; i < count; i++)
        if (u32_at(part + 4 * i) > u32_at(part + 4 * i + 4)) return 0;
    return u32_at(part + 4 * count) <= size;
}

const char *nl_text_of(const uint8_t *part, int32_t number, size_t *size) {
    uint32_t first = u32_at(part + 4 * (size_t)number);
    *size = u32_at(part + 4 * (size_t)number + 4) - first;
    return (const char *)part + first;
}

static int all_texts_fit(const nl_model *m) {
    const int32_t *shape = m->shape;
    return nl_texts_fit(nl_part(m, P_LABELS), m->part_size[1], (uint64_t)shape[F_N]) &&
           (!shape[F_RULES] || nl_texts_fit(nl_part(m, P_RULE_TEXTS), m->part_size[2], 2 * (uint64_t)shape[F_RULES])) &&
           (!shape[F_SPAN_TYPES] ||
            nl_texts_fit(nl_part(m, P_SPAN_TEXTS), m->part_size[3], (uint64_t)shape[F_SPAN_TYPES]));
}

static int values_fit(const nl_model *m) {
    const int64_t h = m->shape[F_H], e = m->shape[F_E];
    int fits = all_texts_fit(m) && (!NL_MODULES || nl_modules_fit(m)) &&
               nl_norm_fits(nl_part(m, P_FINAL_NORM), nl_part(m, P_FINAL_NORM + 1), NULL, h) &&
               nl_product_fits(nl_part(m, P_WINDOW + 1), nl_part(m, P_WINDOW + 2), nl_part(m, P_WINDOW + 3), h,
                            (2 * m->shape[F_W] + 1) * e);
    if (m->shape[F_BAG])
        fits = fits &&
               nl_product_fits(nl_part(m, P_JOINED + 1), nl_part(m, P_JOINED + 2), nl_part(m, P_JOINED + 3), e, h);
    if (NL_BACKBONES && m->shape[F_POOLING] == NL_LAST) fits = fits && nl_generation_fits(m);
    else if (m->shape[F_NP])
        fits = fits && nl_product_fits(nl_part(m, P_HEAD + 1), NULL, NULL, m->shape[F_NP], nl_text_size(m));
    for (int32_t b = 0; fits && b < m->shape[F_B]; b++) fits = block_fits(m, b);
    return fits;
}

int32_t nl_open(nl_model *model, const void *blob, size_t size) {
    static const uint8_t magic[8] = {0x89, 'N', 'L', 'M', 13, 10, 26, 10};
    if (model == NULL || blob == NULL) return NL_NULL;
    if ((uintptr_t)blob % 8) return NL_ALIGNMENT;
    const uint8_t *bytes = blob;
    if (size < HEADER) return NL_NOT_A_MODEL;
    for (size_t i = 0; i < sizeof magic; i++)
        if (bytes[i] != magic[i]) return NL_NOT_A_MODEL;
    if (u32_at(bytes + 8) != VERSION) return NL_NOT_A_MODEL;
    uint32_t parts = u32_at(bytes + 12);
    if (size > INT32_MAX || u64_at(bytes + 16) != size || u64_at(bytes + 24) != 0) return NL_DAMAGED;
    if (parts > (size - HEADER) / ENTRY) return NL_DAMAGED;
    nl_model own = {.blob = bytes, .size = size};
    int32_t status = find_parts(&own, parts);
    if (status == NL_OK && !values_fit(&own)) status = NL_DAMAGED;
    if (status != NL_OK) return status;
    own.path = nl_best_path();
    if (nl_kernels_of(own.path) == NULL) return NL_BAD_PATH; /* a library without plain C may have none for it */
    *model = own;
    return NL_OK;
}

int32_t nl_labels(const nl_model *model) { return model->shape[F_N]; }
int32_t nl_embedding_size(const nl_model *model) { return nl_text_size(model); }
int32_t nl_max_words(const nl_model *model) { return model->shape[F_WORDS]; }

const char *nl_label(const nl_model *model, int32_t label, size_t *size) {
    if (label < 0 || label >= model->shape[F_N] || size == NULL) return NULL;
    return nl_text_of(nl_part(model, P_LABELS), label, size);
}

const char *nl_metadata(const nl_model *model, size_t *size) {
    if (size == NULL) return NULL;
    *size = model->part_size[0];
    return nl_part(model, P_METADATA);
}

const char *nl_status_text(int32_t status) {
    static const char *const texts[] = {
        "No error.", "A pointer is NULL.", "Not a .nlm file of this version.", "The .nlm file is damaged.",
        "The model has a module, a backbone or a size that this library lacks.",
        "The file's digest is that of other bytes.",
        "Blob and scratch must begin at a multiple of 8.", "The scratch is too small for the text's words.",
        "A text must be shorter than 2^30 - 1 bytes.", "This processor or library has no such path.",
        "The state has numbers that no model writes."};
    return status >= 0 && status <= NL_BAD_STATE ? texts[status] : "Unknown status.";
}
