/* The state space backbone of docs/c-arithmetic.md: products in whole numbers, states in float32, word by word. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "memory_math.h"
#include "network.h"
#include "root.h"
#include "scan_math.h"

#define STATES_PART(kind) nl_own_part(m, block, P_STATES_ENTER, kind)
#define STATES_FLOATS(kind, size) ((const float *)STATES_PART(kind) + (size_t)way * (size_t)(size))
#define STATES_SCALING(kind, way, n)                                                                                   \
    {(const int32_t *)STATES_PART(kind + 1) + (size_t)(way) * (n),                                                     \
     (const int16_t *)STATES_PART(kind + 2) + (size_t)(way) * (n), ((const int32_t *)STATES_PART(kind + 3))[way]}

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
    const nl_scaling select = STATES_SCALING(P_STATES_SELECT, way, outputs);
    for (int32_t i = 0; i < words; i++)
        own->k->activate(v + (size_t)i * of->entered_size, d, mult[way], given + (size_t)i * d);
    own->k->set(given, d, nl_rows(own, words),
                (const uint8_t *)STATES_PART(P_STATES_SELECT) + (size_t)way * d * outputs, (int32_t)outputs,
                of->inner / 4, select, of->selected, outputs);
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

/* A norm of what was found of a word, float32 [size], in place; u7 at rows. */
static void norm_found(const nl_model *m, int32_t block, const nl_arena *own, int32_t size, float *y, uint8_t *row) {
    const float *gain = STATES_PART(P_STATES_GAIN), *offset = STATES_PART(P_STATES_OFFSET);
    const float *numbers = STATES_PART(P_STATES_NUMBERS), mean = nl_total(y, size) / (float)size;
    for (int32_t i = 0; i < size; i++) y[i] = y[i] - mean;
    const float by = 1.0f / NL_ROOT(nl_dot(y, y, size) / (float)size + 1e-5f);
    for (int32_t i = 0; i < size; i++) y[i] = y[i] * by * gain[i] + offset[i];
    own->k->scan->activate_floats(size, y, numbers[2], row);
}

static void leave_states(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at,
                         int32_t all) {
    const size_t h = (size_t)m->shape[F_H], size = (size_t)all;
    const nl_scaling by = STATES_SCALING(P_STATES_LEAVE, 0, 0);
    uint8_t *rows = own->own + at->rows;
    float *found = (float *)(own->own + at->found);
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t full = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        for (size_t i = 0; i < (size_t)full * size; i++) rows[i] = 64;
        for (int32_t i = 0; i < full && l + i < own->count; i++)
            norm_found(m, block, own, all, found + (size_t)(l + i) * size, rows + (size_t)i * size);
        own->k->add(rows, size, nl_rows(own, full), STATES_PART(P_STATES_LEAVE), (int32_t)h, all / 4, by,
                    own->x + (size_t)l * h, h);
    }
}

void nl_follow_states(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), h = m->shape[F_H], all = 2 * sizes[O_INNER] * sizes[O_WAYS];
    const nl_state_places at = nl_state_places_of(m, own->count);
    const nl_scaling enter = STATES_SCALING(P_STATES_ENTER, 0, 0);
    int16_t *entered = (int16_t *)(own->own + at.entered);
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        own->k->set(own->rows, (size_t)h, nl_rows(own, words), STATES_PART(P_STATES_ENTER), all, h / 4, enter,
                    entered + (size_t)l * (size_t)all, (size_t)all);
    }
    for (int32_t way = 0; way < sizes[O_WAYS]; way++) follow_states(m, block, own, &at, way);
    leave_states(m, block, own, &at, all / 2);
}

#undef STATES_PART
#undef STATES_FLOATS
#undef STATES_SCALING
#endif
