/* Loops of backbones that follow a text word by word, in float32, of which compilers make vectors. All sizes are
 * multiples of 16. */
#ifndef NEUROLITE_SCAN_MATH_H
#define NEUROLITE_SCAN_MATH_H

#include <stdint.h>

/* to[i] = from[i] * step; and to[i] = 64 + near(from[i] * inverse, 63). */
void nl_floats(int32_t size, const int16_t *from, float step, float *to);
void nl_activate_floats(int32_t size, const float *from, float inverse, uint8_t *to);

/* What that left, 128 times finer: rest[i] = 64 + near((from[i] * inverse - (found[i] - 64)) * 128, 63). */
void nl_activate_rest(int32_t size, const float *from, float inverse, const uint8_t *found, uint8_t *rest);

/* numbers[i] = numbers[i] + by * row[i]. */
void nl_add_times(int32_t size, float by, const float *row, float *numbers);

/* steps[i] = softplus(steps[i]), added[i] = steps[i] * v[i], y[i] = v[i] * skip[i]. */
void nl_state_inputs(int32_t size, const float *v, const float *skip, float *steps, float *added, float *y);

/* Of steps that are at least 0 and decays that are at most 0:
 * kept[i] = e^(steps[i] * decay[i]) * kept[i] + added[i] * enter, and y[i] = y[i] + kept[i] * leave. */
void nl_state_word(int32_t size, const float *steps, const float *decay, const float *added, float enter, float leave,
                   float *kept, float *y);

/* y[i] = y[i] * (gate[i] / (1 + e^-gate[i])). */
void nl_gate(int32_t size, const float *gate, float *y);

/* z[i] = kept[i] * z[i] + u[i]. */
void nl_leak(int32_t size, const float *kept, const float *u, float *z);

/* found[i] = z[i] - expected[i], and what is expected of the next word. */
void nl_surprise(int32_t size, const float *from_state, const float *from_input, const float *u, const float *z,
                 float *expected, float *found);

/* z[i] = (1 - p) * z[i] + p * t, p = 1 / (1 + e^-pace[i]), t = 1 - 2 / (1 + e^(2 value[i])). */
void nl_pace(int32_t size, const float *pace, const float *value, float *z);

/* All of them, in an instruction set: the same bits. */
typedef struct nl_scans {
    void (*floats)(int32_t size, const int16_t *from, float step, float *to);
    void (*activate_floats)(int32_t size, const float *from, float inverse, uint8_t *to);
    void (*activate_rest)(int32_t size, const float *from, float inverse, const uint8_t *found, uint8_t *rest);
    void (*add_times)(int32_t size, float by, const float *row, float *numbers);
    void (*state_inputs)(int32_t size, const float *v, const float *skip, float *steps, float *added, float *y);
    void (*state_word)(int32_t size, const float *steps, const float *decay, const float *added, float enter,
                       float leave, float *kept, float *y);
    void (*gate)(int32_t size, const float *gate, float *y);
    void (*leak)(int32_t size, const float *kept, const float *u, float *z);
    void (*surprise)(int32_t size, const float *from_state, const float *from_input, const float *u, const float *z,
                     float *expected, float *found);
    void (*pace)(int32_t size, const float *pace, const float *value, float *z);
} nl_scans;
extern const nl_scans nl_scans_of, nl_scans_of_avx2;

#endif
