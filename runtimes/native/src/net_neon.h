/* Vectors of 128 bits of NEON, for 64 and 32 bits, with and without sdot: four int32 sums, eight int16 numbers. */
#ifndef NEUROLITE_NET_NEON_H
#define NEUROLITE_NET_NEON_H

#include <arm_neon.h>
#include <stddef.h>
#include <stdint.h>

#define NL_OUTS 4
#define NL_H 8
typedef int32x4_t nl_acc;
typedef int16x8_t nl_h;
typedef uint32x4_t nl_p;

static inline nl_acc nl_load(const int32_t *p) { return vld1q_s32(p); }
static inline nl_acc nl_same(int32_t value) { return vdupq_n_s32(value); }
static inline void nl_store(int32_t *p, nl_acc a) { vst1q_s32(p, a); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return vaddq_s32(a, b); }
typedef int8x16_t nl_bytes; /* values and weights alike */
static inline nl_bytes nl_many(const uint8_t *p) { return vreinterpretq_s8_u8(vld1q_u8(p)); }
static inline nl_bytes nl_four(const uint8_t *p) {
    int32_t v;
    __builtin_memcpy(&v, p, 4);
    return vreinterpretq_s8_s32(vdupq_n_s32(v));
}
static inline nl_h nl_narrow(const nl_acc *a, int32_t shift) {
    const int32x4_t by = vdupq_n_s32(-shift);
    return vcombine_s16(vqmovn_s32(vshlq_s32(a[0], by)), vqmovn_s32(vshlq_s32(a[1], by)));
}

static inline nl_h nl_h_load(const int16_t *p) { return vld1q_s16(p); }
static inline void nl_h_store(void *p, nl_h a) { vst1q_s16(p, a); }
static inline nl_h nl_h_same(int32_t value) { return vdupq_n_s16((int16_t)value); }
static inline nl_h nl_h_bytes(const int8_t *p) { return vmovl_s8(vld1_s8(p)); }
static inline nl_h nl_h_adds(nl_h a, nl_h b) { return vqaddq_s16(a, b); }
static inline nl_h nl_h_subs(nl_h a, nl_h b) { return vqsubq_s16(a, b); }
static inline nl_h nl_h_max(nl_h a, nl_h b) { return vmaxq_s16(a, b); }
static inline nl_h nl_h_q15(nl_h a, nl_h b) { return vqrdmulhq_s16(a, b); }
static inline nl_h nl_h_times(nl_h a, nl_h b) { return vmulq_s16(a, b); }
static inline nl_h nl_h_left(nl_h a, int32_t bits) { return vshlq_s16(a, vdupq_n_s16((int16_t)bits)); }
static inline nl_h nl_h_right(nl_h a, int32_t bits) { return vshlq_s16(a, vdupq_n_s16((int16_t)-bits)); }
static inline void nl_h_u7(uint8_t *to, nl_h a) { vst1_u8(to, vmin_u8(vqmovun_s16(a), vdup_n_u8(127))); }
static inline void nl_h_nibbles(const uint8_t *p, nl_h *low, nl_h *high) {
    const uint8x8_t both = vld1_u8(p);
    *low = vsubq_s16(vreinterpretq_s16_u16(vmovl_u8(vand_u8(both, vdup_n_u8(15)))), vdupq_n_s16(8));
    *high = vsubq_s16(vreinterpretq_s16_u16(vmovl_u8(vshr_n_u8(both, 4))), vdupq_n_s16(8));
}
static inline void nl_widen(nl_h a, nl_acc *to) {
    to[0] = vmovl_s16(vget_low_s16(a));
    to[1] = vmovl_s16(vget_high_s16(a));
}

static inline nl_p nl_p_none(void) { return vdupq_n_u32(0); }
static inline nl_p nl_p_plus(nl_p a, nl_p b) { return vaddq_u32(a, b); }
static inline nl_p nl_p_pairs(nl_h a) { return vreinterpretq_u32_s32(vpaddlq_s16(a)); }
static inline int32x4_t nl_squares(int16x4_t a) { return vmull_s16(a, a); }
#if defined(__aarch64__)
static inline uint32_t nl_p_total(nl_p a) { return vaddvq_u32(a); }
static inline int32x4_t nl_add_pairs(int32x4_t a, int32x4_t b) { return vpaddq_s32(a, b); }
static inline int16x8_t nl_add_pairs16(int16x8_t a, int16x8_t b) { return vpaddq_s16(a, b); }
static inline int16x8_t nl_high_products(int8x16_t a, int8x16_t b) { return vmull_high_s8(a, b); }
static inline int16x8_t nl_plus_high_products(int16x8_t sum, int8x16_t a, int8x16_t b) {
    return vmlal_high_s8(sum, a, b);
}
#else
static inline uint32_t nl_p_total(nl_p a) {
    const uint32x2_t two = vadd_u32(vget_low_u32(a), vget_high_u32(a));
    return vget_lane_u32(vpadd_u32(two, two), 0);
}
static inline int32x4_t nl_add_pairs(int32x4_t a, int32x4_t b) {
    return vcombine_s32(vpadd_s32(vget_low_s32(a), vget_high_s32(a)), vpadd_s32(vget_low_s32(b), vget_high_s32(b)));
}
static inline int16x8_t nl_add_pairs16(int16x8_t a, int16x8_t b) {
    return vcombine_s16(vpadd_s16(vget_low_s16(a), vget_high_s16(a)), vpadd_s16(vget_low_s16(b), vget_high_s16(b)));
}
static inline int16x8_t nl_high_products(int8x16_t a, int8x16_t b) { return vmull_s8(vget_high_s8(a), vget_high_s8(b)); }
static inline int16x8_t nl_plus_high_products(int16x8_t sum, int8x16_t a, int8x16_t b) {
    return vmlal_s8(sum, vget_high_s8(a), vget_high_s8(b));
}
#endif
static inline nl_p nl_p_squares(nl_h a, int32_t bits) {
    const int32x4_t sums = nl_add_pairs(nl_squares(vget_low_s16(a)), nl_squares(vget_high_s16(a)));
    return vshlq_u32(vreinterpretq_u32_s32(sums), vdupq_n_s32(-bits));
}

#define NL_INTERLEAVE(r0, r1, r2, r3, out) \
    vst4q_u8(out, ((uint8x16x4_t){{vld1q_u8(r0), vld1q_u8(r1), vld1q_u8(r2), vld1q_u8(r3)}}))

#endif
