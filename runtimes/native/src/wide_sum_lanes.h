/* Sums of many int8 rows as plain loops; included once per instruction set, with NL_WIDE_SUMMER the function's name. */
#include "wide_sum.h"

#define NL_AT_ONCE 256 /* rows: so many int8 numbers add up in int16 */

/* The sums of `columns` columns, a constant for the compiler; they stay in registers over the rows. */
static inline void add_columns(const int8_t *restrict rows, size_t width,
                               const int32_t *restrict kept, size_t number, const size_t columns,
                               int32_t *restrict sums) {
    int16_t some[64];
    for (size_t j = 0; j < columns; j++) sums[j] = 0;
    for (size_t first = 0; first < number; first += NL_AT_ONCE) {
        size_t end = number - first < NL_AT_ONCE ? number : first + NL_AT_ONCE;
        for (size_t j = 0; j < columns; j++) some[j] = 0;
        for (size_t k = first; k < end; k++) {
            const int8_t *restrict row = rows + (size_t)kept[k] * width;
            for (size_t j = 0; j < columns; j++) some[j] = (int16_t)(some[j] + row[j]);
        }
        for (size_t j = 0; j < columns; j++) sums[j] += some[j];
    }
}

void NL_WIDE_SUMMER(const int8_t *rows, size_t width, const int32_t *kept, size_t number,
                    int32_t *sums) {
    size_t at = 0;
    for (; at + 64 <= width; at += 64) add_columns(rows + at, width, kept, number, 64, sums + at);
    for (; at + 16 <= width; at += 16) add_columns(rows + at, width, kept, number, 16, sums + at);
    for (; at + 8 <= width; at += 8) add_columns(rows + at, width, kept, number, 8, sums + at);
    if (at < width && width >= 8) {
        /* Some columns once more, which is faster than the last ones one by one. */
        at = width - 8;
        add_columns(rows + at, width, kept, number, 8, sums + at);
        return;
    }
    for (; at < width; at++) add_columns(rows + at, width, kept, number, 1, sums + at);
}
