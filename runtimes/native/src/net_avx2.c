/* The network for AVX2: called only where the processor has it. */
#define NL_KERNELS nl_kernels_avx2
#define NL_HASHER nl_hash_avx2
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#include "net_ymm_sums.h"
static inline nl_acc nl_dot(nl_acc acc, __m256i values, __m256i weights) {
    return _mm256_add_epi32(acc, _mm256_madd_epi16(_mm256_maddubs_epi16(values, weights), _mm256_set1_epi16(1)));
}
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_four(a), nl_bits(b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_bits(b), nl_four(a));
}
/* Two groups, a and b behind another: their sums of two products each fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot2(nl_acc acc, __m256i v0, __m256i w0, __m256i v1, __m256i w1) {
    __m256i sums = _mm256_add_epi16(_mm256_maddubs_epi16(v0, w0), _mm256_maddubs_epi16(v1, w1));
    return _mm256_add_epi32(acc, _mm256_madd_epi16(sums, _mm256_set1_epi16(1)));
}
static inline nl_acc nl_dot2_weights(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_four(a), nl_bits(b), nl_four(a + 4), nl_bits(b + next));
}
static inline nl_acc nl_dot2_values(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_bits(b), nl_four(a), nl_bits(b + next), nl_four(a + 4));
}
#include "net_body.h"
