/* Packed row sums for the instruction set that the compiler was told of, and the choice among them. */
#define NL_PACKED_ROW_SUMMER nl_packed_row_sum_vector
#include "neurolite.h"
#include "packed_row_sum_lanes.h"

nl_packed_row_summer *nl_find_packed_row_summer(int32_t path) {
#if defined(NL_HAVE_X86_PATHS)
    if (path >= NEUROLITE_PATH_AVX2) return nl_packed_row_sum_avx2;
#endif
    (void)path;
    return nl_packed_row_sum_vector;
}
