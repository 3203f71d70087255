/* WordStarts: prefixes and numbers of rules, the native twin of the function of that name; section 11 of
 * docs/hash-spec.md. */
#include "neurolite.h"
#include "ort_hashes.h"

enum { BYTES, INDICES, MOVES, ROWS, INPUTS };
enum { HASH_VERSION, NUMBERS, ATTRIBUTES };
enum { FUNCTIONS = 3, SUM_BASE = 4096, COLUMNS = 3, VALUE_STEP = 64, PRODUCT_STEP = 64 };

static const nl_attribute attributes[ATTRIBUTES] = {
    {"hash_version", "this library computes version 2 only.", NL_HASH_VERSION, NL_HASH_VERSION},
    {"numbers", "0 and 1 are allowed.", 0, 1},
};

typedef struct {
    nl_kernel base;
    int32_t numbers;
} word_starts;

typedef struct {
    const float *moves, *rows;
    int64_t groups, places;
    int32_t numbers;
} starts_table;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t values[ATTRIBUTES];
    OrtStatus *status = nl_read_attributes(api, info, attributes, ATTRIBUTES, values);
    if (status == NULL) status = nl_create_kernel(api, sizeof(word_starts), kernel);
    if (status == NULL) ((word_starts *)*kernel)->numbers = (int32_t)values[NUMBERS];
    return status;
}

/* What the sums up to a letter add to the number of the word's prefix. */
static int32_t rise(const starts_table *table, const int32_t *sums) {
    int32_t move = (int32_t)table->moves[sums[1] & (table->groups - 1)];
    const float *row = table->rows + COLUMNS * ((sums[0] + move) & (table->places - 1));
    int hit = row[0] == (float)(sums[0] + SUM_BASE * sums[1]) && row[1] == (float)sums[2];
    return hit ? (int32_t)row[2] : 0;
}

static void add(const int32_t *sums, nl_input before, nl_input own, nl_input after, int32_t *added) {
    int32_t upper[FUNCTIONS];
    for (int k = 0; k < FUNCTIONS; k++)
        upper[k] = nl_value(before, own, after, nl_constants[0], k) / VALUE_STEP;
    for (int k = 0; k < FUNCTIONS; k++)
        added[k] = (sums[k] + upper[k] * upper[(k + 1) % FUNCTIONS] / PRODUCT_STEP) & (SUM_BASE - 1);
}

static int is_digit(nl_input own) {
    return own.low >= '0' && own.low <= '9' && own.high == 0 && own.accent == 0;
}

/* One text's words; those behind `length` are not read. */
static void read_text(const starts_table *table, const uint8_t *text, size_t size, int64_t length,
                      int32_t *starts) {
    nl_cursor cursor;
    const nl_input none = {0, 0, 0};
    nl_input own, last = none, before = none;
    int first;
    int64_t word = -1;
    int32_t sums[FUNCTIONS] = {0, 0, 0}, here[FUNCTIONS], prefix = 0, number = 0;
    for (int64_t at = 0; at < length; at++) starts[at] = 0;
    nl_start(&cursor, text, size);
    while (nl_next_character(&cursor, &own, &first)) {
        if (first) {
            if (++word >= length) return;
            before = last = none;
            sums[0] = sums[1] = sums[2] = prefix = 0;
            number = table->numbers;
        } else {
            add(sums, before, last, own, sums); /* the letter before has this one behind it */
            before = last;
        }
        add(sums, before, own, none, here);
        prefix = (prefix + rise(table, here)) & (SUM_BASE - 1);
        number &= is_digit(own);
        starts[word] = 2 * prefix + number;
        last = own;
    }
}

/* Whether every place that a move leads to is one of the table's. */
static OrtStatus *check(const OrtApi *api, const OrtValue *const *inputs, starts_table *table,
                        int64_t *bytes, int64_t *indices) {
    int64_t rows[2];
    OrtStatus *status = nl_shape(api, inputs[BYTES], 2, bytes);
    if (status == NULL) status = nl_shape(api, inputs[INDICES], 3, indices);
    if (status == NULL) status = nl_shape(api, inputs[MOVES], 1, &table->groups);
    if (status == NULL) status = nl_shape(api, inputs[ROWS], 2, rows);
    if (status != NULL) return status;
    table->places = rows[0];
    if (rows[1] != COLUMNS)
        return nl_refuse(api, "the number of a prefix's columns", rows[1], "3 are needed.");
    if (!nl_is_size(rows[0]) || !nl_is_size(table->groups))
        return nl_refuse(api, "the size of a table of prefixes", rows[0], "a power of two is needed.");
    if (indices[0] != bytes[0])
        return nl_refuse(api, "the number of texts with indices", indices[0], "it must be that of the texts.");
    return NULL;
}

static int has_right_moves(const starts_table *table) {
    for (int64_t i = 0; i < table->groups; i++)
        if (nl_whole(table->moves[i]) < 0) return 0;
    return 1;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const word_starts *own = kernel;
    const OrtApi *api = own->base.api;
    const OrtValue *inputs[INPUTS];
    void *data[INPUTS], *starts;
    int64_t bytes[2], indices[3];
    starts_table table = {0};
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < INPUTS; i++) {
        status = api->KernelContext_GetInput(context, i, &inputs[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)inputs[i], &data[i]);
    }
    if (status == NULL) status = check(api, inputs, &table, bytes, indices);
    if (status != NULL) return status;
    table.moves = data[MOVES], table.rows = data[ROWS];
    table.numbers = own->numbers;
    if (!has_right_moves(&table))
        return nl_refuse(api, "a table of prefixes is damaged, whose number of rows", table.places,
                         "moves are whole numbers from 0 below 2^24.");
    status = nl_output(api, context, 0, indices, 2, &starts);
    if (status != NULL) return status;
    for (int64_t n = 0; n < bytes[0]; n++)
        read_text(&table, (const uint8_t *)data[BYTES] + n * bytes[1], (size_t)bytes[1], indices[1],
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
