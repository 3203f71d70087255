/* SlotWrite: how a memory's slots are written, the native twin of the function of that name.
 *
 * Letters in shapes: N conversations, S slots, D components, R reads. */
#include "neurolite.h"
#include "levels.h"
#include "ort_kernels.h"

enum { ENTRY, SLOTS, TEXTS, USED, WEIGHTS, BORDER, TIES, HASTE, INPUTS };
enum { NEXT_SLOTS, NEXT_TEXTS, NEXT_USED, OUTPUTS };
enum { MOST_READS = 1024 };

static const size_t ranks[INPUTS] = {2, 3, 3, 3, 3, 2, 1, 2};

typedef struct {
    int64_t dims[INPUTS][3];
    const float *data[INPUTS];
    int64_t slots, size, reads;
} written;

static OrtStatus *ORT_API_CALL create(const OrtCustomOp *op, const OrtApi *api,
                                      const OrtKernelInfo *info, void **kernel) {
    (void)op, (void)info;
    return nl_create_kernel(api, sizeof(nl_kernel), kernel);
}

static OrtStatus *check(const OrtApi *api, written *own) {
    const int64_t *slots = own->dims[SLOTS];
    const int64_t shapes[INPUTS][3] = {
        {slots[0], slots[2]},       {slots[0], slots[1], slots[2]}, {slots[0], 1, slots[1]},
        {slots[0], 1, slots[1]},    {slots[0], own->dims[WEIGHTS][1], slots[1]},
        {1, 1},                     {slots[1]},                     {1, 1}};
    own->slots = slots[1], own->size = slots[2], own->reads = own->dims[WEIGHTS][1];
    if (own->slots < 1 || own->reads < 1 || own->reads > MOST_READS)
        return nl_refuse(api, "the number of slots", own->slots, "at least one is needed, and 1 to 1,024 reads.");
    for (size_t i = 0; i < INPUTS; i++)
        for (size_t axis = 0; axis < ranks[i]; axis++)
            if (own->dims[i][axis] != shapes[i][axis])
                return nl_refuse(api, "a size of what slots are written from", own->dims[i][axis],
                                 "all inputs must have those of the slots.");
    return NULL;
}

static nl_slots conversation(const written *own, int64_t n) {
    const int64_t first = n * own->slots;
    return (nl_slots){.count = own->slots, .size = own->size, .reads = own->reads,
                      .entry = own->data[ENTRY] + n * own->size, .slots = own->data[SLOTS] + first * own->size,
                      .texts = own->data[TEXTS] + first, .used = own->data[USED] + first,
                      .weights = own->data[WEIGHTS] + first * own->reads, .ties = own->data[TIES],
                      .border = own->data[BORDER][0], .haste = own->data[HASTE][0]};
}

static OrtStatus *ORT_API_CALL compute(void *kernel, OrtKernelContext *context) {
    const nl_kernel *base = kernel;
    const OrtApi *api = base->api;
    written own;
    void *outputs[OUTPUTS], *room;
    OrtStatus *status = nl_inputs(api, context, INPUTS, ranks, own.dims, (const void **)own.data);
    if (status == NULL) status = check(api, &own);
    if (status == NULL) status = nl_output(api, context, NEXT_SLOTS, own.dims[SLOTS], 3, &outputs[NEXT_SLOTS]);
    if (status == NULL) status = nl_output(api, context, NEXT_TEXTS, own.dims[TEXTS], 3, &outputs[NEXT_TEXTS]);
    if (status == NULL) status = nl_output(api, context, NEXT_USED, own.dims[USED], 3, &outputs[NEXT_USED]);
    if (status == NULL) status = api->AllocatorAlloc(base->allocator, sizeof(float) * 2 * (size_t)own.slots, &room);
    if (status != NULL) return status;
    float *const numbers[OUTPUTS] = {outputs[NEXT_SLOTS], outputs[NEXT_TEXTS], outputs[NEXT_USED]};
    for (int64_t n = 0; n < own.dims[SLOTS][0]; n++) {
        const int64_t first = n * own.slots;
        const nl_slots one = conversation(&own, n);
        nl_write_slots(&one, room, numbers[NEXT_SLOTS] + first * own.size, numbers[NEXT_TEXTS] + first,
                       numbers[NEXT_USED] + first);
    }
    return api->AllocatorFree(base->allocator, room);
}

static const char *ORT_API_CALL name(const OrtCustomOp *op) {
    (void)op;
    return "SlotWrite";
}

static size_t ORT_API_CALL eight(const OrtCustomOp *op) {
    (void)op;
    return INPUTS;
}

static size_t ORT_API_CALL three(const OrtCustomOp *op) {
    (void)op;
    return OUTPUTS;
}

const OrtCustomOp nl_slot_write_op = {
    NL_COMMON_FIELDS,
    .GetName = name,
    .GetInputType = nl_float,
    .GetInputTypeCount = eight,
    .GetOutputType = nl_float,
    .GetOutputTypeCount = three,
    .CreateKernelV2 = create,
    .KernelComputeV2 = compute,
};
