/* What the x86 paths have in common: four rows' 16 bytes, column by column, and four bytes as a number. */
static inline void nl_interleave(const uint8_t *r0, const uint8_t *r1, const uint8_t *r2, const uint8_t *r3,
                                 uint8_t *out) {
    const __m128i a = _mm_loadu_si128((const __m128i *)r0), b = _mm_loadu_si128((const __m128i *)r1);
    const __m128i c = _mm_loadu_si128((const __m128i *)r2), d = _mm_loadu_si128((const __m128i *)r3);
    const __m128i ab = _mm_unpacklo_epi8(a, b), cd = _mm_unpacklo_epi8(c, d);
    const __m128i ab2 = _mm_unpackhi_epi8(a, b), cd2 = _mm_unpackhi_epi8(c, d);
    __m128i *to = (__m128i *)out;
    _mm_storeu_si128(to, _mm_unpacklo_epi16(ab, cd));
    _mm_storeu_si128(to + 1, _mm_unpackhi_epi16(ab, cd));
    _mm_storeu_si128(to + 2, _mm_unpacklo_epi16(ab2, cd2));
    _mm_storeu_si128(to + 3, _mm_unpackhi_epi16(ab2, cd2));
}
#define NL_INTERLEAVE nl_interleave
static inline int32_t nl_group(const uint8_t *a) {
    int32_t v;
    __builtin_memcpy(&v, a, 4);
    return v;
}
