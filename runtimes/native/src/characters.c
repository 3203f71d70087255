#include "characters.h"

static inline int is_continuation(uint32_t byte) { return (byte & 0xC0u) == 0x80u; }

/* Section 2, for a first byte from 80 on. Any bytes are some character. */
static uint32_t code_point(const uint8_t *text, size_t size, size_t at, uint32_t *bytes) {
    uint32_t lead = text[at];
    size_t need = lead < 0xC0 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : lead < 0xF8 ? 3 : 0;
    if (need > 0 && need < size - at) {
        uint32_t code = lead & (0x3Fu >> need);
        size_t got = 0;
        while (got < need && is_continuation(text[at + got + 1])) {
            code = code << 6 | (text[at + got + 1] & 0x3Fu);
            got++;
        }
        if (got == need) {
            *bytes = (uint32_t)(need + 1);
            return code;
        }
    }
    *bytes = 1;
    return NL_STRAY_BASE + lead;
}

static inline uint32_t page_of(uint32_t code) {
    uint32_t page = code >> NL_PAGE_BITS;
    if (page < NL_LAST_PAGE) return page;
    return page >= NL_FIRST_TAG_PAGE && page <= NL_LAST_TAG_PAGE ? NL_LAST_PAGE + 1 : NL_LAST_PAGE;
}

nl_character nl_decode_wide(const uint8_t *text, size_t size, size_t at) {
    nl_character found;
    uint32_t code = code_point(text, size, at, &found.bytes);
    uint32_t place = code & ((1u << NL_PAGE_BITS) - 1u);
    uint32_t cell = nl_cells[(uint32_t)nl_pages[page_of(code)] << NL_PAGE_BITS | place];
    uint32_t variant = nl_variants[cell];
    found.code = code + (variant >> (NL_CLASS_BITS + NL_ACCENT_BITS)) - NL_DELTA_BIAS;
    found.accent = variant >> NL_CLASS_BITS & ((1u << NL_ACCENT_BITS) - 1u);
    found.kind = variant & ((1u << NL_CLASS_BITS) - 1u);
    return found;
}
