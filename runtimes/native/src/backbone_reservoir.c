/* Reservoirs of docs/c-arithmetic.md: what enters and what is read in whole numbers, states in float32. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "network.h"
#include "scan_math.h"

#define RESERVOIR_PART(kind) nl_own_part(m, block, P_RESERVOIR_ENTER, kind)
#define RESERVOIR_SCALING(kind)                                                                                        \
    {RESERVOIR_PART(kind + 1), RESERVOIR_PART(kind + 2), *(const int32_t *)RESERVOIR_PART(kind + 3)}

/* One direction: of each word the states' u7 [D], and where units predict their surprise [D], at found. */
static void follow_units(const nl_model *m, int32_t block, const nl_arena *own, const int16_t *entered, float *floats,
                         int32_t backward, uint8_t *found, size_t stride) {
    const int32_t *sizes = nl_backbone_sizes(m), d = sizes[O_INNER];
    const float *kept = RESERVOIR_PART(P_RESERVOIR_KEPT), *numbers = RESERVOIR_PART(P_RESERVOIR_NUMBERS);
    float *u = floats, *z = floats + d, *expected = z + d, *surprise = expected + d;
    for (int32_t i = 0; i < d; i++) z[i] = expected[i] = 0;
    for (int32_t i = 0; i < own->count; i++) {
        const int32_t word = backward ? own->count - 1 - i : i;
        uint8_t *to = found + (size_t)word * stride;
        own->k->scan->floats(d, entered + (size_t)word * (size_t)d, numbers[0], u);
        own->k->scan->leak(d, kept, u, z);
        own->k->scan->activate_floats(d, z, numbers[1], to);
        if (!sizes[O_PREDICTS]) continue;
        const float *by = RESERVOIR_PART(P_RESERVOIR_EXPECTED);
        own->k->scan->surprise(d, by, by + d, u, z, expected, surprise);
        own->k->scan->activate_floats(d, surprise, numbers[2], to + d);
    }
}

void nl_follow_reservoir(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), h = m->shape[F_H], c = m->shape[F_C], d = sizes[O_INNER];
    const nl_reservoir_places at = nl_reservoir_places_of(m, own->count);
    const size_t read = nl_read_of_reservoir(sizes);
    const nl_scaling enter = RESERVOIR_SCALING(P_RESERVOIR_ENTER), expand = RESERVOIR_SCALING(P_RESERVOIR_EXPAND);
    const nl_scaling contract = RESERVOIR_SCALING(P_RESERVOIR_CONTRACT);
    int16_t *entered = (int16_t *)(own->own + at.entered);
    uint8_t *found = own->own + at.found;
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        own->k->set(own->rows, (size_t)h, words, RESERVOIR_PART(P_RESERVOIR_ENTER), d, h / 4, enter,
                    entered + (size_t)l * (size_t)d, (size_t)d);
    }
    for (size_t i = (size_t)own->count * read; i < (size_t)own->full * read; i++) found[i] = 64;
    for (int32_t way = 0; way < sizes[O_WAYS]; way++)
        follow_units(m, block, own, entered, (float *)(own->own + at.floats), way,
                     found + (size_t)way * (size_t)d * (size_t)(1 + sizes[O_PREDICTS]), read);
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        own->k->relu(found + (size_t)l * read, read, words, RESERVOIR_PART(P_RESERVOIR_EXPAND), c, (int32_t)(read / 4),
                     expand, own->inner, (size_t)c);
        own->k->add(own->inner, (size_t)c, words, RESERVOIR_PART(P_RESERVOIR_CONTRACT), h, c / 4, contract,
                    own->x + (size_t)l * (size_t)h, (size_t)h);
    }
}

#undef RESERVOIR_PART
#undef RESERVOIR_SCALING
#endif
