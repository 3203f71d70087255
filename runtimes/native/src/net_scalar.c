/* The network in plain C, two numbers at once: the paths of instruction sets must give its bits. */
#define NL_KERNELS nl_kernels_scalar
#define NL_HASHER nl_hash_scalar
#define NL_OUTS 1
#define NL_H 2
#if defined(__ARM_ARCH_6M__) || defined(__ARM_ARCH_8M_BASE__) /* which have eight registers for most of it */
#define NL_MR 1
#define NL_NV 4
#define NL_REST 4
#else
#define NL_MR 2
#define NL_NV 2
#define NL_REST 2
#endif
#include "net_plain.h"
#include "net_plain_sums.h"
#include "net_body.h"
