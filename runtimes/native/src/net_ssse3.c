/* The network for SSSE3: called only where the processor has it. */
#define NL_KERNELS nl_kernels_ssse3
#define NL_HASHER nl_hash_vector
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#define NL_AT_ONCE 4
#include "net_xmm.h"
#include <tmmintrin.h>
typedef __m128i nl_acc;
static inline nl_h nl_h_q15(nl_h x, nl_h y) { return _mm_mulhrs_epi16(x, y); }
static inline nl_acc nl_load(const int32_t *p) { return nl_bits(p); }
static inline nl_acc nl_same(int32_t value) { return _mm_set1_epi32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm_storeu_si128((__m128i *)p, a); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return _mm_add_epi32(a, b); }
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) { return nl_h_narrow_two(acc[0], acc[1], shift); }
static inline void nl_widen(nl_h h, nl_acc *acc) {
    acc[0] = nl_low_half(h);
    acc[1] = nl_high_half(h);
}
#define NL_X86(operation) _mm_##operation
#include "net_maddubs.h"
#include "net_body.h"
