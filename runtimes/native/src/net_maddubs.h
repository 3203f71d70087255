/* Products by pmaddubsw, of 128 or of 256 bits: NL_X86 gives an operation its width. */
static inline nl_acc nl_dot(nl_acc acc, nl_acc values, nl_acc weights) {
    return NL_X86(add_epi32)(acc, NL_X86(madd_epi16)(NL_X86(maddubs_epi16)(values, weights), nl_h_same(1)));
}
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_four(a), nl_bits(b));
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot(acc, nl_bits(b), nl_four(a));
}
/* Two groups, a and b behind another: their sums of two products each fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot2(nl_acc acc, nl_acc v0, nl_acc w0, nl_acc v1, nl_acc w1) {
    const nl_acc sums = NL_X86(add_epi16)(NL_X86(maddubs_epi16)(v0, w0), NL_X86(maddubs_epi16)(v1, w1));
    return NL_X86(add_epi32)(acc, NL_X86(madd_epi16)(sums, nl_h_same(1)));
}
static inline nl_acc nl_dot2_weights(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_four(a), nl_bits(b), nl_four(a + 4), nl_bits(b + next));
}
static inline nl_acc nl_dot2_values(nl_acc acc, const uint8_t *a, const uint8_t *b, size_t next) {
    return nl_dot2(acc, nl_bits(b), nl_four(a), nl_bits(b + next), nl_four(a + 4));
}
