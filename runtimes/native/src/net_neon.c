/* The network for NEON, which every 64-bit Arm has; also for 32 bits. */
#define NL_KERNELS nl_kernels_neon
#define NL_HASHER nl_hash_vector
#include "net_neon.h"
#if defined(__aarch64__)
#define NL_MR 4
#else /* half the registers */
#define NL_MR 2
#endif
#define NL_NV 2
#define NL_REST 2
#define NL_AT_ONCE 4
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes a, nl_bytes b) {
    return vpadalq_s16(acc, nl_add_pairs16(vmull_s8(vget_low_s8(a), vget_low_s8(b)), nl_high_products(a, b)));
}
/* Two groups: sums of four products fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot8(nl_acc acc, nl_bytes a0, nl_bytes b0, nl_bytes a1, nl_bytes b1) {
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(a0), vget_low_s8(b0)), vget_low_s8(a1), vget_low_s8(b1));
    return vpadalq_s16(acc, nl_add_pairs16(low, nl_plus_high_products(nl_high_products(a0, b0), a1, b1)));
}
#include "net_body.h"
