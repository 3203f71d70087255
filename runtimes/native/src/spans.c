/* Of the sequences of tags that can stand, the one with the greatest sum; see span_decoding.py, of which every number
 * here is the same, but for the last bits of scores. */
#include "spans.h"

enum { EXPONENT = 0x7f800000, MOST_TERMS = 13, BIAS = 1023, FRACTION_BITS = 52 };

/* Below all sums of float32: of I where a text begins. Compilers are told that there are no infinities. */
static const double NOWHERE = -1e300;

static const double LIMIT = 3.4028234663852886e38; /* of float32 */

/* A logit; NaN as the least number, infinities as the least and the greatest. Of bits: see above. */
static double logit(float number) {
    const union {
        float number;
        uint32_t bits;
    } own = {number};
    if ((own.bits & EXPONENT) != EXPONENT) return number;
    return own.bits == EXPONENT ? LIMIT : -LIMIT;
}

/* e^x of x <= 0 to some 1e-15 of it: 2^n e^r with r of at most half of log 2, e^r by its series. */
static double power(double x) {
    if (x < -708) return 0; /* below the normal numbers */
    const int32_t n = (int32_t)(x * 1.4426950408889634 - 0.5);
    const double r = x - n * 0.693147180369123816490 - n * 1.90821492927058770002e-10;
    double sum = 1;
    for (int32_t term = MOST_TERMS; term > 0; term--) sum = 1 + sum * r / term;
    const union {
        uint64_t bits;
        double number;
    } scale = {(uint64_t)(n + BIAS) << FRACTION_BITS};
    return sum * scale.number;
}

static double chance(const float *row, int32_t size, int32_t tag) {
    double most = logit(row[0]), sum = 0;
    for (int32_t i = 1; i < size; i++) {
        const double own = logit(row[i]);
        if (own > most) most = own;
    }
    for (int32_t i = 0; i < size; i++) sum += power(logit(row[i]) - most);
    return power(logit(row[tag]) - most) / sum;
}

/* The smallest probability of a span's words' tags. */
static double score_of(const float *tags, int32_t size, const neurolite_span *span) {
    double least = 1;
    for (int32_t word = span->first; word < span->behind; word++) {
        const int32_t tag = 1 + 2 * span->type + (word > span->first);
        const double own = chance(tags + (size_t)word * (size_t)size, size, tag);
        if (own < least) least = own;
    }
    return least;
}

/* Leaves of each word, in `type`, the best tag that tags can end with there and, in `first`, its span's first word. */
static void search(const float *tags, int32_t words, int32_t num_types, neurolite_span *best) {
    double sums[1 + 2 * NEUROLITE_MAX_SPAN_TYPES], top = 0;
    int32_t begun[NEUROLITE_MAX_SPAN_TYPES]; /* of each type's I */
    for (int32_t word = 0; word < words; word++, tags += 1 + 2 * num_types) {
        double most = top + logit(tags[0]);
        int32_t tag = 0, first = word;
        for (int32_t type = 0; type < num_types; type++) {
            double *own = sums + 2 * type; /* of B and I */
            double before = NOWHERE;
            if (word > 0) {
                const int keeps = own[1] > own[0];
                before = keeps ? own[1] : own[0];
                if (!keeps) begun[type] = word - 1;
            }
            own[0] = top + logit(tags[1 + 2 * type]);
            own[1] = before + logit(tags[2 + 2 * type]);
            if (own[0] > most) most = own[0], tag = 1 + 2 * type, first = word;
            if (own[1] > most) most = own[1], tag = 2 + 2 * type, first = begun[type];
        }
        top = most;
        best[word].type = tag;
        best[word].first = first;
    }
}

int32_t nl_decode_spans(const float *tags, int32_t words, int32_t num_types, const double *thresholds,
                        neurolite_span *spans) {
    search(tags, words, num_types, spans);
    /* Back from the last word. Each span goes behind what is still to be read, as each has a word at least. */
    int32_t at = words, kept = 0;
    for (int32_t word = words - 1; word >= 0;) {
        const int32_t tag = spans[word].type, first = spans[word].first;
        if (tag > 0) {
            const neurolite_span span = {first, word + 1, (tag - 1) / 2, 0};
            spans[--at] = span;
        }
        word = tag > 0 ? first - 1 : word - 1;
    }
    for (; at < words; at++) {
        neurolite_span span = spans[at];
        const double score = score_of(tags, 1 + 2 * num_types, &span);
        if (thresholds != NULL && score < thresholds[span.type]) continue;
        span.score = (float)score;
        spans[kept++] = span;
    }
    return kept;
}
