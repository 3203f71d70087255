/* The network for Cortex-M with the DSP extension; chosen when the library is compiled. */
#define NL_KERNELS nl_kernels_smlad
#define NL_HASHER nl_hash_scalar
#define NL_OUTS 1
#define NL_H 2
#include "net_smlad.h"

#define NL_INTERLEAVE nl_interleave
#define NL_CUT nl_cut
#define NL_Q15(a, b) (nl_multiply_add(a, b, 16384) >> 15)
#include "net_plain.h"
#include "net_plain_sums.h"

#include "net_smlad_products.h"

/* The sums of 16 bytes of 4-bit rows: of their lower halves, then of the upper ones. Two columns are added in one word,
 * whose halves 16 rows' 255 * 15 fits, and the 8 that each is too large is taken away at the end. */
static void nl_add_16(const uint8_t *table, const uint8_t *factors, const int32_t *indices, int32_t number, int32_t half,
                      nl_h *sums) {
    uint32_t pairs[16] = {0};
    int32_t eights = 0;
    for (int32_t k = 0; k < number; k++) {
        const uint8_t *row = table + (size_t)indices[k] * (size_t)half;
        const uint32_t factor = factors[indices[k]];
        eights += 8 * (int32_t)factor;
        UNROLL for (int32_t i = 0; i < 16; i += 4) {
            const uint32_t bytes = nl_group(row + i), low = bytes & 0x0F0F0F0Fu, high = bytes >> 4 & 0x0F0F0F0Fu;
            pairs[i] += nl_even(low, 0) * factor;
            pairs[i + 1] += nl_odd(low, 0) * factor;
            pairs[i + 2] += nl_even(high, 0) * factor;
            pairs[i + 3] += nl_odd(high, 0) * factor;
        }
    }
    for (int32_t i = 0; i < 16; i += 2) {
        const int32_t even = (int32_t)pairs[i], odd = (int32_t)pairs[i + 1];
        nl_h *to = sums + (i & 2 ? 8 : 0) + i / 4 * 2;
        to[0] = (nl_h){(even & 0xFFFF) - eights, (odd & 0xFFFF) - eights};
        to[1] = (nl_h){(even >> 16 & 0xFFFF) - eights, (odd >> 16 & 0xFFFF) - eights};
    }
}
#define NL_ADD_16 nl_add_16
#include "net_body.h"
