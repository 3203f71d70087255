/* WideHash: BloomHash and the numbers of n-grams, the native twin of the function of that name. */
#include "neurolite.h"
#include "ort_hashes.h"

typedef struct {
    nl_kernel base;
    nl_bloom_options words;
    nl_ngram_options ngrams;
} wide_hash;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    nl_bloom_options words;
    nl_ngram_options ngrams;
    OrtStatus *status = nl_read_bloom(api, info, &words);
    if (status == NULL) status = nl_read_ngrams(api, info, &ngrams);
    if (status == NULL) status = nl_create_kernel(api, sizeof(wide_hash), kernel);
    if (status != NULL) return status;
    wide_hash *own = *kernel;
    own->words = words;
    own->ngrams = ngrams;
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const wide_hash *own = kernel;
    const OrtApi *api = own->base.api;
    const uint8_t *bytes;
    int64_t shape[2];
    OrtStatus *status = nl_texts(api, context, shape, &bytes);
    if (status == NULL) status = nl_write_words(api, context, &own->words, bytes, shape);
    if (status == NULL) status = nl_write_ngrams(api, context, &own->ngrams, bytes, shape, 2, 1, NULL);
    return status;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "WideHash";
}

static size_t ORT_API_CALL three(const OrtCustomOp *op) {
    (void)op;
    return 3;
}

const OrtCustomOp nl_wide_hash_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = nl_uint8,
    .GetInputTypeCount = nl_one,
    .GetOutputType = nl_int32,
    .GetOutputTypeCount = three,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
