/* Fuzzes the model library: `model_fuzz texts|blobs SEED FIRST COUNT SECONDS MODEL...`.
 *
 * texts: made texts to whole models: an instruction set, of a round drawn by chance, gives the bits of plain C within
 *        memory of just the size.
 * blobs: models with a few numbers changed, sealed anew or not: whatever they are, nothing is read or written outside,
 *        and where nl_verify takes one, instruction sets agree on it.
 *
 * Blob, text, scratch and outputs are blocks of exactly their size, so that a sanitizer sees one byte too many. Ends
 * after COUNT rounds or SECONDS (0: no limit) and prints counts as JSON. A round that fails is named on standard error:
 * FIRST and a COUNT of 1 make it again, as a round depends on nothing but SEED and its number. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "fuzz_texts.h"
#include "model_verify.c" /* for its digest */
#include "neurolite_model.h"

enum { MOST_MODELS = 64, BEFORE_CLOCK = 256, HEADER_BYTES = 64, STATUSES = 11, SHAPE_FIELDS = 32, LARGE = 65536 };

typedef struct {
    uint8_t *bytes;
    size_t size;
} file;

/* Sizes in bytes of what a text of so many words that are read gives, and blocks of just these. */
enum { LOGITS, EMBEDDING, RULES, TAGS, OFFSETS, EXPERTS, STATE, BLOCKS_OF_ANSWER };

typedef struct {
    size_t sizes[BLOCKS_OF_ANSWER];
    void *blocks[BLOCKS_OF_ANSWER], *scratch;
    nl_out out;
    int32_t status;
} answer;

static uint64_t round_number, compared[NL_PATHS];
static int32_t paths[NL_PATHS];
static uint32_t path_number;
static volatile uint32_t seen; /* of names' bytes, or none would be read */
static int damaged; /* what is run may be no whole model */
static const char *model_name;

static void require(int holds, const char *what) {
    if (holds) return;
    fprintf(stderr, "round %" PRIu64 ", %s: %s\n", round_number, model_name, what);
    abort();
}

static void *room(size_t size) {
    void *made = malloc(size ? size : 1);
    require(made != NULL, "out of memory");
    return made;
}

static answer room_for(const nl_model *model, int32_t words, size_t scratch) {
    const size_t read = (size_t)(words < nl_max_words(model) ? words : nl_max_words(model));
    answer own = {.sizes = {4 * (size_t)nl_labels(model), 4 * (size_t)nl_embedding_size(model),
                            4 * (size_t)nl_rules(model), 4 * (size_t)nl_tags(model) * read, 8 * read,
                            4 * (size_t)nl_experts(model), nl_state_size(model)},
                  .scratch = room(scratch)};
    for (int i = 0; i < BLOCKS_OF_ANSWER; i++) {
        own.blocks[i] = room(own.sizes[i]);
        memset(own.blocks[i], 0, own.sizes[i]);
    }
    own.out = (nl_out){.logits = own.blocks[LOGITS], .embedding = own.blocks[EMBEDDING], .rules = own.blocks[RULES],
                       .tags = own.blocks[TAGS], .offsets = own.blocks[OFFSETS], .experts = own.blocks[EXPERTS]};
    return own;
}

static void give_back(answer *own) {
    for (int i = 0; i < BLOCKS_OF_ANSWER; i++) free(own->blocks[i]);
    free(own->scratch);
}

static int equal(const answer *one, const answer *other) {
    if (one->status != other->status || one->out.words != other->out.words ||
        one->out.truncated != other->out.truncated)
        return 0;
    for (int i = 0; i < BLOCKS_OF_ANSWER; i++) /* of words one has room for more */
        if (memcmp(one->blocks[i], other->blocks[i], other->sizes[i]) != 0) return 0;
    return 1;
}

/* The text, and where something is remembered, the text once more. Tables of rules in damaged files may lead nowhere,
 * and damaged numbers of a memory to none that a state may have. */
static void run_text_twice(const nl_model *model, const uint8_t *text, size_t size, answer *own, size_t scratch) {
    void *state = own->sizes[STATE] ? own->blocks[STATE] : NULL;
    own->status = nl_run(model, text, size, state, &own->out, own->scratch, scratch);
    require(own->status == NL_OK || (damaged && own->status == NL_DAMAGED), "a text was refused");
    if (state == NULL) return;
    own->status = nl_run(model, text, size, state, &own->out, own->scratch, scratch);
    require(own->status != NL_BAD_STATE || damaged, "its own state was refused");
}

