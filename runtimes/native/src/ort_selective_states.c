/* SelectiveStates: states that follow words, the native twin of the function of that name, word by word.
 *
 * Letters in shapes: N texts, L words, D channels, S numbers that each of them keeps, R of which steps were made. */
#include "neurolite.h"
#include "ort_kernels.h"
#include "scan_math.h"

enum { STEPS, CHOSEN, V, MASK, KEPT, DECAY, SKIP, INPUTS };
enum { LANES = 16, ROWS = 5 }; /* rows of a word that are made here: v, its step, what is added, y; and skip */

static const size_t ranks[INPUTS] = {2, 2, 2, 3, 2, 2, 1};

typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int64_t words, inner, states, chosen, width; /* `width` is D in whole vectors */
    float *v, *step, *added, *y, *skip, *decay, *kept; /* [width] each, the last two [S, width] */
} followed;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    return nl_create_kernel(api, sizeof(nl_kernel), kernel);
}

static OrtStatus *check(const OrtApi *api, followed *own) {
    const int64_t *mask = own->dims[MASK], rows = mask[0] * mask[1];
    const int64_t states = own->dims[DECAY][0], inner = own->dims[V][1];
    own->words = mask[1], own->inner = inner, own->states = states, own->chosen = own->dims[CHOSEN][1];
    if (states < 1 || inner < 1 || own->chosen < 2 * states)
        return nl_refuse(api, "the number of states", states,
                         "at least one is needed, and two numbers of each word for it.");
    const int64_t shapes[INPUTS][3] = {{rows, inner},       {rows, own->chosen},       {rows, inner},
                                       {mask[0], mask[1], 1}, {mask[0], states * inner}, {states, inner},
                                       {inner}};
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t axis = 0; axis < ranks[i]; axis++)
            if (own->dims[i][axis] != shapes[i][axis])
                return nl_refuse(api, "a size of what states follow", own->dims[i][axis],
                                 "all inputs must have those of the words and the states.");
    own->width = (inner + LANES - 1) / LANES * LANES;
    return NULL;
}

/* Rows [count, from_size] to rows [count, to_size], with zeros behind where there is room. */
static void copy_rows(int64_t count, const float *from, int64_t from_size, float *to, int64_t to_size) {
    const int64_t least = from_size < to_size ? from_size : to_size;
    for (int64_t row = 0; row < count; row++) {
        for (int64_t i = 0; i < least; i++) to[row * to_size + i] = from[row * from_size + i];
        for (int64_t i = least; i < to_size; i++) to[row * to_size + i] = 0;
    }
}

static void place_rows(followed *own, float *room) {
    float **const rows[ROWS] = {&own->v, &own->step, &own->added, &own->y, &own->skip};
    for (size_t i = 0; i < ROWS; i++) *rows[i] = room + (int64_t)i * own->width;
    own->decay = room + ROWS * own->width;
    own->kept = own->decay + own->states * own->width;
    copy_rows(1, own->data[SKIP], own->inner, own->skip, own->width);
    copy_rows(own->states, own->data[DECAY], own->inner, own->decay, own->width);
}

/* One word: what is kept after it, and its y. */
static void follow_word(const followed *own, int64_t word) {
    const int32_t width = (int32_t)own->width;
    const float *enter = own->data[CHOSEN] + (word + 1) * own->chosen - 2 * own->states, mask = own->data[MASK][word];
    copy_rows(1, own->data[V] + word * own->inner, own->inner, own->v, own->width);
    copy_rows(1, own->data[STEPS] + word * own->inner, own->inner, own->step, own->width);
    nl_state_inputs(width, own->v, own->skip, own->step, own->added, own->y);
    if (mask != 1)
        for (int32_t i = 0; i < width; i++) own->step[i] *= mask, own->added[i] *= mask;
    for (int64_t s = 0; s < own->states; s++)
        nl_state_word(width, own->step, own->decay + s * own->width, own->added, enter[s], enter[own->states + s],
                      own->kept + s * own->width, own->y);
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const nl_kernel *made = kernel;
    const OrtApi *api = made->api;
    followed own; /* not zeroed, which compilers do by a function of a library */
    void *y, *next, *room;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status == NULL) status = nl_output(api, context, 0, own.dims[V], 2, &y);
    if (status == NULL) status = nl_output(api, context, 1, own.dims[KEPT], 2, &next);
    if (status == NULL)
        status = api->AllocatorAlloc(made->allocator,
                                     sizeof(float) * (size_t)(own.width * (ROWS + 2 * own.states)), &room);
    if (status != NULL) return status;
    place_rows(&own, room);
    for (int64_t n = 0; n < own.dims[MASK][0]; n++) {
        const int64_t kept = n * own.states * own.inner;
        copy_rows(own.states, own.data[KEPT] + kept, own.inner, own.kept, own.width);
        for (int64_t word = n * own.words; word < (n + 1) * own.words; word++) {
            follow_word(&own, word);
            copy_rows(1, own.y, own.width, (float *)y + word * own.inner, own.inner);
        }
        copy_rows(own.states, own.kept, own.width, (float *)next + kept, own.inner);
    }
    return api->AllocatorFree(made->allocator, room);
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "SelectiveStates";
}

static size_t ORT_API_CALL seven(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

const OrtCustomOp nl_selective_states_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = nl_float,
    .GetInputTypeCount = seven,
    .GetOutputType = nl_float,
    .GetOutputTypeCount = nl_two,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
