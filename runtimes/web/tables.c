/* The tables of docs/hash-spec.md, made when the module starts: as data they would be a third of what a page loads.
 * packed_tables.h is written where this is compiled, by wasm_tables.py. */
#include "tables.h"

#include "packed_tables.h"

uint8_t nl_pages[NL_LAST_PAGE + 2];
uint16_t nl_cells[CELLS];
uint32_t nl_variants[CELLS];
uint16_t nl_ascii[128];
uint8_t nl_ascii_letters[256];
float nl_constants[NL_BLOCKS][NL_INPUTS + 1][NL_LANES];
float nl_ngram_constants[NL_HIGHEST_ORDER][3][NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1];
float nl_ngram_offsets[NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1];

/* The next number of a list: groups of 7 bits, the lowest first, of twice the number, or of -2 n - 1. */
static int32_t next(const uint8_t **at) {
    uint32_t value = 0, byte;
    int shift = 0;
    do {
        byte = *(*at)++;
        value |= (byte & 127) << shift;
        shift += 7;
    } while (byte > 127);
    return (int32_t)(value >> 1 ^ (0 - (value & 1)));
}

static void make_characters(void) {
    const uint8_t *deltas = packed_deltas, *accents = packed_accents;
    int32_t delta = NL_DELTA_BIAS, accent = 0;
    uint8_t page = 0;
    for (int32_t i = 0; i < NL_LAST_PAGE + 2; i++) nl_pages[i] = page += packed_pages[i];
    for (int32_t i = 0; i < CELLS; i++) {
        delta += next(&deltas);
        accent += next(&accents);
        nl_cells[i] = (uint16_t)i;
        nl_variants[i] = ((uint32_t)delta << NL_ACCENT_BITS | (uint32_t)accent) << NL_CLASS_BITS | packed_classes[i];
    }
    for (uint32_t code = 0; code < 128; code++) {
        uint32_t variant = nl_variants[(uint32_t)nl_pages[code >> NL_PAGE_BITS] << NL_PAGE_BITS | (code & 31)];
        uint32_t kind = variant & 7, folded = code + (variant >> (NL_CLASS_BITS + NL_ACCENT_BITS)) - NL_DELTA_BIAS;
        nl_ascii[code] = (uint16_t)(folded | kind << 8);
        nl_ascii_letters[code] = kind == NL_LETTER ? (uint8_t)folded : 0;
    }
}

static uint32_t state = NL_HASH_VERSION;

/* The generator of section 6: a number from `low` to below `high`. */
static uint32_t number(uint32_t low, uint32_t high) {
    state = (state * 1103515245u + 12345u) & 0x7FFFFFFFu;
    return low + (state >> 8) % (high - low);
}

/* The constants of section 6, and behind them those of section 10. */
static void make_constants(void) {
    static const uint16_t lowest[3] = {1024, 64, 64}, highest[3] = {15360, 1088, 1024}, ngrams[3] = {20480, 5440, 5120};
    static const uint8_t input[NL_INPUTS] = {0, 1, 0, 1, 2, 0, 1}; /* low, high or accent */
    for (int hash = 0; hash < NL_BLOCKS * NL_LANES; hash++) {
        float(*rows)[NL_LANES] = nl_constants[hash / NL_LANES];
        for (int i = 0; i < NL_INPUTS; i++)
            rows[i][hash % NL_LANES] = (float)(number(lowest[input[i]], highest[input[i]]) | 1);
        rows[NL_INPUTS][hash % NL_LANES] = (float)number(0, NL_MODULUS);
    }
    for (int order = NL_LOWEST_ORDER; order <= NL_HIGHEST_ORDER; order++) {
        for (int behind = order - 1; behind >= 0; behind--)
            for (int i = 0; i < 3; i++)
                nl_ngram_constants[behind][i][order - NL_LOWEST_ORDER] =
                    (float)(number(lowest[i], ngrams[i] / (uint32_t)order) | 1);
        nl_ngram_offsets[order - NL_LOWEST_ORDER] = (float)number(0, NL_MODULUS);
    }
}

void nl_make_tables(void) {
    make_characters();
    make_constants();
}
