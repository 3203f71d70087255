/* RuleEffects: what fired rules do to the labels, the native twin of the function of that name.
 *
 * Letters in shapes: N texts, R rules, C labels, D of them contested; a table that rules do not need is [0, 0]. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "rules.h"

enum { LOGITS, FIRED, LIMITS, CONTESTED, STRENGTHS, CHOSEN, FORBIDS, EVIDENCE, INPUTS };

static const size_t ranks[INPUTS] = {2, 2, 2, 2, 2, 2, 2, 2};
static const nl_attribute several = {"several", "0 and 1 are allowed.", 0, 1};

typedef struct {
    nl_kernel base;
    int several;
} rule_effects;

typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int64_t rules, labels;
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

/* The core's tables; those of no rows are not there. */
static nl_rule_effects tables_of(const effect_tables *own, int several) {
    const float *found[INPUTS];
    for (int i = 0; i < INPUTS; i++) found[i] = own->dims[i][0] != 0 ? own->data[i] : NULL;
    return (nl_rule_effects){.limits = found[LIMITS], .contested = found[CONTESTED], .strengths = own->data[STRENGTHS],
                             .chosen = found[CHOSEN], .forbids = found[FORBIDS], .evidence = found[EVIDENCE],
                             .num_contested = own->dims[LIMITS][0], .num_rules = own->rules,
                             .num_labels = own->labels, .several = several};
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const rule_effects *effects = kernel;
    const OrtApi *api = effects->base.api;
    effect_tables own;
    void *answers, *room;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status != NULL) return status;
    const int64_t texts = own.dims[LOGITS][0], labels = own.labels;
    status = nl_output(api, context, 0, own.dims[LOGITS], 2, &answers);
    if (status == NULL)
        status = api->AllocatorAlloc(effects->base.allocator, sizeof(float) * (size_t)(own.rules + 3 * labels + 1),
                                     &room);
    if (status != NULL) return status;
    const nl_rule_effects tables = tables_of(&own, effects->several);
    for (int64_t n = 0; n < texts; n++)
        nl_apply_rules(&tables, own.data[LOGITS] + n * labels, own.data[FIRED] + n * own.rules, room,
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
