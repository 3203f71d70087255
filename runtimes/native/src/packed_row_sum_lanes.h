/* Sums of packed rows as plain loops; included once per instruction set, with NL_PACKED_ROW_SUMMER the function's
 * name. The sums are exact integers, so the one product with the unit is all that is rounded. */
#include "packed_row_sum.h"

#define NL_PAIRS 32 /* bytes whose numbers are added together; their sums stay in registers */
#define NL_AT_ONCE 16 /* rows: 15 * 255 * 16 fits uint16 */
#define NL_OFFSET 8   /* what a stored number is too large by */

static inline void add_pairs(const uint8_t *restrict rows, const uint8_t *restrict factors,
                             size_t width, const int32_t *restrict indices, size_t num_hashes,
                             int32_t *restrict low, int32_t *restrict high) {
    for (size_t j = 0; j < NL_PAIRS; j++) low[j] = high[j] = 0;
    for (size_t first = 0; first < num_hashes; first += NL_AT_ONCE) {
        size_t end = num_hashes - first < NL_AT_ONCE ? num_hashes : first + NL_AT_ONCE;
        uint16_t some_low[NL_PAIRS], some_high[NL_PAIRS];
        for (size_t j = 0; j < NL_PAIRS; j++) some_low[j] = some_high[j] = 0;
        for (size_t k = first; k < end; k++) {
            const uint8_t *restrict row = rows + (size_t)indices[k] * width;
            uint16_t factor = factors[indices[k]];
            for (size_t j = 0; j < NL_PAIRS; j++) {
                some_low[j] = (uint16_t)(some_low[j] + (uint16_t)(row[j] & 15) * factor);
                some_high[j] = (uint16_t)(some_high[j] + (uint16_t)(row[j] >> 4) * factor);
            }
        }
        for (size_t j = 0; j < NL_PAIRS; j++) low[j] += some_low[j], high[j] += some_high[j];
    }
}

static inline void add_pair(const uint8_t *rows, const uint8_t *factors, size_t width,
                            const int32_t *indices, size_t num_hashes, int32_t *low,
                            int32_t *high) {
    *low = *high = 0;
    for (size_t k = 0; k < num_hashes; k++) {
        uint8_t pair = rows[(size_t)indices[k] * width];
        *low += (pair & 15) * factors[indices[k]];
        *high += (pair >> 4) * factors[indices[k]];
    }
}

int NL_PACKED_ROW_SUMMER(const uint8_t *rows, const uint8_t *factors, int64_t number, size_t width,
                         const int32_t *indices, size_t words, size_t num_hashes, float unit,
                         float *sums) {
    int32_t low[NL_PAIRS], high[NL_PAIRS];
    for (size_t n = 0; n < words; n++, indices += num_hashes, sums += 2 * width) {
        int32_t offset = 0;
        for (size_t k = 0; k < num_hashes; k++) {
            if (indices[k] < 0 || indices[k] >= number) return 0;
            offset += NL_OFFSET * factors[indices[k]];
        }
        size_t first = 0;
        for (; first + NL_PAIRS <= width; first += NL_PAIRS) {
            add_pairs(rows + first, factors, width, indices, num_hashes, low, high);
            for (size_t j = 0; j < NL_PAIRS; j++) {
                sums[first + j] = (float)(low[j] - offset) * unit;
                sums[first + j + width] = (float)(high[j] - offset) * unit;
            }
        }
        for (; first < width; first++) {
            add_pair(rows + first, factors, width, indices, num_hashes, low, high);
            sums[first] = (float)(*low - offset) * unit;
            sums[first + width] = (float)(*high - offset) * unit;
        }
    }
    return 1;
}
