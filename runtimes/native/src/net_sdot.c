/* The network for 64-bit Arm with sdot (dotprod): called only where the processor has it. */
#define NL_KERNELS nl_kernels_sdot
#define NL_HASHER nl_hash_vector
#define NL_MR 4
#define NL_NV 4
#define NL_REST 4
#define NL_AT_ONCE 4
#include "net_neon.h"
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes a, nl_bytes b) { return vdotq_s32(acc, b, a); }
#include "net_body.h"
