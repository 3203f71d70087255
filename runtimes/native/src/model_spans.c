/* The head over words: docs/c-arithmetic.md, "Spans". */
#include "kernels.h"
#include "spans.h"
#include "words.h"

/* Offsets in the scratch behind the network's. */
typedef struct {
    size_t inner, sums, end;
} span_places;

static span_places span_places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    const size_t full = nl_up((size_t)words, 4);
    span_places at;
    at.inner = nl_up((full + 2 * (size_t)s[S_WINDOW]) * (size_t)m->shape[F_H], NL_LINE);
    at.sums = at.inner + nl_up(NL_CHUNK * (size_t)s[S_WIDTH], NL_LINE);
    at.end = at.sums + nl_up(4 * (size_t)s[S_TAGS], NL_LINE);
    return at;
}

size_t nl_spans_scratch(const nl_model *model, int32_t words) {
    return model->shape[F_SPAN_TYPES] ? span_places_of(model, words).end : 0;
}

/* Activations of `full` words, 64 where there are none: on either side, and up to a multiple of 4. */
static void activate_words(const nl_model *m, const int16_t *x, int32_t words, int32_t full, uint8_t *out) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    const size_t h = (size_t)m->shape[F_H], around = (size_t)s[S_WINDOW] * h, all = (size_t)words * h;
    const size_t rest = (size_t)(full - words) * h + around;
    for (size_t i = 0; i < around; i++) out[i] = 64;
    nl_kernels_of(m->path)->activate(x, all, s[S_MULT], out + around);
    for (size_t i = 0; i < rest; i++) out[around + all + i] = 64;
}

void nl_find_tags(const nl_model *m, const int16_t *x, int32_t words, uint8_t *room, float *tags) {
    const nl_kernels *k = nl_kernels_of(m->path);
    const int32_t *s = nl_sizes(m, P_SPANS), h = m->shape[F_H], width = s[S_WIDTH], full = (words + 3) / 4 * 4;
    const int32_t k4 = (2 * s[S_WINDOW] + 1) * h / 4, number = 1 + 2 * m->shape[F_SPAN_TYPES];
    const span_places at = span_places_of(m, words);
    uint8_t *inner = room + at.inner;
    int32_t *sums = (int32_t *)(room + at.sums);
    const nl_scaling first = {nl_part(m, P_SPAN_FIRST + 1), nl_part(m, P_SPAN_FIRST + 2),
                              *(const int32_t *)nl_part(m, P_SPAN_FIRST + 3)};
    const int32_t *init = nl_part(m, P_SPAN_LAST + 1);
    const float *scale = nl_part(m, P_SPAN_LAST + 2);
    activate_words(m, x, words, full, room);
    for (int32_t l = 0; l < words; l += NL_CHUNK) {
        const int32_t rows = full - l < NL_CHUNK ? full - l : NL_CHUNK;
        k->relu(room + (size_t)l * (size_t)h, (size_t)h, rows, nl_part(m, P_SPAN_FIRST), width, k4, first, inner,
                (size_t)width);
        for (int32_t i = 0; i < rows && l + i < words; i++, tags += number) {
            k->sums(inner + (size_t)i * (size_t)width, NULL, nl_part(m, P_SPAN_LAST), s[S_TAGS], width / 4, init, sums);
            for (int32_t t = 0; t < number; t++) tags[t] = (float)sums[t] * scale[t];
        }
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
