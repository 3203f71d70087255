/* NeuroLite models in C: text to logits from one .nlm file, by docs/c-arithmetic.md.
 *
 *     nl_model model;
 *     if (nl_open(&model, blob, size) != NL_OK) fail();
 *     nl_out out = {.logits = logits};
 *     int32_t status = nl_run(&model, text, text_size, NULL, &out, scratch, scratch_size);
 *     if (status != NL_OK) fail(nl_status_text(status));
 *     int32_t label = nl_best(&model, logits);
 *
 * Nothing is allocated, opened, locked or kept. Threads: a model is only read after nl_open; any number of threads may
 * run it at once, each with its own scratch and outputs.
 */
#ifndef NEUROLITE_MODEL_H
#define NEUROLITE_MODEL_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32)
#define NL_EXPORT __declspec(dllexport)
#else
#define NL_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

enum nl_status {
    NL_OK = 0,
    NL_NULL = 1,          /* a pointer is NULL that must not be */
    NL_NOT_A_MODEL = 2,   /* not a .nlm file, or one of another version */
    NL_DAMAGED = 3,       /* sizes, places or values that no model has */
    NL_UNSUPPORTED = 4,   /* a module or backbone that this library lacks, or a shape beyond its limits */
    NL_BAD_DIGEST = 5,    /* the digest is that of other bytes */
    NL_ALIGNMENT = 6,     /* blob or scratch does not begin at a multiple of 8 */
    NL_SMALL_SCRATCH = 7, /* smaller than nl_scratch of the text's words */
    NL_LONG_TEXT = 8,     /* 2^30 - 1 bytes or more */
    NL_BAD_STATE = 10,    /* the state has numbers that are not finite */
    NL_BAD_PATH = 9       /* not a path of this library and processor */
};

/* Instruction sets, the faster behind the slower of the same processor. A library has those that it was built with. */
enum nl_path {
    NL_PATH_SCALAR = 0, NL_PATH_SSE2 = 1, NL_PATH_SSSE3 = 2, NL_PATH_AVX2 = 3, NL_PATH_AVX_VNNI = 4,
    NL_PATH_AVX512_VNNI = 5, NL_PATH_NEON = 6, NL_PATH_SDOT = 7, NL_PATH_SMLAD = 8, NL_PATH_WASM_SIMD = 9, NL_PATHS = 10
};

enum { NL_MAX_BLOCKS = 16, NL_PARTS = 137, NL_BLOCK_PARTS = 27 };

/* An open model: the caller's struct, whose fields are the library's. The blob must outlive it. */
typedef struct nl_model {
    const uint8_t *blob;
    size_t size;
    int32_t shape[32];
    int32_t path;
    uint32_t part_size[4]; /* of metadata, labels, texts of rules and names of spans' types */
    uint32_t at[NL_PARTS + 1];              /* by kind: offsets of parts without a block, 0 where absent */
    uint32_t block[NL_MAX_BLOCKS][NL_BLOCK_PARTS]; /* kinds 10 to 31 of each block, and those of other backbones */
} nl_model;

/* Reads the table of parts and checks every place, size and range that nl_run relies on; whatever the bytes are, the
 * library never reads outside of them. Does not read the weights. blob: at a multiple of 8 (64 is faster). */
NL_EXPORT int32_t nl_open(nl_model *model, const void *blob, size_t size);

/* Checks the digest of the whole file and that weights are -63 to 63, without which paths could differ. Takes about a
 * millisecond or a few for each 256 kB. */
NL_EXPORT int32_t nl_verify(const nl_model *model);

/* The fastest path of this processor, which nl_open chooses; and a choice by hand, as on Android below a JNI library
 * that does not link libc, where no one tells whether the processor has sdot. All give the same bits. */
NL_EXPORT int32_t nl_best_path(void);
NL_EXPORT int32_t nl_choose_path(nl_model *model, int32_t path);

/* A path's name, such as "avx2"; NULL where library or processor lack it. */
NL_EXPORT const char *nl_path_name(int32_t path);

/* Bytes of scratch for texts of so many words; more than max_words are as many as max_words. */
NL_EXPORT size_t nl_scratch(const nl_model *model, int32_t words);

