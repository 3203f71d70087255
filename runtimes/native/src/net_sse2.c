/* The network for SSE2, which every x86-64 processor has. */
#define NL_KERNELS nl_kernels_sse2
#define NL_HASHER nl_hash_vector
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#define NL_AT_ONCE 4
#include "net_xmm.h"
static inline nl_h nl_h_q15(nl_h x, nl_h y) {
    /* Twice the high half, and of the low one's two highest bits the half, rounded up. */
    const __m128i low = _mm_avg_epu16(_mm_srli_epi16(_mm_mullo_epi16(x, y), 14), _mm_setzero_si128());
    return _mm_add_epi16(_mm_slli_epi16(_mm_mulhi_epi16(x, y), 1), low);
}
/* Four sums, each as two halves side by side: of the first two outputs, and of the others. */
typedef struct { __m128i low, high; } nl_acc;
static inline __m128i nl_whole(nl_acc a) {
    const __m128 low = _mm_castsi128_ps(a.low), high = _mm_castsi128_ps(a.high);
    return _mm_add_epi32(_mm_castps_si128(_mm_shuffle_ps(low, high, 0x88)),
                         _mm_castps_si128(_mm_shuffle_ps(low, high, 0xDD)));
}
static inline nl_acc nl_halves(__m128i v) {
    const __m128i none = _mm_setzero_si128();
    return (nl_acc){_mm_unpacklo_epi32(v, none), _mm_unpackhi_epi32(v, none)};
}
static inline nl_acc nl_load(const int32_t *p) { return nl_halves(nl_bits(p)); }
static inline nl_acc nl_same(int32_t value) { return nl_halves(_mm_set1_epi32(value)); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm_storeu_si128((__m128i *)p, nl_whole(a)); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) {
    return (nl_acc){_mm_add_epi32(a.low, b.low), _mm_add_epi32(a.high, b.high)};
}
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) {
    return nl_h_narrow_two(nl_whole(acc[0]), nl_whole(acc[1]), shift);
}
static inline void nl_widen(nl_h h, nl_acc *acc) {
    acc[0] = nl_halves(nl_low_half(h));
    acc[1] = nl_halves(nl_high_half(h));
}
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes values, nl_bytes weights) {
    const __m128i none = _mm_setzero_si128();
    const __m128i low = _mm_srai_epi16(_mm_unpacklo_epi8(weights, weights), 8);
    const __m128i high = _mm_srai_epi16(_mm_unpackhi_epi8(weights, weights), 8);
    return (nl_acc){_mm_add_epi32(acc.low, _mm_madd_epi16(_mm_unpacklo_epi8(values, none), low)),
                    _mm_add_epi32(acc.high, _mm_madd_epi16(_mm_unpackhi_epi8(values, none), high))};
}
#include "net_body.h"
