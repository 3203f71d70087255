/* WordStarts: prefixes and numbers of rules, the native twin of the function of that name; section 11 of
 * docs/hash-spec.md. */
#include "neurolite.h"
#include "ort_hashes.h"
#include "rules.h"

enum { BYTES, INDICES, MOVES, ROWS, INPUTS };
enum { HASH_VERSION, NUMBERS, ATTRIBUTES };
enum { COLUMNS = 3 };

static const nl_attribute attributes[ATTRIBUTES] = {
    {"hash_version", "this library computes version 2 only.", NL_HASH_VERSION, NL_HASH_VERSION},
    {"numbers", "0 and 1 are allowed.", 0, 1},
};

typedef struct {
    nl_kernel base;
    int32_t numbers;
} word_starts;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t values[ATTRIBUTES];
    OrtStatus *status = nl_read_attributes(api, info, attributes, ATTRIBUTES, values);
    if (status == NULL) status = nl_create_kernel(api, sizeof(word_starts), kernel);
    if (status == NULL) ((word_starts *)*kernel)->numbers = (int32_t)values[NUMBERS];
    return status;
}

/* Whether every place that a move leads to is one of the table's. */
static OrtStatus *check(const OrtApi *api, const OrtValue *const *inputs, nl_beginnings *table,
                        int64_t *bytes, int64_t *indices) {
    int64_t rows[2];
    OrtStatus *status = nl_shape(api, inputs[BYTES], 2, bytes);
    if (status == NULL) status = nl_shape(api, inputs[INDICES], 3, indices);
    if (status == NULL) status = nl_shape(api, inputs[MOVES], 1, &table->num_groups);
    if (status == NULL) status = nl_shape(api, inputs[ROWS], 2, rows);
    if (status != NULL) return status;
    table->num_places = rows[0];
    if (rows[1] != COLUMNS)
        return nl_refuse(api, "the number of a prefix's columns", rows[1], "3 are needed.");
    if (!nl_is_size(rows[0]) || !nl_is_size(table->num_groups))
        return nl_refuse(api, "the size of a table of prefixes", rows[0], "a power of two is needed.");
    if (indices[0] != bytes[0])
        return nl_refuse(api, "the number of texts with indices", indices[0], "it must be that of the texts.");
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const word_starts *own = kernel;
    const OrtApi *api = own->base.api;
    const OrtValue *inputs[INPUTS];
    void *data[INPUTS], *starts;
    int64_t bytes[2], indices[3];
    nl_beginnings table = {0};
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < INPUTS; i++) {
        status = api->KernelContext_GetInput(context, i, &inputs[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)inputs[i], &data[i]);
    }
    if (status == NULL) status = check(api, inputs, &table, bytes, indices);
    if (status != NULL) return status;
    table.moves = data[MOVES], table.rows = data[ROWS];
    table.numbers = own->numbers;
    if (!nl_moves_fit(&table))
        return nl_refuse(api, "a table of prefixes is damaged, whose number of rows", table.num_places,
                         "moves are whole numbers from 0 below 2^24.");
    status = nl_output(api, context, 0, indices, 2, &starts);
    if (status != NULL) return status;
    for (int64_t n = 0; n < bytes[0]; n++)
        nl_find_starts(&table, (const uint8_t *)data[BYTES] + n * bytes[1], (size_t)bytes[1], indices[1],
                       (int32_t *)starts + n * indices[1]);
    return NULL;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "WordStarts";
}

static size_t ORT_API_CALL four(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    (void)op;
    if (index == BYTES) return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
    return index == INDICES ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32 : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

const OrtCustomOp nl_word_starts_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = four,
    .GetOutputType = nl_int32,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
