#include "library.h"

#include "../../../../runtimes/native/src/hash_vector.c"
