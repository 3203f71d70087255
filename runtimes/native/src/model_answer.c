/* What an answer says: the best label, and whether to abstain. */
#include "hash.h"
#include "model.h"
#include "neurolite.h"

int32_t nl_best(const nl_model *model, const float *logits) {
    if (model->shape[F_N] < 1) return -1;
    int32_t best = 0;
    for (int32_t c = 1; c < model->shape[F_N]; c++)
        if (logits[c] > logits[best]) best = c;
    return best;
}

/* e^v for v at most 0, to a few units of the last place of float32: e^(v / 1024) by its series, squared ten times. */
static double power_of_e(double v) {
    if (!(v > -80.0)) return 0.0;
    double x = v / 1024.0, e = 1.0 + x * (1.0 + x * (0.5 + x * (1.0 / 6 + x * (1.0 / 24 + x / 120))));
    for (int i = 0; i < 10; i++) e *= e;
    return e;
}

/* No logit is below it in models with rules, but where one of them abstains or every label is forbidden. */
static const float no_answer = -50;

int32_t nl_abstains(const nl_model *model, const float *logits) {
    float threshold;
    uint32_t bits = (uint32_t)model->shape[F_THRESHOLD];
    if (model->shape[F_RULES] && logits[nl_best(model, logits)] < no_answer) return 1;
    if ((bits & 0x7FFFFFFFu) > 0x7F800000u || model->shape[F_N] < 1) return 0;
    __builtin_memcpy(&threshold, &bits, sizeof threshold);
    if (model->shape[F_SEVERAL]) return 0; /* there it says from which score on a label is given */
    const float best = logits[nl_best(model, logits)];
    const double top = best > 0.0f ? (double)best : 0.0; /* of none of them, too, whose logit is 0 */
    double sum = 0.0;
    for (int32_t c = 0; c < model->shape[F_N]; c++) sum += power_of_e((double)logits[c] - top);
    return sum / (power_of_e(-top) + sum) < (double)threshold;
}
