/* Which facts and rules hold of a text by its words alone. */
#include "rules.h"
#include "whole.h"

enum { OF_SUMS = 3, OF_WORD = 4, OF_OTHER = 2, OF_EDGE = 3 };

static int read_place(const float *numbers, nl_rule_place *found) {
    *found = (nl_rule_place){nl_whole(numbers[0]), nl_whole(numbers[1])};
    return found->node >= 0 && found->base >= 0;
}

int nl_find_rule_word(const nl_rule_facts *own, const int32_t *indices, const int32_t *start, nl_rule_place *found) {
    const float *weights = own->weights;
    float to = 0, key = 0, other_key = 0;
    for (int64_t k = own->num_hashes; k > 0; k--, weights += OF_SUMS) {
        float index = (float)*indices++;
        to += index * weights[0];
        key += index * weights[1];
        other_key += index * weights[2];
    }
    *found = (nl_rule_place){0, 0};
    int32_t group = nl_whole(key);
    if (group < 0) return 0;
    int32_t at = nl_whole(to + own->moves[group & (own->num_groups - 1)]);
    if (at < 0) return 0;
    const float *row = own->words + OF_WORD * (at & (own->num_places - 1));
    if (row[0] == key && row[1] == other_key) return read_place(row + 2, found);
    if (start == NULL) return 1;
    if (*start < 0 || *start >= own->num_others) return 0;
    return read_place(own->others + OF_OTHER * *start, found);
}

/* The deepest node to which the words from this one on lead; -1 where the trie leads nowhere. */
static int32_t read_phrase(const nl_rule_facts *own, const nl_rule_place *words, int64_t left) {
    nl_rule_place at = words[0];
    int32_t last = at.node;
    for (int32_t step = 1; step < own->depth; step++) {
        int64_t slot = (int64_t)at.base + (step < left ? words[step].node : 0);
        if (slot >= own->num_edges) return -1;
        const float *edge = own->edges + OF_EDGE * slot;
        if (edge[0] != (float)at.node) break;
        if (!read_place(edge + 1, &at)) return -1;
        if (at.node > last) last = at.node; /* deeper nodes have higher numbers */
    }
    return last;
}

/* Marks the columns that are true at a node. */
static int mark(const nl_rule_facts *own, int32_t node, float *numbers) {
    if (node < 0 || node >= own->num_nodes) return 0;
    int32_t row = nl_whole(own->sets[node]);
    const int64_t size = own->num_columns;
    if (row < 0 || row >= own->num_rows) return 0;
    if (row == 0 || size == 0) return 1; /* row 0 is zeros; a table of no columns has no place */
    const float *columns = own->columns + size * row;
    for (int64_t f = 0; f < size; f++) numbers[f] = columns[f] > numbers[f] ? columns[f] : numbers[f];
    return 1;
}

void nl_add_rules(float *numbers, int64_t before, int64_t rules, const float *weights, const float *biases,
                  float *sums) {
    for (int64_t q = 0; q < rules; q++) sums[q] = biases[q];
    for (int64_t u = 0; u < before + rules; u++) {
        if (u >= before) {
            float sum = sums[u - before];
            numbers[u] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
        }
        const float number = numbers[u], *own = weights + rules * u;
        if (number != 0)
            for (int64_t q = 0; q < rules; q++) sums[q] += number * own[q];
    }
}

int nl_find_rule_facts(const nl_rule_facts *own, const nl_rule_place *words, int64_t length, float *sums,
                       float *numbers) {
    for (int64_t f = 0; f < own->num_columns; f++) numbers[f] = 0;
    for (int64_t w = 0; w < length; w++)
        if (!mark(own, read_phrase(own, words + w, length - w), numbers)) return 0;
    nl_add_rules(numbers, own->num_columns, own->num_rules, own->conditions, own->biases, sums);
    return 1;
}
