/* Modules that need a set's products: docs/c-arithmetic.md, "Spans" and "Experts". Included by net_body.h. */
#ifndef NEUROLITE_NET_HEADS_H
#define NEUROLITE_NET_HEADS_H

/* The residual stream as u7, 64 on either side of the text. */
INLINE void activate(const nl_model *m, const arena *own, uint8_t *out) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    const size_t h = (size_t)m->shape[F_H], around = (size_t)s[S_WINDOW] * h, all = (size_t)own->count * h;
    const nl_h mult = nl_h_same(s[S_MULT]), zero = nl_h_same(64);
    for (size_t i = 0; i < around; i++) out[i] = 64;
    for (size_t i = 0; i < all; i += NL_H)
        nl_h_u7(out + around + i, nl_h_adds(nl_h_q15(nl_h_load(own->x + i), mult), zero));
    const size_t rest = (size_t)(own->full - own->count) * h + around;
    for (size_t i = 0; i < rest; i++) out[around + all + i] = 64;
}

/* Tags of the words, float32 [count, T]. */
APART void find_tags(const nl_model *m, const arena *own, uint8_t *room, float *tags) {
    const int32_t *s = nl_sizes(m, P_SPANS), h = m->shape[F_H], width = s[S_WIDTH];
    const int32_t k4 = (2 * s[S_WINDOW] + 1) * h / 4, number = 1 + 2 * m->shape[F_SPAN_TYPES];
    const nl_span_places at = nl_span_places_of(m, own->count);
    uint8_t *inner = room + at.inner;
    int32_t *sums = (int32_t *)(room + at.sums);
    const scaling first = {nl_part(m, P_SPAN_FIRST + 1), nl_part(m, P_SPAN_FIRST + 2),
                           *(const int32_t *)nl_part(m, P_SPAN_FIRST + 3)};
    const scaling last = {nl_part(m, P_SPAN_LAST + 1), NULL, 0};
    const float *scale = nl_part(m, P_SPAN_LAST + 2);
    activate(m, own, room);
    for (int32_t l = 0; l < own->count; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        words_relu(room + (size_t)l * (size_t)h, (size_t)h, words, nl_part(m, P_SPAN_FIRST), width, k4, first, inner,
                   (size_t)width);
        for (int32_t i = 0; i < words && l + i < own->count; i++, tags += number) {
            head_sums(inner + (size_t)i * (size_t)width, (size_t)width, 1, nl_part(m, P_SPAN_LAST), s[S_TAGS],
                      width / 4, last, sums, 0);
            for (int32_t t = 0; t < number; t++) tags[t] = (float)sums[t] * scale[t];
        }
    }
}

#endif
