/* Where backbones other than the mixer keep things in their scratch: offsets behind one another. */
#ifndef NEUROLITE_BACKBONES_H
#define NEUROLITE_BACKBONES_H

#include "model.h"

static inline const int32_t *nl_backbone_sizes(const nl_model *model) { return nl_sizes(model, P_BACKBONE); }

/* Outputs of the select product of a state space: the steps' R, then B and C of all states. */
static inline size_t nl_selected(const int32_t *s) { return nl_up((size_t)s[O_RANK] + 2 * (size_t)s[O_STATES], 16); }

/* By how many bits what rounding left of activations is finer than these: of a norm's, which a state space enters with,
 * and of those that it leaves with. */
enum { NL_ENTER_BITS = 4, NL_LEAVE_BITS = 7 };

/* What an MLP reads of a reservoir's word. */
static inline size_t nl_read_of_reservoir(const int32_t *s) {
    return (size_t)s[O_INNER] * (size_t)s[O_WAYS] * (size_t)(1 + s[O_PREDICTS]);
}

static inline size_t nl_area(size_t *end, size_t bytes) {
    const size_t at = *end;
    *end += nl_up(bytes, NL_LINE);
    return at;
}

/* Of all words: what they enter with int16, and what was found of them in each direction float32; of a chunk: u7 of v,
 * int16 that was selected, and u7 that leaves; floats of one word, and the states. */
typedef struct {
    size_t entered, found, given, selected, rows, kept, floats, end;
} nl_state_places;

static inline nl_state_places nl_state_places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_backbone_sizes(m);
    const size_t full = nl_up((size_t)words, 4), d = (size_t)s[O_INNER], ways = (size_t)s[O_WAYS];
    nl_state_places at = {.end = 0};
    at.entered = nl_area(&at.end, 4 * full * d * ways);
    at.found = nl_area(&at.end, 4 * full * d * ways);
    at.given = nl_area(&at.end, NL_CHUNK * d);
    at.selected = nl_area(&at.end, 2 * NL_CHUNK * nl_selected(s));
    at.rows = nl_area(&at.end, NL_CHUNK * d * ways);
    at.kept = nl_area(&at.end, 4 * d * (size_t)s[O_STATES]);
    at.floats = nl_area(&at.end, 3 * 4 * d);
    return at;
}

/* Of all words: what enters the units int16, and what is read of them u7; floats of one word. */
typedef struct {
    size_t entered, found, floats, end;
} nl_reservoir_places;

static inline nl_reservoir_places nl_reservoir_places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_backbone_sizes(m);
    const size_t full = nl_up((size_t)words, 4), d = (size_t)s[O_INNER];
    nl_reservoir_places at = {.end = 0};
    at.entered = nl_area(&at.end, 2 * full * d);
    at.found = nl_area(&at.end, full * nl_read_of_reservoir(s));
    at.floats = nl_area(&at.end, 4 * 4 * d);
    return at;
}

/* Of all words: paces and values of both ways int16, and states u7; floats of one word. */
static inline nl_reservoir_places nl_cell_places_of(const nl_model *m, int32_t words) {
    const int32_t *s = nl_backbone_sizes(m);
    const size_t full = nl_up((size_t)words, 4), d = (size_t)s[O_INNER], cells = d * (size_t)s[O_WAYS];
    nl_reservoir_places at = {.end = 0};
    at.entered = nl_area(&at.end, 2 * 2 * full * cells);
    at.found = nl_area(&at.end, full * cells);
    at.floats = nl_area(&at.end, 3 * 4 * d);
    return at;
}

/* HyperMixer's: rows of words with their places u7 [L, D + 16], and what is made of a chunk of them; rows of the
 * weights int16 [heads, L, S]; one head's weights int8, [S, L] or [L, S]; starting values and multipliers that are the
 * same for all; the greatest number of each column float32 and of each row int32 of the weights; hidden int16 [heads,
 * S, D], and mixed int16 [L, H]. */
typedef struct {
    size_t known, inner, made, weights, init, mult, columns, rows, hidden, mixed, end;
} nl_mix_places;

enum { NL_PLACE_CHANNELS = 16 };

static inline nl_mix_places nl_mix_places_of(const nl_model *m, int32_t words) {
    const int32_t *shape = m->shape, *sizes = nl_backbone_sizes(m);
    const size_t full = nl_up((size_t)words, 4), h = (size_t)shape[F_H], s = (size_t)shape[F_S];
    const size_t d = h / (size_t)sizes[O_HEADS], all = (full > s ? full : s);
    nl_mix_places at = {.end = 0};
    at.known = nl_area(&at.end, full * (d + NL_PLACE_CHANNELS));
    at.inner = nl_area(&at.end, NL_CHUNK * d);
    at.made = nl_area(&at.end, 2 * (size_t)sizes[O_HEADS] * full * s);
    at.weights = nl_area(&at.end, s * full);
    at.init = nl_area(&at.end, 4 * all);
    at.mult = nl_area(&at.end, 2 * all);
    at.columns = nl_area(&at.end, 4 * (size_t)sizes[O_HEADS] * s);
    at.rows = nl_area(&at.end, 4 * full);
    at.hidden = nl_area(&at.end, 2 * s * h);
    at.mixed = nl_area(&at.end, 2 * full * h);
    return at;
}

#endif
