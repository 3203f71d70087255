/* Random numbers and texts of the model library's fuzzer: all from one number, so that any round can be made again. */
#ifndef NEUROLITE_FUZZ_TEXTS_H
#define NEUROLITE_FUZZ_TEXTS_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TEXT = 4096 };

typedef struct {
    uint64_t state;
} chance;

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline uint64_t drawn(chance *c) {
    uint64_t z = (c->state += 0x9E3779B97F4A7C15u);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}

static inline uint32_t below(chance *c, uint32_t limit) { return (uint32_t)((drawn(c) >> 32) * limit >> 32); }

typedef struct {
    uint8_t bytes[MOST_TEXT];
    size_t size;
} made_text;

static inline void add_byte(made_text *text, uint32_t byte) {
    if (text->size < MOST_TEXT) text->bytes[text->size++] = (uint8_t)byte;
}

/* UTF-8 of any number below 2^21, surrogates too. */
static inline void add_code(made_text *text, uint32_t code) {
    if (code < 0x80) {
        add_byte(text, code);
        return;
    }
    const uint32_t more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    add_byte(text, (0xF00u >> more & 0xFFu) | code >> (6 * more));
    for (uint32_t i = more; i-- > 0;) add_byte(text, 0x80u | (code >> (6 * i) & 0x3Fu));
}

/* First and last of blocks whose characters words treat differently. */
static const uint32_t blocks[][2] = {
    {0x20, 0x7E}, {0xA0, 0x17F}, {0x300, 0x36F}, {0x370, 0x3FF}, {0x400, 0x52F}, {0x590, 0x5F4}, {0x600, 0x6FF},
    {0x900, 0x97F}, {0xE00, 0xE7F}, {0x1E00, 0x1EFF}, {0x2000, 0x206F}, {0x20A0, 0x2BFF}, {0x3000, 0x30FF},
    {0x4E00, 0x9FFF}, {0xAC00, 0xD7A3}, {0xD800, 0xDFFF}, {0xFE00, 0xFFFF}, {0x1F300, 0x1FAFF}, {0xE0000, 0xE01EF},
    {0x10000, 0x1FFFFF}};
enum { BLOCKS = sizeof blocks / sizeof *blocks };

static inline void add_of_block(made_text *text, chance *c, uint32_t block) {
    add_code(text, blocks[block][0] + below(c, blocks[block][1] - blocks[block][0] + 1));
}

static inline void any_bytes(made_text *text, chance *c) {
    for (uint32_t left = below(c, 40); left > 0; left--) add_byte(text, below(c, 256));
}

static inline void ragged_bytes(made_text *text, chance *c) {
    static const uint8_t ragged[] = "\0 aA'.\x80\xBF\xC2\xC3\xE0\xE4\xED\xF0\xF4\xF7\xF8\xFF\xCC\x81\xE2\x80\x99";
    for (uint32_t left = below(c, 32); left > 0; left--) add_byte(text, ragged[below(c, sizeof ragged - 1)]);
}

static inline void ascii_words(made_text *text, chance *c) {
    for (uint32_t words = below(c, 12); words > 0; words--) {
        for (uint32_t letters = 1 + below(c, 9); letters > 0; letters--) add_byte(text, 'a' + below(c, 26));
        add_byte(text, " \n-'.,"[below(c, 6)]);
    }
}

static inline void words_of_blocks(made_text *text, chance *c) {
    const uint32_t own = below(c, BLOCKS);
    for (uint32_t words = below(c, 8); words > 0; words--) {
        const uint32_t block = below(c, 3) ? own : below(c, BLOCKS);
        for (uint32_t left = 1 + below(c, 6); left > 0; left--) add_of_block(text, c, block);
        if (below(c, 4)) add_byte(text, ' ');
        else add_of_block(text, c, 10);
    }
}

/* Letters with accents and other followers, up to and beyond what a cluster may have. */
static inline void followers(made_text *text, chance *c) {
    for (uint32_t letters = below(c, 6); letters > 0; letters--) {
        add_of_block(text, c, below(c, 2) ? 0 : below(c, BLOCKS));
        for (uint32_t left = below(c, 12); left > 0; left--) add_of_block(text, c, below(c, 2) ? 2 : 18);
    }
}

/* One piece over and over: long words, many words, or many separators. */
static inline void repeated(made_text *text, chance *c) {
    made_text piece;
    piece.size = 0;
    words_of_blocks(&piece, c);
    const size_t most = below(c, 16) ? 300 : MOST_TEXT;
    if (below(c, 2) && piece.size > 1) piece.size = 1 + below(c, (uint32_t)piece.size);
    for (size_t i = 0; piece.size > 0 && text->size < most; i++) add_byte(text, piece.bytes[i % piece.size]);
}

/* A few bytes of an earlier text changed, taken away or put in. */
static inline void mutated(made_text *text, chance *c, const made_text *before) {
    const size_t kept = before->size < 400 ? before->size : 400;
    memcpy(text->bytes, before->bytes, kept);
    text->size = kept;
    for (uint32_t left = 1 + below(c, 4); left > 0 && text->size > 0; left--) {
        const size_t at = below(c, (uint32_t)text->size);
        switch (below(c, 4)) {
        case 0: text->bytes[at] ^= (uint8_t)(1u << below(c, 8)); break;
        case 1: text->bytes[at] = (uint8_t)below(c, 256); break;
        case 2:
            memmove(text->bytes + at, text->bytes + at + 1, text->size - at - 1);
            text->size--;
            break;
        default:
            memmove(text->bytes + at + 1, text->bytes + at, text->size - at);
            text->size++;
        }
    }
}

/* Takes the place of `text`, from which it may be made. */
static inline void make_text(made_text *text, chance *c) {
    static void (*const kinds[])(made_text *, chance *) = {any_bytes, ragged_bytes, ascii_words, ascii_words,
                                                           words_of_blocks, words_of_blocks, followers};
    enum { KINDS = sizeof kinds / sizeof *kinds };
    const uint32_t kind = below(c, 8 * (KINDS + 2));
    made_text made;
    made.size = 0;
    if (kind == 0) repeated(&made, c);
    else if (kind < 16) mutated(&made, c, text);
    else kinds[kind % KINDS](&made, c);
    memcpy(text->bytes, made.bytes, made.size);
    text->size = made.size;
}

#endif
