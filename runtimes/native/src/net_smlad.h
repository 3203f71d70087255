/* Products for Cortex-M with the DSP extension (M4, M7, M33, M55 ...), where one SMLAD adds two 16-bit products: bytes
 * are widened to pairs, 0 and 2, 1 and 3. Two rows are widened once for all columns, and meet two columns at a time. */
#ifndef NEUROLITE_NET_SMLAD_H
#define NEUROLITE_NET_SMLAD_H

#include <stddef.h>
#include <stdint.h>

#define NL_MR 2
#define NL_OWN_PRODUCTS
#define NL_OWN_INTERLEAVE
#define NL_OWN_PACKED_ROWS 16 /* at most, as the sum of their 255 * 15 must fit 16 bits */

static inline int32_t nl_sat16(int32_t v) {
    int32_t clamped;
    __asm__("ssat %0, #16, %1" : "=r"(clamped) : "r"(v));
    return clamped;
}

/* The halves of a and b multiplied, and added to c; the upper ones are not looked at. */
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

static inline uint32_t nl_four(const uint8_t *at) {
    uint32_t bytes;
    __builtin_memcpy(&bytes, __builtin_assume_aligned(at, 4), 4);
    return bytes;
}

/* Groups of two rows, each as four words: row 0's pairs, row 1's. */
static inline void nl_widen(const uint8_t *a, size_t stride, int32_t k4, int is_signed, uint32_t *out) {
    for (int32_t k = 0; k < k4; k++, a += 4, out += 4) {
        const uint32_t upper = nl_four(a), lower = nl_four(a + stride);
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

/* Rows [4][n] to [n][4], four columns at once. */
static inline void nl_interleave(const uint8_t *rows, int32_t n, uint8_t *out) {
    for (int32_t i = 0; i < n; i += 4, rows += 4, out += 16) {
        const uint32_t r0 = nl_four(rows), r1 = nl_four(rows + n), r2 = nl_four(rows + 2 * n), r3 = nl_four(rows + 3 * n);
        const uint32_t even01 = nl_even(r0, 0) | nl_even(r1, 0) << 8, odd01 = nl_odd(r0, 0) | nl_odd(r1, 0) << 8;
        const uint32_t even23 = nl_even(r2, 0) | nl_even(r3, 0) << 8, odd23 = nl_odd(r2, 0) | nl_odd(r3, 0) << 8;
        uint32_t *to = (uint32_t *)(void *)out;
        to[0] = (even01 & 0xFFFFu) | even23 << 16;
        to[1] = (odd01 & 0xFFFFu) | odd23 << 16;
        to[2] = even01 >> 16 | (even23 & 0xFFFF0000u);
        to[3] = odd01 >> 16 | (odd23 & 0xFFFF0000u);
    }
}

/* The sums of 4-bit rows int32 [e]: two columns in one word, without the 8 that is taken from each, until the end. */
static inline void nl_add_packed_rows(const uint8_t *table, const uint8_t *factors, const int32_t *indices, int32_t rows,
                                      int32_t e, int32_t *sums) {
    const int32_t half = e / 2;
    int32_t eights = 0;
    uint32_t *const pairs = (uint32_t *)sums + half;
    for (int32_t j = 0; j < half; j++) pairs[j] = 0;
    for (int32_t k = 0; k < rows; k++) {
        const uint8_t *row = table + (size_t)indices[k] * (size_t)half;
        const uint32_t factor = factors[indices[k]];
        eights += 8 * (int32_t)factor;
        for (uint32_t *to = pairs; to < pairs + half; to += 4, row += 4) {
            const uint32_t bytes = nl_four(row), low = bytes & 0x0F0F0F0Fu, high = bytes >> 4 & 0x0F0F0F0Fu;
            to[0] += nl_even(low, 0) * factor;
            to[1] += nl_odd(low, 0) * factor;
            to[2] += nl_even(high, 0) * factor;
            to[3] += nl_odd(high, 0) * factor;
        }
    }
    for (int32_t j = 0; j < half; j += 4) {
        const uint32_t four[4] = {pairs[j], pairs[j + 1], pairs[j + 2], pairs[j + 3]};
        for (int32_t i = 0; i < 2; i++) { /* the lower halves of the bytes, then the upper ones, in the pairs' place */
            int32_t *to = sums + i * half + j;
            to[0] = (int32_t)(four[2 * i] & 0xFFFFu) - eights;
            to[1] = (int32_t)(four[2 * i + 1] & 0xFFFFu) - eights;
            to[2] = (int32_t)(four[2 * i] >> 16) - eights;
            to[3] = (int32_t)(four[2 * i + 1] >> 16) - eights;
        }
    }
}

#endif
