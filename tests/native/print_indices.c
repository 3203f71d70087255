/* Reads texts (a 32-bit length, then the bytes) and writes for each, on every path that is there, the
 * number of words and the indices of at most 64 of them; K = 16, M = 8192. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "neurolite.h"

enum { NUM_HASHES = 16, TABLE_SIZE = 8192, MAX_WORDS = 64 };

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
        free(text);
    }
    return 0;
}
