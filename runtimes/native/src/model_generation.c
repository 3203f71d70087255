/* What stands around the backbone of a generator: docs/c-arithmetic.md, "Generation". Floats are rounded operation by
 * operation. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "memory_math.h"
#include "network.h"
#include "whole_numbers.h"

enum { FARTHEST = 65535, MOST_NARROW = 4096, MOST_GIVEN = 63 };

/* Where things lie in a generator's scratch: a text as it is read, sums int32 [2, D] and what is given to the entries
 * u7 [D], values float32 [D], and a state that nobody keeps. */
typedef struct {
    size_t text, sums, values, given, state, end;
} generation_places;

static const int32_t *generation_sizes(const nl_model *m) { return nl_sizes(m, P_GENERATION); }

/* float32 numbers that a layer keeps. */
static size_t layer_numbers(const nl_model *m) {
    const int32_t *s = nl_backbone_sizes(m);
    return (size_t)s[O_INNER] * (size_t)(s[O_STATES] > 0 ? s[O_STATES] : 1);
}

int64_t nl_generation_state(const nl_model *m) {
    if (m->shape[F_POOLING] != NL_LAST || !generation_sizes(m)[G_STREAM]) return 0;
    const int64_t behind = (int64_t)m->shape[F_W] * m->shape[F_E];
    return m->shape[F_B] * (int64_t)layer_numbers(m) + behind + m->shape[F_H];
}

static generation_places places_of_generation(const nl_model *m) {
    const size_t d = (size_t)generation_sizes(m)[G_NARROW];
    generation_places at = {.end = 0};
    at.text = nl_area(&at.end, (size_t)m->shape[F_BYTES]);
    at.sums = nl_area(&at.end, 2 * 4 * d);
    at.values = nl_area(&at.end, 4 * d);
    at.given = nl_area(&at.end, d);
    at.state = nl_area(&at.end, 4 * (size_t)nl_generation_state(m));
    return at;
}

size_t nl_generation_scratch(const nl_model *m) {
    return m->shape[F_POOLING] == NL_LAST ? places_of_generation(m).end : 0;
}

int nl_generation_sizes_fit(const nl_model *m) {
    const int32_t *s = generation_sizes(m);
    for (int32_t i = G_FIELDS; i < 32; i++)
        if (s[i]) return 0;
    return s[G_NARROW] >= 16 && s[G_NARROW] <= MOST_NARROW && s[G_NARROW] % 16 == 0 &&
           (s[G_STREAM] == 0 || s[G_STREAM] == 1) && (s[G_FINER] == 0 || s[G_FINER] == 1) &&
           nl_backbone_sizes(m)[O_WAYS] == 1;
}

int64_t nl_generation_part_size(const nl_model *m, int32_t kind) {
    if (m->shape[F_POOLING] != NL_LAST) return 0;
    if (kind == P_GENERATION) return NL_SIZES;
    const int64_t d = generation_sizes(m)[G_NARROW], h = m->shape[F_H], entries = m->shape[F_NP];
    const int64_t inits = 4 * d * (generation_sizes(m)[G_FINER] ? 2 : 1);
    const int64_t sizes[] = {8, 2 * h, h * d, inits, 4 * d, d * entries, 4 * entries, 4 * entries, 4 * entries};
    return sizes[kind - P_GENERATION_NUMBERS];
}

int nl_generation_fits(const nl_model *m) {
    const int64_t d = generation_sizes(m)[G_NARROW], finer = generation_sizes(m)[G_FINER];
    return nl_product_fits(nl_part(m, P_NARROW + 1), NULL, NULL, finer ? 2 * d : d, m->shape[F_H]) &&
           nl_product_fits(nl_part(m, P_ENTRIES + 1), NULL, NULL, m->shape[F_NP], d);
}

int nl_generation_weights_fit(const nl_model *m) {
    return nl_weights_fit(nl_part(m, P_NARROW), nl_generation_part_size(m, P_NARROW)) &&
           nl_weights_fit(nl_part(m, P_ENTRIES), nl_generation_part_size(m, P_ENTRIES));
}

const uint8_t *nl_with_breaks(const uint8_t *text, size_t size, uint8_t *room) {
    for (size_t i = 0; i < size; i++) room[i] = text[i] == '\n' ? '|' : text[i];
    return room;
}

