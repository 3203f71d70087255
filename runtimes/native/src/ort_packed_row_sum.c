/* PackedRowSum: the native twin of the function that files of a packed table carry under this name. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "packed_row_sum.h"

typedef struct {
    nl_kernel base;
    nl_packed_row_summer *sum;
} packed_row_sum;

enum { ROWS, FACTORS, UNIT, INDICES, INPUTS };

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    OrtStatus *status = nl_create_kernel(api, sizeof(packed_row_sum), kernel);
    if (status == NULL)
        ((packed_row_sum *)*kernel)->sum = nl_find_packed_row_summer(neurolite_best_path());
    return status;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const packed_row_sum *own = kernel;
    const OrtApi *api = own->base.api;
    const OrtValue *inputs[INPUTS];
    void *data[INPUTS], *sums;
    int64_t rows[2], factors[2], indices[3];
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < INPUTS; i++) {
        status = api->KernelContext_GetInput(context, i, &inputs[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)inputs[i], &data[i]);
    }
    if (status == NULL) status = nl_shape(api, inputs[ROWS], 2, rows);
    if (status == NULL) status = nl_shape(api, inputs[FACTORS], 2, factors);
    if (status == NULL) status = nl_shape(api, inputs[UNIT], 0, NULL);
    if (status == NULL) status = nl_shape(api, inputs[INDICES], 3, indices);
    if (status == NULL && factors[0] != rows[0])
        status = nl_refuse(api, "the number of factors", factors[0], "each row must have one.");
    if (status == NULL && factors[1] != 1)
        status = nl_refuse(api, "the number of factors of a row", factors[1], "it must be 1.");
    if (status == NULL && indices[2] > NL_MOST_PACKED_ROWS)
        status = nl_refuse(api, "the number of rows to add", indices[2], "at most 256 are allowed.");
    if (status != NULL) return status;
    const int64_t shape[3] = {indices[0], indices[1], 2 * rows[1]};
    status = nl_output(api, context, 0, shape, 3, &sums);
    if (status != NULL) return status;
    if (!own->sum(data[ROWS], data[FACTORS], rows[0], (size_t)rows[1], data[INDICES],
                  (size_t)(indices[0] * indices[1]), (size_t)indices[2],
                  *(const float *)data[UNIT], sums))
        return nl_refuse(api, "an index is outside of the table, whose number of rows", rows[0],
                         "indices must be 0 or more and below that.");
    return NULL;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "PackedRowSum";
}

static size_t ORT_API_CALL four(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    (void)op;
    return index == UNIT      ? ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT
           : index == INDICES ? ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32
                              : ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
}

static ONNXTensorElementDataType ORT_API_CALL output_type(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

const OrtCustomOp nl_packed_row_sum_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = four,
    .GetOutputType = output_type,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
