/* A memory between the text's vector and the head: docs/c-arithmetic.md, "Memory". Floats are rounded operation by
 * operation, in the order written here and in levels.c. */
#include "levels.h"
#include "memory_math.h"
#include "model.h"
#include "root.h"

enum { MOST_STEPS = 2047, MOST_OF_HEAD = 63, ZERO = 64 };

static const float nothing = 1e-30f; /* what is smaller has no inverse in float32 */

/* Sizes of a memory, and where its things lie in the scratch. */
typedef struct {
    const nl_model *m;
    const int32_t *s;
    int64_t d, k, reads;
    float *both, *hidden, *keys, *queries, *weights, *gates, *entry, *state, *room;
    int16_t *steps;
    uint8_t *given;
    size_t end;
} memory;

static int64_t most_of(int64_t a, int64_t b) { return a > b ? a : b; }

static int64_t state_numbers(const nl_model *m) {
    const int32_t *s = nl_sizes(m, P_MEMORY);
    return ((int64_t)s[M_WORKING] + s[M_SLOTS]) * nl_text_size(m) + s[M_WORKING] + 2 * (int64_t)s[M_SLOTS];
}

static float *take_room(uint8_t *room, size_t *end, int64_t numbers) {
    float *found = room == NULL ? NULL : (float *)(void *)(room + *end);
    *end += nl_up(4 * (size_t)numbers, NL_LINE);
    return found;
}

/* With the scratch at `room`; NULL where only its size is asked for. */
static memory memory_of(const nl_model *m, uint8_t *room) {
    memory own = {.m = m, .s = nl_sizes(m, P_MEMORY), .d = nl_text_size(m)};
    const int32_t *s = own.s;
    own.k = s[M_KEY];
    own.reads = (int64_t)s[M_WORKING_READS] + s[M_SLOT_READS] + (s[M_PATTERNS] > 0);
    const int64_t joined = (1 + own.reads) * own.d, places = most_of(s[M_WORKING], s[M_SLOTS]);
    const int64_t heads = most_of(1, most_of(s[M_WORKING_READS], s[M_SLOT_READS]));
    own.both = take_room(room, &own.end, joined);
    own.hidden = take_room(room, &own.end, s[M_HIDDEN]);
    own.keys = take_room(room, &own.end, places * own.k);
    own.queries = take_room(room, &own.end, heads * own.k);
    own.weights = take_room(room, &own.end, most_of(heads * places, s[M_PATTERNS]));
    own.gates = take_room(room, &own.end, own.reads);
    own.entry = take_room(room, &own.end, own.d);
    own.room = take_room(room, &own.end, most_of(2 * s[M_SLOTS], s[M_PATTERNS]));
    own.state = take_room(room, &own.end, state_numbers(m));
    own.steps = (int16_t *)(void *)take_room(room, &own.end, (most_of(joined, s[M_HIDDEN]) + 1) / 2);
    own.given = (uint8_t *)take_room(room, &own.end, own.d / 4);
    return own;
}

size_t nl_memory_scratch(const nl_model *model) {
    return model->shape[F_MEMORY] ? memory_of(model, NULL).end : 0;
}

/* Numbers as whole ones of 12 bits; gives what a step is. */
static float take_steps(const float *a, int64_t n, int16_t *steps) {
    float most = 0;
    for (int64_t i = 0; i < n; i++) {
        const float size = a[i] < 0 ? -a[i] : a[i];
        most = size > most ? size : most;
    }
    const int some = most >= nothing;
    const float inverse = some ? MOST_STEPS / most : 0;
    for (int64_t i = 0; i < n; i++) steps[i] = (int16_t)(some ? nl_nearest(a[i] * inverse, MOST_STEPS) : 0);
    return some ? most / MOST_STEPS : 0;
}

/* A layer whose parts begin at `kind`, [n] of [k]. */
static void layer(const memory *own, int32_t kind, const float *a, int64_t k, int64_t n, float *out) {
    const int8_t *row = nl_part(own->m, kind);
    const float *scale = nl_part(own->m, kind + 1), *bias = nl_part(own->m, kind + 2);
    const float step = take_steps(a, k, own->steps);
    for (int64_t i = 0; i < n; i++, row += k)
        out[i] = (float)nl_dot_steps(own->steps, row, k) * (scale[i] * step) + bias[i];
}

