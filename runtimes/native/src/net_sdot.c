/* The network for 64-bit Arm with sdot (dotprod): called only where the processor has it. */
#define NL_KERNELS nl_kernels_sdot
#define NL_HASHER nl_hash_vector
#define NL_MR 4
#define NL_NV 4
#define NL_REST 4
#include "net_neon.h"
/* Values and weights are both signed bytes here, so that the two ways around are one. */
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return vdotq_s32(acc, nl_sixteen(b), nl_four(a));
}
#define nl_dot_values nl_dot_weights
#include "net_body.h"
