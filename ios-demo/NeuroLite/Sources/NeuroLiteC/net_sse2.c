#include "library.h"

#if defined(NL_HAVE_SSE2)
#include "../../../../runtimes/native/src/net_sse2.c"
#endif
