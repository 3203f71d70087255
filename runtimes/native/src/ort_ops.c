/* RegisterCustomOps: what ONNX Runtime calls after loading the library. */
#include "neurolite.h"
#include "ort_kernels.h"

static const OrtCustomOp *const ops[] = {&nl_ngram_hash_op, &nl_text_bytes_op,
                                        &nl_row_sum_op, &nl_packed_row_sum_op,
                                        &nl_wide_logits_op,
                                        &nl_word_starts_op, &nl_rule_facts_op,
                                        &nl_rule_effects_op, &nl_slot_write_op,
                                        &nl_recall_op, &nl_selective_states_op};

static OrtStatus *add(const OrtApi *api, OrtCustomOpDomain *domain, const OrtCustomOp *const *some, size_t count) {
    OrtStatus *status = NULL;
    for (size_t i = 0; status == NULL && i < count; i++) status = api->CustomOpDomain_Add(domain, some[i]);
    return status;
}

/* Adds domain `ai.neurolite` to the options. ONNX Runtime does not take the domain over; it must live
 * as long as any session made with the options, so it is left to the end of the process: a few
 * hundred bytes per call, and no global variable to guard. */
NEUROLITE_EXPORT OrtStatus *ORT_API_CALL RegisterCustomOps(OrtSessionOptions *options,
                                                           const OrtApiBase *base) {
    const OrtApi *api = base->GetApi(NL_ORT_API_VERSION);
    if (api == NULL) {
        /* Older than 1.16; GetApi(1) has CreateStatus in every release. */
        api = base->GetApi(1);
        return api->CreateStatus(ORT_NOT_IMPLEMENTED, "NeuroLite: needs onnxruntime 1.16 or newer.");
    }
    OrtCustomOpDomain *domain;
    OrtStatus *status = api->CreateCustomOpDomain("ai.neurolite", &domain);
    if (status == NULL) status = add(api, domain, nl_hash_ops, NL_HASH_OPS);
    if (status == NULL) status = add(api, domain, ops, sizeof ops / sizeof *ops);
    return status == NULL ? api->AddCustomOpDomain(options, domain) : status;
}
