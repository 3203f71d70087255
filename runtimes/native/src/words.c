#include "words.h"

/* Takes the followers from `end` on into the own character; `accent` is its own number. */
static inline uint32_t take_followers(nl_cursor *cursor, uint32_t accent) {
    while (nl_is_follower(cursor->ahead)) {
        cursor->wordly = 1;
        accent += cursor->ahead.accent;
        if (accent > NL_MAX_ACCENT) accent = NL_MAX_ACCENT;
        cursor->end += cursor->ahead.bytes;
        cursor->ahead = nl_decode(cursor->text, cursor->size, cursor->end);
    }
    return accent;
}

static inline void advance(nl_cursor *cursor) {
    nl_character own = cursor->ahead;
    uint32_t wordly = cursor->wordly;
    cursor->before = cursor->kind;
    cursor->at = cursor->end;
    cursor->end += own.bytes;
    cursor->ahead = nl_decode(cursor->text, cursor->size, cursor->end);
    cursor->code = own.code;
    cursor->kind = own.kind;
    cursor->accent = own.accent;
    cursor->wordly = own.kind == NL_LETTER;
    if (own.kind == NL_APOSTROPHE)
        cursor->kind = wordly && nl_is_wordly(cursor->ahead) ? NL_LETTER : NL_PUNCTUATION;
    cursor->seen = cursor->kind;
    if (nl_is_follower(cursor->ahead)) {
        cursor->accent = take_followers(cursor, own.accent);
        if (cursor->end - cursor->at > NL_MAX_CLUSTER) cursor->kind = NL_SEPARATOR;
    }
}

void nl_start(nl_cursor *cursor, const uint8_t *text, size_t size) {
    /* Zeros at the end are padding. */
    while (size > 0 && text[size - 1] == 0) size--;
    cursor->text = text;
    cursor->size = size;
    cursor->end = 0;
    cursor->kind = NL_SEPARATOR;
    cursor->wordly = 0;
    cursor->ahead = nl_decode(text, size, 0);
    take_followers(cursor, 0); /* of no character: they are dropped */
    advance(cursor);
}

/* Inside a word: to the character before, the cursor's character is the next one. */
static inline int is_next(const nl_cursor *cursor) {
    if (cursor->seen == NL_SEPARATOR || cursor->seen == NL_ISOLATED) return 0;
    return cursor->seen == NL_MARK || cursor->seen == cursor->before;
}

/* And it belongs to the word. */
static inline int continues(const nl_cursor *cursor) {
    return is_next(cursor) && cursor->kind != NL_SEPARATOR;
}

static inline int find_word(nl_cursor *cursor) {
    while (cursor->kind == NL_SEPARATOR) {
        if (cursor->at >= cursor->size) return 0;
        advance(cursor);
    }
    return 1;
}

/* Where a run of ASCII letters that was read up to `at` really ends: the last one may have followers. */
static inline size_t without_followed(const nl_cursor *cursor, size_t at) {
    return at > cursor->end && at < cursor->size && cursor->text[at] >= 0x80 ? at - 1 : at;
}

/* Behind the ASCII letters from `end` on, none of which has followers: by far the most usual thing to
 * happen inside a word, without the work that only other characters need. */
static inline size_t letters_end(const nl_cursor *cursor) {
    size_t at = cursor->end;
    if (cursor->kind != NL_LETTER) return at;
    while (at < cursor->size && nl_ascii_letters[cursor->text[at]]) at++;
    return without_followed(cursor, at);
}

/* Goes to the last of these letters; its code is not kept. */
static inline void skip_letters(nl_cursor *cursor, size_t letters) {
    if (letters == cursor->end) return;
    cursor->at = letters - 1;
    cursor->end = letters;
    cursor->wordly = 1;
    cursor->ahead = nl_decode(cursor->text, cursor->size, letters);
}

static inline void put(nl_word *word, int32_t place, nl_input own) {
    word->wide |= own.high | own.accent;
    word->low[place] = (float)own.low;
    word->more[place].high = (float)own.high;
    word->more[place].accent = (float)own.accent;
}

/* As letters_end, but at most up to `limit`, and puts the letters behind `place`. */
static inline size_t put_letters(const nl_cursor *cursor, size_t limit, nl_word *word, int32_t place) {
    size_t at = cursor->end;
    if (cursor->kind != NL_LETTER) return at;
    uint32_t letter;
    while (at < limit && (letter = nl_ascii_letters[cursor->text[at]]) != 0) {
        put(word, ++place, (nl_input){(int32_t)letter, 0, 0});
        at++;
    }
    return without_followed(cursor, at);
}

static inline nl_input input_of(const nl_cursor *cursor) {
    return nl_make_input(cursor->code, cursor->accent);
}

