/* The same loops in vectors of eight. */
#define NL_SCAN(name) name##_avx2
#include "scan_math.c"