static void weigh(const float *weights, const float *rows, int64_t count, int64_t size, float *out) {
    for (int64_t d = 0; d < size; d++) out[d] = 0;
    for (int64_t p = 0; p < count; p++) nl_add_row(out, weights[p], rows + p * size, size);
}

/* Reads of a level with a state, behind each other at `reads`; their weights stay in own->weights. */
static void retrieve(const memory *own, int32_t kind, const float *ages, int64_t heads, const float *vectors,
                     const float *filled, int64_t count, float *reads) {
    const float *beta = nl_part(own->m, kind + 6);
    float *zeros = own->room;
    for (int64_t p = 0; ages == NULL && p < count; p++) zeros[p] = 0;
    layer(own, kind, own->both, own->d, heads * own->k, own->queries);
    for (int64_t p = 0; p < count; p++)
        layer(own, kind + 3, vectors + p * own->d, own->d, own->k, own->keys + p * own->k);
    for (int64_t r = 0; r < heads; r++) {
        float *weights = own->weights + r * count;
        nl_recall(own->s[M_STEPS], count, own->k, own->keys, filled, ages == NULL ? zeros : ages + r * count, beta[r],
                  own->queries + r * own->k, weights);
        weigh(weights, vectors, count, own->d, reads + r * own->d);
    }
}

static void read_patterns(const memory *own, float *read) {
    const nl_model *m = own->m;
    const int64_t count = own->s[M_PATTERNS];
    const float *scales = nl_part(m, P_PATTERN_SCALES);
    const int8_t *values = nl_part(m, P_PATTERN_VALUES);
    layer(own, P_PATTERN_QUERY, own->both, own->d, own->k, own->queries);
    nl_recall(own->s[M_STEPS], count, own->k, nl_part(m, P_PATTERN_KEYS), NULL, NULL,
              *(const float *)nl_part(m, P_PATTERN_BETA), own->queries, own->room);
    for (int64_t d = 0; d < own->d; d++) read[d] = 0;
    for (int64_t p = 0; p < count; p++) {
        const float weight = own->room[p] * scales[p];
        for (int64_t d = 0; d < own->d; d++) read[d] += weight * (float)values[p * own->d + d];
    }
}

/* The text's vector, at own->both. */
static void take_text(const memory *own, const int16_t *vector) {
    const int bag = own->m->shape[F_BAG], zero = bag ? 0 : 1032;
    float scale = *(const float *)nl_part(own->m, P_MEMORY_NUMBERS);
    int64_t square = 0;
    for (int64_t j = 0; j < own->d; j++) square += (int64_t)vector[j] * vector[j];
    if (bag) scale = square > 0 ? scale / NL_ROOT((float)square) : 0;
    for (int64_t j = 0; j < own->d; j++) own->both[j] = (float)(vector[j] - zero) * scale;
}

/* Text and gated reads to what is remembered. */
static void make_entry(const memory *own) {
    const nl_model *m = own->m;
    const float *gain = nl_part(m, P_MEMORY_GAIN), *offset = nl_part(m, P_MEMORY_OFFSET);
    const float *numbers = nl_part(m, P_MEMORY_NUMBERS);
    const int64_t d = own->d, hidden = own->s[M_HIDDEN];
    float *x = own->entry;
    layer(own, P_GATES, own->both, d, own->reads, own->gates);
    for (int64_t r = 0; r < own->reads; r++) {
        const float gate = 1 / (1 + nl_exp(-own->gates[r]));
        for (int64_t j = 0; j < d; j++) own->both[(1 + r) * d + j] *= gate;
    }
    layer(own, P_JOIN, own->both, (1 + own->reads) * d, hidden, own->hidden);
    for (int64_t i = 0; i < hidden; i++) own->hidden[i] = own->hidden[i] > 0 ? own->hidden[i] : 0;
    layer(own, P_ADD, own->hidden, hidden, d, x);
    for (int64_t j = 0; j < d; j++) x[j] = own->both[j] + x[j];
    const float mean = nl_total(x, d) / (float)d;
    for (int64_t j = 0; j < d; j++) x[j] -= mean;
    const float inverse = 1 / NL_ROOT(nl_dot(x, x, d) / (float)d + numbers[1]);
    for (int64_t j = 0; j < d; j++) x[j] = x[j] * inverse * gain[j] + offset[j];
    for (int64_t j = 0; j < d; j++) own->given[j] = (uint8_t)(nl_nearest(x[j] * numbers[2], MOST_OF_HEAD) + ZERO);
}

