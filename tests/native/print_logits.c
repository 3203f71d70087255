/* print_logits MODEL: reads texts (a 32-bit length, then the bytes) and writes for each path that is there its number,
 * and of each text, the turns of one conversation, the number of words, whether it was cut, logits, embedding, rules,
 * tags and places of words, experts, and the state. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "neurolite_model.h"

enum { MOST_TEXTS = 1024, MOST_WORDS = 256, MOST_TAGS = 64 };

static void put(const void *numbers, int64_t count) { fwrite(numbers, 4, (size_t)count, stdout); }

static int answer(const nl_model *model, const uint8_t *text, size_t size, void *state, void *scratch, size_t room) {
    static float logits[65536], embedding[4096], tags[MOST_WORDS * MOST_TAGS];
    static int32_t rules[1024], offsets[2 * MOST_WORDS], experts[2];
    nl_out out = {.logits = nl_labels(model) ? logits : NULL, .embedding = embedding, .rules = rules, .experts = experts,
                  .tags = nl_tags(model) ? tags : NULL, .offsets = nl_tags(model) ? offsets : NULL};
    if (nl_max_words(model) > MOST_WORDS || nl_tags(model) > MOST_TAGS || nl_rules(model) > 1024) return 0;
    if (nl_run(model, text, size, state, &out, scratch, room) != NL_OK) return 0;
    const int32_t words = out.words < nl_max_words(model) ? out.words : nl_max_words(model);
    put(&out.words, 1);
    put(&out.truncated, 1);
    put(logits, nl_labels(model));
    put(embedding, nl_embedding_size(model));
    put(rules, nl_rules(model));
    put(tags, (int64_t)words * nl_tags(model));
    put(offsets, nl_tags(model) ? 2 * words : 0);
    put(experts, nl_experts(model));
    put(state, (int64_t)nl_state_size(model) / 4);
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
    void *scratch = malloc(room), *state = nl_state_size(&model) ? malloc(nl_state_size(&model)) : NULL;
    if (scratch == NULL || (state == NULL && nl_state_size(&model))) return 1;
    for (int32_t path = 0; path < NL_PATHS; path++) {
        if (nl_path_name(path) == NULL) continue;
        if (nl_choose_path(&model, path) != NL_OK) return 1;
        nl_state_start(&model, state);
        put(&path, 1);
        for (int i = 0; i < number; i++)
            if (!answer(&model, texts[i], sizes[i], state, scratch, room)) return 1;
    }
    return 0;
}
