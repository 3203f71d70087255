/* The hash of one word over NL_LANES hash functions at once, as plain loops that compilers turn into
 * vectors. Included once per instruction set, with NL_HASHER the function's name. */
#include "arithmetic.h"
#include "hash.h"

#if defined(_MSC_VER)
#define NL_APART static __declspec(noinline)
#else
#define NL_APART static __attribute__((noinline))
#endif

/* Minima to indices. A function of its own, because inlined after the loops over characters it is
 * split up into single numbers by compilers that are out of registers there. */
NL_APART void reduce(const float *best, float size, float reciprocal, int32_t lanes,
                     int32_t *indices) {
    int32_t found[NL_LANES];
    for (int k = 0; k < NL_LANES; k++) {
        found[k] = (int32_t)nl_mod_table(best[k], size, reciprocal);
    }
    if (lanes >= NL_LANES) {
        for (int k = 0; k < NL_LANES; k++) indices[k] = found[k];
    } else {
        for (int k = 0; k < lanes; k++) indices[k] = found[k];
    }
}

void NL_HASHER(const nl_word *word, int32_t num_hashes, int32_t table_size, int32_t *indices) {
    const float size = (float)table_size, reciprocal = 1.0f / size;
    const int32_t count = word->count;
    for (int32_t first = 0; first < num_hashes; first += NL_LANES) {
        const float(*c)[NL_LANES] = nl_constants[first / NL_LANES];
        float best[NL_LANES];
        for (int k = 0; k < NL_LANES; k++) best[k] = (float)NL_PRIME;
        if (word->wide) {
            for (int32_t i = 1; i <= count; i++) {
                const float *low = word->low + i, *high = word->high + i;
                for (int k = 0; k < NL_LANES; k++) {
                    float sum = c[6][k] + c[0][k] * low[-1] + c[1][k] * high[-1] + c[2][k] * low[0] +
                                c[3][k] * high[0] + c[4][k] * low[1] + c[5][k] * high[1];
                    float value = nl_mod_prime(sum);
                    best[k] = value < best[k] ? value : best[k];
                }
            }
        } else { /* `high` is 0 everywhere, as in most text of Latin letters */
            for (int32_t i = 1; i <= count; i++) {
                const float *low = word->low + i;
                for (int k = 0; k < NL_LANES; k++) {
                    float sum = c[6][k] + c[0][k] * low[-1] + c[2][k] * low[0] + c[4][k] * low[1];
                    float value = nl_mod_prime(sum);
                    best[k] = value < best[k] ? value : best[k];
                }
            }
        }
        reduce(best, size, reciprocal, num_hashes - first, indices + first);
    }
}
