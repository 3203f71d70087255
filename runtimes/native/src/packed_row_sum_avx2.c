/* Packed row sums for avx2; this file is compiled for it, and called only where the processor has it. */
#define NL_PACKED_ROW_SUMMER nl_packed_row_sum_avx2
#include "packed_row_sum_lanes.h"
