// C++ needs nothing but the headers.
#include <cstdint>
#include <cstdio>
#include <vector>

#include "model.h"
#include "neurolite_model.h"

int main(int count, char **texts) {
    nl_model opened;
    if (nl_open(&opened, model, model_size) != NL_OK) return 1;
    std::vector<float> logits(MODEL_LABELS);
    std::vector<std::uint64_t> scratch(MODEL_SCRATCH / 8);
    for (int i = 1; i < count; i++) {
        nl_out out{};
        out.logits = logits.data();
        std::size_t size = 0;
        while (texts[i][size]) size++;
        auto text = reinterpret_cast<const std::uint8_t *>(texts[i]);
        if (nl_run(&opened, text, size, nullptr, &out, scratch.data(), MODEL_SCRATCH) != NL_OK) return 1;
        std::printf("%d %a\n", nl_best(&opened, logits.data()), static_cast<double>(logits[0]));
    }
}
