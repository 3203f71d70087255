/* Modules of a .nlm beside its network: which parts they have, of what size, and numbers that this library takes. */
#include "model.h"
#include "whole.h"

typedef struct {
    int32_t field, lowest, highest;
} module_range;

enum { MOST_PLACES = 1 << 17, MOST_ROWS = 1 << 20, MOST_STARTS = 4096, MOST_JOINED = 8192 };

static const module_range rule_ranges[] = {
    {R_COLUMNS, 0, 65536}, {R_TEXT_RULES, 0, 1000}, {R_DIRECT, 0, 1000}, {R_ANSWERS, 0, 1000}, {R_ASKING, 0, 1000},
    {R_DEPTH, 1, 8}, {R_GROUPS, 1, MOST_PLACES}, {R_PLACES, 1, MOST_PLACES}, {R_OTHERS, 2, 8192},
    {R_EDGES, 1, MOST_ROWS}, {R_NODES, 1, MOST_ROWS}, {R_ROWS, 1, MOST_ROWS}, {R_CONTESTED, 0, 65536}, {R_HARD, 0, 1},
    {R_FORBIDS, 0, 1}, {R_EVIDENCE, 0, 1}, {R_START_GROUPS, 0, MOST_STARTS}, {R_START_PLACES, 0, MOST_STARTS},
    {R_NUMBERS, 0, 1}};

static const module_range span_ranges[] = {
    {S_WINDOW, 0, 8}, {S_WIDTH, 16, 4096}, {S_TAGS, 16, 4096}, {S_MULT, 1, 32767}, {S_THRESHOLDS, 0, 1}};

static const module_range memory_ranges[] = {
    {M_WORKING, 0, 1024}, {M_WORKING_READS, 0, 64}, {M_SLOTS, 0, 4096}, {M_SLOT_READS, 0, 64}, {M_PATTERNS, 0, 8192},
    {M_KEY, 1, 1024}, {M_HIDDEN, 1, MOST_JOINED}, {M_STEPS, 1, 16}};

static const module_range expert_ranges[] = {{X_TOP, 1, 2}, {X_WIDTH, 16, 8192}};

static int inside(const int32_t *sizes, const module_range *ranges, size_t count, int32_t fields) {
    for (size_t i = 0; i < count; i++)
        if (sizes[ranges[i].field] < ranges[i].lowest || sizes[ranges[i].field] > ranges[i].highest) return 0;
    for (int32_t i = fields; i < 32; i++)
        if (sizes[i]) return 0;
    return 1;
}

static int rules_fit(const nl_model *m) {
    const int32_t *r = nl_sizes(m, P_RULES);
    if (!inside(r, rule_ranges, sizeof rule_ranges / sizeof *rule_ranges, R_FIELDS)) return 0;
    const int32_t groups = r[R_START_GROUPS], places = r[R_START_PLACES];
    return nl_is_size(r[R_GROUPS]) && nl_is_size(r[R_PLACES]) && (groups ? nl_is_size(groups) : !places) &&
           (places ? nl_is_size(places) : !groups) && r[R_DIRECT] <= r[R_COLUMNS] && m->shape[F_N] > 0 &&
           r[R_DIRECT] + r[R_TEXT_RULES] + r[R_ASKING] == m->shape[F_RULES] && r[R_CONTESTED] <= m->shape[F_N] &&
           (r[R_HARD] || !(r[R_CONTESTED] || r[R_FORBIDS]));
}

static int spans_fit(const nl_model *m) {
    const int32_t *s = nl_sizes(m, P_SPANS), tags = 1 + 2 * m->shape[F_SPAN_TYPES];
    return inside(s, span_ranges, sizeof span_ranges / sizeof *span_ranges, S_FIELDS) && s[S_WIDTH] % 16 == 0 &&
           s[S_TAGS] == (tags + 15) / 16 * 16;
}

/* Reads of all levels. */
static int64_t reads_of(const int32_t *s) {
    return (int64_t)s[M_WORKING_READS] + s[M_SLOT_READS] + (s[M_PATTERNS] > 0);
}