/* What nl_run writes. */
typedef struct nl_out {
    int32_t words;     /* of the text; those behind the model's max_words were not read */
    int32_t truncated; /* 1: something of the text was not */
    float *logits;     /* room for labels; NULL: not wanted, and of a generator not computed */
    float *embedding;  /* room for nl_embedding_size; NULL: not wanted */
    int32_t *rules;    /* room for nl_rules: 1 for each that fired, not without logits; NULL: not wanted */
    float *tags;       /* room for nl_tags of each word that is read, at most max_words; NULL: not wanted */
    int32_t *offsets;  /* of each of these words its first byte and the one behind its last; NULL: not wanted */
    int32_t *experts;  /* room for nl_experts: those that the text chose, in ascending order; NULL: not wanted */
} nl_out;

/* Answers one text. text: any bytes; NULL where size is 0. state: what is remembered of the conversation, which is
 * written over by what then is; NULL of a model without a state, or where the text stands alone. Of a generator
 * logits are those of what follows: in the stream form all words so far, of which the text has the next ones.
 * scratch: at a multiple of 8. */
NL_EXPORT int32_t nl_run(const nl_model *model, const uint8_t *text, size_t size, void *state, nl_out *out,
                         void *scratch, size_t scratch_size);

NL_EXPORT int32_t nl_labels(const nl_model *model); /* N */
NL_EXPORT int32_t nl_embedding_size(const nl_model *model);
NL_EXPORT int32_t nl_max_words(const nl_model *model);

/* The label's UTF-8, not ended by a zero; NULL for a label that is not there. */
NL_EXPORT const char *nl_label(const nl_model *model, int32_t label, size_t *size);
NL_EXPORT const char *nl_metadata(const nl_model *model, size_t *size);

/* Bytes of a conversation's state, or of what a generator keeps of a text, at a multiple of 4, 0 of a model that keeps
 * none: float32 in the order of `state` in the metadata. And a state at the start, which is all zeros. */
NL_EXPORT size_t nl_state_size(const nl_model *model);
NL_EXPORT void nl_state_start(const nl_model *model, void *state);

/* Experts that a text chooses, 1 or 2; 0 of a model that has no choice. */
NL_EXPORT int32_t nl_experts(const nl_model *model);

/* Rules: how many the model has, and of each its name and, for people, its reason; texts as of labels. */
NL_EXPORT int32_t nl_rules(const nl_model *model);
NL_EXPORT const char *nl_rule_name(const nl_model *model, int32_t rule, size_t *size);
NL_EXPORT const char *nl_rule_reason(const nl_model *model, int32_t rule, size_t *size);

/* Spans: how many types the model finds, their names, and the numbers of a word in `tags`; 0 where it finds none. */
NL_EXPORT int32_t nl_span_types(const nl_model *model);
NL_EXPORT const char *nl_span_type(const nl_model *model, int32_t type, size_t *size);
NL_EXPORT int32_t nl_tags(const nl_model *model);

/* Some words of a text that are of one type; neurolite.h has it too. */
#ifndef NEUROLITE_SPAN
#define NEUROLITE_SPAN
typedef struct neurolite_span {
    int32_t first;  /* word, from 0 */
    int32_t behind; /* the last word */
    int32_t type;   /* from 0 */
    float score;    /* smallest probability of its words' tags, 0 to 1 */
} neurolite_span;
#endif

/* The spans of a text's tags, in the order of words, those below their type's threshold left out; how many. Where they
 * stand in the text `offsets` says. words: as read, at most max_words. spans: room for `words` of them. Takes some
 * 20 kB of the stack. */
NL_EXPORT int32_t nl_spans(const nl_model *model, const float *tags, int32_t words, neurolite_span *spans);

/* The greatest logit's label, of equal ones the first; -1 where there are no labels. */
NL_EXPORT int32_t nl_best(const nl_model *model, const float *logits);

/* 1 where a rule leaves the text without an answer, or the model has a threshold and the probability that the text has
 * any of its labels is below it: the sum of e^logit over that sum plus 1. */
NL_EXPORT int32_t nl_abstains(const nl_model *model, const float *logits);

/* One sentence for a status, never NULL. */
NL_EXPORT const char *nl_status_text(int32_t status);

#ifdef __cplusplus
}
#endif

#endif
