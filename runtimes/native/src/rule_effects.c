/* What fired rules do to the labels. */
#include "rules.h"

/* As in neurolite_core/rules/effects.py. */
static const float decided_logit = 60, lowest = -40, highest = 80;

static float between(float least, float value, float most) {
    return value < least ? least : value > most ? most : value;
}

/* Adds to `sums` the rows of a table, of `width`, times the numbers of the rules; most of these are 0. */
static void add_rows(const float *numbers, int64_t rules, const float *table, int64_t width, float *sums) {
    for (int64_t r = 0; r < rules; r++)
        if (numbers[r] != 0)
            for (int64_t c = 0; c < width; c++) sums[c] += numbers[r] * table[width * r + c];
}

/* Takes back rules that force a label which a stronger one forbids. */
static void take_back(const nl_rule_effects *own, const float *fired, float *holds) {
    const int64_t rules = own->num_rules;
    const float *strength = own->strengths;
    for (int64_t d = 0; d < own->num_contested; d++) {
        const float *limits = own->limits + rules * d, *contested = own->contested + rules * d;
        float limit = 0;
        for (int64_t r = 0; r < rules; r++) {
            float strong = fired[r] * limits[r];
            limit = strong > limit ? strong : limit;
        }
        if (limit == 0) continue;
        for (int64_t r = 0; r < rules; r++)
            if (contested[r] != 0) holds[r] *= between(0, strength[r] - limit, 1);
    }
}

/* Which rules hold: those whose label no stronger one forbids, and with one label a text the strongest alone. */
static void find_holding(const nl_rule_effects *own, const float *fired, float *holds) {
    const int64_t rules = own->num_rules;
    for (int64_t r = 0; r < rules; r++) holds[r] = fired[r];
    take_back(own, fired, holds);
    if (own->several) return;
    const float *strength = own->strengths, *ranked = strength + rules;
    float strongest = 0;
    for (int64_t r = 0; r < rules; r++) {
        float strong = holds[r] * strength[r];
        strongest = strong > strongest ? strong : strongest;
    }
    for (int64_t r = 0; r < rules; r++) holds[r] = between(0, holds[r] * ranked[r] - strongest, 1);
}

void nl_apply_rules(const nl_rule_effects *own, const float *logits, const float *fired, float *room, float *answers) {
    const int64_t rules = own->num_rules, labels = own->num_labels;
    float *evidence = room + rules, *decided = evidence + labels, *added = decided + labels;
    for (int64_t c = 0; c < 3 * labels; c++) evidence[c] = 0;
    if (own->evidence != NULL) add_rows(fired, rules, own->evidence, labels, evidence);
    for (int64_t c = 0; c < labels; c++) answers[c] = logits[c] + evidence[c];
    if (own->chosen == NULL) return;
    find_holding(own, fired, room);
    add_rows(room, rules, own->chosen, 2 * labels, decided);
    if (own->forbids != NULL) add_rows(fired, rules, own->forbids, labels, decided);
    for (int64_t c = 0; c < labels; c++) {
        float whether = decided[c] > 1 ? 1 : decided[c], more = added[c];
        if (own->several && more > 2 * decided_logit) more = 2 * decided_logit;
        answers[c] = between(lowest, answers[c], highest) * (1 - whether) + (more - whether * decided_logit);
    }
}