/* What answers are made of for an app: none of it may fail, whatever the numbers are. */
static void use(const nl_model *model, const answer *own) {
    const float *logits = own->blocks[LOGITS];
    const int32_t best = nl_best(model, logits), words = own->out.words;
    require(best >= -1 && best < nl_labels(model), "the best label is none");
    const int32_t abstains = nl_abstains(model, logits);
    require(abstains == 0 || abstains == 1, "abstains is neither yes nor no");
    require(words >= 0 && (own->out.truncated == 0 || own->out.truncated == 1), "no such number of words");
    const int32_t read = words < nl_max_words(model) ? words : nl_max_words(model);
    neurolite_span *spans = room(sizeof *spans * (size_t)read);
    const int32_t found = nl_spans(model, own->blocks[TAGS], read, spans);
    require(found >= 0 && found <= read, "more spans than words");
    for (int32_t i = 0, behind = 0; i < found; behind = spans[i++].behind)
        require(spans[i].first >= behind && spans[i].behind > spans[i].first && spans[i].behind <= read, "no span");
    free(spans);
}

/* Asked for once: a processor's answer takes as long as many texts where the machine is a virtual one. */
static void find_paths(nl_model *model) {
    require(nl_choose_path(model, NL_PATH_SCALAR) == NL_OK, "there is no plain C");
    for (int32_t path = NL_PATH_SCALAR + 1; path < NL_PATHS; path++) {
        if (nl_path_name(path) == NULL) continue;
        require(nl_choose_path(model, path) == NL_OK, "a path has a name and cannot be taken");
        paths[path_number++] = path;
    }
    if (path_number == 0) paths[path_number++] = NL_PATH_SCALAR;
}

/* What no text may be asked with. */
static void refuse(const nl_model *model, const uint8_t *text, size_t size, answer *own, size_t scratch) {
    uint8_t *room_at = own->scratch, *state = own->blocks[STATE];
    nl_out *out = &own->out, without = *out;
    without.logits = NULL;
    require(nl_run(model, text, size, NULL, out, room_at, scratch - 8) == NL_SMALL_SCRATCH, "too little was taken");
    require(nl_run(model, text, size, NULL, out, room_at + 4, scratch) == NL_ALIGNMENT, "odd scratch was taken");
    require(nl_run(model, text, size, NULL, NULL, room_at, scratch) == NL_NULL, "no outputs were taken");
    if (own->sizes[STATE])
        require(nl_run(model, text, size, state + 1, out, room_at, scratch) == NL_ALIGNMENT, "an odd state was taken");
    else require(nl_run(model, text, size, state, out, room_at, scratch) == NL_UNSUPPORTED, "a state was taken");
    if (nl_rules(model))
        require(nl_run(model, text, size, NULL, &without, room_at, scratch) == NL_NULL, "rules without logits");
}

/* Plain C in as much scratch as any text takes; then another path in just what this text takes. */
static void run_paths(chance *c, nl_model *model, const uint8_t *text, size_t size, int must_agree) {
    const size_t most = nl_scratch(model, nl_max_words(model));
    answer plain = room_for(model, nl_max_words(model), most);
    model->path = NL_PATH_SCALAR;
    run_text_twice(model, text, size, &plain, most);
    if (plain.status == NL_OK) use(model, &plain);
    const size_t least = nl_scratch(model, plain.out.words);
    require(least <= most, "a short text takes more than a long one");
    answer own = room_for(model, plain.out.words, least);
    const int32_t path = model->path = paths[below(c, path_number)];
    run_text_twice(model, text, size, &own, least);
    require(!must_agree || equal(&plain, &own), "an instruction set differs from plain C");
    compared[path]++;
    refuse(model, text, size, &own, least);
    give_back(&own);
    give_back(&plain);
}

static void run_text(chance *c, nl_model *model, const made_text *text, int must_agree) {
    uint8_t *exact = room(text->size);
    memcpy(exact, text->bytes, text->size);
    run_paths(c, model, text->size ? exact : NULL, text->size, must_agree);
    free(exact);
}

