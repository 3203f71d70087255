/* The projection: the sum of a table's rows, section 7 of docs/hash-spec.md. */
#ifndef NEUROLITE_ROW_SUM_H
#define NEUROLITE_ROW_SUM_H

#include <stddef.h>
#include <stdint.h>

enum { NL_MOST_ROWS = 256 }; /* so many int8 values add up in int16 */

/* For each of `words` groups of num_hashes indices, the sum of these rows of the table, int8
 * [rows, width], times scale. Returns 0, and stops, at an index outside of the table. */
typedef int nl_row_summer(const int8_t *table, int64_t rows, size_t width, const int32_t *indices,
                          size_t words, size_t num_hashes, float scale, float *sums);

nl_row_summer nl_row_sum_vector;
nl_row_summer nl_row_sum_avx2;

/* The fastest one of a path of neurolite.h. */
nl_row_summer *nl_find_row_summer(int32_t path);

#endif
