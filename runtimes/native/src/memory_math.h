/* Arithmetic of memories and experts, in float32, without a C library. */
#ifndef NEUROLITE_MEMORY_MATH_H
#define NEUROLITE_MEMORY_MATH_H

#include <stdint.h>

/* What an empty place is set back by, as in neurolite_core/network/memory/retrieval.py. */
#define NL_FAR 1e4f

/* e^x to some 1e-7 of it (Cody and Waite, 1980). */
float nl_exp(float x);

/* In place. */
void nl_softmax(float *numbers, int64_t count);

/* The dot product, in lanes that compilers make vectors of; and the sum, in the same order. */
float nl_dot(const float *one, const float *other, int64_t size);
float nl_total(const float *numbers, int64_t size);

/* Whether none is infinite, or no number. */
int nl_all_numbers(const float *values, int64_t count);

/* numbers[i] + weight * row[i], in place. */
void nl_add_row(float *numbers, float weight, const float *row, int64_t size);

/* The dot product of 12 bits with 8, of at most 8,192 numbers. */
int32_t nl_dot_steps(const int16_t *steps, const int8_t *row, int64_t size);

/* The nearest whole number, halves away from 0, between `most` and its negative. */
int32_t nl_nearest(float v, int32_t most);

/* out[i] = sums[i] * (scale[i] * step) + bias[i]. */
void nl_scaled(int64_t size, const int32_t *sums, const float *scale, float step, const float *bias, float *out);

#endif