static int memory_fits(const nl_model *m) {
    const int32_t *s = nl_sizes(m, P_MEMORY);
    if (!inside(s, memory_ranges, sizeof memory_ranges / sizeof *memory_ranges, M_FIELDS)) return 0;
    const int64_t most = s[M_WORKING_READS] > s[M_SLOT_READS] ? s[M_WORKING_READS] : s[M_SLOT_READS];
    return !s[M_WORKING] == !s[M_WORKING_READS] && !s[M_SLOTS] == !s[M_SLOT_READS] && reads_of(s) > 0 &&
           (1 + reads_of(s)) * nl_text_size(m) <= MOST_JOINED && most * s[M_KEY] <= MOST_JOINED;
}

static int experts_fit(const nl_model *m) {
    const int32_t *s = nl_sizes(m, P_EXPERTS);
    return inside(s, expert_ranges, sizeof expert_ranges / sizeof *expert_ranges, X_FIELDS) &&
           s[X_TOP] <= m->shape[F_EXPERTS] && s[X_WIDTH] % 16 == 0;
}

int nl_module_sizes_fit(const nl_model *model, int32_t kind) {
    if (kind == P_RULES) return rules_fit(model);
    if (kind == P_SPANS) return spans_fit(model);
    if (kind == P_MEMORY) return memory_fits(model);
    return kind == P_EXPERTS ? experts_fit(model) : 1;
}

/* Numbers of float32 that a table of rules has. */
static int64_t rule_numbers(const nl_model *m, int32_t kind) {
    const int32_t *r = nl_sizes(m, P_RULES);
    const int64_t rules = m->shape[F_RULES], labels = m->shape[F_N], text = (int64_t)r[R_COLUMNS] + r[R_TEXT_RULES];
    const int64_t sizes[] = {
        3 * (int64_t)m->shape[F_K], r[R_GROUPS], 4 * (int64_t)r[R_PLACES], 2 * (int64_t)r[R_OTHERS],
        3 * (int64_t)r[R_EDGES], r[R_NODES], (int64_t)r[R_ROWS] * r[R_COLUMNS], text * r[R_TEXT_RULES], r[R_TEXT_RULES],
        r[R_START_GROUPS], 3 * (int64_t)r[R_START_PLACES], r[R_ANSWERS] * labels,
        (text + r[R_ANSWERS] + r[R_ASKING]) * r[R_ASKING], r[R_ASKING], r[R_CONTESTED] * rules, r[R_CONTESTED] * rules,
        2 * r[R_HARD] * rules, 2 * r[R_HARD] * rules * labels, r[R_FORBIDS] * rules * labels,
        r[R_EVIDENCE] * rules * labels};
    return sizes[kind - P_RULE_WEIGHTS];
}

static int64_t rule_part(const nl_model *m, int32_t kind) {
    if (!m->shape[F_RULES]) return 0;
    if (kind == P_RULES) return NL_SIZES;
    return kind == P_RULE_TEXTS ? NL_ANY_SIZE : 4 * rule_numbers(m, kind);
}

/* Inputs of the first layer of the head over words. */
static int64_t span_inputs(const nl_model *m) {
    return (2 * (int64_t)nl_sizes(m, P_SPANS)[S_WINDOW] + 1) * m->shape[F_H];
}

static int64_t span_part(const nl_model *m, int32_t kind) {
    if (!m->shape[F_SPAN_TYPES]) return 0;
    if (kind <= P_SPAN_TEXTS) return kind == P_SPANS ? NL_SIZES : NL_ANY_SIZE;
    const int32_t *s = nl_sizes(m, P_SPANS);
    const int64_t d = s[S_WIDTH], t = s[S_TAGS];
    const int64_t sizes[] = {span_inputs(m) * d, 4 * d, 2 * d, 4, d * t, 4 * t, 4 * t,
                             8 * (int64_t)s[S_THRESHOLDS] * m->shape[F_SPAN_TYPES]};
    return sizes[kind - P_SPAN_FIRST];
}

