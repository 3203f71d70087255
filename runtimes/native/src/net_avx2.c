/* The network for AVX2: called only where the processor has it. */
#define NL_KERNELS nl_kernels_avx2
#define NL_HASHER nl_hash_avx2
#define NL_SCANS nl_scans_of_avx2
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#define NL_AT_ONCE 4
#include "net_ymm_sums.h"
#define NL_X86(operation) _mm256_##operation
#include "net_maddubs.h"
#include "net_body.h"
