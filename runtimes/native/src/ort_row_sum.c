/* RowSum: the native twin of the function that int8 files carry under this name. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "row_sum.h"

typedef struct {
    nl_kernel base;
    nl_row_summer *sum;
} row_sum;

enum { TABLE, INDICES, SCALE, INPUTS };

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    OrtStatus *status = nl_create_kernel(api, sizeof(row_sum), kernel);
    if (status == NULL) ((row_sum *)*kernel)->sum = nl_find_row_summer(neurolite_best_path());
    return status;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const row_sum *own = kernel;
    const OrtApi *api = own->base.api;
    const OrtValue *inputs[INPUTS];
    void *data[INPUTS], *sums;
    int64_t table[2], indices[3];
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < INPUTS; i++) {
        status = api->KernelContext_GetInput(context, i, &inputs[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)inputs[i], &data[i]);
    }
    if (status == NULL) status = nl_shape(api, inputs[TABLE], 2, table);
    if (status == NULL) status = nl_shape(api, inputs[INDICES], 3, indices);
    if (status == NULL) status = nl_shape(api, inputs[SCALE], 0, NULL);
    if (status == NULL && indices[2] > NL_MOST_ROWS)
        status = nl_refuse(api, "the number of rows to add", indices[2], "at most 256 are allowed.");
    if (status != NULL) return status;
    const int64_t shape[3] = {indices[0], indices[1], table[1]};
    status = nl_output(api, context, 0, shape, 3, &sums);
    if (status != NULL) return status;
    if (!own->sum(data[TABLE], table[0], (size_t)table[1], data[INDICES],
                  (size_t)(indices[0] * indices[1]), (size_t)indices[2],
                  *(const float *)data[SCALE], sums))
        return nl_refuse(api, "an index is outside of the table, whose number of rows", table[0],
                         "indices must be 0 or more and below that.");
    return NULL;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "RowSum";
}

static size_t ORT_API_CALL three(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    (void)op;
    return index == TABLE     ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8
           : index == INDICES ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32
                              : ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

static ONNXTensorElementDataType ORT_API_CALL output_type(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

const OrtCustomOp nl_row_sum_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = three,
    .GetOutputType = output_type,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
