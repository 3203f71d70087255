#include "library.h"

#if defined(NL_HAVE_NEON)
#include "../../../../runtimes/native/src/net_neon.c"
#endif
