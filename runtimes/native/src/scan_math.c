/* The float32 loops of docs/c-arithmetic.md, "State space", "Reservoir" and "Liquid": each operation by itself. */
#include "scan_math.h"

#if !defined(NL_SCAN) /* else another instruction set's file, which includes this one */
#define NL_SCAN(name) name
#endif

/* nl_exp of x cut to -87 to 88, without a branch. */
static inline float power_of(float x) {
    float in = x > -87 ? x : -87; /* also of no number, which may come out of a damaged file */
    in = in < 88 ? in : 88;
    const float turns = in * 1.44269504f;
    const int32_t n = (int32_t)(turns + (turns < 0 ? -0.5f : 0.5f));
    const float r = in - (float)n * 0.693359375f + (float)n * 2.12194440e-4f;
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

/* log(1 + e^p): log(1 + z) = 2 artanh(z / (2 + z)) by its series, 1e-6 of it away. */
static inline float softplus(float p) {
    const float z = power_of(p < 0 ? p : -p), t = z / (2 + z), s = t * t;
    float sum = 1.f / 9;
    sum = sum * s + 1.f / 7;
    sum = sum * s + 1.f / 5;
    sum = sum * s + 1.f / 3;
    sum = sum * s + 1;
    return (p > 0 ? p : 0) + (t + t) * sum;
}

/* Of whole vectors: all sizes are multiples of 16. */
#define EACH(i) for (int32_t i = 0; i < (size & ~15); i++)

void NL_SCAN(nl_floats)(int32_t size, const int16_t *restrict from, float step, float *restrict to) {
    EACH(i) to[i] = (float)from[i] * step;
}

/* 64 + near(v, 63). */
static inline uint8_t activation(float v) {
    v = v + (v < 0 ? -0.5f : 0.5f);
    v = v > -63 ? v : -63;
    v = v < 63 ? v : 63;
    return (uint8_t)(64 + (int32_t)v);
}

void NL_SCAN(nl_activate_floats)(int32_t size, const float *restrict from, float inverse, uint8_t *restrict to) {
    EACH(i) to[i] = activation(from[i] * inverse);
}

void NL_SCAN(nl_activate_rest)(int32_t size, const float *restrict from, float inverse, const uint8_t *restrict found,
                               uint8_t *restrict rest) {
    EACH(i) rest[i] = activation((from[i] * inverse - (float)(found[i] - 64)) * 128);
}

void NL_SCAN(nl_add_times)(int32_t size, float by, const float *restrict row, float *restrict numbers) {
    EACH(i) numbers[i] = numbers[i] + by * row[i];
}

void NL_SCAN(nl_state_inputs)(int32_t size, const float *restrict v, const float *restrict skip, float *restrict steps,
                              float *restrict added, float *restrict y) {
    EACH(i) {
        steps[i] = softplus(steps[i]);
        added[i] = steps[i] * v[i];
        y[i] = v[i] * skip[i];
    }
}

void NL_SCAN(nl_state_word)(int32_t size, const float *restrict steps, const float *restrict decay,
                            const float *restrict added, float enter, float leave, float *restrict kept,
                            float *restrict y) {
    EACH(i) {
        kept[i] = power_of(steps[i] * decay[i]) * kept[i] + added[i] * enter;
        y[i] = y[i] + kept[i] * leave;
    }
}

void NL_SCAN(nl_gate)(int32_t size, const float *restrict gate, float *restrict y) {
    EACH(i) y[i] = y[i] * (gate[i] / (1 + power_of(-gate[i])));
}

void NL_SCAN(nl_leak)(int32_t size, const float *restrict kept, const float *restrict u, float *restrict z) {
    EACH(i) z[i] = kept[i] * z[i] + u[i];
}

void NL_SCAN(nl_surprise)(int32_t size, const float *restrict from_state, const float *restrict from_input,
                          const float *restrict u, const float *restrict z, float *restrict expected,
                          float *restrict found) {
    EACH(i) {
        found[i] = z[i] - expected[i];
        expected[i] = from_state[i] * z[i] + from_input[i] * u[i];
    }
}

void NL_SCAN(nl_pace)(int32_t size, const float *restrict pace, const float *restrict value, float *restrict z) {
    EACH(i) {
        const float p = 1 / (1 + power_of(-pace[i])), t = 1 - 2 / (1 + power_of(value[i] + value[i]));
        z[i] = (1 - p) * z[i] + p * t;
    }
}

const nl_scans NL_SCAN(nl_scans_of) = {
    NL_SCAN(nl_floats),       NL_SCAN(nl_activate_floats), NL_SCAN(nl_activate_rest), NL_SCAN(nl_add_times),
    NL_SCAN(nl_state_inputs), NL_SCAN(nl_state_word),      NL_SCAN(nl_gate),          NL_SCAN(nl_leak),
    NL_SCAN(nl_surprise),     NL_SCAN(nl_pace)};

#undef EACH
