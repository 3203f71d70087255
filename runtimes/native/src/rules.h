/* Rules on the words of a text, for the ops and for the library of models; docs/rules.md, and docs/hash-spec.md,
 * section 11. Every number in these tables is looked at before it is followed: files may come from anywhere.
 *
 * Letters in shapes: K hashes, F columns of facts, Q rules of a text alone, R rules, C labels. */
#ifndef NEUROLITE_RULES_H
#define NEUROLITE_RULES_H

#include <stddef.h>
#include <stdint.h>

enum { NL_MOST_RULE_WORDS = 8 }; /* of a phrase */

/* Where rules look words and phrases up; sizes of the first two tables are powers of two. */
typedef struct {
    const float *weights;    /* [K, 3] */
    const float *moves;      /* [groups] */
    const float *words;      /* [places, 4] */
    const float *others;     /* [others, 2] */
    const float *edges;      /* [edges, 3] */
    const float *sets;       /* [nodes] */
    const float *columns;    /* [rows, F] */
    const float *conditions; /* [F + Q, Q] */
    const float *biases;     /* [Q] */
    int64_t num_hashes, num_groups, num_places, num_others, num_edges, num_nodes, num_rows, num_columns, num_rules;
    int32_t depth; /* words of the longest phrase, 1 to 8 */
} nl_rule_facts;

/* A class of words or a node of the trie, and where its children begin. */
typedef struct {
    int32_t node, base;
} nl_rule_place;

/* What is known of a word by its K indices and its start, which is NULL where rules do not look inside words; 0 where
 * a table leads nowhere. */
int nl_find_rule_word(const nl_rule_facts *own, const int32_t *indices, const int32_t *start, nl_rule_place *found);

/* Columns and rules that a text's words make true, 0 and 1 [F + Q]; `sums` has room for Q; 0 where a table leads
 * nowhere. */
int nl_find_rule_facts(const nl_rule_facts *own, const nl_rule_place *words, int64_t length, float *sums,
                       float *numbers);

/* Rules in their order, each of all numbers before it: [before + rules], by weights [before + rules, rules]. */
void nl_add_rules(float *numbers, int64_t before, int64_t rules, const float *weights, const float *biases,
                  float *sums);

/* What fired rules do; of a table that rules do not need its pointer is NULL. */
typedef struct {
    const float *limits, *contested; /* [D, R] */
    const float *strengths;          /* [2, R] */
    const float *chosen;             /* [R, 2 C] */
    const float *forbids, *evidence; /* [R, C] */
    int64_t num_contested, num_rules, num_labels;
    int several;
} nl_rule_effects;

/* Logits of the answer, which may be written over those of the network; `room` has room for R + 3 C. */
void nl_apply_rules(const nl_rule_effects *own, const float *logits, const float *fired, float *room, float *answers);

/* Prefixes by three sums up to each letter; sizes of both tables are powers of two, and every move is a whole number
 * from 0 below 2^24 (nl_moves_fit). */
typedef struct {
    const float *moves, *rows; /* [groups], [places, 3] */
    int64_t num_groups, num_places;
    int32_t numbers; /* 1: tell numbers too */
} nl_beginnings;

int nl_moves_fit(const nl_beginnings *own);

/* Of each of `length` words twice the number of its longest prefix, plus 1 if it is a number; 0 behind the last. */
void nl_find_starts(const nl_beginnings *own, const uint8_t *text, size_t size, int64_t length, int32_t *starts);

#endif
