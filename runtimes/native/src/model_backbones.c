/* Backbones other than the mixer: which parts they have, of what size, and numbers that this library takes. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"

enum { MOST_INNER = 8192, MOST_STATES = 64, MOST_RANK = 1024, MOST_HEADS = 64, MOST_KINDS = 20, MOST_UP = 14 };

/* What of the sizes a backbone has: the least and the most of O_STATES, O_RANK, O_WAYS, O_PREDICTS, O_HEADS, O_TIED and
 * O_FINER; what it has not is 0. And the first of its kinds by block, and the one behind the last. */
typedef struct {
    int32_t range[O_FIELDS][2], first, behind;
} backbone_row;

static const backbone_row backbone_rows[NL_BACKBONE_KINDS] = {
    [NL_HYPERMIXER] = {{[O_HEADS] = {1, MOST_HEADS}, [O_TIED] = {0, 1}}, P_ROWS_EXPAND, P_CELLS_SHARED},
    [NL_STATES] = {{[O_INNER] = {16, MOST_INNER}, [O_STATES] = {1, MOST_STATES}, [O_RANK] = {1, MOST_RANK},
                    [O_WAYS] = {1, 2}, [O_FINER] = {0, 1}},
                   P_STATES_ENTER, P_RESERVOIR_ENTER},
    [NL_RESERVOIR] = {{[O_INNER] = {16, MOST_INNER}, [O_WAYS] = {1, 2}, [O_PREDICTS] = {0, 1}},
                      P_RESERVOIR_ENTER, P_ROWS_EXPAND},
    [NL_LIQUID] = {{[O_INNER] = {16, MOST_INNER}, [O_WAYS] = {1, 2}}, P_CELLS_SHARED, P_GENERATION},
};

int32_t nl_first_of_backbone(const nl_model *model) { return backbone_rows[model->shape[F_BACKBONE]].first; }

int nl_backbone_sizes_fit(const nl_model *m) {
    const int32_t *s = nl_backbone_sizes(m);
    const backbone_row *row = &backbone_rows[m->shape[F_BACKBONE]];
    for (int32_t i = 0; i < O_FIELDS; i++)
        if (s[i] < row->range[i][0] || s[i] > row->range[i][1]) return 0;
    for (int32_t i = O_FIELDS; i < 32; i++)
        if (s[i]) return 0;
    return s[O_INNER] % 16 == 0 && (!s[O_HEADS] || m->shape[F_H] % (16 * s[O_HEADS]) == 0);
}

/* Products of a block: their first kind, how many stand in one part, outputs and inputs, and by how many bits that of
 * what rounding left of their activations is finer (0: there is none); how many there are. */
enum { MOST_PRODUCTS = 3 };
typedef struct {
    int32_t kind;
    int64_t count, outputs, inputs;
    int32_t finer;
} product_row;

/* Bytes of the four parts of products. */
static void add_product(int64_t *sizes, const product_row *row) {
    sizes[0] = row->count * row->outputs * row->inputs;
    sizes[1] = row->count * 4 * row->outputs * (row->finer ? 2 : 1);
    sizes[2] = row->count * 2 * row->outputs;
    sizes[3] = row->count * 4;
}

