/* One text to logits: what stands around the network. Floats are rounded operation by operation. */
#include "characters.h"
#include "model.h"
#include "ngrams.h"
#include "root.h"
#include "words.h"

enum { BEYOND = 24 }; /* bytes behind the limit that decide whether a word goes on: 16 of followers and 8 */

/* The last border of characters from `at`, behind a word or at the beginning, up to the limit; there are only
 * separators, of which a generator reads line breaks as words. */
static size_t last_border(const uint8_t *text, size_t size, size_t at, size_t limit) {
    size_t border = at;
    while (at <= limit && at < size) {
        nl_character character = nl_decode(text, size, at);
        if (!nl_is_follower(character)) border = at;
        at += character.bytes;
    }
    return border;
}

/* A text of more than `limit` bytes, cut at a border of words: section 8 of docs/hash-spec.md. */
static size_t cut(const uint8_t *text, size_t size, size_t limit) {
    if (size <= limit) return size;
    if (size > limit + BEYOND) size = limit + BEYOND;
    nl_cursor cursor;
    nl_start(&cursor, text, size);
    int32_t place[NL_PLACE];
    size_t behind = 0;
    while (nl_next_place(&cursor, place)) {
        if ((size_t)place[0] > limit) break;
        if ((size_t)place[1] > limit) return place[0] > 0 ? (size_t)place[0] : limit;
        behind = (size_t)place[1];
    }
    const size_t border = last_border(text, size, behind, limit);
    return border > 0 ? border : limit;
}

static int has_more(const uint8_t *text, size_t size, size_t at) {
    for (; at < size; at++)
        if (text[at] != ' ' && text[at] != '\t' && text[at] != '\r' && text[at] != '\n' && text[at] != 0) return 1;
    return 0;
}

/* Adds the wide path's part to the logits. */
static void add_wide(const nl_model *m, const uint8_t *text, size_t size, int32_t *values, int32_t *sums,
                     float *logits) {
    const int32_t n = m->shape[F_N], rows = m->shape[F_WIDE];
    const uint16_t *remap = nl_part(m, P_REMAP);
    const int8_t *table = nl_part(m, P_ROWS);
    const float *scales = nl_part(m, P_SCALES);
    const nl_ngram_options options = {m->shape[F_LOWEST], m->shape[F_HIGHEST], m->shape[F_ACROSS], m->shape[F_SYMBOLS]};
    int32_t symbols = nl_hash_ngrams(text, size, &options, values);
    if (symbols > options.max_symbols) symbols = options.max_symbols;
    const int64_t number = (int64_t)symbols * (options.highest - options.lowest + 1);
    for (int32_t c = 0; c <= n; c++) sums[c] = 0;
    for (int64_t i = 0; i < number; i++) {
        if (values[i] < 0) continue;
        int32_t row = remap[values[i] & (NL_BUCKETS - 1)];
        if (row == 0 || row > rows) continue;
        const int8_t *from = table + (size_t)row * (size_t)(n + 1);
        for (int32_t c = 0; c <= n; c++) sums[c] += from[c];
    }
    const float length = NL_ROOT((float)(sums[n] > 1 ? sums[n] : 1) * scales[n]);
    for (int32_t c = 0; c < n; c++) {
        float part = (float)sums[c] * scales[c];
        part = part / length;
        logits[c] = logits[c] + part;
    }
}

static void write_embedding(const int16_t *vector, int32_t size, int32_t zero, float *embedding) {
    int64_t q = 0;
    for (int32_t j = 0; j < size; j++) q += (int64_t)(vector[j] - zero) * (vector[j] - zero);
    const float inverse = q > 0 ? 1.0f / NL_ROOT((float)q) : 0.0f;
    for (int32_t j = 0; j < size; j++) embedding[j] = (float)(vector[j] - zero) * inverse;
}

static size_t scratch_of(const nl_model *model, int32_t words) {
    if (nl_generates(model)) return nl_places_of(model, words).end + nl_generation_scratch(model);
    if (!NL_MODULES) return nl_places_of(model, words).end;
    /* One behind the other, so none needs its own room. */
    const size_t each[] = {nl_rules_scratch(model, words), nl_spans_scratch(model, words), nl_memory_scratch(model),
                           nl_experts_scratch(model)};
    size_t most = 0;
    for (size_t i = 0; i < sizeof each / sizeof *each; i++) most = each[i] > most ? each[i] : most;
    return nl_places_of(model, words).end + most;
}

size_t nl_scratch(const nl_model *model, int32_t words) {
    const int32_t most = model->shape[F_WORDS];
    return scratch_of(model, words < 0 ? 0 : words > most ? most : words);
}

int32_t nl_run(const nl_model *m, const uint8_t *text, size_t size, void *state, nl_out *out, void *scratch,
               size_t scratch_size) {
    if (m == NULL || out == NULL || scratch == NULL || (text == NULL && size > 0)) return NL_NULL;
    if (nl_has(m, F_RULES) && out->rules != NULL && out->logits == NULL) return NL_NULL;
    if (state != NULL && !nl_state_size(m)) return NL_UNSUPPORTED;
    if (size >= INT32_MAX / 2) return NL_LONG_TEXT;
    if ((uintptr_t)scratch % 8 || (uintptr_t)state % 4) return NL_ALIGNMENT;
    if (state != NULL && !nl_state_fits(m, state)) return NL_BAD_STATE;
    const size_t read = cut(text, size, (size_t)m->shape[F_BYTES]);
    const int more = read < size && has_more(text, size, read);
    if (nl_generates(m) && scratch_size < scratch_of(m, 0)) return NL_SMALL_SCRATCH;
    nl_cursor cursor; /* where a text is read stands behind what depends on its words, which are counted before */
    nl_start(&cursor, nl_generates(m) ? nl_with_breaks(text, read, scratch) : text, read);
    const int32_t found = nl_count_rest(&cursor), most = m->shape[F_WORDS], words = found < most ? found : most;
    const nl_places at = nl_places_of(m, words);
    if (scratch_size < scratch_of(m, words)) return NL_SMALL_SCRATCH;
    uint8_t *room = scratch;
    int16_t *vector = (int16_t *)(room + at.pooled);
    int32_t *sums = (int32_t *)(room + at.head);
    const nl_beside beside = {.room = room + at.end, .tags = nl_has(m, F_SPAN_TYPES) ? out->tags : NULL, .state = state,
                              .embedding = out->embedding, .experts = out->experts, .logits = out->logits};
    if (nl_generates(m)) text = nl_with_breaks(text, read, beside.room);
    nl_network(m, text, read, words, room, &beside, vector, sums);
    out->words = found;
    out->truncated = found > most || more;
    if (out->embedding != NULL && !nl_has(m, F_MEMORY))
        write_embedding(vector, nl_text_size(m), m->shape[F_BAG] ? 0 : 1032, out->embedding);
    if (NL_MODULES && out->offsets != NULL) nl_find_offsets(text, read, words, out->offsets);
    if (out->logits == NULL || nl_generates(m)) return NL_OK;
    const float *scale = nl_part(m, P_HEAD + 2);
    for (int32_t c = 0; c < m->shape[F_N]; c++) out->logits[c] = (float)sums[c] * scale[c];
    if (m->shape[F_WIDE])
        add_wide(m, text, read, (int32_t *)(room + at.ngrams), (int32_t *)(room + at.wide), out->logits);
    if (nl_has(m, F_RULES)) return nl_run_rules(m, text, read, words, room + at.end, out->logits, out->rules);
    return NL_OK;
}
