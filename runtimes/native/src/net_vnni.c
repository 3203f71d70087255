/* The network for AVX-512 VNNI, 256 bits at once: called only where the processor has it. */
#define NL_NETWORK nl_network_vnni
#define NL_HASHER nl_hash_avx512
#define NL_OUTS 8
#define NL_MR 4
#define NL_NV 2
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
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_epi32(acc, four(a), _mm256_loadu_si256((const __m256i *)b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_epi32(acc, _mm256_loadu_si256((const __m256i *)b), four(a));
}
#include "net_body.h"
