/* Liquid cells of docs/c-arithmetic.md: products in whole numbers, states in float32, word by word. */
#if !defined(NL_NO_BACKBONES)
#include "backbones.h"
#include "network.h"
#include "scan_math.h"

#define CELLS_PART(kind) nl_own_part(m, block, P_CELLS_SHARED, kind)
#define CELLS_SCALING(kind) {CELLS_PART(kind + 1), CELLS_PART(kind + 2), *(const int32_t *)CELLS_PART(kind + 3)}

/* One direction, whose paces are at `heads` and values `all` numbers behind them; a row of words has twice as many. */
static void follow_cells(const nl_arena *own, const float *numbers, const int16_t *heads, int32_t d, int32_t all,
                         float *z, float *floats, int32_t backward, uint8_t *found) {
    float *pace = floats + d, *value = pace + d;
    for (int32_t i = 0; i < own->count; i++) {
        const size_t word = (size_t)(backward ? own->count - 1 - i : i), row = word * 2 * (size_t)all;
        own->k->scan->floats(d, heads + row, numbers[0], pace);
        own->k->scan->floats(d, heads + row + all, numbers[1], value);
        own->k->scan->pace(d, pace, value, z);
        own->k->scan->activate_floats(d, z, numbers[2], found + word * (size_t)all);
    }
}

void nl_follow_cells(const nl_model *m, int32_t block, const nl_arena *own) {
    const int32_t *sizes = nl_backbone_sizes(m), h = m->shape[F_H], c = m->shape[F_C], d = sizes[O_INNER];
    const int32_t all = d * sizes[O_WAYS];
    const nl_reservoir_places at = nl_cell_places_of(m, own->count);
    const nl_scaling shared = CELLS_SCALING(P_CELLS_SHARED), both = CELLS_SCALING(P_CELLS_HEADS),
                     leave = CELLS_SCALING(P_CELLS_LEAVE);
    int16_t *heads = (int16_t *)(own->own + at.entered);
    uint8_t *found = own->own + at.found;
    float *floats = (float *)(own->own + at.floats);
    for (int32_t l = 0; l < own->full; l += NL_CHUNK) {
        const int32_t words = own->full - l < NL_CHUNK ? own->full - l : NL_CHUNK;
        nl_norm_rows(m, block, P_WORD_NORM, own, l, words, own->rows);
        own->k->relu(own->rows, (size_t)h, words, CELLS_PART(P_CELLS_SHARED), c, h / 4, shared, own->inner, (size_t)c);
        own->k->set(own->inner, (size_t)c, words, CELLS_PART(P_CELLS_HEADS), 2 * all, c / 4, both,
                    heads + (size_t)l * 2 * (size_t)all, 2 * (size_t)all);
    }
    for (size_t i = (size_t)own->count * (size_t)all; i < (size_t)own->full * (size_t)all; i++) found[i] = 64;
    for (int32_t way = 0; way < sizes[O_WAYS]; way++)
        follow_cells(own, CELLS_PART(P_CELLS_NUMBERS), heads + (size_t)way * (size_t)d, d, all,
                     nl_kept_of(m, block, own, floats), floats, way, found + (size_t)way * (size_t)d);
    own->k->add(found, (size_t)all, own->full, CELLS_PART(P_CELLS_LEAVE), h, all / 4, leave, own->x, (size_t)h);
}

#undef CELLS_PART
#undef CELLS_SCALING
#endif
