/* Bytes to folded characters with a class: sections 2 to 4 of docs/hash-spec.md. */
#ifndef NEUROLITE_CHARACTERS_H
#define NEUROLITE_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

#include "tables.h"

typedef struct {
    uint32_t code;   /* folded */
    uint32_t accent; /* its own number */
    uint32_t kind;   /* enum nl_class, apostrophes as they are */
    uint32_t bytes;  /* 1 to 4 */
} nl_character;

static inline int nl_is_follower(nl_character character) { return character.kind >= NL_ACCENT; }

/* What may stand beside an apostrophe inside a word. */
static inline int nl_is_wordly(nl_character character) {
    return character.kind == NL_LETTER || nl_is_follower(character);
}

/* The character that starts at text[at], at < size, where text[at] is not ASCII. */
nl_character nl_decode_wide(const uint8_t *text, size_t size, size_t at);

/* The character that starts at text[at]; past the end a separator of no bytes. */
static inline nl_character nl_decode(const uint8_t *text, size_t size, size_t at) {
    if (at >= size) return (nl_character){0, 0, NL_SEPARATOR, 0};
    uint32_t byte = text[at];
    if (byte >= 0x80) return nl_decode_wide(text, size, at);
    uint32_t entry = nl_ascii[byte];
    return (nl_character){entry & 0xFFu, 0, entry >> 8, 1};
}

#endif
