/* Recall: how strongly a memory's patterns are recalled, the native twin of the function of that name.
 *
 * Letters in shapes: N conversations, R reads, P patterns, K components of their keys. */
#include "neurolite.h"
#include "levels.h"
#include "ort_kernels.h"

enum { QUERY, KEYS, FILLED, PLACES, BETA, INPUTS };
enum { MOST_STEPS = 16 };

static const size_t ranks[INPUTS] = {3, 3, 3, 2, 3};
static const nl_attribute steps = {"steps", "1 to 16 are allowed.", 1, MOST_STEPS};

typedef struct {
    nl_kernel base;
    int steps;
} recall;

typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int64_t reads, patterns, size;
    int steps;
} recalled;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op;
    int64_t value;
    OrtStatus *status = nl_read_attributes(api, info, &steps, 1, &value);
    if (status == NULL) status = nl_create_kernel(api, sizeof(recall), kernel);
    if (status == NULL) ((recall *)*kernel)->steps = (int)value;
    return status;
}

static OrtStatus *check(const OrtApi *api, recalled *own) {
    const int64_t *query = own->dims[QUERY], patterns = own->dims[KEYS][1];
    const int64_t shapes[INPUTS][3] = {{query[0], query[1], query[2]},
                                       {query[0], patterns, query[2]},
                                       {query[0], 1, patterns},
                                       {query[1], patterns},
                                       {1, query[1], 1}};
    own->reads = query[1], own->size = query[2], own->patterns = patterns;
    if (patterns < 1) return nl_refuse(api, "the number of patterns", patterns, "at least one is needed.");
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t axis = 0; axis < ranks[i]; axis++)
            if (own->dims[i][axis] != shapes[i][axis])
                return nl_refuse(api, "a size of what is recalled", own->dims[i][axis],
                                 "all inputs must have those of the queries and the patterns.");
    return NULL;
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const recall *made = kernel;
    const OrtApi *api = made->base.api;
    recalled own; /* not zeroed, which compilers do by a function of a library */
    void *weights, *room;
    own.steps = made->steps;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status != NULL) return status;
    const int64_t shape[3] = {own.dims[QUERY][0], own.reads, own.patterns};
    status = nl_output(api, context, 0, shape, 3, &weights);
    if (status == NULL)
        status = api->AllocatorAlloc(made->base.allocator, sizeof(float) * (size_t)(own.size + 1), &room);
    if (status != NULL) return status;
    float *query = room;
    for (int64_t n = 0; n < shape[0]; n++)
        for (int64_t r = 0; r < own.reads; r++) {
            const float *asked = own.data[QUERY] + (n * own.reads + r) * own.size;
            for (int64_t k = 0; k < own.size; k++) query[k] = asked[k];
            nl_recall(own.steps, own.patterns, own.size, own.data[KEYS] + n * own.patterns * own.size,
                      own.data[FILLED] + n * own.patterns, own.data[PLACES] + r * own.patterns, own.data[BETA][r],
                      query, (float *)weights + (n * own.reads + r) * own.patterns);
        }
    return api->AllocatorFree(made->base.allocator, room);
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "Recall";
}

static size_t ORT_API_CALL five(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

const OrtCustomOp nl_recall_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = nl_float,
    .GetInputTypeCount = five,
    .GetOutputType = nl_float,
    .GetOutputTypeCount = nl_one,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
