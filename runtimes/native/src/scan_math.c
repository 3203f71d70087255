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

#if defined(__GNUC__) && (defined(__SSE2__) || defined(__aarch64__))
/* By hand, as compilers take one vector through all steps of an exponential, each of which waits for the one before:
 * four go together. No power is above 0, as no decay is, so that neither 88 nor the sign needs to be looked at. */
#if defined(__AVX2__)
enum { WIDE = 8 };
#else
enum { WIDE = 4 };
#endif
typedef float wide __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
typedef int32_t whole __attribute__((vector_size(4 * WIDE), aligned(4), may_alias));
#if defined(__clang__)
#define TOGETHER(v) _Pragma("unroll") for (int v = 0; v < vectors; v++)
#else
#define TOGETHER(v) _Pragma("GCC unroll 4") for (int v = 0; v < vectors; v++)
#endif
#define VECTOR(p, v) (*(wide *)((p) + WIDE * (v)))
#define GIVEN(p, v) (*(const wide *)((p) + WIDE * (v)))

__attribute__((always_inline)) static inline void follow(const int vectors, const float *steps, const float *decay,
                                                         const float *added, float enter, float leave, float *kept,
                                                         float *y) {
    wide r[4], sum[4];
    whole n[4];
    TOGETHER(v) {
        const wide power = GIVEN(steps, v) * GIVEN(decay, v);
        const whole above = power > -87; /* not of no number */
        r[v] = (wide)(((whole)power & above) | ((whole)((wide){0} - 87) & ~above));
        n[v] = __builtin_convertvector(r[v] * 1.44269504f - 0.5f, whole);
    }
    TOGETHER(v) {
        const wide turns = __builtin_convertvector(n[v], wide);
        r[v] = r[v] - turns * 0.693359375f + turns * 2.12194440e-4f;
    }
    TOGETHER(v) sum[v] = 1.f / 5040 * r[v] + 1.f / 720;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 1.f / 120;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 1.f / 24;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 1.f / 6;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 0.5f;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 1;
    TOGETHER(v) sum[v] = sum[v] * r[v] + 1;
    TOGETHER(v) {
        const wide own = sum[v] * (wide)((n[v] + 127) << 23) * GIVEN(kept, v) + GIVEN(added, v) * enter;
        VECTOR(kept, v) = own;
        VECTOR(y, v) = GIVEN(y, v) + own * leave;
    }
}

void NL_SCAN(nl_state_word)(int32_t size, const float *restrict steps, const float *restrict decay,
                            const float *restrict added, float enter, float leave, float *restrict kept,
                            float *restrict y) {
    int32_t i = 0;
    for (; i + 4 * WIDE <= size; i += 4 * WIDE)
        follow(4, steps + i, decay + i, added + i, enter, leave, kept + i, y + i);
    if (i < size) follow(16 / WIDE, steps + i, decay + i, added + i, enter, leave, kept + i, y + i);
}

#undef TOGETHER
#undef VECTOR
#undef GIVEN
#else
void NL_SCAN(nl_state_word)(int32_t size, const float *restrict steps, const float *restrict decay,
                            const float *restrict added, float enter, float leave, float *restrict kept,
                            float *restrict y) {
    EACH(i) {
        kept[i] = power_of(steps[i] * decay[i]) * kept[i] + added[i] * enter;
        y[i] = y[i] + kept[i] * leave;
    }
}
#endif

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