static int32_t products_of(const nl_model *m, product_row *found) {
    const int32_t *s = nl_backbone_sizes(m);
    const int64_t h = m->shape[F_H], d = s[O_INNER], ways = s[O_WAYS], c = m->shape[F_C];
    if (m->shape[F_BACKBONE] == NL_STATES) {
        found[0] = (product_row){P_STATES_ENTER, 1, 2 * d * ways, h, s[O_FINER] * NL_ENTER_BITS};
        found[1] = (product_row){P_STATES_SELECT, ways, (int64_t)nl_selected(s), d, 0};
        found[2] = (product_row){P_STATES_LEAVE, 1, h, d * ways, s[O_FINER] * NL_LEAVE_BITS};
        return 3;
    }
    if (m->shape[F_BACKBONE] == NL_RESERVOIR) {
        found[0] = (product_row){P_RESERVOIR_ENTER, 1, d, h, 0};
        found[1] = (product_row){P_RESERVOIR_EXPAND, 1, c, (int64_t)nl_read_of_reservoir(s), 0};
        found[2] = (product_row){P_RESERVOIR_CONTRACT, 1, h, c, 0};
        return 3;
    }
    if (m->shape[F_BACKBONE] == NL_LIQUID) {
        found[0] = (product_row){P_CELLS_SHARED, 1, c, h, 0};
        found[1] = (product_row){P_CELLS_HEADS, 1, 2 * d * ways, c, 0};
        found[2] = (product_row){P_CELLS_LEAVE, 1, h, d * ways, 0};
        return 3;
    }
    const int64_t own = h / s[O_HEADS], nets = (int64_t)s[O_HEADS] * (s[O_TIED] ? 1 : 2);
    found[0] = (product_row){P_ROWS_EXPAND, nets, own, own + NL_PLACE_CHANNELS, 0};
    found[1] = (product_row){P_ROWS_CONTRACT, nets, m->shape[F_S], own, 0};
    return 2;
}

int64_t nl_backbone_part_size(const nl_model *m, int32_t kind) {
    const int32_t backbone = m->shape[F_BACKBONE];
    if (kind == P_BACKBONE) return NL_SIZES;
    if (kind == P_PLACES) return backbone == NL_HYPERMIXER ? NL_PLACE_CHANNELS * (int64_t)m->shape[F_WORDS] : 0;
    if (kind < backbone_rows[backbone].first || kind >= backbone_rows[backbone].behind) return 0;
    const int32_t *s = nl_backbone_sizes(m);
    const int64_t d = s[O_INNER], ways = s[O_WAYS], states = s[O_STATES], h = m->shape[F_H];
    int64_t sizes[MOST_KINDS] = {0};
    product_row products[MOST_PRODUCTS];
    for (int32_t i = products_of(m, products) - 1; i >= 0; i--)
        add_product(sizes + (products[i].kind - backbone_rows[backbone].first), &products[i]);
    const struct {
        int32_t backbone, kind;
        int64_t size;
    } others[] = {
        {NL_STATES, P_STATES_STEPS, 4 * ways * s[O_RANK] * d}, {NL_STATES, P_STATES_FIRST_STEP, 4 * ways * d},
        {NL_STATES, P_STATES_DECAY, 4 * ways * states * d}, {NL_STATES, P_STATES_SKIP, 4 * ways * d},
        {NL_STATES, P_STATES_GAIN, 4 * ways * d}, {NL_STATES, P_STATES_MULT, 2 * ways},
        {NL_STATES, P_STATES_NUMBERS, 12 * ways}, {NL_STATES, P_STATES_OFFSET, 4 * ways * d},
        {NL_RESERVOIR, P_RESERVOIR_KEPT, 4 * d}, {NL_RESERVOIR, P_RESERVOIR_EXPECTED, s[O_PREDICTS] * 8 * d},
        {NL_RESERVOIR, P_RESERVOIR_NUMBERS, 12}, {NL_LIQUID, P_CELLS_NUMBERS, 12},
        {NL_HYPERMIXER, P_MIX_MULT, 4}, {NL_HYPERMIXER, P_MIX_SHIFT, 12}, {NL_HYPERMIXER, P_MIXED_GAIN, 2 * h},
        {NL_HYPERMIXER, P_MIXED_OFFSET, 2 * h}, {NL_HYPERMIXER, P_MIXED_EPS, 4},
    };
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (others[i].backbone == backbone) sizes[others[i].kind - backbone_rows[backbone].first] = others[i].size;
    return sizes[kind - backbone_rows[backbone].first];
}

/* Multipliers that are fractions, and shifts. */
static int mults_fit(const int16_t *mult, int64_t count) {
    for (int64_t i = 0; i < count; i++)
        if (mult[i] < 0) return 0;
    return 1;
}