/* Values that are wrong in most places. */
static uint32_t odd_number(chance *c, uint32_t was, size_t size) {
    const uint32_t odd[] = {0, 1, 15, 16, 17, 63, 64, 127, 255, 4096, 65535, 65536, 131072, 0x7FFFFFFF, 0x80000000,
                            0xFFFFFFFF, 0x7F800000, 0x7FC00000, (uint32_t)size, (uint32_t)size - 64, was + 1, was - 1,
                            was + 16, was - 16, was + 64, was - 64, was * 2, was / 2, 0u - was};
    const uint32_t which = below(c, sizeof odd / sizeof *odd + 2);
    return which < sizeof odd / sizeof *odd ? odd[which] : (uint32_t)drawn(c);
}

static void change_number(chance *c, uint8_t *blob, size_t size, size_t at) {
    uint32_t was;
    if (at + sizeof was > size) return;
    memcpy(&was, blob + at, sizeof was);
    was = odd_number(c, was, size);
    memcpy(blob + at, &was, sizeof was);
}

/* Where part number `index` begins by the whole file's table, at most its size. */
static size_t place_of_part(const file *from, uint32_t index) {
    uint64_t at;
    memcpy(&at, from->bytes + HEADER_BYTES + 32 * (size_t)index + 8, sizeof at);
    return at < from->size ? (size_t)at : from->size;
}

static void damage(chance *c, const file *from, uint8_t *blob, size_t size) {
    uint32_t parts;
    memcpy(&parts, from->bytes + 12, sizeof parts);
    const size_t table = HEADER_BYTES + 32 * (size_t)parts;
    switch (below(c, 16)) {
    case 0: change_number(c, blob, size, 4 * (size_t)below(c, HEADER_BYTES / 4)); break;
    case 1:
    case 2: change_number(c, blob, size, HEADER_BYTES + 4 * (size_t)below(c, 8 * parts)); break;
    case 3:
    case 4:
    case 5: change_number(c, blob, size, place_of_part(from, 1) + 4 * (size_t)below(c, SHAPE_FIELDS)); break;
    case 6: change_number(c, blob, size, place_of_part(from, 2) + 4 * (size_t)below(c, 24)); break;
    case 7:
        if (table < size) blob[below(c, (uint32_t)table)] = (uint8_t)below(c, 256);
        break;
    case 8:
    case 9:
    case 10: /* a part's first numbers: shift, eps, starting values */
        change_number(c, blob, size, place_of_part(from, below(c, parts)) + 4 * (size_t)below(c, 24));
        break;
    default: /* any bytes, most of them weights */
        for (uint32_t left = 1 + below(c, 8); left > 0 && size > table; left--)
            blob[table + below(c, (uint32_t)(size - table))] = (uint8_t)below(c, 256);
    }
}

static void seal(uint8_t *blob, size_t size) {
    const nl_model own = {.blob = blob, .size = size};
    digest_of(&own, blob + 32);
}

static uint32_t sum_of(const char *text, size_t size) {
    uint32_t sum = 0;
    for (size_t i = 0; text != NULL && i < size; i++) sum += (uint8_t)text[i];
    return sum;
}

/* All that an app may read without running. */
static void read_all(const nl_model *model) {
    typedef const char *named(const nl_model *, int32_t, size_t *);
    static named *const names[] = {nl_label, nl_rule_name, nl_rule_reason, nl_span_type};
    const int32_t numbers[] = {nl_labels(model), nl_rules(model), nl_rules(model), nl_span_types(model)};
    size_t size = 0;
    const char *text = nl_metadata(model, &size);
    uint32_t sum = sum_of(text, size);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        for (int32_t number = -1; number <= numbers[i]; number++) {
            text = names[i](model, number, &size);
            require((text != NULL) == (number >= 0 && number < numbers[i]), "names of what is not there");
            sum += text == NULL ? 0 : sum_of(text, size);
        }
    seen = sum;
}

typedef struct {
    uint64_t rounds, opened, verified, statuses[STATUSES];
} counts;

