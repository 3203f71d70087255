/* Bytes to folded characters with a class: sections 2 to 4 of docs/hash-spec.md. */
#ifndef NEUROLITE_CHARACTERS_H
#define NEUROLITE_CHARACTERS_H

#include <stddef.h>
#include <stdint.h>

#include "tables.h"

typedef struct {
    uint32_t code;  /* folded */
    uint8_t kind;   /* enum nl_class, apostrophes as they are */
    uint8_t bytes;  /* 1 to 4 */
} nl_character;

/* The character that starts at text[at], at < size, where text[at] is not ASCII. */
nl_character nl_decode_wide(const uint8_t *text, size_t size, size_t at);

/* The character that starts at text[at]; past the end a separator of no bytes. */
static inline nl_character nl_decode(const uint8_t *text, size_t size, size_t at) {
    if (at >= size) return (nl_character){0, NL_SEPARATOR, 0};
    uint32_t byte = text[at];
    if (byte >= 0x80) return nl_decode_wide(text, size, at);
    uint32_t cell = nl_cells[(uint32_t)nl_pages[0] * 256u + byte];
    uint32_t folded = byte + (uint32_t)nl_deltas[cell >> NL_CLASS_BITS];
    return (nl_character){folded, (uint8_t)(cell & ((1u << NL_CLASS_BITS) - 1u)), 1};
}

#endif
