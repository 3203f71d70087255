/* Reads texts (a 32-bit length, then the bytes) and writes for each, on every path that is there, the
 * number of words and the indices of at most 64 of them; K = 16, M = 8192; then the number of symbols and the n-grams
 * of at most 64 of them; then the places of at most 64 words. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "neurolite.h"

enum { NUM_HASHES = 16, TABLE_SIZE = 8192, MAX_WORDS = 64, MAX_SYMBOLS = 64 };

static int write_ngrams(const uint8_t *text, size_t size) {
    enum { ORDERS = NEUROLITE_HIGHEST_ORDER - NEUROLITE_LOWEST_ORDER + 1 };
    static int32_t values[MAX_SYMBOLS * ORDERS];
    int32_t symbols;
    if (neurolite_hash_ngrams(text, size, NEUROLITE_LOWEST_ORDER, NEUROLITE_HIGHEST_ORDER, 0,
                              MAX_SYMBOLS, values, &symbols) != NEUROLITE_OK)
        return 0;
    int32_t kept = symbols < MAX_SYMBOLS ? symbols : MAX_SYMBOLS;
    fwrite(&symbols, sizeof symbols, 1, stdout);
    fwrite(values, sizeof *values, (size_t)(kept * ORDERS), stdout);
    return 1;
}

static int write_offsets(const uint8_t *text, size_t size) {
    static int32_t offsets[2 * MAX_WORDS];
    int32_t words;
    if (neurolite_word_offsets(text, size, MAX_WORDS, offsets, &words) != NEUROLITE_OK) return 0;
    fwrite(offsets, sizeof *offsets, 2 * (size_t)(words < MAX_WORDS ? words : MAX_WORDS), stdout);
    return 1;
}

int main(void) {
    static int32_t indices[MAX_WORDS * NUM_HASHES];
    uint32_t size;
    while (fread(&size, sizeof size, 1, stdin) == 1) {
        uint8_t *text = malloc(size + 1);
        if (text == NULL || fread(text, 1, size, stdin) != size) return 1;
        for (int32_t path = 0; neurolite_path_name(path) != NULL; path++) {
            int32_t words;
            if (neurolite_hash_text(path, text, size, NUM_HASHES, TABLE_SIZE, MAX_WORDS, indices,
                                    &words) != NEUROLITE_OK)
                return 1;
            int32_t kept = words < MAX_WORDS ? words : MAX_WORDS;
            fwrite(&words, sizeof words, 1, stdout);
            fwrite(indices, sizeof *indices, (size_t)(kept * NUM_HASHES), stdout);
        }
        if (!write_ngrams(text, size) || !write_offsets(text, size)) return 1;
        free(text);
    }
    return 0;
}
