/* BloomHash, and the same with what more some networks want of a text: the native twins of the functions of these
 * names. */
#include "neurolite.h"
#include "ort_hashes.h"

/* ONNX Runtime hands the table of an op back as it was given, with what stands behind it. */
typedef struct {
    OrtCustomOp op;
    const char *name;
    int32_t ngrams;  /* the output of numbers of n-grams, 0 of an op that has none */
    int32_t offsets; /* the output of words' places, 0 of an op that has none */
} hash_op;

typedef struct {
    nl_kernel base;
    nl_bloom_options words;
    nl_ngram_options ngram_options;
    int32_t ngrams, offsets;
} hash_kernel;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    const hash_op *kind = (const hash_op *)op;
    nl_bloom_options words;
    nl_ngram_options ngrams;
    OrtStatus *status = nl_read_bloom(api, info, &words);
    if (status == NULL && kind->ngrams) status = nl_read_ngrams(api, info, &ngrams);
    if (status == NULL) status = nl_create_kernel(api, sizeof(hash_kernel), kernel);
    if (status != NULL) return status;
    hash_kernel *own = *kernel;
    own->words = words;
    if (kind->ngrams) own->ngram_options = ngrams;
    own->ngrams = kind->ngrams;
    own->offsets = kind->offsets;
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const hash_kernel *own = kernel;
    const OrtApi *api = own->base.api;
    const uint8_t *bytes;
    int64_t shape[2];
    OrtStatus *status = nl_texts(api, context, shape, &bytes);
    if (status == NULL) status = nl_write_words(api, context, &own->words, bytes, shape, own->offsets);
    if (status == NULL && own->ngrams)
        status = nl_write_ngrams(api, context, &own->ngram_options, bytes, shape, (size_t)own->ngrams, 1, NULL);
    return status;
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) { return ((const hash_op *)op)->name; }

static size_t ORT_API_CALL outputs(const OrtCustomOp *op) {
    const hash_op *kind = (const hash_op *)op;
    return 2u + (kind->ngrams != 0) + (kind->offsets != 0);
}

#define FIELDS                                                                                     \
    {                                                                                              \
        NL_COMMON_FIELDS, .GetName = name, .GetInputType = nl_uint8, .GetInputTypeCount = nl_one,  \
        .GetOutputType = nl_int32, .GetOutputTypeCount = outputs, .CreateKernelV2 = create,        \
        .KernelComputeV2 = compute,                                                                \
    }

static const hash_op bloom = {FIELDS, "BloomHash", 0, 0}, wide = {FIELDS, "WideHash", 2, 0},
                     span = {FIELDS, "SpanHash", 0, 2}, wide_span = {FIELDS, "WideSpanHash", 2, 3};

const OrtCustomOp *const nl_hash_ops[NL_HASH_OPS] = {&bloom.op, &wide.op, &span.op, &wide_span.op};
