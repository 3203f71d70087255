/* Reads lines of what docs/app-contract.md says, and answers each in a line:
 *     cut LIMIT HEX                          where a text is cut, and whether something of it is lost
 *     decide RULES SEVERAL THRESHOLD N X...  the best of N logits and whether to abstain; "none" is no threshold */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_run.c"

enum { MOST_HEX = 1 << 17, MOST_LABELS = 64 };

static size_t read_bytes(uint8_t *bytes) {
    static char text[MOST_HEX + 1];
    if (scanf(" %131072s", text) != 1 || strcmp(text, "-") == 0) return 0;
    const size_t size = strlen(text) / 2;
    for (size_t i = 0; i < size; i++) {
        const char digits[3] = {text[2 * i], text[2 * i + 1], 0};
        bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
    }
    return size;
}

static int answer_cut(void) {
    static uint8_t bytes[MOST_HEX / 2 + 64];
    unsigned long limit;
    if (scanf("%lu", &limit) != 1) return 0;
    const size_t size = read_bytes(bytes), kept = cut(bytes, size, limit);
    printf("%zu %d\n", kept, has_more(bytes, size, kept));
    return 1;
}

static int answer_decision(void) {
    static nl_model model;
    float logits[MOST_LABELS], threshold;
    char text[64];
    int rules, several, labels;
    if (scanf("%d %d %63s %d", &rules, &several, text, &labels) != 4 || labels > MOST_LABELS) return 0;
    for (int i = 0; i < labels; i++)
        if (scanf("%f", &logits[i]) != 1) return 0;
    threshold = strcmp(text, "none") == 0 ? (float)strtod("nan", NULL) : strtof(text, NULL);
    model.shape[F_N] = labels;
    model.shape[F_RULES] = rules;
    model.shape[F_SEVERAL] = several;
    memcpy(&model.shape[F_THRESHOLD], &threshold, sizeof threshold);
    printf("%d %d\n", nl_best(&model, logits), nl_abstains(&model, logits));
    return 1;
}

int main(void) {
    char what[16];
    while (scanf("%15s", what) == 1)
        if (!(strcmp(what, "cut") == 0 ? answer_cut() : answer_decision())) return 1;
    return 0;
}
