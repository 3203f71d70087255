/* RuleFacts: which facts and rules hold of a text by its words alone, the native twin of the function of that name.
 *
 * Letters in shapes: N texts, L words, K hashes, F columns of facts, Q rules of a text alone. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "rules.h"

enum { INDICES, STARTS, WEIGHTS, MOVES, WORDS, OTHERS, EDGES, SETS, COLUMNS, CONDITIONS, BIASES, INPUTS };
enum { SUMS = 3, OF_WORD = 4, OF_OTHER = 2, OF_EDGE = 3 };

static const size_t ranks[INPUTS] = {3, 2, 2, 1, 2, 2, 2, 1, 2, 2, 1};
static const nl_attribute depth = {"depth", "1 to 8 is allowed.", 1, NL_MOST_RULE_WORDS};

typedef struct {
    nl_kernel base;
    int32_t depth;
} rule_facts;

/* A node's inputs: dimensions and memory. */
typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int32_t depth;
} rule_tables;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t value;
    OrtStatus *status = nl_read_attributes(api, info, &depth, 1, &value);
    if (status == NULL) status = nl_create_kernel(api, sizeof(rule_facts), kernel);
    if (status == NULL) ((rule_facts *)*kernel)->depth = (int32_t)value;
    return status;
}

/* The core's tables. */
static nl_rule_facts tables_of(const rule_tables *own) {
    const int64_t(*dims)[3] = own->dims;
    const float *const *data = own->data;
    return (nl_rule_facts){.weights = data[WEIGHTS], .moves = data[MOVES], .words = data[WORDS], .others = data[OTHERS],
                           .edges = data[EDGES], .sets = data[SETS], .columns = data[COLUMNS],
                           .conditions = data[CONDITIONS], .biases = data[BIASES], .num_hashes = dims[INDICES][2],
                           .num_groups = dims[MOVES][0], .num_places = dims[WORDS][0], .num_others = dims[OTHERS][0],
                           .num_edges = dims[EDGES][0], .num_nodes = dims[SETS][0], .num_rows = dims[COLUMNS][0],
                           .num_columns = dims[COLUMNS][1], .num_rules = dims[BIASES][0], .depth = own->depth};
}

static int read_text(const nl_rule_facts *own, const int32_t *indices, const int32_t *starts, int64_t length,
                     nl_rule_place *words, float *sums, float *numbers) {
    for (int64_t w = 0; w < length; w++) {
        const int32_t *start = starts == NULL ? NULL : starts + w;
        if (!nl_find_rule_word(own, indices + own->num_hashes * w, start, &words[w])) return 0;
    }
    return nl_find_rule_facts(own, words, length, sums, numbers);
}

static OrtStatus *check(const OrtApi *api, rule_tables *own) {
    static const struct {
        int input, dim;
        int64_t size;
    } fixed[] = {{WEIGHTS, 1, SUMS}, {WORDS, 1, OF_WORD}, {OTHERS, 1, OF_OTHER}, {EDGES, 1, OF_EDGE}};
    int64_t(*dims)[3] = own->dims;
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        if (dims[fixed[i].input][fixed[i].dim] != fixed[i].size)
            return nl_refuse(api, "the width of a table of rules", dims[fixed[i].input][fixed[i].dim],
                             "it is not what this library reads.");
    if (dims[WEIGHTS][0] != dims[INDICES][2])
        return nl_refuse(api, "the number of weights of rules", dims[WEIGHTS][0], "it must be that of the hashes.");
    if (!nl_is_size(dims[MOVES][0]) || !nl_is_size(dims[WORDS][0]))
        return nl_refuse(api, "the size of a table of words", dims[WORDS][0], "a power of two is needed.");
    if (dims[CONDITIONS][1] != dims[BIASES][0] ||
        dims[CONDITIONS][0] != dims[COLUMNS][1] + dims[BIASES][0])
        return nl_refuse(api, "the number of conditions", dims[CONDITIONS][0],
                         "it must be that of columns and rules.");
    if (dims[STARTS][0] * dims[STARTS][1] != 0 &&
        (dims[STARTS][0] != dims[INDICES][0] || dims[STARTS][1] != dims[INDICES][1]))
        return nl_refuse(api, "the number of words with a start", dims[STARTS][1], "it must be that of the words.");
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const rule_facts *facts = kernel;
    const OrtApi *api = facts->base.api;
    rule_tables own;
    void *numbers, *room;
    own.depth = facts->depth;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status != NULL) return status;
    const int64_t *indices = own.dims[INDICES], rules = own.dims[BIASES][0];
    const int64_t shape[2] = {indices[0], own.dims[COLUMNS][1] + rules};
    const size_t words = sizeof(nl_rule_place) * (size_t)indices[1];
    status = nl_output(api, context, 0, shape, 2, &numbers);
    if (status == NULL)
        status = api->AllocatorAlloc(facts->base.allocator, words + sizeof(float) * (size_t)(rules + 1), &room);
    if (status != NULL) return status;
    const int32_t *hashed = (const int32_t *)own.data[INDICES], *starts = (const int32_t *)own.data[STARTS];
    const int has_starts = own.dims[STARTS][0] * own.dims[STARTS][1] != 0;
    const nl_rule_facts tables = tables_of(&own);
    int fits = 1;
    for (int64_t n = 0; fits && n < indices[0]; n++)
        fits = read_text(&tables, hashed + n * indices[1] * indices[2], has_starts ? starts + n * indices[1] : NULL,
                         indices[1], room, (float *)((char *)room + words), (float *)numbers + n * shape[1]);
    status = api->AllocatorFree(facts->base.allocator, room);
    if (status == NULL && !fits)
        return nl_refuse(api, "a table of rules is damaged, whose number of nodes", own.dims[SETS][0],
                         "its numbers lead outside of it.");
    return status;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "RuleFacts";
}

static size_t ORT_API_CALL eleven(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    (void)op;
    return index <= STARTS ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

const OrtCustomOp nl_rule_facts_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = eleven,
    .GetOutputType = nl_float,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
