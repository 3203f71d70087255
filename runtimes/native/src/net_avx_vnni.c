/* The network for AVX-VNNI, 256 bits at once: called only where the processor has it. */
#define NL_KERNELS nl_kernels_avx_vnni
#define NL_HASHER nl_hash_avx2
#define NL_SCANS nl_scans_of_avx2
#define NL_MR 4
#define NL_NV 2
#define NL_REST 2
#define NL_AT_ONCE 4
#include "net_ymm_sums.h"
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes values, nl_bytes weights) {
    return _mm256_dpbusd_avx_epi32(acc, values, weights);
}
#include "net_body.h"
