/* Wide sums for avx2; this file is compiled for it, and called only where the processor has it. */
#define NL_WIDE_SUMMER nl_wide_sum_avx2
#include "wide_sum_lanes.h"
