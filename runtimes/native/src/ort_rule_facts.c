/* RuleFacts: which facts and rules hold of a text by its words alone, the native twin of the function of that name.
 *
 * Letters in shapes: N texts, L words, K hashes, F columns of facts, Q rules of a text alone. */
#include "neurolite.h"
#include "ort_kernels.h"

enum { INDICES, STARTS, WEIGHTS, MOVES, WORDS, OTHERS, EDGES, SETS, COLUMNS, CONDITIONS, BIASES, INPUTS };
enum { SUMS = 3, OF_WORD = 4, OF_OTHER = 2, OF_EDGE = 3, MOST_WORDS = 8 };

static const size_t ranks[INPUTS] = {3, 2, 2, 1, 2, 2, 2, 1, 2, 2, 1};
static const nl_attribute depth = {"depth", "1 to 8 is allowed.", 1, MOST_WORDS};

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

/* A class of words or a node of the trie, and where its children begin. */
typedef struct {
    int32_t node, base;
} place;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t value;
    OrtStatus *status = nl_read_attributes(api, info, &depth, 1, &value);
    if (status == NULL) status = nl_create_kernel(api, sizeof(rule_facts), kernel);
    if (status == NULL) ((rule_facts *)*kernel)->depth = (int32_t)value;
    return status;
}

static int read_place(const float *numbers, place *found) {
    *found = (place){nl_whole(numbers[0]), nl_whole(numbers[1])};
    return found->node >= 0 && found->base >= 0;
}

/* What is known of a word by its K indices and its start; 0 where a table leads nowhere. */
static int read_word(const rule_tables *own, const int32_t *indices, const int32_t *start, place *found) {
    const float *weights = own->data[WEIGHTS];
    float to = 0, key = 0, other_key = 0;
    for (int64_t k = own->dims[INDICES][2]; k > 0; k--, weights += SUMS) {
        float index = (float)*indices++;
        to += index * weights[0];
        key += index * weights[1];
        other_key += index * weights[2];
    }
    *found = (place){0, 0};
    int32_t group = nl_whole(key);
    if (group < 0) return 0;
    int32_t at = nl_whole(to + own->data[MOVES][group & (own->dims[MOVES][0] - 1)]);
    if (at < 0) return 0;
    const float *row = own->data[WORDS] + OF_WORD * (at & (own->dims[WORDS][0] - 1));
    if (row[0] == key && row[1] == other_key) return read_place(row + 2, found);
    if (start == NULL) return 1;
    if (*start < 0 || *start >= own->dims[OTHERS][0]) return 0;
    return read_place(own->data[OTHERS] + OF_OTHER * *start, found);
}

/* The deepest node to which the words from this one on lead; -1 where the trie leads nowhere. */
static int32_t read_phrase(const rule_tables *own, const place *words, int64_t left) {
    place at = words[0];
    int32_t last = at.node;
    for (int32_t step = 1; step < own->depth; step++) {
        int64_t slot = (int64_t)at.base + (step < left ? words[step].node : 0);
        if (slot >= own->dims[EDGES][0]) return -1;
        const float *edge = own->data[EDGES] + OF_EDGE * slot;
        if (edge[0] != (float)at.node) break;
        if (!read_place(edge + 1, &at)) return -1;
        if (at.node > last) last = at.node; /* deeper nodes have higher numbers */
    }
    return last;
}

/* Marks the columns that are true at a node. */
static int mark(const rule_tables *own, int32_t node, float *numbers) {
    if (node < 0 || node >= own->dims[SETS][0]) return 0;
    int32_t row = nl_whole(own->data[SETS][node]);
    const int64_t size = own->dims[COLUMNS][1];
    if (row < 0 || row >= own->dims[COLUMNS][0]) return 0;
    const float *columns = own->data[COLUMNS] + size * row;
    if (row != 0) /* row 0 is zeros */
        for (int64_t f = 0; f < size; f++) numbers[f] = columns[f] > numbers[f] ? columns[f] : numbers[f];
    return 1;
}

/* Rules in their order, of numbers before them: `sums` has room for Q. */
static void add_rules(const rule_tables *own, float *numbers, float *sums) {
    const int64_t columns = own->dims[COLUMNS][1], rules = own->dims[BIASES][0];
    for (int64_t q = 0; q < rules; q++) sums[q] = own->data[BIASES][q];
    for (int64_t u = 0; u < columns + rules; u++) {
        if (u >= columns) {
            float sum = sums[u - columns];
            numbers[u] = sum < 0 ? 0 : sum > 1 ? 1 : sum;
        }
        const float number = numbers[u], *weights = own->data[CONDITIONS] + rules * u;
        if (number != 0)
            for (int64_t q = 0; q < rules; q++) sums[q] += number * weights[q];
    }
}

static int read_text(const rule_tables *own, const int32_t *indices, const int32_t *starts, place *words,
                     float *sums, float *numbers) {
    const int64_t length = own->dims[INDICES][1], hashes = own->dims[INDICES][2];
    for (int64_t f = 0; f < own->dims[COLUMNS][1]; f++) numbers[f] = 0;
    for (int64_t w = 0; w < length; w++)
        if (!read_word(own, indices + hashes * w, starts == NULL ? NULL : starts + w, &words[w])) return 0;
    for (int64_t w = 0; w < length; w++)
        if (!mark(own, read_phrase(own, words + w, length - w), numbers)) return 0;
    add_rules(own, numbers, sums);
    return 1;
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
    const size_t words = sizeof(place) * (size_t)indices[1];
    status = nl_output(api, context, 0, shape, 2, &numbers);
    if (status == NULL)
        status = api->AllocatorAlloc(facts->base.allocator, words + sizeof(float) * (size_t)(rules + 1), &room);
    if (status != NULL) return status;
    const int32_t *hashed = (const int32_t *)own.data[INDICES], *starts = (const int32_t *)own.data[STARTS];
    const int has_starts = own.dims[STARTS][0] * own.dims[STARTS][1] != 0;
    int fits = 1;
    for (int64_t n = 0; fits && n < indices[0]; n++)
        fits = read_text(&own, hashed + n * indices[1] * indices[2], has_starts ? starts + n * indices[1] : NULL,
                         room, (float *)((char *)room + words), (float *)numbers + n * shape[1]);
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
