/* Sums of int8 rows as plain loops; included once per instruction set, with NL_ROW_SUMMER the
 * function's name. The sums are exact integers, so the one product is all that is rounded. */
#include "row_sum.h"

#define NL_COLUMNS 32 /* added together; their sums stay in registers */

static inline void add_columns(const int8_t *restrict table, size_t width,
                               const int32_t *restrict indices, size_t num_hashes, float scale,
                               float *restrict sums) {
    int16_t total[NL_COLUMNS];
    for (size_t j = 0; j < NL_COLUMNS; j++) total[j] = 0;
    for (size_t k = 0; k < num_hashes; k++) {
        const int8_t *restrict row = table + (size_t)indices[k] * width;
        for (size_t j = 0; j < NL_COLUMNS; j++) total[j] = (int16_t)(total[j] + row[j]);
    }
    for (size_t j = 0; j < NL_COLUMNS; j++) sums[j] = (float)total[j] * scale;
}

static inline void add_column(const int8_t *table, size_t width, const int32_t *indices,
                              size_t num_hashes, float scale, float *sum) {
    int32_t total = 0;
    for (size_t k = 0; k < num_hashes; k++) total += table[(size_t)indices[k] * width];
    *sum = (float)total * scale;
}

int NL_ROW_SUMMER(const int8_t *table, int64_t rows, size_t width, const int32_t *indices,
                  size_t words, size_t num_hashes, float scale, float *sums) {
    for (size_t n = 0; n < words; n++, indices += num_hashes, sums += width) {
        for (size_t k = 0; k < num_hashes; k++) {
            if (indices[k] < 0 || indices[k] >= rows) return 0;
        }
        size_t first = 0;
        for (; first + NL_COLUMNS <= width; first += NL_COLUMNS) {
            add_columns(table + first, width, indices, num_hashes, scale, sums + first);
        }
        for (; first < width; first++) {
            add_column(table + first, width, indices, num_hashes, scale, sums + first);
        }
    }
    return 1;
}
