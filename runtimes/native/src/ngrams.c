#include "ngrams.h"

enum { ORDERS = NL_HIGHEST_ORDER - NL_LOWEST_ORDER + 1, SYMBOL_PARTS = 3 };

/* The last symbols, newest first; what there is before a text does not count. */
typedef struct {
    const nl_ngram_options *options;
    int32_t *values; /* the newest symbol's row */
    int32_t symbols; /* so far */
    int32_t reach;   /* of the longest n-gram that may end here */
    int32_t wide;    /* not 0: some high or accent of the last symbols is not 0 */
    float low[NL_HIGHEST_ORDER], high[NL_HIGHEST_ORDER], accent[NL_HIGHEST_ORDER];
} window;

static void push(window *own, nl_input symbol) {
    for (int back = NL_HIGHEST_ORDER - 1; back > 0; back--) {
        own->low[back] = own->low[back - 1];
        own->high[back] = own->high[back - 1];
        own->accent[back] = own->accent[back - 1];
    }
    own->low[0] = (float)symbol.low;
    own->high[0] = (float)symbol.high;
    own->accent[0] = (float)symbol.accent;
    own->wide = symbol.high | symbol.accent ? NL_HIGHEST_ORDER : own->wide - (own->wide > 0);
}

/* The values of all orders, one lane each, of the n-grams that end at the newest symbol. */
static void hash(const window *own, float *sums) {
    for (int lane = 0; lane < ORDERS; lane++) sums[lane] = nl_ngram_offsets[lane];
    for (int back = 0; back < NL_HIGHEST_ORDER; back++) {
        const float(*c)[ORDERS] = nl_ngram_constants[back];
        for (int lane = 0; lane < ORDERS; lane++) sums[lane] += c[0][lane] * own->low[back];
    }
    if (!own->wide) return;
    for (int back = 0; back < NL_HIGHEST_ORDER; back++) {
        const float(*c)[ORDERS] = nl_ngram_constants[back];
        for (int lane = 0; lane < ORDERS; lane++)
            sums[lane] += c[1][lane] * own->high[back] + c[2][lane] * own->accent[back];
    }
}

/* Takes one more symbol, and writes the n-grams that end there to the rows in which they start. */
static void take(window *own, nl_input symbol, int is_border) {
    const nl_ngram_options *options = own->options;
    if (own->symbols++ >= options->max_symbols) return;
    int32_t width = options->highest - options->lowest + 1;
    if (own->symbols > 1) own->values += width;
    for (int32_t column = 0; column < width; column++) own->values[column] = NL_NO_NGRAM;
    push(own, symbol);
    own->reach++;
    float sums[ORDERS];
    hash(own, sums);
    for (int32_t order = options->lowest; order <= options->highest && order <= own->reach; order++) {
        int32_t *row = own->values - (order - 1) * width;
        row[order - options->lowest] = nl_mod_power(sums[order - NL_LOWEST_ORDER]);
    }
    /* What ends behind a border may begin with it. */
    if (is_border && !options->across_words) own->reach = 1;
}

int32_t nl_hash_ngrams(const uint8_t *text, size_t size, const nl_ngram_options *options, int32_t *values) {
    const nl_input border = {1, 0, 0};
    window own = {options, values, 0, 0, 0, {0}, {0}, {0}};
    nl_cursor cursor;
    nl_input character;
    int starts;
    nl_start(&cursor, text, size);
    while (nl_next_character(&cursor, &character, &starts)) {
        if (starts) take(&own, border, 1);
        take(&own, character, 0);
    }
    if (own.symbols > 0) take(&own, border, 1);
    return own.symbols;
}
