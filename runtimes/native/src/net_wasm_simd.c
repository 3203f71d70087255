/* The network for WebAssembly's vectors of 128 bits. */
#define NL_KERNELS nl_kernels_wasm_simd
#define NL_HASHER nl_hash_vector
#define NL_MR 2
#define NL_NV 4
#define NL_REST 4
#define NL_AT_ONCE 4
#define NL_H 8
#define NL_OUTS 2
#define NL_ONE_PRODUCT
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>
typedef v128_t nl_h;
typedef v128_t nl_p;
static inline nl_h nl_h_load(const int16_t *p) { return wasm_v128_load(p); }
static inline void nl_h_store(void *p, nl_h h) { wasm_v128_store(p, h); }
static inline nl_h nl_h_same(int32_t v) { return wasm_i16x8_splat((int16_t)v); }
static inline nl_h nl_h_bytes(const int8_t *p) { return wasm_i16x8_load8x8(p); }
static inline nl_h nl_h_adds(nl_h x, nl_h y) { return wasm_i16x8_add_sat(x, y); }
static inline nl_h nl_h_subs(nl_h x, nl_h y) { return wasm_i16x8_sub_sat(x, y); }
static inline nl_h nl_h_max(nl_h x, nl_h y) { return wasm_i16x8_max(x, y); }
static inline nl_h nl_h_q15(nl_h x, nl_h y) { return wasm_i16x8_q15mulr_sat(x, y); }
static inline nl_h nl_h_times(nl_h x, nl_h y) { return wasm_i16x8_mul(x, y); }
static inline nl_h nl_h_right(nl_h x, int32_t bits) { return wasm_i16x8_shr(x, (uint32_t)bits); }
static inline nl_h nl_h_left(nl_h x, int32_t bits) { return wasm_i16x8_shl(x, (uint32_t)bits); }
static inline void nl_h_u7(uint8_t *to, nl_h h) {
    const v128_t most = wasm_i16x8_min(h, wasm_i16x8_const_splat(127));
    wasm_v128_store64_lane(to, wasm_u8x16_narrow_i16x8(most, most), 0);
}
static inline void nl_h_nibbles(const uint8_t *p, nl_h *low, nl_h *high) {
    const v128_t both = wasm_u16x8_load8x8(p), eight = wasm_i16x8_const_splat(8);
    *low = wasm_i16x8_sub(wasm_v128_and(both, wasm_i16x8_const_splat(15)), eight);
    *high = wasm_i16x8_sub(wasm_u16x8_shr(both, 4), eight);
}
static inline nl_p nl_p_none(void) { return wasm_i32x4_const_splat(0); }
static inline nl_p nl_p_plus(nl_p x, nl_p y) { return wasm_i32x4_add(x, y); }
static inline uint32_t nl_p_total(nl_p x) {
    x = wasm_i32x4_add(x, wasm_i32x4_shuffle(x, x, 2, 3, 0, 1));
    return (uint32_t)(wasm_i32x4_extract_lane(x, 0) + wasm_i32x4_extract_lane(x, 1));
}
static inline nl_p nl_p_pairs(nl_h h) { return wasm_i32x4_extadd_pairwise_i16x8(h); }
static inline nl_p nl_p_squares(nl_h h, int32_t bits) {
    return wasm_u32x4_shr(wasm_i32x4_dot_i16x8(h, h), (uint32_t)bits);
}
/* Two sums, each as two halves side by side. */
typedef v128_t nl_acc;
static inline v128_t nl_whole(nl_acc a, nl_acc b) {
    return wasm_i32x4_add(wasm_i32x4_shuffle(a, b, 0, 2, 4, 6), wasm_i32x4_shuffle(a, b, 1, 3, 5, 7));
}
static inline nl_acc nl_load(const int32_t *p) { return wasm_u64x2_load32x2(p); }
static inline nl_acc nl_same(int32_t value) { return wasm_i64x2_splat((uint32_t)value); }
static inline void nl_store(int32_t *p, nl_acc a) { wasm_v128_store64_lane(p, nl_whole(a, a), 0); }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return wasm_i32x4_add(a, b); }
static inline nl_h nl_narrow(const nl_acc *acc, int32_t shift) {
    return wasm_i16x8_narrow_i32x4(wasm_i32x4_shr(nl_whole(acc[0], acc[1]), (uint32_t)shift),
                                   wasm_i32x4_shr(nl_whole(acc[2], acc[3]), (uint32_t)shift));
}
static inline void nl_widen(nl_h h, nl_acc *acc) {
    const v128_t low = wasm_i32x4_extend_low_i16x8(h), high = wasm_i32x4_extend_high_i16x8(h);
    acc[0] = wasm_u64x2_extend_low_u32x4(low);
    acc[1] = wasm_u64x2_extend_high_u32x4(low);
    acc[2] = wasm_u64x2_extend_low_u32x4(high);
    acc[3] = wasm_u64x2_extend_high_u32x4(high);
}
typedef v128_t nl_bytes; /* widened */
static inline nl_bytes nl_four(const uint8_t *a) { return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(a)); }
static inline nl_bytes nl_many(const uint8_t *b) { return wasm_i16x8_load8x8(b); }
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes a, nl_bytes b) {
    return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(a, b));
}
/* Four rows' 16 bytes, column by column. */
static inline void nl_interleave(const uint8_t *r0, const uint8_t *r1, const uint8_t *r2, const uint8_t *r3,
                                 uint8_t *out) {
    const v128_t a = wasm_v128_load(r0), b = wasm_v128_load(r1), c = wasm_v128_load(r2), d = wasm_v128_load(r3);
#define LOW8(x, y) wasm_i8x16_shuffle(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
#define HIGH8(x, y) wasm_i8x16_shuffle(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
#define LOW16(x, y) wasm_i16x8_shuffle(x, y, 0, 8, 1, 9, 2, 10, 3, 11)
#define HIGH16(x, y) wasm_i16x8_shuffle(x, y, 4, 12, 5, 13, 6, 14, 7, 15)
    const v128_t ab = LOW8(a, b), cd = LOW8(c, d), ab2 = HIGH8(a, b), cd2 = HIGH8(c, d);
    wasm_v128_store(out, LOW16(ab, cd));
    wasm_v128_store(out + 16, HIGH16(ab, cd));
    wasm_v128_store(out + 32, LOW16(ab2, cd2));
    wasm_v128_store(out + 48, HIGH16(ab2, cd2));
}
#define NL_INTERLEAVE nl_interleave
#include "net_body.h"
