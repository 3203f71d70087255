/* What neurolite.js calls: one open model in each instance of the module. The page puts the file, a text and the room
 * for the answer into the memory behind start(), and grows it. */
#include "neurolite_model.h"

#define EXPORT(name) __attribute__((export_name(#name)))

extern uint8_t __heap_base;

void nl_make_tables(void);

static nl_model model;
static nl_out out;
static size_t size_of_metadata;

/* Called once, before all others: where the module's own data ends, at a multiple of 64. */
EXPORT(start) uint8_t *start(void) {
    nl_make_tables();
    return (uint8_t *)(((uintptr_t)&__heap_base + 63) / 64 * 64);
}

/* An nl_status: of the file's form, its digest and its weights. */
EXPORT(open) int32_t open_model(const uint8_t *blob, size_t size) {
    int32_t status = nl_open(&model, blob, size);
    return status == NL_OK ? nl_verify(&model) : status;
}

EXPORT(labels) int32_t labels(void) { return nl_labels(&model); }
EXPORT(width) int32_t width(void) { return nl_embedding_size(&model); }
EXPORT(max_words) int32_t max_words(void) { return nl_max_words(&model); }
EXPORT(rules) int32_t rules(void) { return nl_rules(&model); }
EXPORT(tags) int32_t tags(void) { return nl_tags(&model); }
EXPORT(experts) int32_t experts(void) { return nl_experts(&model); }
EXPORT(state_size) size_t state_size(void) { return nl_state_size(&model); }
EXPORT(scratch) size_t scratch(int32_t words) { return nl_scratch(&model, words); }
EXPORT(metadata) const char *metadata(void) { return nl_metadata(&model, &size_of_metadata); }

/* Of what metadata() gave. */
EXPORT(size) size_t size(void) { return size_of_metadata; }

/* Places at 0 are of what the model has not. What a text's tags and labels come to, the page finds out itself: it has
 * the same to do for files of other runtimes. */
EXPORT(run) int32_t run(const uint8_t *text, size_t bytes, void *state, float *logits, float *embedding,
                        int32_t *fired, float *of_words, int32_t *offsets, int32_t *chosen, void *room, size_t most) {
    out = (nl_out){.logits = logits, .embedding = embedding, .rules = fired, .tags = of_words, .offsets = offsets,
                   .experts = chosen};
    return nl_run(&model, text, bytes, state, &out, room, most);
}

/* Of the last text. */
EXPORT(words) int32_t words(void) { return out.words; }
EXPORT(truncated) int32_t truncated(void) { return out.truncated; }
