/* SlotWrite: how a memory's slots are written, the native twin of the function of that name.
 *
 * Letters in shapes: N conversations, S slots, D components, R reads. */
#include "neurolite.h"
#include "memory_math.h"
#include "ort_kernels.h"

enum { ENTRY, SLOTS, TEXTS, USED, WEIGHTS, BORDER, TIES, HASTE, INPUTS };
enum { NEXT_SLOTS, NEXT_TEXTS, NEXT_USED, OUTPUTS };
enum { MOST_READS = 1024 };

static const size_t ranks[INPUTS] = {2, 3, 3, 3, 3, 2, 1, 2};
/* As in neurolite_core/network/memory/slots.py. */
static const float sharpness = 32, grid = 16, empty = 2, kept = 0.95f, smallest = 1e-6f;

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

/* The largest whole number that is not above it; float32 has no others from 2^24 on. */
static float whole_of(float x) {
    if (!(x > -16777216.f && x < 16777216.f)) return x;
    const float whole = (float)(int32_t)x;
    return whole > x ? whole - 1 : whole;
}

/* How near each slot is to the entry, empty ones set far back; gives the largest. */
static float find_energies(const written *own, const float *entry, const float *slots, const float *texts,
                           float *energies) {
    const float length = NL_SQRT(nl_dot(entry, entry, own->size));
    float most = -2 * NL_FAR;
    for (int64_t s = 0; s < own->slots; s++) {
        const float *slot = slots + s * own->size;
        const float dot = nl_dot(entry, slot, own->size);
        const float both = NL_SQRT(nl_dot(slot, slot, own->size)) * length, filled = 2 * texts[s] < 1 ? 2 * texts[s] : 1;
        energies[s] = dot / (both > smallest ? both : smallest) * sharpness + (filled - 1) * NL_FAR;
        most = energies[s] > most ? energies[s] : most;
    }
    return most;
}

/* One conversation; `room` has room for 2 * S numbers. */
static void write(const written *own, int64_t n, float *room, float *const *outputs) {
    const int64_t count = own->slots, size = own->size;
    const float *entry = own->data[ENTRY] + n * size, *slots = own->data[SLOTS] + n * count * size;
    const float *texts = own->data[TEXTS] + n * count, *used = own->data[USED] + n * count;
    const float *weights = own->data[WEIGHTS] + n * own->reads * count;
    float *nearest = room, *least = room + count;
    const float best = find_energies(own, entry, slots, texts, nearest) - own->data[BORDER][0] * sharpness;
    const float how = 1 / (1 + nl_exp(-best)), reads = (float)(int32_t)own->reads;
    for (int64_t s = 0; s < count; s++) {
        const float filled = 2 * texts[s] < 1 ? 2 * texts[s] : 1;
        const float raised = (used[s] + empty) * filled * grid;
        least[s] = (whole_of(raised) + own->data[TIES][s]) * own->data[HASTE][0];
    }
    nl_softmax(nearest, count);
    nl_softmax(least, count);
    for (int64_t s = 0; s < count; s++) {
        const float merged = how * nearest[s], taken = (1 - how) * least[s];
        const float left = 1 - taken, both = merged + taken, share = merged / (texts[s] + 1) + taken;
        const float *slot = slots + s * size;
        float *next = outputs[NEXT_SLOTS] + (n * count + s) * size, read = 0;
        for (int64_t d = 0; d < size; d++) next[d] = slot[d] + share * (entry[d] - slot[d]);
        for (int64_t r = 0; r < own->reads; r++) read += weights[r * count + s];
        outputs[NEXT_TEXTS][n * count + s] = texts[s] * left + both;
        outputs[NEXT_USED][n * count + s] = used[s] * left * kept + read / reads + both;
    }
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
    for (int64_t n = 0; n < own.dims[SLOTS][0]; n++) write(&own, n, room, numbers);
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