static int mixing_fits(const nl_model *m, int32_t block) {
#define MIXING_PART(kind) nl_own_part(m, block, P_ROWS_EXPAND, kind)
    const int32_t *shift = MIXING_PART(P_MIX_SHIFT);
    for (int32_t i = 0; i < 3; i++)
        if (shift[i] < 0 || shift[i] > (i < 2 ? 31 : MOST_UP)) return 0;
    return mults_fit(MIXING_PART(P_MIX_MULT), 2) &&
           nl_norm_fits(MIXING_PART(P_MIXED_GAIN), MIXING_PART(P_MIXED_OFFSET), NULL, m->shape[F_H]);
#undef MIXING_PART
}

/* Whether no state grows by itself. */
static int floats_fit(const float *numbers, int64_t count, float most) {
    for (int64_t i = 0; i < count; i++)
        if (!(numbers[i] <= most && numbers[i] >= (most > 0 ? -most : -1e30f))) return 0;
    return 1;
}

int nl_backbone_fits(const nl_model *m, int32_t block) {
    const int32_t first = nl_first_of_backbone(m);
    product_row products[MOST_PRODUCTS];
    for (int32_t i = products_of(m, products) - 1; i >= 0; i--) {
        const product_row *row = &products[i];
        const int32_t *init = nl_own_part(m, block, first, row->kind + 1);
        const int16_t *mult = nl_own_part(m, block, first, row->kind + 2);
        const int32_t *shift = nl_own_part(m, block, first, row->kind + 3);
        for (int64_t j = 0; j < row->count; j++)
            if (!nl_product_fits(init + j * row->outputs, mult + j * row->outputs, shift + j, row->outputs,
                                 row->inputs))
                return 0;
        if (!row->finer) continue;
        const int32_t *second = init + row->outputs;
        if (*shift > 31 - row->finer || !nl_product_fits(second, NULL, NULL, row->outputs, row->inputs)) return 0;
    }
    if (m->shape[F_BACKBONE] == NL_RESERVOIR)
        return floats_fit(nl_own_part(m, block, first, P_RESERVOIR_KEPT), nl_backbone_sizes(m)[O_INNER], 1);
    if (m->shape[F_BACKBONE] == NL_STATES)
        return floats_fit(nl_own_part(m, block, first, P_STATES_DECAY),
                          nl_backbone_part_size(m, P_STATES_DECAY) / 4, 0) &&
               mults_fit(nl_own_part(m, block, first, P_STATES_MULT), nl_backbone_sizes(m)[O_WAYS]);
    return m->shape[F_BACKBONE] != NL_HYPERMIXER || mixing_fits(m, block);
}

/* What tells places apart is multiplied like activations. */
static int places_fit(const nl_model *m) {
    const uint8_t *places = nl_part(m, P_PLACES);
    int bad = 0;
    for (int64_t i = nl_backbone_part_size(m, P_PLACES) - 1; i >= 0; i--) bad |= places[i] > 127;
    return !bad;
}

int nl_backbone_weights_fit(const nl_model *m, int32_t block) {
    if (block == 0 && !places_fit(m)) return 0;
    product_row products[MOST_PRODUCTS];
    for (int32_t i = products_of(m, products) - 1; i >= 0; i--)
        if (!nl_weights_fit(nl_own_part(m, block, nl_first_of_backbone(m), products[i].kind),
                            products[i].count * products[i].outputs * products[i].inputs))
            return 0;
    return 1;
}

size_t nl_backbone_scratch(const nl_model *m, int32_t words) {
    switch (m->shape[F_BACKBONE]) {
    case NL_HYPERMIXER: return nl_mix_places_of(m, words).end;
    case NL_STATES: return nl_state_places_of(m, words).end;
    case NL_RESERVOIR: return nl_reservoir_places_of(m, words).end;
    case NL_LIQUID: return nl_cell_places_of(m, words).end;
    default: return 0;
    }
}
#endif