static void blob_round(chance *c, const file *from, const made_text *text, counts *found) {
    size_t size = from->size;
    const uint32_t cut = below(c, 24);
    if (cut == 0) size = below(c, (uint32_t)size);
    if (cut == 1) size += 8 * (1 + (size_t)below(c, 16));
    uint8_t *blob = room(size);
    memset(blob, 0, size);
    memcpy(blob, from->bytes, size < from->size ? size : from->size);
    for (uint32_t left = 1 + below(c, 3); left > 0; left--) damage(c, from, blob, size);
    if (size >= HEADER_BYTES && below(c, 8)) {
        const uint64_t told = size;
        if (cut < 2 && below(c, 2)) memcpy(blob + 16, &told, sizeof told);
        seal(blob, size);
    }
    nl_model model;
    const int32_t status = nl_open(&model, blob, size);
    require(status >= 0 && status < STATUSES && nl_status_text(status) != NULL, "no such status");
    found->statuses[status]++;
    if (status == NL_OK) {
        const int verified = nl_verify(&model) == NL_OK;
        found->opened++, found->verified += (uint64_t)verified;
        read_all(&model);
        run_text(c, &model, text, verified);
    }
    free(blob);
}

static file read_file(const char *path) {
    FILE *stream = fopen(path, "rb");
    if (stream == NULL || fseek(stream, 0, SEEK_END) != 0) {
        fprintf(stderr, "%s cannot be read\n", path);
        exit(2);
    }
    const long size = ftell(stream);
    rewind(stream);
    file own = {room((size_t)size), (size_t)size};
    if (fread(own.bytes, 1, own.size, stream) != own.size) exit(2);
    fclose(stream);
    return own;
}

static double seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void print(const counts *found, double took) {
    printf("{\"rounds\": %" PRIu64 ", \"opened\": %" PRIu64 ", \"verified\": %" PRIu64
           ", \"seconds\": %.1f, \"statuses\": [",
           found->rounds, found->opened, found->verified, took);
    for (int i = 0; i < STATUSES; i++) printf("%s%" PRIu64, i ? ", " : "", found->statuses[i]);
    printf("], \"compared\": {");
    for (int32_t path = NL_PATH_SCALAR + 1, shown = 0; path < NL_PATHS; path++)
        if (nl_path_name(path) != NULL)
            printf("%s\"%s\": %" PRIu64, shown++ ? ", " : "", nl_path_name(path), compared[path]);
    printf("}}\n");
}

int main(int n, char **a) {
    if (n < 7 || n - 6 > MOST_MODELS) {
        fprintf(stderr, "model_fuzz texts|blobs SEED FIRST COUNT SECONDS MODEL...\n");
        return 2;
    }
    const int blobs = strcmp(a[1], "blobs") == 0, models = n - 6;
    const uint64_t seed = strtoull(a[2], NULL, 10), first = strtoull(a[3], NULL, 10);
    const uint64_t behind = first + strtoull(a[4], NULL, 10);
    const double limit = atof(a[5]), began = seconds();
    static file files[MOST_MODELS];
    static nl_model opened[MOST_MODELS];
    for (int i = 0; i < models; i++) {
        model_name = a[6 + i];
        files[i] = read_file(model_name);
        require(nl_open(&opened[i], files[i].bytes, files[i].size) == NL_OK, "it cannot be opened");
        require(nl_verify(&opened[i]) == NL_OK, "its digest or weights are wrong");
    }
    find_paths(&opened[0]);
    counts found = {0};
    damaged = blobs;
    for (round_number = first; round_number < behind; round_number++) {
        chance c = {seed * 0xD1342543DE82EF95u + round_number * 0x2545F4914F6CDD1Du};
        uint32_t which = below(&c, (uint32_t)models);
        if (blobs && files[which].size > LARGE) which = below(&c, (uint32_t)models); /* a digest takes its time */
        made_text text;
        text.size = 0;
        make_text(&text, &c);
        if (below(&c, 4) == 0) make_text(&text, &c); /* one that may be made from another */
        model_name = a[6 + which];
        if (blobs) blob_round(&c, &files[which], &text, &found);
        else run_text(&c, &opened[which], &text, 1);
        found.rounds++;
        if (limit > 0 && found.rounds % BEFORE_CLOCK == 0 && seconds() - began >= limit) break;
    }
    print(&found, seconds() - began);
    for (int i = 0; i < models; i++) free(files[i].bytes);
    return 0;
}
