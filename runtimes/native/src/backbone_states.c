/* The state space backbone of docs/c-arithmetic.md: products in whole numbers, states in float32, word by word. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "memory_math.h"
#include "network.h"
#include "root.h"
#include "scan_math.h"
#include "whole_numbers.h"

#define STATES_PART(kind) nl_own_part(m, block, P_STATES_ENTER, kind)
#define STATES_FLOATS(kind, size) ((const float *)STATES_PART(kind) + (size_t)way * (size_t)(size))
#define STATES_SCALING(kind, way, n)                                                                                   \
    {(const int32_t *)STATES_PART(kind + 1) + (size_t)(way) * (n),                                                     \
     (const int16_t *)STATES_PART(kind + 2) + (size_t)(way) * (n), ((const int32_t *)STATES_PART(kind + 3))[way]}

/* Words of a chunk that are computed: a multiple of 4, or the one by itself. */
static int32_t words_at(const nl_arena *own, int32_t first) {
    if (own->alone) return 1;
    return own->full - first < NL_CHUNK ? own->full - first : NL_CHUNK;
}

/* One direction of a block: what it learned, and where its numbers lie. */
typedef struct {
    const nl_scans *scan;
    int32_t inner, states, rank, selected_size;
    size_t entered_size;    /* numbers of a word that enter: v of each direction, and their gates */
    const int16_t *entered; /* v of all words; gates stand `gates` numbers behind it */
    size_t gates;
    const float *steps, *first_step, *decay, *skip, *numbers;
    int16_t *selected; /* of a chunk */
    float *kept, *v, *step, *added;
    float *found; /* of all words, a row of them `gates` numbers */
} direction;

static void follow_word(const direction *way, int32_t word, const int16_t *selected) {
    const int32_t d = way->inner;
    const int16_t *v = way->entered + (size_t)word * way->entered_size, *enter = selected + way->rank;
    const float step = way->numbers[1];
    float *y = way->found + (size_t)word * way->gates;
    way->scan->floats(d, v, way->numbers[0], way->v);
    for (int32_t i = 0; i < d; i++) way->step[i] = way->first_step[i];
    for (int32_t r = 0; r < way->rank; r++)
        way->scan->add_times(d, (float)selected[r] * step, way->steps + (size_t)r * (size_t)d, way->step);
    way->scan->state_inputs(d, way->v, way->skip, way->step, way->added, y);
    for (int32_t s = 0; s < way->states; s++) {
        const size_t at = (size_t)s * (size_t)d;
        way->scan->state_word(d, way->step, way->decay + at, way->added, (float)enter[s] * step,
                      (float)enter[way->states + s] * step, way->kept + at, y);
    }
    way->scan->floats(d, v + way->gates, way->numbers[0], way->v);
    way->scan->gate(d, way->v, y);
}

/* What a chunk of words says of steps, inputs and outputs of the states. */
static void select_of(const nl_model *m, int32_t block, const nl_arena *own, uint8_t *given, const direction *of,
                      int32_t way, int32_t first, int32_t words) {
    const size_t d = (size_t)of->inner, outputs = (size_t)of->selected_size;
    const int16_t *v = of->entered + (size_t)first * of->entered_size, *mult = STATES_PART(P_STATES_MULT);
    const nl_product select = {.a = given,
                               .stride = d,
                               .weights = (const uint8_t *)STATES_PART(P_STATES_SELECT) + (size_t)way * d * outputs,
                               .n = of->selected_size,
                               .inputs = of->inner,
                               .by = STATES_SCALING(P_STATES_SELECT, way, outputs),
                               .sums = (int32_t *)(void *)(of->selected + 2 * outputs)}; /* of a chunk's other rows */
    const int32_t real = own->count - first < words ? own->count - first : words;
    for (int32_t i = 0; i < real; i++)
        own->k->activate(v + (size_t)i * of->entered_size, d, mult[way], given + (size_t)i * d);
    for (size_t i = (size_t)real * d; i < (size_t)words * d; i++) given[i] = 64;
    nl_multiply(own, &select, words, 0, of->selected);
}

static direction direction_of(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at,
                              int32_t way) {
    const int32_t *sizes = nl_backbone_sizes(m), d = sizes[O_INNER], ways = sizes[O_WAYS];
    const size_t inner = (size_t)d, number = (size_t)way;
    float *floats = (float *)(own->own + at->floats);
    return (direction){.scan = own->k->scan,
                       .inner = d,
                       .states = sizes[O_STATES],
                       .rank = sizes[O_RANK],
                       .selected_size = (int32_t)nl_selected(sizes),
                       .entered_size = 2 * inner * (size_t)ways,
                       .gates = inner * (size_t)ways,
                       .entered = (const int16_t *)(own->own + at->entered) + number * inner,
                       .steps = STATES_FLOATS(P_STATES_STEPS, sizes[O_RANK] * d),
                       .first_step = STATES_FLOATS(P_STATES_FIRST_STEP, d),
                       .decay = STATES_FLOATS(P_STATES_DECAY, sizes[O_STATES] * d),
                       .skip = STATES_FLOATS(P_STATES_SKIP, d),
                       .numbers = STATES_FLOATS(P_STATES_NUMBERS, 3),
                       .selected = (int16_t *)(own->own + at->selected),
                       .kept = nl_kept_of(m, block, own, (float *)(own->own + at->kept)),
                       .v = floats,
                       .step = floats + d,
                       .added = floats + 2 * d,
                       .found = (float *)(own->own + at->found) + number * inner};
}

