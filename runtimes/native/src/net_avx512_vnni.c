/* The network for AVX-512 VNNI: called only where the processor has it. */
#define NL_KERNELS nl_kernels_avx512_vnni
#define NL_HASHER nl_hash_avx512
#define NL_SCANS nl_scans_of_avx2
#define NL_MR 4
#define NL_NV 2
#define NL_REST 1
#define NL_AT_ONCE 4
#define NL_OUTS 16
#include "net_ymm.h"
typedef __m512i nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return _mm512_loadu_si512(p); }
static inline nl_acc nl_same(int32_t value) { return _mm512_set1_epi32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { _mm512_storeu_si512(p, a); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return _mm512_add_epi32(a, b); }
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) {
    return _mm512_cvtsepi32_epi16(_mm512_sra_epi32(*acc, _mm_cvtsi32_si128(shift)));
}
static inline void nl_widen(nl_h h, nl_acc *acc) { *acc = _mm512_cvtepi16_epi32(h); }
typedef __m512i nl_bytes;
static inline nl_bytes nl_four(const uint8_t *a) { return _mm512_set1_epi32(nl_group(a)); }
static inline nl_bytes nl_many(const uint8_t *b) { return _mm512_loadu_si512(b); }
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes values, nl_bytes weights) {
    return _mm512_dpbusd_epi32(acc, values, weights);
}
#include "net_body.h"