static inline nl_input next_of(const nl_cursor *cursor) {
    return is_next(cursor) ? input_of(cursor) : (nl_input){0, 0, 0};
}

static inline nl_input input_at(const nl_word *word, int32_t place) {
    return (nl_input){(int32_t)word->low[place], (int32_t)word->more[place].high,
                      (int32_t)word->more[place].accent};
}

/* What a word's tail is made of: section 7. */
typedef struct {
    uint32_t size;   /* one for each character, and the accents */
    uint32_t values; /* of hash function 0, div NL_TAIL_BITS */
} nl_tail;

/* Adds the characters beyond those that count, the first of which the cursor is on. */
static void add_beyond(nl_cursor *cursor, nl_input before, nl_tail *tail) {
    int inside = 1;
    nl_input own = input_of(cursor);
    while (inside) {
        advance(cursor);
        inside = continues(cursor);
        nl_input after = next_of(cursor);
        int32_t value = nl_value(before, own, after, nl_constants[0], 0);
        tail->size += 1u + (uint32_t)own.accent;
        tail->values += (uint32_t)value / NL_TAIL_BITS;
        before = own;
        own = after;
    }
}

/* The tail, with the values of the characters that count where it takes any. */
static int32_t tail_of(const nl_word *word, nl_tail tail) {
    tail.size %= NL_TAIL_BASE;
    if (tail.size <= NL_SHORT_WORD) return (int32_t)tail.size;
    for (int32_t at = 1; at <= word->count; at++) {
        nl_input before = input_at(word, at - 1), own = input_at(word, at);
        int32_t value = nl_value(before, own, input_at(word, at + 1), nl_constants[0], 0);
        tail.values += (uint32_t)value / NL_TAIL_BITS;
    }
    return (int32_t)((tail.size + tail.values) % NL_TAIL_BASE);
}

/* The cursor is copied in and out so that compilers keep it in registers meanwhile. */
int nl_next_word(nl_cursor *place, nl_word *word) {
    nl_cursor cursor = *place;
    if (!find_word(&cursor)) return 0;
    size_t first_end = cursor.end, limit = cursor.size;
    if (limit - first_end > NL_WORD_BYTES - 1) limit = first_end + NL_WORD_BYTES - 1;
    int32_t count = 0, inside;
    uint32_t accents = 0;
    word->wide = 0;
    word->first = cursor.at;
    put(word, 0, (nl_input){0, 0, 0});
    do {
        put(word, ++count, input_of(&cursor));
        accents += cursor.accent;
        size_t letters = put_letters(&cursor, limit, word, count);
        count += (int32_t)(letters - cursor.end);
        skip_letters(&cursor, letters);
        advance(&cursor);
        inside = continues(&cursor);
    } while (inside && cursor.end - first_end < NL_WORD_BYTES);
    word->count = count;
    put(word, count + 1, next_of(&cursor));
    nl_tail tail = {(uint32_t)count + accents, 0};
    if (inside) add_beyond(&cursor, input_at(word, count), &tail);
    word->tail = tail_of(word, tail);
    *place = cursor;
    return 1;
}

int nl_next_character(nl_cursor *cursor, nl_input *own, int *starts) {
    if (!find_word(cursor)) return 0;
    *own = input_of(cursor);
    *starts = cursor->before == NL_SEPARATOR || !continues(cursor);
    advance(cursor);
    return 1;
}

int32_t nl_count_symbols(const uint8_t *text, size_t size) {
    nl_cursor cursor;
    int32_t symbols = 0;
    nl_start(&cursor, text, size);
    while (find_word(&cursor)) {
        symbols++; /* the border before it */
        do {
            size_t letters = letters_end(&cursor);
            symbols += 1 + (int32_t)(letters - cursor.end);
            skip_letters(&cursor, letters);
            advance(&cursor);
        } while (continues(&cursor));
    }
    return symbols > 0 ? symbols + 1 : 0;
}

/* Goes behind the word that the cursor is on. */
static inline void skip_word(nl_cursor *cursor) {
    do {
        skip_letters(cursor, letters_end(cursor));
        advance(cursor);
    } while (continues(cursor));
}

int nl_next_place(nl_cursor *from, int32_t *place) {
    nl_cursor cursor = *from;
    if (!find_word(&cursor)) return 0;
    place[0] = (int32_t)cursor.at;
    skip_word(&cursor);
    place[1] = (int32_t)cursor.at;
    *from = cursor;
    return 1;
}

int32_t nl_count_rest(nl_cursor *place) {
    nl_cursor cursor = *place;
    int32_t words = 0;
    while (find_word(&cursor)) {
        words++;
        skip_word(&cursor);
    }
    *place = cursor;
    return words;
}
