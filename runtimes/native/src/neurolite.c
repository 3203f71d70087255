/* The C ABI of neurolite.h over the parts. */
#include "neurolite.h"

#include "hash.h"
#include "ngrams.h"
#include "spans.h"

int32_t neurolite_abi_version(void) { return NEUROLITE_ABI_VERSION; }

int32_t neurolite_hash_version(void) { return NL_HASH_VERSION; }

const char *neurolite_status_text(int32_t status) {
    switch (status) {
        case NEUROLITE_OK: return "No error.";
        case NEUROLITE_NULL_POINTER: return "A pointer is NULL.";
        case NEUROLITE_BAD_PATH: return "This processor or library has no such path.";
        case NEUROLITE_BAD_NUM_HASHES: return "num_hashes must be 1 to 64.";
        case NEUROLITE_BAD_TABLE_SIZE: return "table_size must be 64 to 65536.";
        case NEUROLITE_BAD_MAX_WORDS: return "max_words must be at least 1.";
        case NEUROLITE_TEXT_TOO_LONG: return "A text must be shorter than 2^31 - 1 bytes, for n-grams than 2^30 - 1.";
        case NEUROLITE_BAD_ORDERS: return "Orders must be 2 to 5, and the lowest not above the highest.";
        case NEUROLITE_BAD_MAX_SYMBOLS: return "max_symbols must be at least 1.";
        case NEUROLITE_BAD_NUM_TYPES: return "num_types must be 1 to 1024.";
        case NEUROLITE_BAD_CAPACITY: return "There must be room for as many spans as words, 0 or more.";
        default: return "Unknown status.";
    }
}

static int32_t check_text(const uint8_t *text, size_t size, const int32_t *words) {
    if ((text == NULL && size > 0) || words == NULL) return NEUROLITE_NULL_POINTER;
    return size >= INT32_MAX ? NEUROLITE_TEXT_TOO_LONG : NEUROLITE_OK;
}

int32_t neurolite_count_words(const uint8_t *text, size_t size, int32_t *words) {
    int32_t status = check_text(text, size, words);
    if (status != NEUROLITE_OK) return status;
    nl_cursor cursor;
    nl_start(&cursor, text, size);
    *words = nl_count_rest(&cursor);
    return NEUROLITE_OK;
}

int32_t neurolite_hash_text(int32_t path, const uint8_t *text, size_t size, int32_t num_hashes,
                            int32_t table_size, int32_t max_words, int32_t *indices,
                            int32_t *words) {
    nl_hasher *hash = nl_find_hasher(path);
    if (hash == NULL) return NEUROLITE_BAD_PATH;
    if (num_hashes < 1 || num_hashes > NEUROLITE_MAX_HASHES) return NEUROLITE_BAD_NUM_HASHES;
    if (table_size < NEUROLITE_MIN_TABLE || table_size > NEUROLITE_MAX_TABLE)
        return NEUROLITE_BAD_TABLE_SIZE;
    if (max_words < 1) return NEUROLITE_BAD_MAX_WORDS;
    int32_t status = check_text(text, size, words);
    if (status == NEUROLITE_OK && indices == NULL) status = NEUROLITE_NULL_POINTER;
    if (status != NEUROLITE_OK) return status;

    nl_cursor cursor;
    nl_word word;
    nl_start(&cursor, text, size);
    int32_t found = 0;
    while (found < max_words && nl_next_word(&cursor, &word)) {
        hash(&word, num_hashes, table_size, indices + (size_t)found * (size_t)num_hashes);
        found++;
    }
    *words = found + nl_count_rest(&cursor);
    return NEUROLITE_OK;
}

int32_t neurolite_word_offsets(const uint8_t *text, size_t size, int32_t max_words,
                               int32_t *offsets, int32_t *words) {
    if (max_words < 1) return NEUROLITE_BAD_MAX_WORDS;
    int32_t status = check_text(text, size, words);
    if (status == NEUROLITE_OK && offsets == NULL) status = NEUROLITE_NULL_POINTER;
    if (status != NEUROLITE_OK) return status;
    nl_cursor cursor;
    nl_start(&cursor, text, size);
    int32_t found = 0;
    while (found < max_words && nl_next_place(&cursor, offsets + NL_PLACE * (size_t)found)) found++;
    found += nl_count_rest(&cursor);
    *words = found;
    return NEUROLITE_OK;
}

int32_t neurolite_hash_ngrams(const uint8_t *text, size_t size, int32_t lowest, int32_t highest,
                              int32_t across_words, int32_t max_symbols, int32_t *values,
                              int32_t *symbols) {
    if (lowest < NEUROLITE_LOWEST_ORDER || lowest > highest || highest > NEUROLITE_HIGHEST_ORDER)
        return NEUROLITE_BAD_ORDERS;
    if (max_symbols < 1) return NEUROLITE_BAD_MAX_SYMBOLS;
    int32_t status = check_text(text, size, symbols);
    if (status == NEUROLITE_OK && values == NULL) status = NEUROLITE_NULL_POINTER;
    /* Twice as many symbols have to be a number, too. */
    if (status == NEUROLITE_OK && size >= INT32_MAX / 2) status = NEUROLITE_TEXT_TOO_LONG;
    if (status != NEUROLITE_OK) return status;
    const nl_ngram_options options = {lowest, highest, across_words, max_symbols};
    *symbols = nl_hash_ngrams(text, size, &options, values);
    return NEUROLITE_OK;
}

int32_t neurolite_decode_spans(const float *tags, int32_t words, int32_t num_types, const double *thresholds,
                               neurolite_span *spans, int32_t capacity, int32_t *found) {
    if (num_types < 1 || num_types > NEUROLITE_MAX_SPAN_TYPES) return NEUROLITE_BAD_NUM_TYPES;
    if (words < 0 || capacity < words) return NEUROLITE_BAD_CAPACITY;
    if (found == NULL || (words > 0 && (tags == NULL || spans == NULL))) return NEUROLITE_NULL_POINTER;
    *found = nl_decode_spans(tags, words, num_types, thresholds, spans);
    return NEUROLITE_OK;
}
