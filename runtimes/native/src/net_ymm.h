/* Vectors of 256 bits: 16 int16 numbers, for the paths of AVX2, AVX-VNNI and AVX-512 VNNI. */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
#define NL_H 16
typedef __m256i nl_h;
typedef __m256i nl_p;
static inline __m256i nl_bits(const void *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline nl_h nl_h_load(const int16_t *p) { return nl_bits(p); }
static inline void nl_h_store(void *p, nl_h h) { _mm256_storeu_si256((__m256i *)p, h); }
static inline nl_h nl_h_same(int32_t v) { return _mm256_set1_epi16((int16_t)v); }
static inline nl_h nl_h_bytes(const int8_t *p) { return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)p)); }
static inline nl_h nl_h_adds(nl_h x, nl_h y) { return _mm256_adds_epi16(x, y); }
static inline nl_h nl_h_subs(nl_h x, nl_h y) { return _mm256_subs_epi16(x, y); }
static inline nl_h nl_h_max(nl_h x, nl_h y) { return _mm256_max_epi16(x, y); }
static inline nl_h nl_h_q15(nl_h x, nl_h y) { return _mm256_mulhrs_epi16(x, y); }
static inline nl_h nl_h_times(nl_h x, nl_h y) { return _mm256_mullo_epi16(x, y); }
static inline nl_h nl_h_right(nl_h x, int32_t bits) { return _mm256_sra_epi16(x, _mm_cvtsi32_si128(bits)); }
static inline nl_h nl_h_left(nl_h x, int32_t bits) { return _mm256_sll_epi16(x, _mm_cvtsi32_si128(bits)); }
static inline void nl_h_u7(uint8_t *to, nl_h h) {
    const __m256i most = _mm256_min_epi16(h, _mm256_set1_epi16(127));
    const __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(most), _mm256_extracti128_si256(most, 1));
    _mm_storeu_si128((__m128i *)to, bytes);
}
static inline void nl_h_nibbles(const uint8_t *p, nl_h *low, nl_h *high) {
    const __m256i both = _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)p)), eight = _mm256_set1_epi16(8);
    *low = _mm256_sub_epi16(_mm256_and_si256(both, _mm256_set1_epi16(15)), eight);
    *high = _mm256_sub_epi16(_mm256_srli_epi16(both, 4), eight);
}
static inline nl_p nl_p_none(void) { return _mm256_setzero_si256(); }
static inline nl_p nl_p_plus(nl_p x, nl_p y) { return _mm256_add_epi32(x, y); }
static inline uint32_t nl_p_total(nl_p x) {
    __m128i four = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    four = _mm_add_epi32(four, _mm_shuffle_epi32(four, 0x4E));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(four, _mm_shuffle_epi32(four, 0xB1)));
}
static inline nl_p nl_p_pairs(nl_h h) { return _mm256_madd_epi16(h, _mm256_set1_epi16(1)); }
static inline nl_p nl_p_squares(nl_h h, int32_t bits) {
    return _mm256_srl_epi32(_mm256_madd_epi16(h, h), _mm_cvtsi32_si128(bits));
}
#include "net_interleave.h"
