/* What levels of a memory do, for the ops and for the library of models; in float32, in the order written here. */
#ifndef NEUROLITE_LEVELS_H
#define NEUROLITE_LEVELS_H

#include <stdint.h>

/* How strongly one read recalls each of `patterns` patterns, [patterns], after `steps` updates.
 *
 * keys [patterns, size]; filled [patterns], 1 where there is a pattern; places [patterns], how much the read favours
 * each, NULL: all are filled and none favoured. query: `size` numbers, which are written over. */
void nl_recall(int steps, int64_t patterns, int64_t size, const float *keys, const float *filled, const float *places,
               float beta, float *query, float *weights);

/* One conversation's slots and a text. */
typedef struct {
    int64_t count, size, reads;
    const float *entry, *slots, *texts, *used, *weights; /* [size], [count, size], [count] twice, [reads, count] */
    const float *ties;                                   /* [count] */
    float border, haste;
} nl_slots;

/* The slots with the text in them, which may be written over the old ones; `room` has room for 2 * count. */
void nl_write_slots(const nl_slots *own, float *room, float *next_slots, float *next_texts, float *next_used);

#endif
