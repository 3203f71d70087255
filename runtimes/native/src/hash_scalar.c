/* The specification's formula in integers, one hash function and one character at a time. */
#include "arithmetic.h"
#include "hash.h"

static int32_t sum_at(const nl_word *word, int32_t at, const float (*c)[NL_LANES], int32_t k) {
    int32_t sum = (int32_t)c[NL_INPUTS][k];
    for (int32_t i = 0; i < NL_INPUTS / 2; i++) {
        sum += (int32_t)c[2 * i][k] * (int32_t)word->low[at - 1 + i];
        sum += (int32_t)c[2 * i + 1][k] * (int32_t)word->high[at - 1 + i];
    }
    return sum;
}

/* sum mod NL_PRIME = 2^18 - 5 without a division: 32-bit ARM has none, and no library is linked. */
static int32_t mod_prime(int32_t sum) {
    int32_t rest = sum - (sum >> 18) * NL_PRIME;
    return rest >= NL_PRIME ? rest - NL_PRIME : rest;
}

void nl_hash_scalar(const nl_word *word, int32_t num_hashes, int32_t table_size, int32_t *indices) {
    const float size = (float)table_size, reciprocal = 1.0f / size;
    for (int32_t k = 0; k < num_hashes; k++) {
        int32_t best = NL_PRIME;
        for (int32_t at = 1; at <= word->count; at++) {
            int32_t value = mod_prime(sum_at(word, at, nl_constants[k / NL_LANES], k % NL_LANES));
            if (value < best) best = value;
        }
        indices[k] = (int32_t)nl_mod_table((float)best, size, reciprocal);
    }
}
