/* RuleEffects: what fired rules do to the labels, the native twin of the function of that name.
 *
 * Letters in shapes: N texts, R rules, C labels, D of them contested; a table that rules do not need is [0, 0]. */
#include "neurolite.h"
#include "ort_kernels.h"

enum { LOGITS, FIRED, LIMITS, CONTESTED, STRENGTHS, CHOSEN, FORBIDS, EVIDENCE, INPUTS };

static const size_t ranks[INPUTS] = {2, 2, 2, 2, 2, 2, 2, 2};
/* As in neurolite_core/rules/effects.py. */
static const float decided_logit = 60, lowest = -40, highest = 80;
static const nl_attribute several = {"several", "0 and 1 are allowed.", 0, 1};

typedef struct {
    nl_kernel base;
    int several;
} rule_effects;

typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int64_t rules, labels;
    int several;
} effect_tables;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t value;
    OrtStatus *status = nl_read_attributes(api, info, &several, 1, &value);
    if (status == NULL) status = nl_create_kernel(api, sizeof(rule_effects), kernel);
    if (status == NULL) ((rule_effects *)*kernel)->several = (int)value;
    return status;
}

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
static void take_back(const effect_tables *own, const float *fired, float *holds) {
    const int64_t rules = own->rules;
    const float *strength = own->data[STRENGTHS];
    for (int64_t d = 0; d < own->dims[LIMITS][0]; d++) {
        const float *limits = own->data[LIMITS] + rules * d, *contested = own->data[CONTESTED] + rules * d;
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
static void find_holding(const effect_tables *own, const float *fired, float *holds) {
    const int64_t rules = own->rules;
    for (int64_t r = 0; r < rules; r++) holds[r] = fired[r];
    take_back(own, fired, holds);
    if (own->several) return;
    const float *strength = own->data[STRENGTHS], *ranked = strength + rules;
    float strongest = 0;
    for (int64_t r = 0; r < rules; r++) {
        float strong = holds[r] * strength[r];
        strongest = strong > strongest ? strong : strongest;
    }
    for (int64_t r = 0; r < rules; r++) holds[r] = between(0, holds[r] * ranked[r] - strongest, 1);
}

/* One text; `room` has room for R and 3 * C. */
static void answer(const effect_tables *own, const float *logits, const float *fired, float *room, float *answers) {
    const int64_t rules = own->rules, labels = own->labels;
    float *evidence = room + rules, *decided = evidence + labels, *added = decided + labels;
    for (int64_t c = 0; c < 3 * labels; c++) evidence[c] = 0;
    if (own->dims[EVIDENCE][0] != 0) add_rows(fired, rules, own->data[EVIDENCE], labels, evidence);
    for (int64_t c = 0; c < labels; c++) answers[c] = logits[c] + evidence[c];
    if (own->dims[CHOSEN][0] == 0) return;
    find_holding(own, fired, room);
    add_rows(room, rules, own->data[CHOSEN], 2 * labels, decided);
    if (own->dims[FORBIDS][0] != 0) add_rows(fired, rules, own->data[FORBIDS], labels, decided);
    for (int64_t c = 0; c < labels; c++) {
        float whether = decided[c] > 1 ? 1 : decided[c], more = added[c];
        if (own->several && more > 2 * decided_logit) more = 2 * decided_logit;
        answers[c] = between(lowest, answers[c], highest) * (1 - whether) + (more - whether * decided_logit);
    }
}

static int fits(const effect_tables *own, int input, int64_t height, int64_t width) {
    const int64_t *dims = own->dims[input];
    return dims[0] == 0 || (dims[0] == height && dims[1] == width);
}

static OrtStatus *check(const OrtApi *api, effect_tables *own) {
    const int64_t rules = own->dims[FIRED][1];
    own->rules = rules;
    own->labels = own->dims[LOGITS][1];
    if (own->dims[FIRED][0] != own->dims[LOGITS][0])
        return nl_refuse(api, "the number of texts with rules", own->dims[FIRED][0], "it must be that of the texts.");
    if (!fits(own, LIMITS, own->dims[LIMITS][0], rules) ||
        own->dims[CONTESTED][0] != own->dims[LIMITS][0] || !fits(own, CONTESTED, own->dims[LIMITS][0], rules) || !fits(own, CHOSEN, rules, 2 * own->labels) ||
        !fits(own, FORBIDS, rules, own->labels) || !fits(own, EVIDENCE, rules, own->labels) ||
        own->dims[STRENGTHS][0] != 2 || own->dims[STRENGTHS][1] != rules)
        return nl_refuse(api, "the number of rules with effects", own->dims[STRENGTHS][1],
                         "all tables must have that of the rules, and of the labels.");
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const rule_effects *effects = kernel;
    const OrtApi *api = effects->base.api;
    effect_tables own;
    void *answers, *room;
    own.several = effects->several;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status != NULL) return status;
    const int64_t texts = own.dims[LOGITS][0], labels = own.labels;
    status = nl_output(api, context, 0, own.dims[LOGITS], 2, &answers);
    if (status == NULL)
        status = api->AllocatorAlloc(effects->base.allocator, sizeof(float) * (size_t)(own.rules + 3 * labels + 1),
                                     &room);
    if (status != NULL) return status;
    for (int64_t n = 0; n < texts; n++)
        answer(&own, own.data[LOGITS] + n * labels, own.data[FIRED] + n * own.rules, room,
               (float *)answers + n * labels);
    return api->AllocatorFree(effects->base.allocator, room);
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "RuleEffects";
}

static size_t ORT_API_CALL eight(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

const OrtCustomOp nl_rule_effects_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = nl_float,
    .GetInputTypeCount = eight,
    .GetOutputType = nl_float,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
