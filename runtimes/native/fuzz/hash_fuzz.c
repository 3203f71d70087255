/* libFuzzer target: any bytes and any shape. Nothing may be read or written outside, indices lie in
 * the table, counting agrees with hashing, and every path gives the same bits. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "neurolite.h"

#define HEADER 4

static void require(int holds) {
    if (!holds) abort();
}

/* Exactly so much, so that the sanitizer sees one byte too many. */
static void *room(size_t size) { return malloc(size ? size : 1); }

static int32_t hash(int32_t path, const uint8_t *text, size_t size, int32_t num_hashes,
                    int32_t table_size, int32_t max_words, int32_t kept, int32_t **indices) {
    int32_t words = -1;
    *indices = room(sizeof(int32_t) * (size_t)kept * (size_t)num_hashes);
    require(neurolite_hash_text(path, text, size, num_hashes, table_size, max_words, *indices,
                                &words) == NEUROLITE_OK);
    return words;
}

/* N-grams: as many rows as were counted, values below 2^18, and a limit takes away only what reaches behind it. */
static void hash_ngrams(const uint8_t *text, size_t size, uint8_t choice) {
    int32_t lowest = NEUROLITE_LOWEST_ORDER + choice % 4;
    int32_t highest = lowest + (choice >> 2) % (NEUROLITE_HIGHEST_ORDER + 1 - lowest);
    int32_t across = choice >> 7, orders = highest - lowest + 1, limit = 1 + (choice >> 4), symbols = -1;
    int32_t *few = room(sizeof(int32_t) * (size_t)limit * (size_t)orders);
    require(neurolite_hash_ngrams(text, size, lowest, highest, across, limit, few, &symbols) ==
            NEUROLITE_OK);
    require(symbols >= 0 && (size_t)symbols <= 2 * size + 1 && symbols != 1 && symbols != 2);
    int32_t *all = room(sizeof(int32_t) * (size_t)symbols * (size_t)orders), again = -1;
    require(neurolite_hash_ngrams(text, size, lowest, highest, across, INT32_MAX, all, &again) ==
            NEUROLITE_OK);
    require(again == symbols);
    for (int32_t i = 0; i < symbols * orders; i++) require(all[i] >= -1 && all[i] < 1 << 18);
    for (int32_t i = 0; i < symbols * orders && i < limit * orders; i++) {
        int32_t end = i / orders + lowest + i % orders;
        require(few[i] == (end <= limit ? all[i] : -1));
    }
    free(all);
    free(few);
}

/* Places: words in their order inside the text, and a limit takes away only those behind it. */
static void find_places(const uint8_t *text, size_t size, int32_t words, int32_t kept, int32_t max_words) {
    int32_t *all = room(2 * sizeof(int32_t) * (size_t)words), *few = room(2 * sizeof(int32_t) * (size_t)kept);
    int32_t found = -1, behind = 0;
    require(neurolite_word_offsets(text, size, INT32_MAX, all, &found) == NEUROLITE_OK && found == words);
    require(neurolite_word_offsets(text, size, max_words, few, &found) == NEUROLITE_OK && found == words);
    for (int32_t word = 0; word < words; word++) {
        require(all[2 * word] >= behind && all[2 * word] < all[2 * word + 1]);
        behind = all[2 * word + 1];
    }
    require((size_t)behind <= size);
    require(memcmp(all, few, 2 * sizeof(int32_t) * (size_t)kept) == 0);
    free(few);
    free(all);
}

/* Spans of any numbers, NaN and infinities too: in their order, inside the text, and nothing else written. */
static void decode_spans(const uint8_t *data, size_t size, uint8_t choice) {
    int32_t types = 1 + choice % 8, tags = 1 + 2 * types;
    int32_t words = (int32_t)(size / (sizeof(float) * (size_t)tags)), found = -1, behind = 0;
    float *logits = room(sizeof(float) * (size_t)words * (size_t)tags);
    memcpy(logits, data, sizeof(float) * (size_t)words * (size_t)tags);
    neurolite_span *spans = room(sizeof(neurolite_span) * (size_t)words);
    require(neurolite_decode_spans(logits, words, types, NULL, spans, words, &found) == NEUROLITE_OK);
    require(found >= 0 && found <= words);
    for (int32_t i = 0; i < found; i++) {
        require(spans[i].first >= behind && spans[i].behind > spans[i].first && spans[i].behind <= words);
        require(spans[i].type >= 0 && spans[i].type < types && spans[i].score >= 0 && spans[i].score <= 1);
        behind = spans[i].behind;
    }
    free(spans);
    free(logits);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < HEADER) return 0;
    int32_t num_hashes = 1 + data[0] % NEUROLITE_MAX_HASHES;
    int32_t table_size = NEUROLITE_MIN_TABLE + (data[1] | data[2] << 8) %
                                                   (NEUROLITE_MAX_TABLE - NEUROLITE_MIN_TABLE + 1);
    int32_t max_words = 1 + data[3];
    size -= HEADER;
    uint8_t *text = room(size);
    memcpy(text, data + HEADER, size);

    int32_t words = -1, *expected, *found;
    require(neurolite_count_words(text, size, &words) == NEUROLITE_OK);
    require(words >= 0 && (size_t)words <= size);
    int32_t kept = words < max_words ? words : max_words;
    require(hash(NEUROLITE_PATH_SCALAR, text, size, num_hashes, table_size, max_words, kept,
                 &expected) == words);
    for (int32_t i = 0; i < kept * num_hashes; i++) {
        require(expected[i] >= 0 && expected[i] < table_size);
    }
    for (int32_t path = NEUROLITE_PATH_VECTOR; neurolite_path_name(path) != NULL; path++) {
        require(hash(path, text, size, num_hashes, table_size, max_words, kept, &found) == words);
        require(memcmp(found, expected, sizeof(int32_t) * (size_t)(kept * num_hashes)) == 0);
        free(found);
    }
    free(expected);
    hash_ngrams(text, size, data[1]);
    decode_spans(text, size, data[2]);
    find_places(text, size, words, kept, max_words);
    free(text);
    return 0;
}
