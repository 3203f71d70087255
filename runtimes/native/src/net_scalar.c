/* The network by what every processor has that the compiler was told of: plain C, or SMLAD of a Cortex-M. The paths of
 * other instruction sets must give its bits. */
#define NL_NETWORK nl_network_scalar
#define NL_HASHER nl_hash_scalar
#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__OPTIMIZE__) && !defined(NL_PLAIN)
#include "net_smlad.h"
#else
#define NL_OUTS 16
#define NL_MR 1
#define NL_NV 1
#include <stdint.h>
typedef struct { int32_t v[NL_OUTS]; } nl_acc;
static inline nl_acc nl_load(const int32_t *p) {
    nl_acc a;
    for (int i = 0; i < NL_OUTS; i++) a.v[i] = p[i];
    return a;
}
static inline nl_acc nl_same(int32_t value) {
    nl_acc a;
    for (int i = 0; i < NL_OUTS; i++) a.v[i] = value;
    return a;
}
static inline void nl_store(int32_t *p, nl_acc a) {
    for (int i = 0; i < NL_OUTS; i++) p[i] = a.v[i];
}
/* Adds four products to each output: activations at a for all, weights of each at b. */
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    const int8_t *w = (const int8_t *)b;
    for (int i = 0; i < NL_OUTS; i++)
        acc.v[i] += a[0] * w[4 * i] + a[1] * w[4 * i + 1] + a[2] * w[4 * i + 2] + a[3] * w[4 * i + 3];
    return acc;
}
/* The other way around: weights at a. */
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    const int8_t *w = (const int8_t *)a;
    for (int i = 0; i < NL_OUTS; i++)
        acc.v[i] += w[0] * b[4 * i] + w[1] * b[4 * i + 1] + w[2] * b[4 * i + 2] + w[3] * b[4 * i + 3];
    return acc;
}
#endif
#include "net_body.h"
