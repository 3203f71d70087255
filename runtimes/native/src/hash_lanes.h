/* The hash of one word over vectors of hash functions. Included once per instruction set, with NL_HASHER the
 * function's name. Vectors are those of GCC and Clang, as wide as the set has them; elsewhere of one number. */
#include "arithmetic.h"
#include "hash.h"

#if defined(__GNUC__)
#if defined(__clang__)
#define NL_UNROLL _Pragma("clang loop unroll(full)")
#else
#define NL_UNROLL _Pragma("GCC unroll 4")
#endif
#define NL_APART static __attribute__((noinline))
#if defined(__AVX512F__)
#define NL_WIDTH 16
#elif defined(__AVX2__)
#define NL_WIDTH 8
#else
#define NL_WIDTH 4
#endif
typedef float nl_floats __attribute__((vector_size(4 * NL_WIDTH), aligned(4), may_alias));
typedef int32_t nl_ints __attribute__((vector_size(4 * NL_WIDTH), aligned(4), may_alias));
#define NL_FILLED(number) ((nl_ints){0} + (number))
#define NL_TO_INTS(floats) __builtin_convertvector(floats, nl_ints)
#define NL_LESS(a, b) ((a) < (b)) /* all bits of a lane, or none */
#else
#define NL_UNROLL
#define NL_APART static __declspec(noinline)
#define NL_WIDTH 1
typedef float nl_floats;
typedef int32_t nl_ints;
#define NL_FILLED(number) (number)
#define NL_TO_INTS(floats) ((int32_t)(floats))
#define NL_LESS(a, b) (-((a) < (b)))
#endif

enum { NL_VECTORS = NL_LANES / NL_WIDTH };

/* How often each hash function of the first block takes the tail. */
static const float tail_steps[NL_LANES] = {(float)NL_TAIL_STEP};

/* Minima to indices. A function of its own, because inlined after the loops over characters it is
 * split up into single numbers by compilers that are out of registers there. */
NL_APART void reduce(const int32_t *best, float tail, float size, float reciprocal, int32_t lanes,
                     int32_t *indices) {
    int32_t found[NL_LANES];
    for (int k = 0; k < NL_LANES; k++) {
        float value = (float)best[k] + tail_steps[k] * tail;
        found[k] = (int32_t)nl_mod_table(value, size, reciprocal);
    }
    if (lanes >= NL_LANES) {
        for (int k = 0; k < NL_LANES; k++) indices[k] = found[k];
    } else {
        for (int k = 0; k < lanes; k++) indices[k] = found[k];
    }
}

/* The smaller of `best` and the value whose sum is below 2^24. */
static inline nl_ints smaller(nl_ints best, nl_floats sum) {
    nl_ints value = NL_TO_INTS(sum) & (NL_MODULUS - 1);
#if defined(__AVX2__) && !defined(__AVX512F__) && !defined(__clang__)
    return (nl_ints)__builtin_ia32_pminsd256(value, best); /* GCC does not find it in what follows */
#else
    nl_ints less = NL_LESS(value, best);
    return (value & less) | (best & ~less);
#endif
}

/* Row i of the constants, vector v. */
#define NL_C(i, v) (*(const nl_floats *)(c[i] + (v) * NL_WIDTH))

/* All vectors inside one loop over the characters: its end, which is hard to foretell, comes once a word. */
static inline void minima(const nl_word *word, const float (*c)[NL_LANES], int32_t *minima_of_lanes) {
    nl_ints best[NL_VECTORS];
    for (int v = 0; v < NL_VECTORS; v++) best[v] = NL_FILLED(NL_MODULUS);
    const float *low = word->low + 1, *end = low + word->count;
    if (word->wide) {
        const nl_more *more = word->more + 1;
        for (; low < end; low++, more++) {
            NL_UNROLL
            for (int v = 0; v < NL_VECTORS; v++) {
                nl_floats lows = NL_C(0, v) * low[-1] + NL_C(2, v) * low[0] + NL_C(5, v) * low[1];
                nl_floats highs = NL_C(7, v) + NL_C(1, v) * more[-1].high + NL_C(3, v) * more[0].high +
                                  NL_C(6, v) * more[1].high + NL_C(4, v) * more[0].accent;
                best[v] = smaller(best[v], lows + highs);
            }
        }
    } else { /* as in most text of Latin letters */
        for (; low < end; low++) {
            NL_UNROLL
            for (int v = 0; v < NL_VECTORS; v++) {
                nl_floats sum = NL_C(7, v) + NL_C(0, v) * low[-1] + NL_C(2, v) * low[0];
                best[v] = smaller(best[v], sum + NL_C(5, v) * low[1]);
            }
        }
    }
    for (int v = 0; v < NL_VECTORS; v++) *(nl_ints *)(minima_of_lanes + v * NL_WIDTH) = best[v];
}

void NL_HASHER(const nl_word *word, int32_t num_hashes, int32_t table_size, int32_t *indices) {
    const float size = (float)table_size, reciprocal = 1.0f / size;
    for (int32_t first = 0; first < num_hashes; first += NL_LANES) {
        int32_t best[NL_LANES];
        minima(word, nl_constants[first / NL_LANES], best);
        float tail = first == 0 ? (float)word->tail : 0.0f;
        reduce(best, tail, size, reciprocal, num_hashes - first, indices + first);
    }
}
