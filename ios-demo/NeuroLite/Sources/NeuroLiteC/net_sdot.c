#include "library.h"

#if defined(NL_HAVE_SDOT)
#include <arm_neon.h>
/* A package has no flags for one file; this one is called only where the processor has the instruction. */
#pragma clang attribute push(__attribute__((target("dotprod"))), apply_to = function)
#include "../../../../runtimes/native/src/net_sdot.c"
#pragma clang attribute pop
#endif
