/* Wide sums for the instruction set that the compiler was told of, and the choice among them. */
#define NL_WIDE_SUMMER nl_wide_sum_vector
#include "neurolite.h"
#include "wide_sum_lanes.h"

nl_wide_summer *nl_find_wide_summer(int32_t path) {
#if defined(NL_HAVE_X86_PATHS)
    if (path >= NEUROLITE_PATH_AVX2) return nl_wide_sum_avx2;
#endif
    (void)path;
    return nl_wide_sum_vector;
}
