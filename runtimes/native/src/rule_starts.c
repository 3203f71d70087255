/* Prefixes and numbers of rules: section 11 of docs/hash-spec.md. */
#include "rules.h"
#include "whole.h"
#include "words.h"

enum { FUNCTIONS = 3, SUM_BASE = 4096, COLUMNS = 3, VALUE_STEP = 64, PRODUCT_STEP = 64 };

/* What the sums up to a letter add to the number of the word's prefix. */
static int32_t rise(const nl_beginnings *own, const int32_t *sums) {
    int32_t move = (int32_t)own->moves[sums[1] & (own->num_groups - 1)];
    const float *row = own->rows + COLUMNS * ((sums[0] + move) & (own->num_places - 1));
    int hit = row[0] == (float)(sums[0] + SUM_BASE * sums[1]) && row[1] == (float)sums[2];
    int32_t more = hit ? nl_whole(row[2]) : 0;
    return more > 0 ? more : 0;
}

static void add_letter(const int32_t *sums, nl_input before, nl_input own, nl_input after, int32_t *added) {
    int32_t upper[FUNCTIONS];
    for (int k = 0; k < FUNCTIONS; k++)
        upper[k] = nl_value(before, own, after, nl_constants[0], k) / VALUE_STEP;
    for (int k = 0; k < FUNCTIONS; k++)
        added[k] = (sums[k] + upper[k] * upper[(k + 1) % FUNCTIONS] / PRODUCT_STEP) & (SUM_BASE - 1);
}

static int is_digit(nl_input own) {
    return own.low >= '0' && own.low <= '9' && own.high == 0 && own.accent == 0;
}

void nl_find_starts(const nl_beginnings *table, const uint8_t *text, size_t size, int64_t length, int32_t *starts) {
    nl_cursor cursor;
    const nl_input none = {0, 0, 0};
    nl_input own, last = none, before = none;
    int first;
    int64_t word = -1;
    int32_t sums[FUNCTIONS] = {0, 0, 0}, here[FUNCTIONS], prefix = 0, number = 0;
    for (int64_t at = 0; at < length; at++) starts[at] = 0;
    nl_start(&cursor, text, size);
    while (nl_next_character(&cursor, &own, &first)) {
        if (first) {
            if (++word >= length) return;
            before = last = none;
            sums[0] = sums[1] = sums[2] = prefix = 0;
            number = table->numbers;
        } else {
            add_letter(sums, before, last, own, sums); /* the letter before has this one behind it */
            before = last;
        }
        add_letter(sums, before, own, none, here);
        prefix = (prefix + rise(table, here)) & (SUM_BASE - 1);
        number &= is_digit(own);
        starts[word] = 2 * prefix + number;
        last = own;
    }
}

int nl_moves_fit(const nl_beginnings *own) {
    for (int64_t i = 0; i < own->num_groups; i++)
        if (nl_whole(own->moves[i]) < 0) return 0;
    return 1;
}
