/* The network for SSSE3: called only where the processor has it. */
#define NL_KERNELS nl_kernels_ssse3
#define NL_HASHER nl_hash_vector
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#include "net_xmm.h"
#include <tmmintrin.h>
typedef __m128i nl_acc;
static inline nl_h nl_h_q15(nl_h x, nl_h y) { return _mm_mulhrs_epi16(x, y); }
static inline nl_acc nl_load(const int32_t *p) { return nl_bits(p); }
static inline nl_acc nl_same(int32_t value) { return _mm_set1_epi32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm_storeu_si128((__m128i *)p, a); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return _mm_add_epi32(a, b); }
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) { return nl_h_narrow_two(acc[0], acc[1], shift); }
static inline void nl_widen(nl_h h, nl_acc *acc) {
    acc[0] = nl_low_half(h);
    acc[1] = nl_high_half(h);
}
static inline nl_acc nl_dot(nl_acc acc, __m128i values, __m128i weights) {
    return _mm_add_epi32(acc, _mm_madd_epi16(_mm_maddubs_epi16(values, weights), _mm_set1_epi16(1)));
}
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_four(a), nl_bits(b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_bits(b), nl_four(a));
}
/* Two groups, a and b behind another: their sums of two products each fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot2(nl_acc acc, __m128i v0, __m128i w0, __m128i v1, __m128i w1) {
    const __m128i sums = _mm_add_epi16(_mm_maddubs_epi16(v0, w0), _mm_maddubs_epi16(v1, w1));
    return _mm_add_epi32(acc, _mm_madd_epi16(sums, _mm_set1_epi16(1)));
}
static inline nl_acc nl_dot2_weights(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_four(a), nl_bits(b), nl_four(a + 4), nl_bits(b + next));
}
static inline nl_acc nl_dot2_values(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_bits(b), nl_four(a), nl_bits(b + next), nl_four(a + 4));
}
#include "net_body.h"
