/* Two int16 numbers as two variables: for processors without vectors of them. */
#include <stddef.h>
#include <stdint.h>

typedef struct { int32_t a, b; } nl_h;
typedef uint32_t nl_p;

#if !defined(NL_CUT) /* or the set has an instruction */
#define NL_Q15(a, b) (((a) * (b) + 16384) >> 15)
static inline int32_t nl_cut(int32_t v) { return v < -32768 ? -32768 : v > 32767 ? 32767 : v; }
#endif
static inline uint8_t nl_cut7(int32_t v) { return (uint8_t)(v < 0 ? 0 : v > 127 ? 127 : v); }
static inline nl_h nl_h_load(const int16_t *p) { return (nl_h){p[0], p[1]}; }
static inline void nl_h_store(void *to, nl_h h) { int16_t *p = to; p[0] = (int16_t)h.a, p[1] = (int16_t)h.b; }
static inline nl_h nl_h_same(int32_t v) { return (nl_h){v, v}; }
static inline nl_h nl_h_bytes(const int8_t *p) { return (nl_h){p[0], p[1]}; }
static inline nl_h nl_h_adds(nl_h x, nl_h y) { return (nl_h){nl_cut(x.a + y.a), nl_cut(x.b + y.b)}; }
static inline nl_h nl_h_subs(nl_h x, nl_h y) { return (nl_h){nl_cut(x.a - y.a), nl_cut(x.b - y.b)}; }
static inline nl_h nl_h_max(nl_h x, nl_h y) { return (nl_h){x.a > y.a ? x.a : y.a, x.b > y.b ? x.b : y.b}; }
static inline nl_h nl_h_q15(nl_h x, nl_h y) { return (nl_h){NL_Q15(x.a, y.a), NL_Q15(x.b, y.b)}; }
static inline nl_h nl_h_times(nl_h x, nl_h y) { return (nl_h){(int16_t)(x.a * y.a), (int16_t)(x.b * y.b)}; }
static inline nl_h nl_h_right(nl_h x, int32_t bits) { return (nl_h){x.a >> bits, x.b >> bits}; }
static inline nl_h nl_h_left(nl_h x, int32_t bits) {
    return (nl_h){(int16_t)(uint16_t)((uint32_t)x.a << bits), (int16_t)(uint16_t)((uint32_t)x.b << bits)};
}
static inline void nl_h_u7(uint8_t *to, nl_h h) { to[0] = nl_cut7(h.a), to[1] = nl_cut7(h.b); }
static inline void nl_h_nibbles(const uint8_t *p, nl_h *low, nl_h *high) {
    *low = (nl_h){(p[0] & 15) - 8, (p[1] & 15) - 8};
    *high = (nl_h){(p[0] >> 4) - 8, (p[1] >> 4) - 8};
}
static inline nl_h nl_narrow(const int32_t *acc, int32_t shift) {
    return (nl_h){nl_cut(acc[0] >> shift), nl_cut(acc[1] >> shift)};
}
static inline void nl_widen(nl_h h, int32_t *acc) { acc[0] = h.a, acc[1] = h.b; }
static inline nl_p nl_p_none(void) { return 0; }
static inline nl_p nl_p_plus(nl_p x, nl_p y) { return x + y; }
static inline uint32_t nl_p_total(nl_p x) { return x; }
static inline nl_p nl_p_pairs(nl_h h) { return (uint32_t)(h.a + h.b); }
static inline nl_p nl_p_squares(nl_h h, int32_t bits) {
    return ((uint32_t)(h.a * h.a) + (uint32_t)(h.b * h.b)) >> bits;
}
