/* What the ops of a hash give of words: their indices, their number, and where they stand. */
#include "neurolite.h"
#include "ort_hashes.h"

enum { HASH_VERSION, NUM_HASHES, TABLE_SIZE, MAX_WORDS, ATTRIBUTES };

static const nl_attribute attributes[ATTRIBUTES] = {
    {"hash_version", "this library computes version 2 only.", NL_HASH_VERSION, NL_HASH_VERSION},
    {"num_hashes", "1 to 64 are allowed.", 1, NEUROLITE_MAX_HASHES},
    {"table_size", "64 to 65536 are allowed.", NEUROLITE_MIN_TABLE, NEUROLITE_MAX_TABLE},
    {"max_words", "1 to 2147483647 are allowed.", 1, INT32_MAX},
};

OrtStatus *nl_read_bloom(const OrtApi *api, const OrtKernelInfo *info, nl_bloom_options *options) {
    int64_t values[ATTRIBUTES];
    OrtStatus *status = nl_read_attributes(api, info, attributes, ATTRIBUTES, values);
    if (status != NULL) return status;
    options->hash = nl_find_hasher(neurolite_best_path());
    options->num_hashes = (int32_t)values[NUM_HASHES];
    options->table_size = (int32_t)values[TABLE_SIZE];
    options->max_words = (int32_t)values[MAX_WORDS];
    return NULL;
}

/* Words of each text, and the length of the longest one within the limit. */
static int32_t count(const nl_bloom_options *own, const uint8_t *bytes, const int64_t *shape,
                     int32_t *words) {
    int32_t longest = 1;
    for (int64_t n = 0; n < shape[0]; n++) {
        nl_cursor cursor;
        nl_start(&cursor, bytes + n * shape[1], (size_t)shape[1]);
        words[n] = nl_count_rest(&cursor);
        int32_t kept = words[n] < own->max_words ? words[n] : own->max_words;
        longest = kept > longest ? kept : longest;
    }
    return longest;
}

/* One text; `places` has room for two numbers a row, or is NULL. */
static void hash_text(const nl_bloom_options *own, const uint8_t *text, size_t size, int64_t rows,
                      int32_t *indices, int32_t *places) {
    nl_cursor cursor;
    nl_word word;
    nl_start(&cursor, text, size);
    int32_t *row = indices, *end = indices + rows * own->num_hashes;
    int32_t *place = places, *last = places == NULL ? NULL : places + rows * NL_PLACE;
    while (row < end && nl_next_word(&cursor, &word)) {
        own->hash(&word, own->num_hashes, own->table_size, row);
        row += own->num_hashes;
        if (place == last) continue;
        *place++ = (int32_t)word.first;
        *place++ = (int32_t)cursor.at; /* where the word ends begins what is behind it */
    }
    while (row < end) *row++ = 0;
    while (place < last) *place++ = 0;
}

OrtStatus *nl_write_words(const OrtApi *api, OrtKernelContext *context, const nl_bloom_options *own,
                          const uint8_t *bytes, const int64_t *shape, int32_t offsets) {
    void *data, *places = NULL;
    OrtStatus *status = nl_output(api, context, 1, shape, 1, &data);
    if (status != NULL) return status;
    int32_t rows = count(own, bytes, shape, data);

    const int64_t wanted[3] = {shape[0], rows, own->num_hashes};
    status = nl_output(api, context, 0, wanted, 3, &data);
    if (status == NULL && offsets) {
        const int64_t pairs[3] = {shape[0], rows, NL_PLACE};
        status = nl_output(api, context, (size_t)offsets, pairs, 3, &places);
    }
    if (status != NULL) return status;
    for (int64_t n = 0; n < shape[0]; n++) {
        hash_text(own, bytes + n * shape[1], (size_t)shape[1], rows,
                  (int32_t *)data + n * rows * own->num_hashes,
                  places == NULL ? NULL : (int32_t *)places + n * rows * NL_PLACE);
    }
    return NULL;
}
