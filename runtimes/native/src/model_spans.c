/* The head over words: docs/c-arithmetic.md, "Spans". */
#include "model.h"
#include "spans.h"
#include "words.h"

static int32_t clamp(int32_t v, int32_t low, int32_t high) { return v < low ? low : v > high ? high : v; }
static int32_t q15(int32_t a, int32_t b) { return (a * b + 16384) >> 15; }

/* Offsets in the scratch behind the network's. */
typedef struct {
    size_t inner, sums, end;
} places;

static places places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    places at;
    at.inner = nl_up(((size_t)words + 2 * (size_t)s[S_WINDOW]) * (size_t)m->shape[F_H], NL_LINE);
    at.sums = at.inner + nl_up((size_t)s[S_WIDTH], NL_LINE);
    at.end = at.sums + nl_up(4 * (size_t)(s[S_TAGS] > s[S_WIDTH] ? s[S_TAGS] : s[S_WIDTH]), NL_LINE);
    return at;
}

size_t nl_spans_scratch(const nl_model *model, int32_t words) {
    return model->shape[F_SPAN_TYPES] ? places_of(model, words).end : 0;
}

/* sums[j] = init[j] + the products of a u7 [4 * k4] with weights [k4][n][4]. */
static void add_products(const uint8_t *a, int32_t k4, const int8_t *weights, int32_t n, const int32_t *init,
                         int32_t *restrict sums) {
    for (int32_t j = 0; j < n; j++) sums[j] = init[j];
    for (int32_t k = 0; k < k4; k++, a += 4, weights += 4 * (size_t)n)
        for (int32_t j = 0; j < n; j++) {
            const int8_t *w = weights + 4 * (size_t)j;
            sums[j] += a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
        }
}

/* The words' activations, 64 on either side of the text. */
static void activate(const nl_model *m, const int16_t *x, int32_t words, uint8_t *out) {
    const int32_t *s = nl_sizes(m, P_SPANS), mult = s[S_MULT];
    const size_t h = (size_t)m->shape[F_H], around = (size_t)s[S_WINDOW] * h, all = (size_t)words * h;
    for (size_t i = 0; i < around; i++) out[i] = out[around + all + i] = 64;
    for (size_t i = 0; i < all; i++) out[around + i] = (uint8_t)clamp(q15(x[i], mult) + 64, 0, 127);
}

void nl_run_spans(const nl_model *m, const int16_t *x, int32_t words, uint8_t *scratch, float *tags) {
    const int32_t *s = nl_sizes(m, P_SPANS), h = m->shape[F_H], width = s[S_WIDTH];
    const int32_t k4 = (2 * s[S_WINDOW] + 1) * h / 4, types = 1 + 2 * m->shape[F_SPAN_TYPES];
    const places at = places_of(m, words);
    uint8_t *inner = scratch + at.inner;
    int32_t *sums = (int32_t *)(scratch + at.sums);
    const int16_t *mult = nl_part(m, P_SPAN_FIRST + 2);
    const int32_t shift = *(const int32_t *)nl_part(m, P_SPAN_FIRST + 3);
    const float *scale = nl_part(m, P_SPAN_LAST + 2);
    activate(m, x, words, scratch);
    for (int32_t l = 0; l < words; l++, tags += types) {
        add_products(scratch + (size_t)l * (size_t)h, k4, nl_part(m, P_SPAN_FIRST), width, nl_part(m, P_SPAN_FIRST + 1),
                     sums);
        for (int32_t j = 0; j < width; j++)
            inner[j] = (uint8_t)clamp(q15(clamp(sums[j] >> shift, -32768, 32767), mult[j]), 0, 127);
        add_products(inner, width / 4, nl_part(m, P_SPAN_LAST), s[S_TAGS], nl_part(m, P_SPAN_LAST + 1), sums);
        for (int32_t t = 0; t < types; t++) tags[t] = (float)sums[t] * scale[t];
    }
}

void nl_find_offsets(const uint8_t *text, size_t size, int32_t words, int32_t *offsets) {
    nl_cursor cursor;
    nl_start(&cursor, text, size);
    for (int32_t l = 0; l < words; l++) nl_next_place(&cursor, offsets + NL_PLACE * l);
}

int32_t nl_span_types(const nl_model *model) { return model->shape[F_SPAN_TYPES]; }

int32_t nl_tags(const nl_model *model) {
    const int32_t types = model->shape[F_SPAN_TYPES];
    return types ? 1 + 2 * types : 0;
}

const char *nl_span_type(const nl_model *model, int32_t type, size_t *size) {
    if (type < 0 || type >= model->shape[F_SPAN_TYPES] || size == NULL) return NULL;
    return nl_text_of(nl_part(model, P_SPAN_TEXTS), type, size);
}

int32_t nl_spans(const nl_model *model, const float *tags, int32_t words, neurolite_span *spans) {
    if (model == NULL || !model->shape[F_SPAN_TYPES] || words < 1 || tags == NULL || spans == NULL) return 0;
    const double *thresholds = model->at[P_SPAN_THRESHOLDS] ? nl_part(model, P_SPAN_THRESHOLDS) : NULL;
    return nl_decode_spans(tags, words, model->shape[F_SPAN_TYPES], thresholds, spans);
}
