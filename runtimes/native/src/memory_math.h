/* Arithmetic that a memory's ops share: in float32, without a C library. */
#ifndef NEUROLITE_MEMORY_MATH_H
#define NEUROLITE_MEMORY_MATH_H

#include <stdint.h>

#if defined(_MSC_VER)
#include <math.h>
#define NL_SQRT sqrtf
#else
#define NL_SQRT __builtin_sqrtf
#endif

enum { NL_SUM_LANES = 8 };

/* What an empty place is set back by, as in neurolite_core/network/memory/retrieval.py. */
#define NL_FAR 1e4f

/* e^x to some 1e-7 of it (Cody and Waite, 1980): 2^n e^r with r of at most half of log 2, e^r by its series. */
static inline float nl_exp(float x) {
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

/* In place. */
static inline void nl_softmax(float *numbers, int64_t count) {
    float most = numbers[0], sum = 0;
    for (int64_t i = 1; i < count; i++) most = numbers[i] > most ? numbers[i] : most;
    for (int64_t i = 0; i < count; i++) sum += numbers[i] = nl_exp(numbers[i] - most);
    for (int64_t i = 0; i < count; i++) numbers[i] /= sum;
}

/* The dot product, in lanes that compilers make vectors of. */
static inline float nl_dot(const float *one, const float *other, int64_t size) {
    float sums[NL_SUM_LANES] = {0}, sum = 0;
    int64_t at = 0;
    for (; at + NL_SUM_LANES <= size; at += NL_SUM_LANES)
        for (int lane = 0; lane < NL_SUM_LANES; lane++) sums[lane] += one[at + lane] * other[at + lane];
    for (; at < size; at++) sum += one[at] * other[at];
    for (int lane = 0; lane < NL_SUM_LANES; lane++) sum += sums[lane];
    return sum;
}

/* The sum, in the order of nl_dot. */
static inline float nl_total(const float *numbers, int64_t size) {
    float sums[NL_SUM_LANES] = {0}, sum = 0;
    int64_t at = 0;
    for (; at + NL_SUM_LANES <= size; at += NL_SUM_LANES)
        for (int lane = 0; lane < NL_SUM_LANES; lane++) sums[lane] += numbers[at + lane];
    for (; at < size; at++) sum += numbers[at];
    for (int lane = 0; lane < NL_SUM_LANES; lane++) sum += sums[lane];
    return sum;
}

#endif