static int64_t memory_part(const nl_model *m, int32_t kind) {
    if (!m->shape[F_MEMORY]) return 0;
    if (kind == P_MEMORY) return NL_SIZES;
    const int32_t *s = nl_sizes(m, P_MEMORY);
    const int64_t d = nl_text_size(m), k = s[M_KEY], r = reads_of(s), p = s[M_PATTERNS], n = s[M_SLOTS];
    const int64_t w = s[M_WORKING_READS], q = s[M_SLOT_READS], h = s[M_HIDDEN], wk = w ? k : 0, qk = q ? k : 0;
    const int64_t sizes[] = {
        12, r * d, 4 * r, 4 * r, h * (1 + r) * d, 4 * h, 4 * h, d * h, 4 * d, 4 * d, 4 * d, 4 * d,
        w * k * d, 4 * w * k, 4 * w * k, wk * d, 4 * wk, 4 * wk, 4 * w, 4 * w * s[M_WORKING],
        q * k * d, 4 * q * k, 4 * q * k, qk * d, 4 * qk, 4 * qk, 4 * q, n ? 8 : 0, 4 * n,
        p ? k * d : 0, p ? 4 * k : 0, p ? 4 * k : 0, p ? 4 : 0, 4 * p * k, p * d, 4 * p};
    return sizes[kind - P_MEMORY_NUMBERS];
}

static int64_t expert_part(const nl_model *m, int32_t kind) {
    if (!m->shape[F_EXPERTS]) return 0;
    if (kind == P_EXPERTS) return NL_SIZES;
    const int64_t n = m->shape[F_EXPERTS], w = nl_sizes(m, P_EXPERTS)[X_WIDTH], h = m->shape[F_H];
    const int64_t routed = n > 1 ? n : 0, e = routed ? m->shape[F_E] : 0;
    const int64_t sizes[] = {16, 4 * e, 4 * e, 4 * routed * e, 4 * routed, n * h * w, 4 * n * w, 2 * n * w, 4 * n,
                             n * w * h, 4 * n * h, 4 * n * h};
    return sizes[kind - P_EXPERT_NUMBERS];
}

int64_t nl_module_part_size(const nl_model *model, int32_t kind) {
    if (kind < P_SPANS) return rule_part(model, kind);
    if (kind < P_MEMORY) return span_part(model, kind);
    return kind < P_EXPERTS ? memory_part(model, kind) : expert_part(model, kind);
}

static int span_values_fit(const nl_model *m) {
    const int32_t *s = nl_sizes(m, P_SPANS);
    return nl_product_fits(nl_part(m, P_SPAN_FIRST + 1), nl_part(m, P_SPAN_FIRST + 2), nl_part(m, P_SPAN_FIRST + 3),
                           s[S_WIDTH], span_inputs(m)) &&
           nl_product_fits(nl_part(m, P_SPAN_LAST + 1), NULL, NULL, s[S_TAGS], s[S_WIDTH]);
}

static int expert_values_fit(const nl_model *m) {
    const int64_t h = m->shape[F_H], w = nl_sizes(m, P_EXPERTS)[X_WIDTH];
    const int32_t *expand = nl_part(m, P_EXPERT_EXPAND + 1), *shifts = nl_part(m, P_EXPERT_EXPAND + 3);
    const int32_t *contract = nl_part(m, P_EXPERT_CONTRACT + 1);
    const int16_t *mult = nl_part(m, P_EXPERT_EXPAND + 2);
    int fits = 1;
    for (int64_t n = 0; fits && n < m->shape[F_EXPERTS]; n++)
        fits = nl_product_fits(expand + n * w, mult + n * w, shifts + n, w, h) &&
               nl_product_fits(contract + n * h, NULL, NULL, h, w);
    return fits;
}

int nl_modules_fit(const nl_model *m) {
    return (!m->shape[F_SPAN_TYPES] || span_values_fit(m)) && (!m->shape[F_EXPERTS] || expert_values_fit(m));
}

int nl_module_weights_fit(const nl_model *m) {
    static const int32_t kinds[] = {P_SPAN_FIRST, P_SPAN_LAST, P_EXPERT_EXPAND, P_EXPERT_CONTRACT};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (m->at[kinds[i]] && !nl_weights_fit(nl_part(m, kinds[i]), nl_module_part_size(m, kinds[i]))) return 0;
    return 1;
}