static void follow_states(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at,
                          int32_t way) {
    const direction of = direction_of(m, block, own, at, way);
    const int32_t chunks = (own->full + NL_CHUNK - 1) / NL_CHUNK;
    for (int32_t chunk = 0; chunk < chunks; chunk++) {
        const int32_t first = NL_CHUNK * (way ? chunks - 1 - chunk : chunk);
        const int32_t full = own->full - first < NL_CHUNK ? own->full - first : NL_CHUNK;
        const int32_t words = own->count - first < full ? own->count - first : full;
        select_of(m, block, own, own->own + at->given, &of, way, first, full);
        for (int32_t i = 0; i < words; i++) {
            const int32_t row = way ? words - 1 - i : i;
            follow_word(&of, first + row, of.selected + (size_t)row * (size_t)of.selected_size);
        }
    }
}

/* A norm of what was found of a word, float32 [size], in place; u7 at row, and what that leaves at rest (NULL: nobody
 * wants it). */
static void norm_found(const nl_model *m, int32_t block, const nl_arena *own, int32_t size, float *y, uint8_t *row,
                       uint8_t *rest) {
    const float *gain = STATES_PART(P_STATES_GAIN), *offset = STATES_PART(P_STATES_OFFSET);
    const float *numbers = STATES_PART(P_STATES_NUMBERS), mean = nl_total(y, size) / (float)size;
    for (int32_t i = 0; i < size; i++) y[i] = y[i] - mean;
    const float by = 1.0f / NL_ROOT(nl_dot(y, y, size) / (float)size + 1e-5f);
    for (int32_t i = 0; i < size; i++) y[i] = y[i] * by * gain[i] + offset[i];
    own->k->scan->activate_floats(size, y, numbers[2], row);
    if (rest) own->k->scan->activate_rest(size, y, numbers[2], row, rest);
}

static void leave_states(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at,
                         int32_t all) {
    const size_t h = (size_t)m->shape[F_H], size = (size_t)all;
    const int finer = nl_backbone_sizes(m)[O_FINER];
    uint8_t *rows = own->own + at->rows, *rest = own->own + at->entered; /* which nobody reads any more */
    float *found = (float *)(own->own + at->found);
    const nl_product leave = {.a = rows,
                              .rest = rest,
                              .stride = size,
                              .weights = STATES_PART(P_STATES_LEAVE),
                              .n = (int32_t)h,
                              .inputs = all,
                              .bits = finer * NL_LEAVE_BITS,
                              .by = STATES_SCALING(P_STATES_LEAVE, 0, 0),
                              .sums = (int32_t *)(void *)own->y4}; /* of the mixer, which has room for them */
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t full = words_at(own, l);
        for (size_t i = 0; i < (size_t)full * size; i++) rows[i] = rest[i] = 64;
        for (int32_t i = 0; i < full && l + i < own->count; i++)
            norm_found(m, block, own, all, found + (size_t)(l + i) * size, rows + (size_t)i * size,
                       finer ? rest + (size_t)i * size : NULL);
        nl_multiply(own, &leave, full, 1, own->x + (size_t)l * h);
    }
}

/* Norms of a chunk's words, u7 [words, H] at own->rows, and what these leave at rest. */
static void norm_words(const nl_model *m, int32_t block, const nl_arena *own, int32_t first, int32_t words,
                       uint8_t *rest) {
    const size_t h = (size_t)m->shape[F_H];
    int16_t *y = (int16_t *)(void *)own->y4; /* of the mixer, which has room for one */
    const uint32_t eps = *(const uint32_t *)nl_block_part(m, block, P_WORD_NORM + 2);
    for (int32_t i = 0; i < words; i++) {
        uint8_t *row = own->rows + (size_t)i * h;
        own->k->norm(&own->plan, own->x + (size_t)(first + i) * h, eps, nl_block_part(m, block, P_WORD_NORM),
                     nl_block_part(m, block, P_WORD_NORM + 1), y, row);
        nl_left_of_norm((int32_t)h, y, row, rest + (size_t)i * h);
    }
}

static void enter_states(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at,
                         int32_t all) {
    const int32_t finer = nl_backbone_sizes(m)[O_FINER];
    int16_t *entered = (int16_t *)(own->own + at->entered);
    const nl_product enter = {.a = own->rows,
                              .rest = own->y, /* of the mixer, which has room for a chunk */
                              .stride = (size_t)m->shape[F_H],
                              .weights = STATES_PART(P_STATES_ENTER),
                              .n = all,
                              .inputs = m->shape[F_H],
                              .bits = finer * NL_ENTER_BITS,
                              .by = STATES_SCALING(P_STATES_ENTER, 0, 0),
                              /* 4 words' floats of all / 2, which are found later */
                              .sums = (int32_t *)(void *)(own->own + at->found)};
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = words_at(own, l);
        if (finer) norm_words(m, block, own, l, words, own->y);
        else nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        nl_multiply(own, &enter, words, 0, entered + (size_t)l * (size_t)all);
    }
}

void nl_follow_states(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), all = 2 * sizes[O_INNER] * sizes[O_WAYS];
    const nl_state_places at = nl_state_places_of(m, own->count);
    enter_states(m, block, own, &at, all);
    for (int32_t way = 0; way < sizes[O_WAYS]; way++) follow_states(m, block, own, &at, way);
    leave_states(m, block, own, &at, all / 2);
}

#undef STATES_PART
#undef STATES_FLOATS
#undef STATES_SCALING
#endif
