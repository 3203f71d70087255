/* Vectors of 128 bits: 8 int16 numbers, 4 int32 ones; SSE2, which lacks one of them. */
#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>
#define NL_H 8
#define NL_OUTS 4
typedef __m128i nl_h;
typedef __m128i nl_p;
static inline __m128i nl_bits(const void *p) { return _mm_loadu_si128((const __m128i *)p); }
static inline __m128i nl_half(const void *p) { return _mm_loadl_epi64((const __m128i *)p); }
static inline nl_h nl_h_load(const int16_t *p) { return nl_bits(p); }
static inline void nl_h_store(void *p, nl_h h) { _mm_storeu_si128((__m128i *)p, h); }
static inline nl_h nl_h_same(int32_t v) { return _mm_set1_epi16((int16_t)v); }
static inline nl_h nl_h_bytes(const int8_t *p) {
    const __m128i bytes = nl_half(p);
    return _mm_srai_epi16(_mm_unpacklo_epi8(bytes, bytes), 8);
}
static inline nl_h nl_h_adds(nl_h x, nl_h y) { return _mm_adds_epi16(x, y); }
static inline nl_h nl_h_subs(nl_h x, nl_h y) { return _mm_subs_epi16(x, y); }
static inline nl_h nl_h_max(nl_h x, nl_h y) { return _mm_max_epi16(x, y); }
static inline nl_h nl_h_times(nl_h x, nl_h y) { return _mm_mullo_epi16(x, y); }
static inline nl_h nl_h_right(nl_h x, int32_t bits) { return _mm_sra_epi16(x, _mm_cvtsi32_si128(bits)); }
static inline nl_h nl_h_left(nl_h x, int32_t bits) { return _mm_sll_epi16(x, _mm_cvtsi32_si128(bits)); }
static inline void nl_h_u7(uint8_t *to, nl_h h) {
    const __m128i most = _mm_min_epi16(h, _mm_set1_epi16(127));
    _mm_storel_epi64((__m128i *)to, _mm_packus_epi16(most, most));
}
static inline void nl_h_nibbles(const uint8_t *p, nl_h *low, nl_h *high) {
    const __m128i both = _mm_unpacklo_epi8(nl_half(p), _mm_setzero_si128()), eight = _mm_set1_epi16(8);
    *low = _mm_sub_epi16(_mm_and_si128(both, _mm_set1_epi16(15)), eight);
    *high = _mm_sub_epi16(_mm_srli_epi16(both, 4), eight);
}
static inline nl_p nl_p_none(void) { return _mm_setzero_si128(); }
static inline nl_p nl_p_plus(nl_p x, nl_p y) { return _mm_add_epi32(x, y); }
static inline uint32_t nl_p_total(nl_p x) {
    x = _mm_add_epi32(x, _mm_shuffle_epi32(x, 0x4E));
    return (uint32_t)_mm_cvtsi128_si32(_mm_add_epi32(x, _mm_shuffle_epi32(x, 0xB1)));
}
static inline nl_p nl_p_pairs(nl_h h) { return _mm_madd_epi16(h, _mm_set1_epi16(1)); }
static inline nl_p nl_p_squares(nl_h h, int32_t bits) {
    return _mm_srl_epi32(_mm_madd_epi16(h, h), _mm_cvtsi32_si128(bits));
}
static inline nl_h nl_h_narrow_two(__m128i a, __m128i b, int32_t shift) {
    const __m128i bits = _mm_cvtsi32_si128(shift);
    return _mm_packs_epi32(_mm_sra_epi32(a, bits), _mm_sra_epi32(b, bits));
}
static inline __m128i nl_low_half(nl_h h) { return _mm_srai_epi32(_mm_unpacklo_epi16(h, h), 16); }
static inline __m128i nl_high_half(nl_h h) { return _mm_srai_epi32(_mm_unpackhi_epi16(h, h), 16); }
#include "net_interleave.h"
typedef __m128i nl_bytes;
static inline nl_bytes nl_four(const uint8_t *a) { return _mm_set1_epi32(nl_group(a)); }
static inline nl_bytes nl_many(const uint8_t *b) { return nl_bits(b); }
