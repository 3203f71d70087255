/* Experts over the final norm's vector: docs/c-arithmetic.md, "Experts". Floats are rounded operation by operation. */
#include "kernels.h"
#include "memory_math.h"
#include "root.h"
#include "whole_numbers.h"

enum { STEPS = 1024, LARGEST = 127, OFFSET = 1032, MOST_ROUTED = 16383, MOST_CHOSEN = 2 };

/* Offsets in the scratch behind the network's. */
typedef struct {
    size_t mean, logits, inner, sums, text, end;
} expert_places;

static expert_places expert_places_of(const nl_model *m) {
    const size_t h = (size_t)m->shape[F_H], w = (size_t)nl_sizes(m, P_EXPERTS)[X_WIDTH];
    expert_places at;
    at.mean = 0;
    at.logits = nl_up(4 * (size_t)m->shape[F_E], NL_LINE);
    at.inner = at.logits + nl_up(4 * (size_t)m->shape[F_EXPERTS], NL_LINE);
    at.sums = at.inner + nl_up(w, NL_LINE);
    at.text = at.sums + nl_up(4 * (w > h ? w : h), NL_LINE);
    at.end = at.text + nl_up(4 * h, NL_LINE);
    return at;
}

size_t nl_experts_scratch(const nl_model *model) { return model->shape[F_EXPERTS] ? expert_places_of(model).end : 0; }

/* The logit of each expert, from the mean of the words' own vectors. */
static void route(const nl_model *m, const int32_t *sums, int32_t words, float *mean, float *logits) {
    const float *numbers = nl_part(m, P_EXPERT_NUMBERS), *router = nl_part(m, P_ROUTER);
    const float *gain = nl_part(m, P_ROUTER_GAIN), *offset = nl_part(m, P_ROUTER_OFFSET);
    const float *bias = nl_part(m, P_ROUTER_BIAS);
    const int64_t e = m->shape[F_E];
    const float scale = numbers[0] / (float)(words > 0 ? words : 1);
    for (int64_t j = 0; j < e; j++) mean[j] = (float)sums[j] * scale;
    const float middle = nl_total(mean, e) / (float)e;
    for (int64_t j = 0; j < e; j++) mean[j] -= middle;
    const float inverse = 1 / NL_ROOT(nl_dot(mean, mean, e) / (float)e + numbers[1]);
    for (int64_t j = 0; j < e; j++) mean[j] = mean[j] * inverse * gain[j] + offset[j];
    for (int64_t x = 0; x < m->shape[F_EXPERTS]; x++) logits[x] = nl_dot(router + x * e, mean, e) + bias[x];
}

/* A logit in steps of 1 / 1,024. */
static int32_t step_of(float logit) {
    if (!(logit > -LARGEST)) logit = -LARGEST; /* and of no number, which may come out of a damaged file */
    if (logit > LARGEST) logit = LARGEST;
    const float raised = logit * STEPS + 0.5f;
    const int32_t whole = (int32_t)raised;
    return (float)whole > raised ? whole - 1 : whole;
}

/* The experts of the largest logits, of equals the lowest number, and how much each counts. */
static void choose(float *logits, int32_t count, int32_t top, int32_t *chosen, float *weights) {
    for (int32_t t = 0; t < top; t++) {
        int32_t best = -1;
        for (int32_t x = 0; x < count; x++) {
            if (t > 0 && x == chosen[0]) continue;
            if (best < 0 || step_of(logits[x]) > step_of(logits[best])) best = x;
        }
        chosen[t] = best;
    }
    nl_softmax(logits, count);
    for (int32_t t = 0; t < top; t++) weights[t] = logits[chosen[t]];
    if (top == 1) return;
    const float both = weights[0] + weights[1];
    weights[0] = weights[0] / both;
    weights[1] = weights[1] / both;
}

/* Adds what an expert makes of the text, times its weight. */
static void add_made(const nl_model *m, int32_t expert, float weight, const uint8_t *u7, uint8_t *inner, int32_t *sums,
                     float *text) {
    const nl_kernels *k = nl_kernels_of(m->path);
    const int32_t h = m->shape[F_H], w = nl_sizes(m, P_EXPERTS)[X_WIDTH];
    const size_t one = (size_t)expert, weights = one * (size_t)h * (size_t)w;
    const int16_t *mult = (const int16_t *)nl_part(m, P_EXPERT_EXPAND + 2) + one * (size_t)w;
    const int32_t shift = ((const int32_t *)nl_part(m, P_EXPERT_EXPAND + 3))[expert];
    const float *scale = (const float *)nl_part(m, P_EXPERT_CONTRACT + 2) + one * (size_t)h;
    k->sums(u7, NULL, (const uint8_t *)nl_part(m, P_EXPERT_EXPAND) + weights, w, h / 4,
            (const int32_t *)nl_part(m, P_EXPERT_EXPAND + 1) + one * (size_t)w, sums);
    for (int32_t j = 0; j < w; j++)
        inner[j] = (uint8_t)nl_clamp(nl_q15(nl_sat16(sums[j] >> shift), mult[j]), 0, 127);
    k->sums(inner, NULL, (const uint8_t *)nl_part(m, P_EXPERT_CONTRACT) + weights, h, w / 4,
            (const int32_t *)nl_part(m, P_EXPERT_CONTRACT + 1) + one * (size_t)h, sums);
    for (int32_t j = 0; j < h; j++) {
        const float made = (float)sums[j] * scale[j];
        text[j] = text[j] + made * weight;
    }
}

void nl_let_experts(const nl_model *m, const int32_t *sums, int32_t words, const nl_beside *beside, int16_t *y,
                    uint8_t *u7) {
    const expert_places at = expert_places_of(m);
    const int32_t h = m->shape[F_H], count = m->shape[F_EXPERTS], top = nl_sizes(m, P_EXPERTS)[X_TOP];
    const float *numbers = nl_part(m, P_EXPERT_NUMBERS);
    float *text = (float *)(void *)(beside->room + at.text), *logits = (float *)(void *)(beside->room + at.logits);
    int32_t *room = (int32_t *)(void *)(beside->room + at.sums);
    int32_t chosen[MOST_CHOSEN] = {0, 0};
    float weights[MOST_CHOSEN] = {1, 0};
    if (count > 1) {
        route(m, sums, words, (float *)(void *)(beside->room + at.mean), logits);
        choose(logits, count, top, chosen, weights);
    }
    for (int32_t j = 0; j < h; j++) text[j] = (float)(y[j] - OFFSET) * numbers[2];
    for (int32_t t = 0; t < top; t++)
        add_made(m, chosen[t], weights[t], u7, beside->room + at.inner, room, text);
    for (int32_t j = 0; j < h; j++) {
        const int32_t routed = nl_nearest(text[j] * numbers[3], MOST_ROUTED) + OFFSET;
        y[j] = (int16_t)routed;
        u7[j] = (uint8_t)nl_clamp(routed >> 4, 0, 127);
    }
    if (beside->experts == NULL || count < 2) return;
    const int second = top > 1 && chosen[1] < chosen[0];
    beside->experts[0] = chosen[second];
    if (top > 1) beside->experts[1] = chosen[!second];
}

int32_t nl_experts(const nl_model *model) {
    return model->shape[F_EXPERTS] > 1 ? nl_sizes(model, P_EXPERTS)[X_TOP] : 0;
}
