#include "ort_kernels.h"

const char *ORT_API_CALL nl_cpu_provider(const OrtCustomOp *op) {
    (void)op;
    return "CPUExecutionProvider";
}

size_t ORT_API_CALL nl_one(const OrtCustomOp *op) {
    (void)op;
    return 1;
}

OrtMemType ORT_API_CALL nl_default_memory(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return OrtMemTypeDefault;
}

OrtCustomOpInputOutputCharacteristic ORT_API_CALL nl_required(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return INPUT_OUTPUT_REQUIRED;
}

int ORT_API_CALL nl_not_variadic(const OrtCustomOp *op) {
    (void)op;
    return 1;
}

OrtStatus *nl_create_kernel(const OrtApi *api, size_t size, void **kernel) {
    OrtAllocator *allocator;
    OrtStatus *status = api->GetAllocatorWithDefaultOptions(&allocator);
    if (status == NULL) status = api->AllocatorAlloc(allocator, size, kernel);
    if (status == NULL) *(nl_kernel *)*kernel = (nl_kernel){api, allocator};
    return status;
}

void ORT_API_CALL nl_destroy_kernel(void *kernel) {
    const nl_kernel *own = kernel;
    OrtStatus *status = own->api->AllocatorFree(own->allocator, kernel);
    (void)status; /* nobody to tell, and freeing does not fail */
}

static size_t append(char *text, size_t room, size_t at, const char *more) {
    while (*more != 0 && at + 1 < room) text[at++] = *more++;
    text[at] = 0;
    return at;
}

static size_t append_number(char *text, size_t room, size_t at, int64_t value) {
    char digits[24];
    size_t place = sizeof digits - 1;
    uint64_t rest = value < 0 ? 0u - (uint64_t)value : (uint64_t)value;
    digits[place] = 0;
    do {
        /* rest / 10 without the 64-bit division that 32-bit targets take from a library. */
        uint64_t tenth = 0, part = 0;
        for (int bit = 63; bit >= 0; bit--) {
            part = part << 1 | (rest >> bit & 1);
            tenth <<= 1;
            if (part >= 10) part -= 10, tenth |= 1;
        }
        digits[--place] = (char)('0' + part);
        rest = tenth;
    } while (rest != 0);
    if (value < 0) digits[--place] = '-';
    return append(text, room, at, digits + place);
}

OrtStatus *nl_refuse(const OrtApi *api, const char *name, int64_t value, const char *allowed) {
    char text[256];
    size_t at = append(text, sizeof text, 0, "NeuroLite: ");
    at = append(text, sizeof text, at, name);
    at = append(text, sizeof text, at, " is ");
    at = append_number(text, sizeof text, at, value);
    at = append(text, sizeof text, at, "; ");
    append(text, sizeof text, at, allowed);
    return api->CreateStatus(ORT_INVALID_ARGUMENT, text);
}

OrtStatus *nl_output(const OrtApi *api, OrtKernelContext *context, size_t index,
                     const int64_t *dims, size_t rank, void **data) {
    OrtValue *output;
    OrtStatus *status = api->KernelContext_GetOutput(context, index, dims, rank, &output);
    return status != NULL ? status : api->GetTensorMutableData(output, data);
}

OrtStatus *nl_shape(const OrtApi *api, const OrtValue *value, size_t rank, int64_t *dims) {
    static const char *const expected[] = {"it must be 0.", "it must be 1.", "it must be 2.",
                                           "it must be 3."};
    OrtTensorTypeAndShapeInfo *info;
    OrtStatus *status = api->GetTensorTypeAndShape(value, &info);
    if (status != NULL) return status;
    size_t found = 0;
    status = api->GetDimensionsCount(info, &found);
    if (status == NULL && found != rank) {
        status = nl_refuse(api, "an input's rank", (int64_t)found, expected[rank]);
    }
    if (status == NULL && rank > 0) status = api->GetDimensions(info, dims, rank);
    api->ReleaseTensorTypeAndShapeInfo(info);
    return status;
}

OrtStatus *nl_read_attributes(const OrtApi *api, const OrtKernelInfo *info,
                              const nl_attribute *attributes, size_t count, int64_t *values) {
    for (size_t i = 0; i < count; i++) {
        const nl_attribute *wanted = &attributes[i];
        OrtStatus *status = api->KernelInfoGetAttribute_int64(info, wanted->name, &values[i]);
        if (status != NULL) return status;
        if (values[i] < wanted->least || values[i] > wanted->most)
            return nl_refuse(api, wanted->name, values[i], wanted->allowed);
    }
    return NULL;
}

OrtStatus *nl_texts(const OrtApi *api, OrtKernelContext *context, int64_t *shape,
                    const uint8_t **bytes) {
    const OrtValue *input;
    void *data;
    OrtStatus *status = api->KernelContext_GetInput(context, 0, &input);
    if (status == NULL) status = nl_shape(api, input, 2, shape);
    if (status != NULL) return status;
    if (shape[1] >= INT32_MAX)
        return nl_refuse(api, "the padded length", shape[1], "below 2147483647 is allowed.");
    status = api->GetTensorMutableData((OrtValue *)input, &data); /* the API has no const twin */
    *bytes = data;
    return status;
}

size_t ORT_API_CALL nl_two(const OrtCustomOp *op) {
    (void)op;
    return 2;
}

ONNXTensorElementDataType ORT_API_CALL nl_uint8(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8;
}

ONNXTensorElementDataType ORT_API_CALL nl_int32(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32;
}

ONNXTensorElementDataType ORT_API_CALL nl_float(const OrtCustomOp *op, size_t index) {
    (void)op, (void)index;
    return ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT;
}

OrtStatus *nl_inputs(const OrtApi *api, OrtKernelContext *context, size_t count, const size_t *ranks,
                     int64_t (*dims)[3], const void **data) {
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < count; i++) {
        const OrtValue *input;
        void *memory;
        status = api->KernelContext_GetInput(context, i, &input);
        if (status == NULL) status = nl_shape(api, input, ranks[i], dims[i]);
        if (status == NULL) status = api->GetTensorMutableData((OrtValue *)input, &memory);
        if (status == NULL) data[i] = memory;
    }
    return status;
}
