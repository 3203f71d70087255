/* What is done by hand for Cortex-M with the DSP extension (M4, M7, M33, M55 ...), where one SMLAD adds two 16-bit
 * products: bytes are widened to pairs, 0 and 2, 1 and 3. */
#ifndef NEUROLITE_NET_SMLAD_H
#define NEUROLITE_NET_SMLAD_H

#include <stddef.h>
#include <stdint.h>

static inline int32_t nl_cut(int32_t v) {
    int32_t clamped;
    __asm__("ssat %0, #16, %1" : "=r"(clamped) : "r"(v));
    return clamped;
}

/* The lower halves of a and b multiplied, and added to c. */
static inline int32_t nl_multiply_add(int32_t a, int32_t b, int32_t c) {
    int32_t sum;
    __asm__("smlabb %0, %1, %2, %3" : "=r"(sum) : "r"(a), "r"(b), "r"(c));
    return sum;
}

static inline uint32_t nl_even(uint32_t bytes, int is_signed) {
    uint32_t pair;
    if (is_signed) __asm__("sxtb16 %0, %1" : "=r"(pair) : "r"(bytes));
    else __asm__("uxtb16 %0, %1" : "=r"(pair) : "r"(bytes));
    return pair;
}
static inline uint32_t nl_odd(uint32_t bytes, int is_signed) {
    uint32_t pair;
    if (is_signed) __asm__("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    else __asm__("uxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}

static inline uint32_t nl_group(const uint8_t *at) {
    uint32_t bytes;
    __builtin_memcpy(&bytes, __builtin_assume_aligned(at, 4), 4);
    return bytes;
}

/* Groups of two rows, each as four words: row 0's pairs, row 1's. */
static inline void nl_widen_rows(const uint8_t *a, size_t stride, int32_t k4, int is_signed, uint32_t *out) {
    for (int32_t k = 0; k < k4; k++, a += 4, out += 4) {
        const uint32_t upper = nl_group(a), lower = nl_group(a + stride);
        out[0] = nl_even(upper, is_signed);
        out[1] = nl_odd(upper, is_signed);
        out[2] = nl_even(lower, is_signed);
        out[3] = nl_odd(lower, is_signed);
    }
}

/* One group of two widened rows and of two columns: 16 products. */
#define NL_GROUP(widened)                                                                                              \
    "ldrd %[a0], %[a1], [%[a]], #8\n\t"                                                                                \
    "ldrd %[b0], %[b1], [%[b]]\n\t"                                                                                    \
    "add %[b], %[b], %[next]\n\t" widened " %[b2], %[b0]\n\t" widened " %[b0], %[b0], ror #8\n\t"                     \
    "smlad %[s0], %[a0], %[b2], %[s0]\n\t" widened " %[b3], %[b1]\n\t"                                                \
    "smlad %[s0], %[a1], %[b0], %[s0]\n\t" widened " %[b1], %[b1], ror #8\n\t"                                        \
    "smlad %[s1], %[a0], %[b3], %[s1]\n\t"                                                                             \
    "smlad %[s1], %[a1], %[b1], %[s1]\n\t"                                                                             \
    "ldrd %[a0], %[a1], [%[a]], #8\n\t"                                                                                \
    "smlad %[s2], %[a0], %[b2], %[s2]\n\t"                                                                             \
    "smlad %[s3], %[a0], %[b3], %[s3]\n\t"                                                                             \
    "smlad %[s2], %[a1], %[b0], %[s2]\n\t"                                                                             \
    "smlad %[s3], %[a1], %[b1], %[s3]\n\t"
#define NL_TILE(before, widened, after)                                                                                \
    __asm__ volatile(before NL_GROUP(widened) after                                                                    \
                     : [s0] "+r"(s0), [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3), [a] "+r"(a), [b] "+r"(b),           \
                       [a0] "=&r"(a0), [a1] "=&r"(a1), [b0] "=&r"(b0), [b1] "=&r"(b1), [b2] "=&r"(b2), [b3] "=&r"(b3)  \
                     : [next] "r"(next), [end] "m"(end)                                                                \
                     : "cc", "memory")
/* Two groups at once; their end is not in a register, as there are no more than 13. */
#define NL_TILES(widened)                                                                                              \
    do {                                                                                                               \
        if (k4 & 1) NL_TILE("", widened, "");                                                                          \
        if (a != end)                                                                                                  \
            NL_TILE("1:\n\t" NL_GROUP(widened), widened, "ldr %[a0], %[end]\n\tcmp %[a], %[a0]\n\tbne 1b");            \
    } while (0)

/* k4 groups of two widened rows and of two columns at b, whose next group is `next` bytes on. */
static inline void nl_tile(int by_row, const uint32_t *a, const uint8_t *b, size_t next, int32_t k4, int32_t *sums) {
    const uint32_t *const end = a + 4 * k4;
    int32_t s0 = sums[0], s1 = sums[1], s2 = sums[2], s3 = sums[3];
    uint32_t a0, a1, b0, b1, b2, b3;
    if (by_row) NL_TILES("uxtb16");
    else NL_TILES("sxtb16");
    sums[0] = s0, sums[1] = s1, sums[2] = s2, sums[3] = s3;
}

/* 16 bytes of each of four rows, column by column. */
static inline void nl_interleave(const uint8_t *r0, const uint8_t *r1, const uint8_t *r2, const uint8_t *r3,
                                 uint8_t *out) {
    uint32_t *to = (uint32_t *)(void *)out;
    for (int32_t i = 0; i < 16; i += 4, to += 4) {
        const uint32_t a = nl_group(r0 + i), b = nl_group(r1 + i), c = nl_group(r2 + i), d = nl_group(r3 + i);
        const uint32_t even_ab = nl_even(a, 0) | nl_even(b, 0) << 8, odd_ab = nl_odd(a, 0) | nl_odd(b, 0) << 8;
        const uint32_t even_cd = nl_even(c, 0) | nl_even(d, 0) << 8, odd_cd = nl_odd(c, 0) | nl_odd(d, 0) << 8;
        to[0] = (even_ab & 0xFFFFu) | even_cd << 16;
        to[1] = (odd_ab & 0xFFFFu) | odd_cd << 16;
        to[2] = even_ab >> 16 | (even_cd & 0xFFFF0000u);
        to[3] = odd_ab >> 16 | (odd_cd & 0xFFFF0000u);
    }
}

#endif
