/* Vectors of 256 bits, for the paths of AVX2 and of AVX-512 VNNI: eight int32 sums at once. */
#define NL_OUTS 8
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>
typedef __m256i nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return _mm256_loadu_si256((const __m256i *)p); }
static inline nl_acc nl_same(int32_t value) { return _mm256_set1_epi32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm256_storeu_si256((__m256i *)p, a); }
static inline __m256i four(const uint8_t *a) {
    int32_t v;
    __builtin_memcpy(&v, a, 4);
    return _mm256_set1_epi32(v);
}
