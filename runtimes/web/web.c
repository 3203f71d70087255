/* What neurolite.js calls: one open model in each instance of the module. The page puts the file, a text and the room
 * for the answer into the memory behind start(), and grows it. */
#include "neurolite_model.h"

#define EXPORT(name) __attribute__((export_name(#name)))

extern uint8_t __heap_base;

void nl_make_tables(void);

static nl_model model;
static nl_out out;
static size_t size_of_last;

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
EXPORT(scratch) size_t scratch(int32_t words) { return nl_scratch(&model, words); }
EXPORT(label) const char *label(int32_t number) { return nl_label(&model, number, &size_of_last); }
EXPORT(metadata) const char *metadata(void) { return nl_metadata(&model, &size_of_last); }

/* Of what label() or metadata() gave. */
EXPORT(size) size_t size(void) { return size_of_last; }

EXPORT(run) int32_t run(const uint8_t *text, size_t bytes, float *logits, float *embedding, void *room, size_t most) {
    out.logits = logits;
    out.embedding = embedding;
    return nl_run(&model, text, bytes, NULL, &out, room, most);
}

/* Of the last text. */
EXPORT(words) int32_t words(void) { return out.words; }
EXPORT(truncated) int32_t truncated(void) { return out.truncated; }
EXPORT(best) int32_t best(void) { return nl_best(&model, out.logits); }
EXPORT(abstains) int32_t abstains(void) { return nl_abstains(&model, out.logits); }
