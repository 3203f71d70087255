/* Spans from the logits of words' tags, as neurolite_core/answer/span_decoding.py. */
#ifndef NEUROLITE_SPANS_H
#define NEUROLITE_SPANS_H

#include "neurolite.h"

/* Writes the spans of a text to the beginning of `spans`, which has room for `words`, and returns how many. */
int32_t nl_decode_spans(const float *tags, int32_t words, int32_t num_types, const double *thresholds,
                        neurolite_span *spans);

#endif
