/* Data of docs/hash-spec.md; tables.c is written by tools/make_tables.py. */
#ifndef NEUROLITE_TABLES_H
#define NEUROLITE_TABLES_H

#include <stdint.h>

enum {
    NL_HASH_VERSION = 2,
    NL_MODULUS = 1 << 18,
    NL_WORD_BYTES = 64,
    NL_MAX_CLUSTER = 16, /* bytes of a character with its followers */
    NL_MAX_HIGH = 767,
    NL_MAX_ACCENT = 1023,
    NL_TAIL_BASE = 4096, /* a word's tail is below it */
    NL_SHORT_WORD = 15,
    NL_TAIL_BITS = 64,   /* the tail takes a value div this */
    NL_TAIL_STEP = 61,
    NL_STRAY_BASE = 0xDC00,
    NL_PAGE_BITS = 5,
    NL_LAST_PAGE = 0x20000 >> NL_PAGE_BITS, /* for all as large; the next is for tags */
    NL_FIRST_TAG_PAGE = 0xE0000 >> NL_PAGE_BITS,
    NL_LAST_TAG_PAGE = 0xE0FFF >> NL_PAGE_BITS,
    NL_LANES = 16, /* hash functions computed together */
    NL_BLOCKS = 4, /* NL_LANES * NL_BLOCKS = NEUROLITE_MAX_HASHES */
    NL_LOWEST_ORDER = 2, /* of n-grams */
    NL_HIGHEST_ORDER = 5,
    NL_NO_NGRAM = -1,
    NL_INPUTS = 7, /* low and high of the previous, low, high and accent of the own, low and high of the next */
};

enum nl_class {
    NL_SEPARATOR = 0,
    NL_LETTER = 1,
    NL_PUNCTUATION = 2,
    NL_ISOLATED = 3,
    NL_MARK = 4,
    NL_APOSTROPHE = 5,
    NL_ACCENT = 6, /* from here on followers */
    NL_IGNORABLE = 7,
};

/* Data; where it is made when the program starts, NL_DATA is defined as nothing. */
#ifndef NL_DATA
#define NL_DATA const
#endif

/* Page of each block of 32 code points, up to NL_LAST_PAGE + 1. */
extern NL_DATA uint8_t nl_pages[NL_LAST_PAGE + 2];

/* Of each code point of a page: its entry in nl_variants. */
extern NL_DATA uint16_t nl_cells[];

/* What can be said of a code point: folding delta + NL_DELTA_BIAS, accent number, class. */
enum { NL_CLASS_BITS = 3, NL_ACCENT_BITS = 9, NL_DELTA_BIAS = 1 << 16 };
extern NL_DATA uint32_t nl_variants[];

/* Of each ASCII character: the folded code, and above 8 bits the class. */
extern NL_DATA uint16_t nl_ascii[128];

/* The folded code of each byte that is an ASCII character of class letter, else 0. */
extern NL_DATA uint8_t nl_ascii_letters[256];

/* Weights and offset (last row) of the hash functions, by blocks of NL_LANES; integers below 2^18. */
extern NL_DATA float nl_constants[NL_BLOCKS][NL_INPUTS + 1][NL_LANES];

/* Weights of the n-grams, with one lane an order: how far behind the n-gram's last symbol, 0 where it does not reach so
 * far; of its low, high and accent. And their offsets. Integers below 2^18. */
extern NL_DATA float nl_ngram_constants[NL_HIGHEST_ORDER][3][NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1];
extern NL_DATA float nl_ngram_offsets[NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1];

#endif
