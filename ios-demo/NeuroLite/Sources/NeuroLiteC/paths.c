#include "library.h"

#include "../../../../runtimes/native/src/paths.c"
