/* The ops of domain `ai.neurolite` for ONNX Runtime, through its C API only. */
#ifndef NEUROLITE_ORT_KERNELS_H
#define NEUROLITE_ORT_KERNELS_H

#include <onnxruntime_c_api.h>

#include "whole.h"

/* Of the C API that is asked for: that of ONNX Runtime 1.16, the first whose custom ops can return
 * errors. Every later runtime still offers it. */
#define NL_ORT_API_VERSION 16

/* uint8 [N, T] -> int32 [N, L, K], int32 [N]; and of some int32 [N, P, orders]; and of some int32 [N, L, 2] */
enum { NL_HASH_OPS = 4 };
extern const OrtCustomOp *const nl_hash_ops[NL_HASH_OPS];
extern const OrtCustomOp nl_ngram_hash_op; /* uint8 [N, T] -> int32 [N, P, orders], int32 [N] */
extern const OrtCustomOp nl_text_bytes_op; /* string [N] -> uint8 [N, T], zero-padded */
/* uint8 [M, E / 2], uint8 [M, 1], float [], int32 [N, L, K] -> float [N, L, E] */
extern const OrtCustomOp nl_packed_row_sum_op;
extern const OrtCustomOp nl_row_sum_op;    /* int8 [M, E], int32 [N, L, K], float [] -> float [N, L, E] */

/* uint16 [65537], int8 [R + 1, C + 1], float [C], int32 [N, P, orders] -> float [N, C] */
extern const OrtCustomOp nl_wide_logits_op;
/* uint8 [N, T], int32 [N, L, K], float [B], float [S, 3] -> int32 [N, L] */
extern const OrtCustomOp nl_word_starts_op;
/* int32 [N, L, K], int32 [N, L] or [0, 0], nine float tables -> float [N, U] */
extern const OrtCustomOp nl_rule_facts_op;
/* float [N, D], [N, S, D], [N, 1, S], [N, 1, S], [N, R, S], [1, 1], [S], [1, 1] -> the second, third and fourth */
extern const OrtCustomOp nl_slot_write_op;
/* float [N, R, K], [N, P, K], [N, 1, P], [R, P], [1, R, 1] -> float [N, R, P] */
extern const OrtCustomOp nl_recall_op;
/* float [N L, D], [N L, R + 2 S], [N L, D], [N, L, 1], [N, S D], [S, D], [D] -> float [N L, D], [N, S D] */
extern const OrtCustomOp nl_selective_states_op;
extern const OrtCustomOp nl_rule_effects_op; /* float [N, C], float [N, R], six float tables -> float [N, C] */

/* Parts of the op table that all share. */
const char *ORT_API_CALL nl_cpu_provider(const OrtCustomOp *op);
size_t ORT_API_CALL nl_one(const OrtCustomOp *op);
OrtMemType ORT_API_CALL nl_default_memory(const OrtCustomOp *op, size_t index);
OrtCustomOpInputOutputCharacteristic ORT_API_CALL nl_required(const OrtCustomOp *op, size_t index);
int ORT_API_CALL nl_not_variadic(const OrtCustomOp *op);
void ORT_API_CALL nl_destroy_kernel(void *kernel);

/* The fields of an op table that are the same for all; name, types, counts and functions are not. */
#define NL_COMMON_FIELDS                                                                           \
    .version = NL_ORT_API_VERSION, .GetExecutionProviderType = nl_cpu_provider,                    \
    .KernelDestroy = nl_destroy_kernel, .GetInputCharacteristic = nl_required,                     \
    .GetOutputCharacteristic = nl_required, .GetInputMemoryType = nl_default_memory,               \
    .GetVariadicInputMinArity = nl_not_variadic, .GetVariadicInputHomogeneity = nl_not_variadic,   \
    .GetVariadicOutputMinArity = nl_not_variadic, .GetVariadicOutputHomogeneity = nl_not_variadic

/* What every kernel begins with. */
typedef struct {
    const OrtApi *api;
    OrtAllocator *allocator; /* holds the kernel */
} nl_kernel;

/* Memory for a kernel; only when a session is made. */
OrtStatus *nl_create_kernel(const OrtApi *api, size_t size, void **kernel);

/* A whole number that a node carries. */
typedef struct {
    const char *name, *allowed; /* the second as in nl_refuse */
    int64_t least, most;
} nl_attribute;

/* Reads them all, or refuses the first that is missing or not allowed. */
OrtStatus *nl_read_attributes(const OrtApi *api, const OrtKernelInfo *info,
                              const nl_attribute *attributes, size_t count, int64_t *values);

/* The texts of a padded batch, uint8 [N, T]: input 0. */
OrtStatus *nl_texts(const OrtApi *api, OrtKernelContext *context, int64_t *shape,
                    const uint8_t **bytes);

/* Of ops that take texts, and give numbers and how many. */
size_t ORT_API_CALL nl_two(const OrtCustomOp *op);
ONNXTensorElementDataType ORT_API_CALL nl_uint8(const OrtCustomOp *op, size_t index);
ONNXTensorElementDataType ORT_API_CALL nl_int32(const OrtCustomOp *op, size_t index);
ONNXTensorElementDataType ORT_API_CALL nl_float(const OrtCustomOp *op, size_t index);

#define NL_TEXT_OP_FIELDS                                                                          \
    NL_COMMON_FIELDS, .GetInputType = nl_uint8, .GetInputTypeCount = nl_one,                       \
    .GetOutputType = nl_int32, .GetOutputTypeCount = nl_two

/* "BloomHash: <name> is <value>; <allowed>." */
OrtStatus *nl_refuse(const OrtApi *api, const char *name, int64_t value, const char *allowed);

/* Makes an output of these dimensions and gives its memory. */
OrtStatus *nl_output(const OrtApi *api, OrtKernelContext *context, size_t index,
                     const int64_t *dims, size_t rank, void **data);

/* Dimensions of a value that must have `rank` of them, at most 3. */
OrtStatus *nl_shape(const OrtApi *api, const OrtValue *value, size_t rank, int64_t *dims);

/* Dimensions and memory of all inputs of a node, which must have these ranks, at most 3. */
OrtStatus *nl_inputs(const OrtApi *api, OrtKernelContext *context, size_t count, const size_t *ranks,
                     int64_t (*dims)[3], const void **data);

#endif
