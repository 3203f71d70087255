/* The network for WebAssembly's 128 bits: each output has two sums in a vector, of even and of odd pairs. */
#define NL_NETWORK nl_network_scalar
#define NL_HASHER nl_hash_vector
#define NL_OUTS 2
#define NL_MR 2
#define NL_NV 4
#include <stddef.h>
#include <stdint.h>
#include <wasm_simd128.h>
typedef v128_t nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return wasm_u64x2_load32x2(p); }
static inline nl_acc nl_same(int32_t value) { return wasm_u64x2_extend_low_u32x4(wasm_i32x4_splat(value)); }
static inline void nl_store(int32_t *p, nl_acc a) {
    wasm_v128_store64_lane(p, wasm_i32x4_add(wasm_i32x4_shuffle(a, a, 0, 2, 0, 2), wasm_i32x4_shuffle(a, a, 1, 3, 1, 3)), 0);
}
static inline v128_t four(const uint8_t *a) { return wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(a)); }
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(four(a), wasm_i16x8_load8x8(b)));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return wasm_i32x4_add(acc, wasm_i32x4_dot_i16x8(four(a), wasm_i16x8_load8x8(b)));
}
#include "net_body.h"
