/* Loops that compilers make vectors of are here, so that what calls them can be small. */
#include "memory_math.h"

enum { SUM_LANES = 8 };

/* 2^n e^r with r of at most half of log 2, e^r by its series. */
float nl_exp(float x) {
    if (!(x >= -87)) return 0; /* and of no number, which may come out of a damaged file */
    if (x > 88) x = 88;
    const float turns = x * 1.44269504f;
    const int32_t n = (int32_t)(turns < 0 ? turns - 0.5f : turns + 0.5f);
    const float r = x - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;
    float sum = 1.f / 5040;
    sum = sum * r + 1.f / 720;
    sum = sum * r + 1.f / 120;
    sum = sum * r + 1.f / 24;
    sum = sum * r + 1.f / 6;
    sum = sum * r + 0.5f;
    sum = sum * r + 1;
    sum = sum * r + 1;
    const union {
        uint32_t bits;
        float number;
    } scale = {(uint32_t)(n + 127) << 23};
    return sum * scale.number;
}

void nl_softmax(float *numbers, int64_t count) {
    float most = numbers[0], sum = 0;
    for (int64_t i = 1; i < count; i++) most = numbers[i] > most ? numbers[i] : most;
    for (int64_t i = 0; i < count; i++) sum += numbers[i] = nl_exp(numbers[i] - most);
    for (int64_t i = 0; i < count; i++) numbers[i] /= sum;
}

float nl_dot(const float *one, const float *other, int64_t size) {
    float sums[SUM_LANES] = {0}, sum = 0;
    int64_t at = 0;
    for (; at + SUM_LANES <= size; at += SUM_LANES)
        for (int lane = 0; lane < SUM_LANES; lane++) sums[lane] += one[at + lane] * other[at + lane];
    for (; at < size; at++) sum += one[at] * other[at];
    for (int lane = 0; lane < SUM_LANES; lane++) sum += sums[lane];
    return sum;
}

float nl_total(const float *numbers, int64_t size) {
    float sums[SUM_LANES] = {0}, sum = 0;
    int64_t at = 0;
    for (; at + SUM_LANES <= size; at += SUM_LANES)
        for (int lane = 0; lane < SUM_LANES; lane++) sums[lane] += numbers[at + lane];
    for (; at < size; at++) sum += numbers[at];
    for (int lane = 0; lane < SUM_LANES; lane++) sum += sums[lane];
    return sum;
}

int nl_all_numbers(const float *values, int64_t count) {
    uint32_t found = 0; /* the highest bit: an exponent of all ones runs over into it */
    for (int64_t i = 0; i < count; i++) {
        const union {
            float number;
            uint32_t bits;
        } own = {values[i]};
        found |= (own.bits & 0x7F800000u) + 0x00800000u;
    }
    return !(found >> 31);
}

void nl_add_row(float *numbers, float weight, const float *row, int64_t size) {
    for (int64_t i = 0; i < size; i++) numbers[i] += weight * row[i];
}

int32_t nl_dot_steps(const int16_t *steps, const int8_t *row, int64_t size) {
    int32_t sum = 0;
    for (int64_t i = 0; i < size; i++) sum += steps[i] * row[i];
    return sum;
}

int32_t nl_nearest(float v, int32_t most) {
    v = v < 0 ? v - 0.5f : v + 0.5f;
    if (!(v > (float)-most)) return -most; /* and of no number, which may come out of a damaged file */
    return v < (float)most ? (int32_t)v : most;
}

void nl_scaled(int64_t size, const int32_t *restrict sums, const float *restrict scale, float step,
               const float *restrict bias, float *restrict out) {
    for (int64_t i = 0; i < size; i++) out[i] = (float)sums[i] * (scale[i] * step) + bias[i];
}
