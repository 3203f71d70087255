/* Characters to words: section 5 of docs/hash-spec.md. */
#ifndef NEUROLITE_WORDS_H
#define NEUROLITE_WORDS_H

#include "characters.h"

/* What the hash needs of one word. Entry 0 is the missing character before it, entry count + 1 the
 * one after the last that counts: missing too, or beyond the first NL_WORD_BYTES bytes. */
typedef struct {
    int32_t count; /* characters that count, 1 to NL_WORD_BYTES */
    int32_t wide;  /* not 0: some `high` is not 0 */
    float low[NL_WORD_BYTES + 2];
    float high[NL_WORD_BYTES + 2];
} nl_word;

/* A place in a text, on a character that has been decoded. */
typedef struct {
    const uint8_t *text;
    size_t size;
    size_t at;
    nl_character own;
    uint8_t kind;         /* of own, apostrophes resolved */
    uint8_t before;       /* kind of the character before */
    uint8_t table_before; /* and its class of the table */
} nl_cursor;

void nl_start(nl_cursor *cursor, const uint8_t *text, size_t size);

/* Reads the next word; 0 when there is none. */
int nl_next_word(nl_cursor *cursor, nl_word *word);

/* Skips all words that are left and returns how many there were. */
int32_t nl_count_rest(nl_cursor *cursor);

#endif
