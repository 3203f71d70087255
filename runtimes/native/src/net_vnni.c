/* The network for AVX-512 VNNI, 256 bits at once: called only where the processor has it. */
#define NL_NETWORK nl_network_vnni
#define NL_HASHER nl_hash_avx512
#define NL_MR 4
#define NL_NV 2
#include "net_ymm.h"
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_epi32(acc, four(a), _mm256_loadu_si256((const __m256i *)b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_epi32(acc, _mm256_loadu_si256((const __m256i *)b), four(a));
}
#include "net_body.h"
