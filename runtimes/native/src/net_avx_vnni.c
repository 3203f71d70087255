/* The network for AVX-VNNI, 256 bits at once: called only where the processor has it. */
#define NL_KERNELS nl_kernels_avx_vnni
#define NL_HASHER nl_hash_avx2
#define NL_SCANS nl_scans_of_avx2
#define NL_MR 4
#define NL_NV 2
#define NL_ALONE 1
#define NL_REST 2
#include "net_ymm_sums.h"
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_avx_epi32(acc, nl_four(a), nl_bits(b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return _mm256_dpbusd_avx_epi32(acc, nl_bits(b), nl_four(a));
}
#include "net_body.h"
