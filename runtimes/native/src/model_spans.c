/* The head over words but for its products: docs/c-arithmetic.md, "Spans". */
#include "model.h"
#include "spans.h"
#include "words.h"

nl_span_places nl_span_places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    const size_t full = nl_up((size_t)words, 4);
    nl_span_places at;
    at.inner = nl_up((full + 2 * (size_t)s[S_WINDOW]) * (size_t)m->shape[F_H], NL_LINE);
    at.sums = at.inner + nl_up(NL_CHUNK * (size_t)s[S_WIDTH], NL_LINE);
    at.end = at.sums + nl_up(4 * (size_t)s[S_TAGS], NL_LINE);
    return at;
}

size_t nl_spans_scratch(const nl_model *model, int32_t words) {
    return model->shape[F_SPAN_TYPES] ? nl_span_places_of(model, words).end : 0;
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
