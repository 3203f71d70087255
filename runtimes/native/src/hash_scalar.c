/* The specification's formula in integers, one hash function and one character at a time. */
#include "arithmetic.h"
#include "hash.h"

static nl_input letter_at(const nl_word *word, int32_t at) {
    return (nl_input){(int32_t)word->low[at], (int32_t)word->more[at].high,
                      (int32_t)word->more[at].accent};
}

void nl_hash_scalar(const nl_word *word, int32_t num_hashes, int32_t table_size, int32_t *indices) {
    const float size = (float)table_size, reciprocal = 1.0f / size;
    for (int32_t k = 0; k < num_hashes; k++) {
        const float(*c)[NL_LANES] = nl_constants[k / NL_LANES];
        int32_t best = NL_MODULUS;
        nl_input before, own = letter_at(word, 0), after = letter_at(word, 1);
        for (int32_t at = 1; at <= word->count; at++) {
            before = own;
            own = after;
            after = letter_at(word, at + 1);
            int32_t value = nl_value(before, own, after, c, k % NL_LANES);
            if (value < best) best = value;
        }
        if (k == 0) best += NL_TAIL_STEP * word->tail;
        indices[k] = (int32_t)nl_mod_table((float)best, size, reciprocal);
    }
}
