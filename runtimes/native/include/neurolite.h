/* NeuroLite: text to table indices, by docs/hash-spec.md version 2; and a model's tags to spans, by docs/spans.md.
 *
 *     int32_t indices[256 * 16], words;
 *     int32_t path = neurolite_best_path();
 *     int32_t status = neurolite_hash_text(path, text, size, 16, 8192, 256, indices, &words);
 *     if (status != NEUROLITE_OK) fail(neurolite_status_text(status));
 *
 * Plain functions over the caller's memory: nothing is allocated, opened, locked or kept.
 *
 * Threads: every function may be called from any number of threads at once, as long as no two
 * calls write to the same memory.
 */
#ifndef NEUROLITE_H
#define NEUROLITE_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define NEUROLITE_EXPORT __declspec(dllexport)
#else
#define NEUROLITE_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when a function here changes its meaning or its parameters. */
#define NEUROLITE_ABI_VERSION 1

enum neurolite_limit {
    NEUROLITE_MAX_HASHES = 64,
    NEUROLITE_MIN_TABLE = 64,
    NEUROLITE_MAX_TABLE = 65536,
    NEUROLITE_LOWEST_ORDER = 2, /* of n-grams */
    NEUROLITE_HIGHEST_ORDER = 5,
    NEUROLITE_MAX_SPAN_TYPES = 1024,
};

/* Every function that can refuse its arguments returns one of these, and then wrote nothing. */
enum neurolite_status {
    NEUROLITE_OK = 0,
    NEUROLITE_NULL_POINTER = 1,   /* an output is NULL, or the text is and its size is not 0 */
    NEUROLITE_BAD_PATH = 2,       /* not a path of this library */
    NEUROLITE_BAD_NUM_HASHES = 3, /* not 1 to NEUROLITE_MAX_HASHES */
    NEUROLITE_BAD_TABLE_SIZE = 4, /* not NEUROLITE_MIN_TABLE to NEUROLITE_MAX_TABLE */
    NEUROLITE_BAD_MAX_WORDS = 5,  /* below 1 */
    NEUROLITE_TEXT_TOO_LONG = 6,  /* 2^31 - 1 bytes or more; for n-grams 2^30 - 1 */
    NEUROLITE_BAD_ORDERS = 7,     /* not NEUROLITE_LOWEST_ORDER to NEUROLITE_HIGHEST_ORDER, ascending */
    NEUROLITE_BAD_MAX_SYMBOLS = 8, /* below 1 */
    NEUROLITE_BAD_NUM_TYPES = 9,   /* not 1 to NEUROLITE_MAX_SPAN_TYPES */
    NEUROLITE_BAD_CAPACITY = 10,   /* below the number of words, or that is below 0 */
};

/* Ways to compute the same bits. */
enum neurolite_path {
    NEUROLITE_PATH_SCALAR = 0, /* plain integers, one at a time */
    NEUROLITE_PATH_VECTOR = 1, /* the instruction set that the library was compiled for */
    NEUROLITE_PATH_AVX2 = 2,   /* x86 with AVX2 */
    NEUROLITE_PATH_AVX512 = 3, /* x86 with AVX-512 F */
};

/* NEUROLITE_ABI_VERSION of the library. */
NEUROLITE_EXPORT int32_t neurolite_abi_version(void);

/* Version of docs/hash-spec.md that the library computes. */
NEUROLITE_EXPORT int32_t neurolite_hash_version(void);

/* The fastest path of this processor. Asks the processor each time, which can take microseconds:
 * call it once and keep the answer. */
NEUROLITE_EXPORT int32_t neurolite_best_path(void);

/* Instruction set of a path, such as "avx2" or "neon"; NULL for one that this library lacks or
 * this processor cannot run. The text is constant. */
NEUROLITE_EXPORT const char *neurolite_path_name(int32_t path);

/* One sentence for a status, never NULL. The text is constant. */
NEUROLITE_EXPORT const char *neurolite_status_text(int32_t status);