/* The state of a text that goes on, which is the caller's or, begun here, nobody's; NULL of a window form. */
static float *state_of(const nl_model *m, const nl_beside *beside) {
    if (!nl_generation_state(m)) return NULL;
    if (beside->state) return beside->state;
    float *own = (float *)(void *)(beside->room + places_of_generation(m).state);
    nl_state_start(m, own);
    return own;
}

void nl_go_on(const nl_model *m, nl_arena *own, const nl_beside *beside) {
    own->kept = state_of(m, beside);
    if (!own->kept) return;
    const size_t around = (size_t)m->shape[F_W] * (size_t)m->shape[F_E];
    float *behind = own->kept + (size_t)m->shape[F_B] * layer_numbers(m);
    const uint8_t *last = own->words + (size_t)own->count * (size_t)m->shape[F_E];
    const float step = ((const float *)nl_part(m, P_GENERATION_NUMBERS))[1], inverse = 1 / step;
    own->k->scan->activate_floats((int32_t)around, behind, inverse, own->words);
    for (size_t i = 0; i < around; i++) behind[i] = (float)(last[i] - 64) * step;
}

float *nl_kept_of(const nl_model *m, int32_t block, const nl_arena *own, float *otherwise) {
    const size_t size = layer_numbers(m);
    if (own->kept) return own->kept + (size_t)block * size;
    for (size_t i = 0; i < size; i++) otherwise[i] = 0;
    return otherwise;
}

void nl_take_last(const nl_model *m, const nl_arena *own, int16_t *z) {
    const int32_t h = m->shape[F_H];
    const int16_t *empty = nl_part(m, P_EMPTY), *x = own->count ? own->x + (size_t)(own->count - 1) * (size_t)h : NULL;
    const float step = ((const float *)nl_part(m, P_GENERATION_NUMBERS))[0], inverse = 1 / step;
    float *last = own->kept ? own->kept + nl_generation_state(m) - h : NULL;
    for (int32_t j = 0; j < h; j++) {
        const int32_t before = last && !x ? nl_nearest(last[j] * inverse, FARTHEST) : 0;
        const int32_t vector = x ? x[j] : nl_sat16(before + empty[j]);
        if (last) last[j] = (float)(vector - empty[j]) * step;
        z[j] = (int16_t)nl_sat16(4 * vector);
    }
}

/* What narrow numbers are of the final norm's y and u7: values float32 [D]; sums int32 [2, D]. */
static void make_narrow(const nl_model *m, const nl_arena *own, const int16_t *y, int32_t *sums, float *values) {
    const int32_t h = m->shape[F_H], d = generation_sizes(m)[G_NARROW];
    const int32_t finer = generation_sizes(m)[G_FINER];
    const float *scale = nl_part(m, P_NARROW + 2);
    uint8_t *rest = own->rows + h;
    if (finer) nl_left_of_norm(h, y, own->rows, rest);
    own->k->sums(own->rows, finer ? rest : NULL, nl_part(m, P_NARROW), d, h / 4, nl_part(m, P_NARROW + 1), sums);
    for (int32_t i = 0; i < d; i++) {
        const float first = (float)sums[i];
        values[i] = (finer ? first + (float)sums[d + i] * 0.0625f : first) * scale[i];
    }
}

void nl_score_entries(const nl_model *m, const nl_arena *own, const nl_beside *beside, const int16_t *y,
                      int32_t *sums) {
    const int32_t d = generation_sizes(m)[G_NARROW];
    const generation_places at = places_of_generation(m);
    float *values = (float *)(void *)(beside->room + at.values), most = 0;
    uint8_t *given = beside->room + at.given;
    make_narrow(m, own, y, (int32_t *)(void *)(beside->room + at.sums), values);
    for (int32_t i = 0; i < d; i++) {
        const float size = values[i] < 0 ? -values[i] : values[i];
        most = size > most ? size : most;
    }
    const int some = most >= 1e-30f; /* what is smaller has no inverse in float32 */
    own->k->scan->activate_floats(d, values, some ? MOST_GIVEN / most : 0, given);
    own->k->sums(given, NULL, nl_part(m, P_ENTRIES), m->shape[F_NP], d / 4, nl_part(m, P_ENTRIES + 1), sums);
    nl_scaled(m->shape[F_N], sums, nl_part(m, P_ENTRIES + 2), some ? most / MOST_GIVEN : 0,
              nl_part(m, P_ENTRIES_BIAS), beside->logits);
}
#endif
