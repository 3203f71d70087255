/* Products by pmaddubsw, of 128 or of 256 bits: NL_X86 gives an operation its width. */
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes values, nl_bytes weights) {
    return NL_X86(add_epi32)(acc, NL_X86(madd_epi16)(NL_X86(maddubs_epi16)(values, weights), nl_h_same(1)));
}
/* Two groups: their sums of two products each fit int16. */
#define NL_PAIRS_FIT
static inline nl_acc nl_dot8(nl_acc acc, nl_bytes v0, nl_bytes w0, nl_bytes v1, nl_bytes w1) {
    const nl_acc sums = NL_X86(add_epi16)(NL_X86(maddubs_epi16)(v0, w0), NL_X86(maddubs_epi16)(v1, w1));
    return NL_X86(add_epi32)(acc, NL_X86(madd_epi16)(sums, nl_h_same(1)));
}
