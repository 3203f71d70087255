/* Row sums for avx2; this file is compiled for it, and called only where the processor has it. */
#define NL_ROW_SUMMER nl_row_sum_avx2
#include "row_sum_lanes.h"
