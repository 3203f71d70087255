/* A model asked as a C program asks it: `driver FILE`, the file mapped. Prints the microseconds from the start of main
 * to an open model and to the first answer; then of each line "RUNS TEXT" of the input the least and the median time of
 * so many answers, and the label. Without FILE it waits for the input's end. */
#include "neurolite_model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { MOST_RUNS = 10000, MOST_TEXT = 1 << 20, MOST_LABELS = 4096 };

static double now(void) {
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e6 + (double)at.tv_nsec * 1e-3;
}

static int by_size(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int count, char **arguments) {
    static double times[MOST_RUNS];
    static char line[MOST_TEXT];
    static float logits[MOST_LABELS];
    if (count == 1) { /* what a program has without a model */
        printf("0 0 none\n");
        fflush(stdout);
        return getchar() == EOF ? 0 : 2;
    }
    const double begun = now();
    const int file = count == 2 ? open(arguments[1], O_RDONLY) : -1;
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) return 2;
    const size_t size = (size_t)about.st_size;
    const void *blob = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file, 0);
    nl_model model;
    if (blob == MAP_FAILED || nl_open(&model, blob, size) != NL_OK || nl_labels(&model) > MOST_LABELS) return 2;
    const double opened = now();
    const size_t room = nl_scratch(&model, nl_max_words(&model));
    void *scratch = aligned_alloc(64, (room + 63) / 64 * 64);
    nl_out out = {.logits = logits};
    const char first[] = "book a table for two";
    if (nl_run(&model, (const uint8_t *)first, sizeof first - 1, NULL, &out, scratch, room) != NL_OK) return 2;
    printf("%.1f %.1f %s\n", opened - begun, now() - begun, nl_path_name(model.path));
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        char *text;
        const long runs = strtol(line, &text, 10);
        const size_t length = strcspn(++text, "\n");
        if (runs < 1 || runs > MOST_RUNS) return 2;
        for (long i = 0; i < runs; i++) {
            const double start = now();
            nl_run(&model, (const uint8_t *)text, length, NULL, &out, scratch, room);
            times[i] = now() - start;
        }
        qsort(times, (size_t)runs, sizeof *times, by_size);
        printf("%.3f %.3f %d\n", times[0], times[runs / 2], nl_best(&model, logits));
        fflush(stdout);
    }
    return 0;
}
