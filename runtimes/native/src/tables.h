/* Data of docs/hash-spec.md; tables.c is written by tools/make_tables.py. */
#ifndef NEUROLITE_TABLES_H
#define NEUROLITE_TABLES_H

#include <stdint.h>

enum {
    NL_HASH_VERSION = 1,
    NL_PRIME = 262139,
    NL_WORD_BYTES = 64,
    NL_HIGH_PRIME = 251,
    NL_STRAY_BASE = 0xDC00,
    NL_LAST_PAGE = 512,
    NL_CLASS_BITS = 3,
    NL_LANES = 16,  /* hash functions computed together */
    NL_BLOCKS = 4,  /* NL_LANES * NL_BLOCKS = NEUROLITE_MAX_HASHES */
    NL_INPUTS = 6,  /* low and high of the previous, the current and the next character */
};

enum nl_class {
    NL_SEPARATOR = 0,
    NL_LETTER = 1,
    NL_PUNCTUATION = 2,
    NL_ISOLATED = 3,
    NL_MARK = 4,
    NL_APOSTROPHE = 5,
};

/* Page of each block of 256 code points, up to NL_LAST_PAGE, which stands for all later ones. */
extern const uint8_t nl_pages[NL_LAST_PAGE + 1];

/* Of each code point of a page: class, and above NL_CLASS_BITS the number of its folding delta. */
extern const uint8_t nl_cells[];
extern const int32_t nl_deltas[];

/* The folded code of each byte that is an ASCII character of class letter, else 0. */
extern const uint8_t nl_ascii_letters[256];

/* Weights and offset (last row) of the hash functions, by blocks of NL_LANES; integers below 2^18. */
extern const float nl_constants[NL_BLOCKS][NL_INPUTS + 1][NL_LANES];

#endif
