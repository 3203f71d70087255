/* Characters to words: sections 3 and 5 of docs/hash-spec.md, and a word's tail, section 7. */
#ifndef NEUROLITE_WORDS_H
#define NEUROLITE_WORDS_H

#include "arithmetic.h"
#include "characters.h"

typedef struct {
    float high, accent;
} nl_more;

/* What the hash needs of one word, of any length. Entry 0 is the missing character before it, entry
 * count + 1 the one after the last that counts: missing too, or beyond. */
typedef struct {
    int32_t count; /* characters that count, 1 to NL_WORD_BYTES */
    int32_t wide;  /* not 0: some `high` or `accent` is not 0 */
    int32_t tail;
    size_t first; /* its first byte */
    float low[NL_WORD_BYTES + 2];
    nl_more more[NL_WORD_BYTES + 2];
} nl_word;

/* A place in a text: on a character with its followers, which has been decoded. */
typedef struct {
    const uint8_t *text;
    size_t size;
    size_t at, end;     /* of the own character with its followers */
    nl_character ahead; /* what starts at `end`: no follower */
    uint32_t code;      /* the own character: folded, */
    uint32_t accent;    /* accents of its followers included, */
    uint32_t seen;       /* class, apostrophes resolved */
    uint32_t kind;       /* the same, but separator where it has too many followers */
    uint32_t before;     /* kind of the character before */
    uint32_t wordly;     /* of the last character before `end`: letter of the table, or follower */
} nl_cursor;

void nl_start(nl_cursor *cursor, const uint8_t *text, size_t size);

/* Reads the next word; 0 when there is none. Its end is where the cursor then is. */
int nl_next_word(nl_cursor *cursor, nl_word *word);

/* Reads the next character of any word, and whether it is the word's first; 0 when there is none. Not to be mixed with
 * the others on one cursor. */
int nl_next_character(nl_cursor *cursor, nl_input *own, int *starts);

/* Symbols of a text: characters of words, and borders. */
int32_t nl_count_symbols(const uint8_t *text, size_t size);

enum { NL_PLACE = 2 }; /* numbers of a word's place: its first byte, and the one behind its last */

/* Reads the next word's place; 0 when there is none. */
int nl_next_place(nl_cursor *cursor, int32_t *place);

/* Skips all words that are left and returns how many there were. */
int32_t nl_count_rest(nl_cursor *cursor);

#endif
