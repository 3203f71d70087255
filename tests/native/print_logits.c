/* print_logits MODEL: reads texts (a 32-bit length, then the bytes) and writes for each path that is there its number,
 * and of each text the number of words, whether it was cut, the logits and the embedding. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "neurolite_model.h"

enum { MOST_TEXTS = 1024 };

static int answer(const nl_model *model, const uint8_t *text, size_t size, void *scratch, size_t room) {
    static float logits[65536], embedding[4096];
    nl_out out = {.logits = nl_labels(model) ? logits : NULL, .embedding = embedding};
    if (nl_run(model, text, size, NULL, &out, scratch, room) != NL_OK) return 0;
    fwrite(&out.words, sizeof out.words, 1, stdout);
    fwrite(&out.truncated, sizeof out.truncated, 1, stdout);
    fwrite(logits, sizeof *logits, (size_t)nl_labels(model), stdout);
    fwrite(embedding, sizeof *embedding, (size_t)nl_embedding_size(model), stdout);
    return 1;
}

int main(int count, char **arguments) {
    static uint64_t blob[1 << 18];
    static uint8_t *texts[MOST_TEXTS];
    static uint32_t sizes[MOST_TEXTS];
    FILE *file = count == 2 ? fopen(arguments[1], "rb") : NULL;
    if (file == NULL) return 2;
    const size_t size = fread(blob, 1, sizeof blob, file);
    int number = 0;
    for (uint32_t length; number < MOST_TEXTS && fread(&length, sizeof length, 1, stdin) == 1; number++) {
        texts[number] = malloc(length + 1);
        if (texts[number] == NULL || fread(texts[number], 1, length, stdin) != length) return 1;
        sizes[number] = length;
    }
    nl_model model;
    int32_t status = nl_open(&model, blob, size);
    if (status == NL_OK) status = nl_verify(&model);
    if (status != NL_OK) {
        fprintf(stderr, "%s\n", nl_status_text(status));
        return 1;
    }
    const size_t room = nl_scratch(&model, nl_max_words(&model));
    void *scratch = malloc(room);
    if (scratch == NULL) return 1;
    for (int32_t path = 0; path < NL_PATHS; path++) {
        if (nl_path_name(path) == NULL) continue;
        if (nl_choose_path(&model, path) != NL_OK) return 1;
        fwrite(&path, sizeof path, 1, stdout);
        for (int i = 0; i < number; i++)
            if (!answer(&model, texts[i], sizes[i], scratch, room)) return 1;
    }
    return 0;
}
