/* The network for Cortex-M with the DSP extension; chosen when the library is compiled. */
#define NL_NETWORK nl_network_smlad
#define NL_HASHER nl_hash_scalar
#define NL_OUTS 1
#define NL_H 2
#include "net_smlad.h"

#define NL_INTERLEAVE nl_interleave
#define NL_ADD_NIBBLES nl_add_nibbles
#define NL_CUT nl_cut
#define NL_Q15(a, b) (nl_multiply_add(a, b, 16384) >> 15)
#include "net_plain.h"
#include "net_plain_sums.h"

#include "net_smlad_products.h"

#include "net_body.h"
