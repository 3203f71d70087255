/* The wide path's sums of rows, over all n-grams of a text that are kept. */
#ifndef NEUROLITE_WIDE_SUM_H
#define NEUROLITE_WIDE_SUM_H

#include <stddef.h>
#include <stdint.h>

/* Writes the sums of these rows of a table, int8 [any, width], which all must have. */
typedef void nl_wide_summer(const int8_t *rows, size_t width, const int32_t *kept, size_t number,
                            int32_t *sums);

nl_wide_summer nl_wide_sum_vector;
nl_wide_summer nl_wide_sum_avx2;

/* The fastest one of a path of neurolite.h. */
nl_wide_summer *nl_find_wide_summer(int32_t path);

#endif
