#include "library.h"

#if defined(NL_HAVE_SCALAR)
#include "../../../../runtimes/native/src/net_scalar.c"
#endif
