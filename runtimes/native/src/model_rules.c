/* Rules of a model beside its network: docs/c-arithmetic.md, "Rules". */
#include "kernels.h"
#include "rules.h"

/* Offsets in the scratch behind the network's. */
typedef struct {
    size_t words, starts, numbers, sums, fired, room, end;
} rule_places;

static size_t floats(int64_t count) { return nl_up(4 * (size_t)count, 8); }

static rule_places rule_places_of(const nl_model *m, int32_t words) {
    const int32_t *r = nl_sizes(m, P_RULES), *shape = m->shape;
    const int64_t numbers = (int64_t)r[R_COLUMNS] + r[R_TEXT_RULES] + r[R_ANSWERS] + r[R_ASKING];
    rule_places at;
    at.words = 0;
    at.starts = at.words + sizeof(nl_rule_place) * (size_t)words;
    at.numbers = at.starts + floats(words);
    at.sums = at.numbers + floats(numbers);
    at.fired = at.sums + floats(r[R_TEXT_RULES] > r[R_ASKING] ? r[R_TEXT_RULES] : r[R_ASKING]);
    at.room = at.fired + floats(shape[F_RULES]);
    at.end = at.room + floats(shape[F_RULES] + 3 * (int64_t)shape[F_N]);
    return at;
}

size_t nl_rules_scratch(const nl_model *model, int32_t words) {
    return model->shape[F_RULES] ? nl_up(rule_places_of(model, words).end, NL_LINE) : 0;
}

/* A part, or NULL where the model has none. */
static const float *table(const nl_model *m, int32_t kind) { return m->at[kind] ? nl_part(m, kind) : NULL; }

static nl_rule_facts facts_of(const nl_model *m) {
    const int32_t *r = nl_sizes(m, P_RULES);
    return (nl_rule_facts){
        .weights = table(m, P_RULE_WEIGHTS), .moves = table(m, P_RULE_MOVES), .words = table(m, P_RULE_WORDS),
        .others = table(m, P_RULE_OTHERS), .edges = table(m, P_RULE_EDGES), .sets = table(m, P_RULE_SETS),
        .columns = table(m, P_RULE_COLUMNS), .conditions = table(m, P_RULE_CONDITIONS),
        .biases = table(m, P_RULE_BIASES), .num_hashes = m->shape[F_K], .num_groups = r[R_GROUPS],
        .num_places = r[R_PLACES], .num_others = r[R_OTHERS], .num_edges = r[R_EDGES], .num_nodes = r[R_NODES],
        .num_rows = r[R_ROWS], .num_columns = r[R_COLUMNS], .num_rules = r[R_TEXT_RULES], .depth = r[R_DEPTH]};
}

static nl_rule_effects effects_of(const nl_model *m) {
    return (nl_rule_effects){
        .limits = table(m, P_RULE_LIMITS), .contested = table(m, P_RULE_CONTESTED),
        .strengths = table(m, P_RULE_STRENGTHS), .chosen = table(m, P_RULE_CHOSEN), .forbids = table(m, P_RULE_FORBIDS),
        .evidence = table(m, P_RULE_EVIDENCE), .num_contested = nl_sizes(m, P_RULES)[R_CONTESTED],
        .num_rules = m->shape[F_RULES], .num_labels = m->shape[F_N], .several = m->shape[F_SEVERAL]};
}

/* Words that rules know; how many of the text's were read, or -1 where a table leads nowhere. */
static int32_t find_words(const nl_model *m, const nl_rule_facts *facts, const uint8_t *text, size_t size,
                          int32_t most, int32_t *starts, nl_rule_place *found) {
    const int32_t *r = nl_sizes(m, P_RULES);
    nl_hasher *hash = nl_kernels_of(m->path)->hash;
    nl_cursor cursor;
    nl_word word;
    int32_t indices[64], count = 0;
    if (r[R_START_GROUPS]) {
        const nl_beginnings prefixes = {table(m, P_START_MOVES), table(m, P_START_ROWS), r[R_START_GROUPS],
                                        r[R_START_PLACES], r[R_NUMBERS]};
        if (!nl_moves_fit(&prefixes)) return -1;
        nl_find_starts(&prefixes, text, size, most, starts);
    }
    nl_start(&cursor, text, size);
    for (; count < most && nl_next_word(&cursor, &word); count++) {
        const int32_t *start = r[R_START_GROUPS] ? starts + count : NULL;
        hash(&word, m->shape[F_K], m->shape[F_M], indices);
        if (!nl_find_rule_word(facts, indices, start, &found[count])) return -1;
    }
    return count;
}

