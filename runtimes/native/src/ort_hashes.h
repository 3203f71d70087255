/* What BloomHash, those with more outputs, and NgramHash share. */
#ifndef NEUROLITE_ORT_HASHES_H
#define NEUROLITE_ORT_HASHES_H

#include "hash.h"
#include "ngrams.h"
#include "ort_kernels.h"

typedef struct {
    nl_hasher *hash;
    int32_t num_hashes, table_size, max_words;
} nl_bloom_options;

/* Reads what a node says of words, and of n-grams. */
OrtStatus *nl_read_bloom(const OrtApi *api, const OrtKernelInfo *info, nl_bloom_options *options);
OrtStatus *nl_read_ngrams(const OrtApi *api, const OrtKernelInfo *info, nl_ngram_options *options);

/* Output 0, int32 [N, L, K], and output 1, int32 [N], of texts uint8 [N, T]; and where `offsets` is not 0, that output,
 * int32 [N, L, 2]. */
OrtStatus *nl_write_words(const OrtApi *api, OrtKernelContext *context,
                          const nl_bloom_options *options, const uint8_t *bytes, const int64_t *shape,
                          int32_t offsets);

/* An output of n-grams, int32 [N, P, orders]: values, or 1 + bucket and 0 where there is none. `symbols` has room for
 * N numbers, or is NULL. */
OrtStatus *nl_write_ngrams(const OrtApi *api, OrtKernelContext *context,
                           const nl_ngram_options *options, const uint8_t *bytes,
                           const int64_t *shape, size_t index, int numbered, int32_t *symbols);

#endif