/* Counts the words of a text.
 *
 * text: any bytes, UTF-8 or not, of which there are `size`; NULL is allowed when size is 0.
 * words: receives the number of words.
 */
NEUROLITE_EXPORT int32_t neurolite_count_words(const uint8_t *text, size_t size, int32_t *words);

/* Hashes the words of a text to table indices.
 *
 * path: neurolite_best_path(), or another one that neurolite_path_name() names; all give the same
 *     result. Whether the processor has the path is not asked again here.
 * text, size: as above.
 * num_hashes: K, 1 to 64.
 * table_size: M, 64 to 65536; indices are below it.
 * max_words: at least 1; further words are counted, but not hashed.
 * indices: room for min(words of the text, max_words) * K numbers; word after word, K each.
 *     Nothing after them is written.
 * words: receives the number of all words, before the limit.
 */
NEUROLITE_EXPORT int32_t neurolite_hash_text(int32_t path, const uint8_t *text, size_t size,
                                             int32_t num_hashes, int32_t table_size,
                                             int32_t max_words, int32_t *indices, int32_t *words);

/* Where the words of a text stand in it, docs/hash-spec.md section 12.
 *
 * text, size: as above.
 * max_words: at least 1; further words are counted, but not told of.
 * offsets: room for min(words of the text, max_words) * 2 numbers; of each word its first byte, and the byte behind its
 *     last. Nothing after them is written.
 * words: receives the number of all words, before the limit.
 */
NEUROLITE_EXPORT int32_t neurolite_word_offsets(const uint8_t *text, size_t size, int32_t max_words,
                                                int32_t *offsets, int32_t *words);

/* Hashes the n-grams of a text, docs/hash-spec.md section 10, to numbers below 2^18.
 *
 * text, size: as above.
 * lowest, highest: orders, 2 to 5.
 * across_words: 0, or another number: n-grams may have borders of words inside.
 * max_symbols: at least 1; further symbols (characters of words, and borders) are counted, but not read.
 * values: room for min(symbols of the text, max_symbols) * (highest - lowest + 1) numbers; for each symbol those of the
 *     n-grams that start there, -1 where none does. A text has at most 2 * size + 1 symbols. Nothing after them is
 *     written.
 * symbols: receives the number of all symbols, before the limit.
 */
NEUROLITE_EXPORT int32_t neurolite_hash_ngrams(const uint8_t *text, size_t size, int32_t lowest,
                                               int32_t highest, int32_t across_words,
                                               int32_t max_symbols, int32_t *values,
                                               int32_t *symbols);

/* Some words of a text that are of one type; neurolite_model.h has it too. */
#ifndef NEUROLITE_SPAN
#define NEUROLITE_SPAN
typedef struct neurolite_span {
    int32_t first;  /* word, from 0 */
    int32_t behind; /* the last word */
    int32_t type;   /* from 0 */
    float score;    /* smallest probability of its words' tags, 0 to 1 */
} neurolite_span;
#endif

/* Decodes the spans of one text from a model's output `tags`: the tags with the greatest sum among those that can
 * stand together (sums in double; of equal ones the lowest tag).
 *
 * tags: logits of the words, word after word, 1 + 2 * num_types each: O, and B and I of each type. NaN is read as the
 *     least number, infinities as the least and the greatest.
 * words: how many words are read, 0 or more: of the model's output `words`, at most its L.
 * num_types: 1 to NEUROLITE_MAX_SPAN_TYPES.
 * thresholds: num_types numbers from 0 to 1, spans with a score below their type's are left out; NULL: none is.
 * spans: room for `capacity` spans; the first `words` of them are used while it works, and hold the spans, in the
 *     order of the words, in the end.
 * capacity: at least `words`.
 * found: receives the number of spans.
 *
 * Takes some 20 KB of the stack.
 */
NEUROLITE_EXPORT int32_t neurolite_decode_spans(const float *tags, int32_t words, int32_t num_types,
                                                const double *thresholds, neurolite_span *spans,
                                                int32_t capacity, int32_t *found);

#ifdef __cplusplus
}
#endif

#endif
