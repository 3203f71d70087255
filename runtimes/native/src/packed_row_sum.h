/* The projection of a packed table: rows of four bits with a factor each. */
#ifndef NEUROLITE_PACKED_ROW_SUM_H
#define NEUROLITE_PACKED_ROW_SUM_H

#include <stddef.h>
#include <stdint.h>

/* So many bytes times factors, less what stands for zero, add up exactly in float32, as the function body and
 * PyTorch have them: 136 * 255 * 256 < 2^24. */
enum { NL_MOST_PACKED_ROWS = 256 };

/* For each of `words` groups of num_hashes indices, the sum of these rows, each times its factor, times unit.
 * rows is uint8 [number, width], two numbers a byte, 8 too large: the low halves are the first `width` columns of
 * sums, the high halves the others. Returns 0, and stops, at an index outside of the table. */
typedef int nl_packed_row_summer(const uint8_t *rows, const uint8_t *factors, int64_t number,
                                 size_t width, const int32_t *indices, size_t words,
                                 size_t num_hashes, float unit, float *sums);

nl_packed_row_summer nl_packed_row_sum_vector;
nl_packed_row_summer nl_packed_row_sum_avx2;

/* The fastest one of a path of neurolite.h. */
nl_packed_row_summer *nl_find_packed_row_summer(int32_t path);

#endif
