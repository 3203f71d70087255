/* N-grams: section 10 of docs/hash-spec.md. */
#ifndef NEUROLITE_NGRAMS_H
#define NEUROLITE_NGRAMS_H

#include <stddef.h>
#include <stdint.h>

#include "tables.h"
#include "words.h"

enum { NL_BUCKETS = 65536 }; /* of n-grams, by their values */

typedef struct {
    int32_t lowest, highest; /* orders */
    int32_t across_words;    /* not 0: borders of words may be inside */
    int32_t max_symbols;
} nl_ngram_options;

/* Symbols of a text are characters of words, and borders; `nl_count_symbols` of words.h counts them. */

/* Writes a row for each symbol that is read, the values of all orders; returns the number of all symbols. */
int32_t nl_hash_ngrams(const uint8_t *text, size_t size, const nl_ngram_options *options, int32_t *values);

#endif
