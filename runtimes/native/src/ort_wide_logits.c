/* WideLogits: the native twin of the function that files with a wide path carry under this name. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "wide_sum.h"

#if defined(_MSC_VER)
#include <math.h>
#define NL_SQRT sqrtf
#else
#define NL_SQRT __builtin_sqrtf
#endif

typedef struct {
    nl_kernel base;
    nl_wide_summer *sum;
} wide_logits;

enum { REMAP, ROWS, SCALES, NGRAMS, INPUTS };

/* n-grams of a text for which every sum stays below 2^24, exact in float32 as in the body. */
enum { MOST_NGRAMS = 131072 };

typedef struct {
    const uint16_t *remap;
    const int8_t *rows;
    const float *scales;
    int64_t buckets, number, width; /* of remap, rows and columns */
} wide_table;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    OrtStatus *status = nl_create_kernel(api, sizeof(wide_logits), kernel);
    if (status == NULL) ((wide_logits *)*kernel)->sum = nl_find_wide_summer(neurolite_best_path());
    return status;
}

/* Rows of the n-grams that have one; -1 where a number is outside of the table. */
static int64_t find_kept(const wide_table *table, const int32_t *ngrams, int64_t size, int32_t *kept) {
    int64_t found = 0;
    for (int64_t i = 0; i < size; i++) {
        if (ngrams[i] < 0 || ngrams[i] >= table->buckets) return -1;
        int32_t row = table->remap[ngrams[i]];
        if (row >= table->number) return -1;
        kept[found] = row;
        found += row != 0;
    }
    return found;
}

/* One text; `kept` has room for `size` numbers, `sums` for one of each column. */
static int answer(const wide_logits *own, const wide_table *table, const int32_t *ngrams, int64_t size,
                  int32_t *kept, int32_t *sums, float *logits) {
    int64_t number = find_kept(table, ngrams, size, kept);
    if (number < 0) return 0;
    own->sum(table->rows, (size_t)table->width, kept, (size_t)number, sums);
    int32_t last = sums[table->width - 1];
    float length = NL_SQRT((float)(last > 1 ? last : 1));
    for (int64_t c = 0; c + 1 < table->width; c++)
        logits[c] = (float)sums[c] * table->scales[c] / length;
    return 1;
}

static OrtStatus *check(const OrtApi *api, const OrtValue *const *inputs, wide_table *table,
                        int64_t *ngrams) {
    int64_t rows[2], scales[1];
    OrtStatus *status = nl_shape(api, inputs[REMAP], 1, &table->buckets);
    if (status == NULL) status = nl_shape(api, inputs[ROWS], 2, rows);
    if (status == NULL) status = nl_shape(api, inputs[SCALES], 1, scales);
    if (status == NULL) status = nl_shape(api, inputs[NGRAMS], 3, ngrams);
    if (status != NULL) return status;
    table->number = rows[0];
    table->width = rows[1];
    if (rows[1] < 2 || scales[0] != rows[1] - 1)
        return nl_refuse(api, "the number of scales", scales[0], "it must be that of a row's numbers less one.");
    if (ngrams[1] > MOST_NGRAMS || ngrams[1] * ngrams[2] > MOST_NGRAMS)
        return nl_refuse(api, "the number of a text's n-grams", ngrams[1] * ngrams[2], "at most 131072 are allowed.");
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const wide_logits *own = kernel;
    const OrtApi *api = own->base.api;
    const OrtValue *inputs[INPUTS];
    void *data[INPUTS], *logits, *room;
    int64_t ngrams[3];
    wide_table table;
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < INPUTS; i++) {
        status = api->KernelContext_GetInput(context, i, &inputs[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)inputs[i], &data[i]);
    }
    if (status == NULL) status = check(api, inputs, &table, ngrams);
    if (status != NULL) return status;
    table.remap = data[REMAP], table.rows = data[ROWS], table.scales = data[SCALES];
    const int64_t shape[2] = {ngrams[0], table.width - 1}, size = ngrams[1] * ngrams[2];
    status = nl_output(api, context, 0, shape, 2, &logits);
    if (status == NULL)
        status = api->AllocatorAlloc(own->base.allocator,
                                     sizeof(int32_t) * (size_t)(size + 1 + table.width), &room);
    if (status != NULL) return status;
    int32_t *sums = (int32_t *)room + size + 1;
    int fits = 1;
    for (int64_t n = 0; fits && n < ngrams[0]; n++)
        fits = answer(own, &table, (const int32_t *)data[NGRAMS] + n * size, size, room, sums,
                      (float *)logits + n * shape[1]);
    status = api->AllocatorFree(own->base.allocator, room);
    if (status == NULL && !fits)
        return nl_refuse(api, "an n-gram has no row in the table, whose number of rows", table.number,
                         "numbers must be 0 or more and below the remap's, and its rows below that.");
    return status;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "WideLogits";
}

static size_t ORT_API_CALL four(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    static const ONNXTensorElementDataType types[INPUTS] = {
        ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT16, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8,
        ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32};
    (void)op;
    return types[index];
}

static ONNXTensorElementDataType ORT_API_CALL output_type(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

const OrtCustomOp nl_wide_logits_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = four,
    .GetOutputType = output_type,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
