/* Eight int32 sums in 256 bits, beside net_ymm.h. */
#include "net_ymm.h"
#define NL_OUTS 8
typedef __m256i nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return nl_bits(p); }
static inline nl_acc nl_same(int32_t value) { return _mm256_set1_epi32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm256_storeu_si256((__m256i *)p, a); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return _mm256_add_epi32(a, b); }
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) {
    const __m128i bits = _mm_cvtsi32_si128(shift);
    const __m256i both = _mm256_packs_epi32(_mm256_sra_epi32(acc[0], bits), _mm256_sra_epi32(acc[1], bits));
    return _mm256_permute4x64_epi64(both, 0xD8);
}
static inline void nl_widen(nl_h h, nl_acc *acc) {
    acc[0] = _mm256_cvtepi16_epi32(_mm256_castsi256_si128(h));
    acc[1] = _mm256_cvtepi16_epi32(_mm256_extracti128_si256(h, 1));
}
typedef __m256i nl_bytes;
static inline nl_bytes nl_four(const uint8_t *a) { return _mm256_set1_epi32(nl_group(a)); }
static inline nl_bytes nl_many(const uint8_t *b) { return nl_bits(b); }
