/* NgramHash: the native twin of the function of that name. */
#include "neurolite.h"
#include "ort_hashes.h"

typedef struct {
    nl_kernel base;
    nl_ngram_options options;
} ngram_hash;

enum { HASH_VERSION, LOWEST, HIGHEST, ACROSS_WORDS, MAX_SYMBOLS, ATTRIBUTES };

static const nl_attribute attributes[ATTRIBUTES] = {
    {"hash_version", "this library computes version 2 only.", NL_HASH_VERSION, NL_HASH_VERSION},
    {"lowest", "2 to 5 are allowed.", NEUROLITE_LOWEST_ORDER, NEUROLITE_HIGHEST_ORDER},
    {"highest", "2 to 5 are allowed.", NEUROLITE_LOWEST_ORDER, NEUROLITE_HIGHEST_ORDER},
    {"across_words", "0 and 1 are allowed.", 0, 1},
    {"max_symbols", "1 to 2147483647 are allowed.", 1, INT32_MAX},
};

OrtStatus *nl_read_ngrams(const OrtApi *api, const OrtKernelInfo *info, nl_ngram_options *options) {
    int64_t values[ATTRIBUTES];
    OrtStatus *status = nl_read_attributes(api, info, attributes, ATTRIBUTES, values);
    if (status == NULL && values[HIGHEST] < values[LOWEST])
        status = nl_refuse(api, "highest", values[HIGHEST], "it may not be below lowest.");
    if (status != NULL) return status;
    *options = (nl_ngram_options){(int32_t)values[LOWEST], (int32_t)values[HIGHEST],
                                  (int32_t)values[ACROSS_WORDS], (int32_t)values[MAX_SYMBOLS]};
    return NULL;
}

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    nl_ngram_options options;
    OrtStatus *status = nl_read_ngrams(api, info, &options);
    if (status == NULL) status = nl_create_kernel(api, sizeof(ngram_hash), kernel);
    if (status == NULL) ((ngram_hash *)*kernel)->options = options;
    return status;
}

/* Symbols of each text, and rows of the longest one within the limit. */
static int64_t count(const nl_ngram_options *options, const uint8_t *bytes, const int64_t *shape,
                     int32_t *symbols) {
    int64_t longest = 1;
    for (int64_t n = 0; n < shape[0]; n++) {
        int32_t found = nl_count_symbols(bytes + n * shape[1], (size_t)shape[1]);
        if (symbols != NULL) symbols[n] = found;
        int64_t kept = found < options->max_symbols ? found : options->max_symbols;
        longest = kept > longest ? kept : longest;
    }
    return longest;
}

OrtStatus *nl_write_ngrams(const OrtApi *api, OrtKernelContext *context,
                           const nl_ngram_options *options, const uint8_t *bytes,
                           const int64_t *shape, size_t index, int numbered, int32_t *symbols) {
    void *data;
    if (shape[1] >= INT32_MAX / 2)
        return nl_refuse(api, "the padded length", shape[1], "below 1073741823 is allowed.");
    int64_t rows = count(options, bytes, shape, symbols), orders = options->highest - options->lowest + 1;
    const int64_t wanted[3] = {shape[0], rows, orders}, size = rows * orders;
    OrtStatus *status = nl_output(api, context, index, wanted, 3, &data);
    if (status != NULL) return status;
    for (int64_t n = 0; n < shape[0]; n++) {
        int32_t *values = (int32_t *)data + n * size;
        int64_t found = nl_hash_ngrams(bytes + n * shape[1], (size_t)shape[1], options, values);
        int64_t kept = (found < rows ? found : rows) * orders;
        for (int64_t at = kept; at < size; at++) values[at] = NL_NO_NGRAM;
        if (!numbered) continue;
        for (int64_t at = 0; at < size; at++)
            values[at] = values[at] == NL_NO_NGRAM ? 0 : 1 + (values[at] & (NL_BUCKETS - 1));
    }
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const ngram_hash *own = kernel;
    const OrtApi *api = own->base.api;
    const uint8_t *bytes;
    int64_t shape[2];
    void *data;
    OrtStatus *status = nl_texts(api, context, shape, &bytes);
    if (status == NULL) status = nl_output(api, context, 1, shape, 1, &data);
    if (status != NULL) return status;
    return nl_write_ngrams(api, context, &own->options, bytes, shape, 0, 0, data);
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "NgramHash";
}

const OrtCustomOp nl_ngram_hash_op = {
    NL_TEXT_OP_FIELDS,
    .GetName = name,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