/* Whether the network gives each label, 0 and 1; of one label a text the greatest logit's, and all that equal it. */
static void find_given(const nl_model *m, const float *logits, float *given) {
    const int32_t labels = m->shape[F_N];
    float limit = logits[0];
    for (int32_t c = 1; c < labels; c++)
        if (logits[c] > limit) limit = logits[c];
    if (m->shape[F_SEVERAL]) __builtin_memcpy(&limit, nl_sizes(m, P_RULES) + R_LIMIT, sizeof limit);
    for (int32_t c = 0; c < labels; c++) given[c] = logits[c] >= limit ? 1 : 0;
}

/* Behind the text's numbers: of each set of labels whether the network's answer is one, and the rules that ask. */
static void ask(const nl_model *m, const float *logits, int64_t own, float *numbers, float *sums, float *given) {
    const int32_t *r = nl_sizes(m, P_RULES), labels = m->shape[F_N];
    const float *sets = table(m, P_RULE_ANSWERS);
    find_given(m, logits, given);
    for (int32_t a = 0; a < r[R_ANSWERS]; a++) {
        float *asked = numbers + own + a;
        *asked = 0;
        for (int32_t c = 0; c < labels; c++)
            if (given[c] * sets[(size_t)a * (size_t)labels + (size_t)c] > 0) *asked = 1;
    }
    nl_add_rules(numbers, own + r[R_ANSWERS], r[R_ASKING], table(m, P_ASKING_CONDITIONS), table(m, P_ASKING_BIASES),
                 sums);
}

int32_t nl_run_rules(const nl_model *m, const uint8_t *text, size_t size, int32_t words, uint8_t *scratch,
                     float *logits, int32_t *fired) {
    const int32_t *r = nl_sizes(m, P_RULES);
    const rule_places at = rule_places_of(m, words);
    const nl_rule_facts facts = facts_of(m);
    const nl_rule_effects effects = effects_of(m);
    nl_rule_place *found = (nl_rule_place *)(scratch + at.words);
    float *numbers = (float *)(scratch + at.numbers), *sums = (float *)(scratch + at.sums);
    float *all = (float *)(scratch + at.fired), *room = (float *)(scratch + at.room);
    const int32_t count = find_words(m, &facts, text, size, words, (int32_t *)(scratch + at.starts), found);
    if (count < 0 || !nl_find_rule_facts(&facts, found, count, sums, numbers)) return NL_DAMAGED;
    const int64_t own = (int64_t)r[R_COLUMNS] + r[R_TEXT_RULES], first = r[R_COLUMNS] - r[R_DIRECT];
    if (r[R_ASKING]) ask(m, logits, own, numbers, sums, room);
    for (int64_t i = first; i < own; i++) all[i - first] = numbers[i];
    for (int64_t i = 0; i < r[R_ASKING]; i++) all[own - first + i] = numbers[own + r[R_ANSWERS] + i];
    nl_apply_rules(&effects, logits, all, room, logits);
    for (int32_t i = 0; fired != NULL && i < m->shape[F_RULES]; i++) fired[i] = all[i] != 0;
    return NL_OK;
}

int32_t nl_rules(const nl_model *model) { return model->shape[F_RULES]; }

static const char *rule_text(const nl_model *model, int32_t rule, int32_t which, size_t *size) {
    if (rule < 0 || rule >= model->shape[F_RULES] || size == NULL) return NULL;
    return nl_text_of(nl_part(model, P_RULE_TEXTS), 2 * rule + which, size);
}

const char *nl_rule_name(const nl_model *model, int32_t rule, size_t *size) { return rule_text(model, rule, 0, size); }

const char *nl_rule_reason(const nl_model *model, int32_t rule, size_t *size) {
    return rule_text(model, rule, 1, size);
}
