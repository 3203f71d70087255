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

/* A list of numbers, each the difference from the one before. */
typedef struct {
    const uint8_t *at;
    uint32_t equal; /* so many more are equal to the last */
    int32_t last;
} list;

/* Groups of 7 bits, the lowest first. */
static uint32_t value_at(list *from) {
    uint32_t value = 0, byte;
    int shift = 0;
    do {
        byte = *from->at++;
        value |= (byte & 127) << shift;
        shift += 7;
    } while (byte > 127);
    return value;
}

/* Differences n stand as 2 n, or -2 n - 1 where they are negative; behind a 0, how many more follow it. */
static int32_t next(list *from) {
    if (from->equal > 0) {
        from->equal--;
        return from->last;
    }
    const uint32_t value = value_at(from);
    if (value == 0) from->equal = value_at(from);
    return from->last += (int32_t)(value >> 1 ^ (0 - (value & 1)));
}

static void make_characters(void) {
    list pages = {.at = packed_pages}, classes = {.at = packed_classes};
    list deltas = {.at = packed_deltas}, accents = {.at = packed_accents};
    for (int32_t i = 0; i < NL_LAST_PAGE + 2; i++) nl_pages[i] = (uint8_t)next(&pages);
    for (int32_t i = 0; i < CELLS; i++) {
        const uint32_t delta = (uint32_t)(next(&deltas) + NL_DELTA_BIAS), accent = (uint32_t)next(&accents);
        nl_cells[i] = (uint16_t)i;
        nl_variants[i] = (delta << NL_ACCENT_BITS | accent) << NL_CLASS_BITS | (uint32_t)next(&classes);
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
