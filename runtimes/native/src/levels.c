/* Levels of a memory. */
#include "levels.h"

#include <stddef.h>

#include "memory_math.h"
#include "root.h"

/* As in neurolite_core/network/memory/slots.py. */
static const float sharpness = 32, grid = 16, empty = 2, kept = 0.95f, smallest = 1e-6f;

void nl_recall(int steps, int64_t patterns, int64_t size, const float *keys, const float *filled, const float *places,
               float beta, float *query, float *weights) {
    for (int step = 0; step < steps; step++) {
        for (int64_t k = 0; step != 0 && k < size; k++) query[k] = 0;
        for (int64_t p = 0; step != 0 && p < patterns; p++) nl_add_row(query, weights[p], keys + p * size, size);
        for (int64_t k = 0; k < size; k++) query[k] *= beta;
        for (int64_t p = 0; p < patterns; p++) {
            weights[p] = nl_dot(query, keys + p * size, size);
            if (places != NULL) weights[p] += (filled[p] - 1) * NL_FAR + places[p];
        }
        nl_softmax(weights, patterns);
    }
}

/* The largest whole number that is not above it; float32 has no others from 2^24 on. */
static float whole_of(float x) {
    if (!(x > -16777216.f && x < 16777216.f)) return x;
    const float whole = (float)(int32_t)x;
    return whole > x ? whole - 1 : whole;
}

/* How near each slot is to the entry, empty ones set far back; gives the largest. */
static float find_energies(const nl_slots *own, float *energies) {
    const float *entry = own->entry, *texts = own->texts;
    const float length = NL_ROOT(nl_dot(entry, entry, own->size));
    float most = -2 * NL_FAR;
    for (int64_t s = 0; s < own->count; s++) {
        const float *slot = own->slots + s * own->size;
        const float dot = nl_dot(entry, slot, own->size);
        const float both = NL_ROOT(nl_dot(slot, slot, own->size)) * length, filled = 2 * texts[s] < 1 ? 2 * texts[s] : 1;
        energies[s] = dot / (both > smallest ? both : smallest) * sharpness + (filled - 1) * NL_FAR;
        most = energies[s] > most ? energies[s] : most;
    }
    return most;
}

void nl_write_slots(const nl_slots *own, float *room, float *next_slots, float *next_texts, float *next_used) {
    const int64_t count = own->count, size = own->size;
    const float *texts = own->texts, *used = own->used;
    float *nearest = room, *least = room + count;
    const float best = find_energies(own, nearest) - own->border * sharpness;
    const float how = 1 / (1 + nl_exp(-best)), reads = (float)(int32_t)own->reads;
    for (int64_t s = 0; s < count; s++) {
        const float filled = 2 * texts[s] < 1 ? 2 * texts[s] : 1;
        const float raised = (used[s] + empty) * filled * grid;
        least[s] = (whole_of(raised) + own->ties[s]) * own->haste;
    }
    nl_softmax(nearest, count);
    nl_softmax(least, count);
    for (int64_t s = 0; s < count; s++) {
        const float merged = how * nearest[s], taken = (1 - how) * least[s];
        const float left = 1 - taken, both = merged + taken, share = merged / (texts[s] + 1) + taken;
        const float *slot = own->slots + s * size;
        float *next = next_slots + s * size, read = 0;
        for (int64_t d = 0; d < size; d++) next[d] = slot[d] + share * (own->entry[d] - slot[d]);
        for (int64_t r = 0; r < own->reads; r++) read += own->weights[r * count + s];
        const float use = used[s] * left * kept + read / reads + both;
        next_texts[s] = texts[s] * left + both;
        next_used[s] = use;
    }
}
