/* The hash for avx2; this file is compiled for it, and called only where the processor has it. */
#define NL_HASHER nl_hash_avx2
#include "hash_lanes.h"
