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
/* Values and weights are both signed bytes here, so that the two ways around are one. */
static inline nl_acc nl_dot(nl_acc acc, int8x16_t a, int8x16_t b) {
    return vpadalq_s16(acc, nl_add_pairs16(vmull_s8(vget_low_s8(a), vget_low_s8(b)), nl_high_products(a, b)));
}
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_four(a), nl_sixteen(b));
}
#define nl_dot_values nl_dot_weights
/* Two groups, a and b behind another: sums of four products fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot2_weights(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    const int8x16_t a0 = nl_four(a), b0 = nl_sixteen(b), a1 = nl_four(a + 4), b1 = nl_sixteen(b + next);
    const int16x8_t low = vmlal_s8(vmull_s8(vget_low_s8(a0), vget_low_s8(b0)), vget_low_s8(a1), vget_low_s8(b1));
    return vpadalq_s16(acc, nl_add_pairs16(low, nl_plus_high_products(nl_high_products(a0, b0), a1, b1)));
}
#define nl_dot2_values nl_dot2_weights
#include "net_body.h"
