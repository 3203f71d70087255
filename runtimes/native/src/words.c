#include "words.h"

static inline void resolve(nl_cursor *cursor) {
    cursor->kind = cursor->own.kind;
    if (cursor->kind != NL_APOSTROPHE) return;
    cursor->kind = NL_PUNCTUATION;
    if (cursor->table_before != NL_LETTER) return;
    nl_character after = nl_decode(cursor->text, cursor->size, cursor->at + cursor->own.bytes);
    if (after.kind == NL_LETTER) cursor->kind = NL_LETTER;
}

void nl_start(nl_cursor *cursor, const uint8_t *text, size_t size) {
    /* Zeros at the end are padding. */
    while (size > 0 && text[size - 1] == 0) size--;
    cursor->text = text;
    cursor->size = size;
    cursor->at = 0;
    cursor->before = cursor->table_before = NL_SEPARATOR;
    cursor->own = nl_decode(text, size, 0);
    resolve(cursor);
}

static inline void advance(nl_cursor *cursor) {
    cursor->before = cursor->kind;
    cursor->table_before = cursor->own.kind;
    cursor->at += cursor->own.bytes;
    cursor->own = nl_decode(cursor->text, cursor->size, cursor->at);
    resolve(cursor);
}

/* Inside a word: the cursor's character belongs to it. */
static inline int continues(const nl_cursor *cursor) {
    if (cursor->kind == NL_SEPARATOR || cursor->kind == NL_ISOLATED) return 0;
    return cursor->kind == NL_MARK || cursor->kind == cursor->before;
}

static inline int find_word(nl_cursor *cursor) {
    while (cursor->kind == NL_SEPARATOR) {
        if (cursor->at >= cursor->size) return 0;
        advance(cursor);
    }
    return 1;
}

static inline void put(nl_word *word, int32_t place, const nl_character *character) {
    uint32_t high = character->code >> 8;
    word->low[place] = (float)(int32_t)(character->code & 0xFFu);
    word->high[place] = (float)(int32_t)(high % NL_HIGH_PRIME);
    word->wide |= (int32_t)high;
}

/* Goes to the last letter of a run of ASCII letters, by far the most usual thing to happen inside a
 * word, without the work that only other characters need. */
static inline void skip_letters(nl_cursor *cursor) {
    if (cursor->kind != NL_LETTER || cursor->own.bytes != 1) return;
    size_t at = cursor->at + 1;
    while (at < cursor->size && nl_ascii_letters[cursor->text[at]]) at++;
    if (at == cursor->at + 1) return;
    cursor->at = at - 1;
    cursor->own.kind = NL_LETTER;
}

/* The same, and puts the letters into the word as long as they count. */
static inline int32_t put_letters(nl_cursor *cursor, size_t start, nl_word *word, int32_t count) {
    if (cursor->kind != NL_LETTER || cursor->own.bytes != 1) return count;
    size_t at = cursor->at + 1, end = cursor->size;
    if (end - start > NL_WORD_BYTES) end = start + NL_WORD_BYTES;
    uint8_t letter;
    while (at < end && (letter = nl_ascii_letters[cursor->text[at]]) != 0) {
        word->low[++count] = (float)letter;
        word->high[count] = 0.0f;
        at++;
    }
    if (at == cursor->at + 1) return count;
    cursor->at = at - 1;
    cursor->own.kind = NL_LETTER;
    return count;
}

/* The cursor is copied in and out so that compilers keep it in registers meanwhile. */
int nl_next_word(nl_cursor *place, nl_word *word) {
    nl_cursor cursor = *place;
    if (!find_word(&cursor)) return 0;
    size_t start = cursor.at;
    int32_t count = 0, inside;
    word->wide = 0;
    word->low[0] = word->high[0] = 0.0f;
    do {
        put(word, ++count, &cursor.own);
        count = put_letters(&cursor, start, word, count);
        advance(&cursor);
        inside = continues(&cursor);
    } while (inside && cursor.at - start < NL_WORD_BYTES);
    word->count = count;
    word->low[count + 1] = word->high[count + 1] = 0.0f;
    if (inside) put(word, count + 1, &cursor.own);
    while (inside) {
        skip_letters(&cursor);
        advance(&cursor);
        inside = continues(&cursor);
    }
    *place = cursor;
    return 1;
}

int32_t nl_count_rest(nl_cursor *place) {
    nl_cursor cursor = *place;
    int32_t words = 0;
    while (find_word(&cursor)) {
        words++;
        do {
            skip_letters(&cursor);
            advance(&cursor);
        } while (continues(&cursor));
    }
    *place = cursor;
    return words;
}
