/* The hash for the instruction set that the compiler was told of. */
#define NL_HASHER nl_hash_vector
#include "hash_lanes.h"
