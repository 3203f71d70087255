/* The state space backbone of docs/c-arithmetic.md: products in whole numbers, states in float32, word by word. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "network.h"
#include "scan_math.h"

#define OWN(kind) nl_own_part(m, block, P_STATES_ENTER, kind)
#define SCALING(kind, way, outputs)                                                                                    \
    {(const int32_t *)OWN(kind + 1) + (size_t)(way) * (outputs),                                                       \
     (const int16_t *)OWN(kind + 2) + (size_t)(way) * (outputs), ((const int32_t *)OWN(kind + 3))[way]}

/* One direction of a block, and where its numbers lie. */
typedef struct {
    const int16_t *entered; /* v of all words [L, G]; gates stand `gates` numbers behind it */
    size_t entered_stride, gates;
    const int16_t *selected, *steps; /* of a chunk */
    const float *decay, *skip, *numbers;
    float *kept, *v, *step, *added, *y;
    uint8_t *found; /* of all words */
    size_t found_stride;
    int32_t inner, states, rank;
    size_t of_selected;
} direction;

/* A word of the chunk's row `row`. */
static void follow_word(const direction *way, int32_t word, int32_t row) {
    const int32_t d = way->inner;
    const int16_t *v = way->entered + (size_t)word * way->entered_stride;
    const int16_t *chosen = way->selected + (size_t)row * way->of_selected + way->rank;
    nl_floats(d, v, way->numbers[0], way->v);
    nl_floats(d, way->steps + (size_t)row * (size_t)d, way->numbers[2], way->step);
    nl_state_inputs(d, way->v, way->skip, way->step, way->added, way->y);
    for (int32_t s = 0; s < way->states; s++) {
        const size_t at = (size_t)s * (size_t)d;
        nl_state_word(d, way->step, way->decay + at, way->added, (float)chosen[s] * way->numbers[1],
                      (float)chosen[way->states + s] * way->numbers[1], way->kept + at, way->y);
    }
    nl_floats(d, v + way->gates, way->numbers[0], way->v);
    nl_gate(d, way->v, way->y);
    nl_activate_floats(d, way->y, way->numbers[3], way->found + (size_t)word * way->found_stride);
}

/* What a chunk of words says of steps, inputs and outputs of the states. */
static void select_of(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at, int32_t way,
                      const int16_t *v, size_t stride, int32_t words) {
    const int32_t *sizes = nl_backbone_sizes(m), d = sizes[O_INNER], rank = sizes[O_RANK];
    const int32_t outputs = (int32_t)nl_selected(sizes);
    const int16_t *mult = (const int16_t *)OWN(P_STATES_MULT) + 2 * way;
    const nl_scaling select = SCALING(P_STATES_SELECT, way, (size_t)outputs);
    const nl_scaling step = SCALING(P_STATES_STEPS, way, (size_t)d);
    uint8_t *given = own->own + at->given, *ranks = own->own + at->rank;
    int16_t *selected = (int16_t *)(own->own + at->selected), *steps = (int16_t *)(own->own + at->steps);
    for (int32_t i = 0; i < words; i++)
        own->k->activate(v + (size_t)i * stride, (size_t)d, mult[0], given + (size_t)i * (size_t)d);
    const uint8_t *weights = (const uint8_t *)OWN(P_STATES_SELECT) + (size_t)way * (size_t)d * (size_t)outputs;
    own->k->set(given, (size_t)d, words, weights, outputs, d / 4, select, selected, (size_t)outputs);
    for (int32_t i = 0; i < words; i++)
        own->k->activate(selected + (size_t)i * (size_t)outputs, (size_t)rank, mult[1],
                         ranks + (size_t)i * (size_t)rank);
    weights = (const uint8_t *)OWN(P_STATES_STEPS) + (size_t)way * (size_t)rank * (size_t)d;
    own->k->set(ranks, (size_t)rank, words, weights, d, rank / 4, step, steps, (size_t)d);
}

static void follow(const nl_model *m, int32_t block, const nl_arena *own, const nl_state_places *at, int32_t number) {
    const int32_t *sizes = nl_backbone_sizes(m);
    const size_t d = (size_t)sizes[O_INNER], ways = (size_t)sizes[O_WAYS], states = (size_t)sizes[O_STATES];
    const size_t order = (size_t)number;
    float *floats = (float *)(own->own + at->floats);
    const direction way = {
        .entered = (const int16_t *)(own->own + at->entered) + order * d, .entered_stride = 2 * d * ways,
        .gates = ways * d, .selected = (const int16_t *)(own->own + at->selected),
        .steps = (const int16_t *)(own->own + at->steps),
        .decay = (const float *)OWN(P_STATES_DECAY) + order * states * d,
        .skip = (const float *)OWN(P_STATES_SKIP) + order * d,
        .numbers = (const float *)OWN(P_STATES_NUMBERS) + 4 * order, .kept = (float *)(own->own + at->kept),
        .v = floats, .step = floats + d, .added = floats + 2 * d, .y = floats + 3 * d,
        .found = own->own + at->found + order * d, .found_stride = d * ways, .inner = sizes[O_INNER],
        .states = sizes[O_STATES], .rank = sizes[O_RANK], .of_selected = nl_selected(sizes)};
    for (size_t i = 0; i < states * d; i++) way.kept[i] = 0;
    const int32_t chunks = (own->full + NL_CHUNK - 1) / NL_CHUNK;
    for (int32_t chunk = 0; chunk < chunks; chunk++) {
        const int32_t first = NL_CHUNK * (number ? chunks - 1 - chunk : chunk);
        const int32_t full = own->full - first < NL_CHUNK ? own->full - first : NL_CHUNK;
        const int32_t words = own->count - first < full ? own->count - first : full;
        select_of(m, block, own, at, number, way.entered + (size_t)first * way.entered_stride, way.entered_stride,
                  full);
        for (int32_t i = 0; i < words; i++) {
            const int32_t row = number ? words - 1 - i : i;
            follow_word(&way, first + row, row);
        }
    }
}

void nl_follow_states(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), h = m->shape[F_H], all = sizes[O_INNER] * sizes[O_WAYS];
    const nl_state_places at = nl_state_places_of(m, own->count);
    const nl_scaling enter = SCALING(P_STATES_ENTER, 0, 0), leave = SCALING(P_STATES_LEAVE, 0, 0);
    int16_t *entered = (int16_t *)(own->own + at.entered);
    uint8_t *found = own->own + at.found;
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        own->k->set(own->rows, (size_t)h, words, OWN(P_STATES_ENTER), 2 * all, h / 4, enter,
                    entered + (size_t)l * 2 * (size_t)all, 2 * (size_t)all);
    }
    for (size_t i = (size_t)own->count * (size_t)all; i < (size_t)own->full * (size_t)all; i++) found[i] = 64;
    for (int32_t way = 0; way < sizes[O_WAYS]; way++) follow(m, block, own, &at, way);
    own->k->add(found, (size_t)all, own->full, OWN(P_STATES_LEAVE), h, all / 4, leave, own->x, (size_t)h);
}
#endif
