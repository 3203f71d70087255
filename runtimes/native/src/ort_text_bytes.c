/* TextBytes: strings to the zero-padded bytes that BloomHash reads, for files with string input. */
#include "ort_kernels.h"

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    return nl_create_kernel(api, sizeof(nl_kernel), kernel);
}

/* Length of the longest text, but at least 1. */
static OrtStatus *longest(const OrtApi *api, const OrtValue *texts, int64_t count, size_t *width) {
    *width = 1;
    for (int64_t n = 0; n < count; n++) {
        size_t size;
        OrtStatus *status = api->GetStringTensorElementLength(texts, (size_t)n, &size);
        if (status != NULL) return status;
        if (size > *width) *width = size;
    }
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const OrtApi *api = ((const nl_kernel *)kernel)->api;
    const OrtValue *texts;
    int64_t count;
    size_t width;
    void *data;
    OrtStatus *status = api->KernelContext_GetInput(context, 0, &texts);
    if (status == NULL) status = nl_shape(api, texts, 1, &count);
    if (status == NULL) status = longest(api, texts, count, &width);
    if (status != NULL) return status;
    const int64_t shape[2] = {count, (int64_t)width};
    status = nl_output(api, context, 0, shape, 2, &data);
    if (status != NULL) return status;
    uint8_t *row = data;
    for (int64_t n = 0; status == NULL && n < count; n++, row += width) {
        size_t size = 0;
        status = api->GetStringTensorElementLength(texts, (size_t)n, &size);
        if (status == NULL && size > 0)
            status = api->GetStringTensorElement(texts, size, (size_t)n, row);
        for (size_t i = size; i < width; i++) row[i] = 0;
    }
    return status;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "TextBytes";
}

static ONNXTensorElementDataType ORT_API_CALL input_type(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING;
}

static ONNXTensorElementDataType ORT_API_CALL output_type(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
}

const OrtCustomOp nl_text_bytes_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = input_type,
    .GetInputTypeCount = nl_one,
    .GetOutputType = output_type,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