static void write_working(const memory *own, float *vectors, float *filled) {
    const int64_t count = own->s[M_WORKING], d = own->d;
    for (int64_t i = count * d - 1; i >= d; i--) vectors[i] = vectors[i - d];
    for (int64_t j = 0; j < d; j++) vectors[j] = own->entry[j];
    for (int64_t p = count - 1; p > 0; p--) filled[p] = filled[p - 1];
    filled[0] = 1;
}

static void write_slots(const memory *own, float *slots, float *texts, float *used) {
    const float *numbers = nl_part(own->m, P_SLOT_NUMBERS);
    const nl_slots all = {.count = own->s[M_SLOTS], .size = own->d, .reads = own->s[M_SLOT_READS], .entry = own->entry,
                          .slots = slots, .texts = texts, .used = used, .weights = own->weights,
                          .ties = nl_part(own->m, P_TIES), .border = numbers[0], .haste = numbers[1]};
    nl_write_slots(&all, own->room, slots, texts, used);
}

static void write_entry(const memory *own, float *embedding) {
    const float square = nl_dot(own->entry, own->entry, own->d);
    const float inverse = square > 0 ? 1 / NL_ROOT(square) : 0;
    for (int64_t j = 0; j < own->d; j++) embedding[j] = own->entry[j] * inverse;
}

const uint8_t *nl_remember(const nl_model *m, const int16_t *vector, const nl_beside *beside) {
    const memory own = memory_of(m, beside->room);
    const int32_t *s = own.s;
    const int64_t d = own.d, w = s[M_WORKING], n = s[M_SLOTS];
    float *vectors = beside->state ? beside->state : own.state;
    if (!beside->state) nl_state_start(m, vectors);
    float *filled = vectors + w * d, *slots = filled + w, *texts = slots + n * d, *used = texts + n;
    float *reads = own.both + d;
    take_text(&own, vector);
    if (w) retrieve(&own, P_WORKING, nl_part(m, P_AGES), s[M_WORKING_READS], vectors, filled, w, reads);
    reads += s[M_WORKING_READS] * d;
    if (s[M_PATTERNS]) read_patterns(&own, reads + s[M_SLOT_READS] * d);
    if (n) { /* the last one, as its weights are needed when it is written */
        float *full = own.room + n;
        for (int64_t i = 0; i < n; i++) full[i] = 2 * texts[i] < 1 ? 2 * texts[i] : 1;
        retrieve(&own, P_SLOTS, NULL, s[M_SLOT_READS], slots, full, n, reads);
    }
    make_entry(&own);
    if (w) write_working(&own, vectors, filled);
    if (n) write_slots(&own, slots, texts, used);
    if (beside->embedding) write_entry(&own, beside->embedding);
    return own.given;
}

/* Of a memory or a generator. */
static int64_t all_numbers(const nl_model *model) {
    if (nl_has(model, F_MEMORY)) return state_numbers(model);
    return nl_generates(model) ? nl_generation_state(model) : 0;
}

int nl_state_fits(const nl_model *model, const float *state) {
    return nl_all_numbers(state, all_numbers(model));
}

size_t nl_state_size(const nl_model *model) {
    return 4 * (size_t)all_numbers(model);
}

void nl_state_start(const nl_model *model, void *state) {
    float *numbers = state;
    const int64_t count = all_numbers(model);
    for (int64_t i = 0; i < count; i++) numbers[i] = 0;
}
