/* The digest (FIPS 180-4) and the weights of an open model. */
#include "model.h"

static const uint32_t rounds[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98,
    0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
    0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8,
    0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
    0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819,
    0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
    0xc67178f2};

static uint32_t turn(uint32_t v, int n) { return v >> n | v << (32 - n); }

static void add_chunk(uint32_t state[8], const uint8_t *chunk) {
    uint32_t w[64], v[8];
    for (int i = 0; i < 16; i++, chunk += 4)
        w[i] = (uint32_t)chunk[0] << 24 | (uint32_t)chunk[1] << 16 | (uint32_t)chunk[2] << 8 | chunk[3];
    for (int i = 16; i < 64; i++) {
        uint32_t a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + w[i - 7] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++) v[i] = state[i];
    for (int i = 0; i < 64; i++) {
        uint32_t one = v[7] + (turn(v[4], 6) ^ turn(v[4], 11) ^ turn(v[4], 25)) + ((v[4] & v[5]) ^ (~v[4] & v[6])) +
                       rounds[i] + w[i];
        uint32_t two = (turn(v[0], 2) ^ turn(v[0], 13) ^ turn(v[0], 22)) +
                       ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
        for (int k = 7; k > 0; k--) v[k] = v[k - 1];
        v[4] += one;
        v[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += v[i];
}

/* Byte `at` of the padded file; its own digest counts as zeros. */
static uint8_t padded(const nl_model *model, uint64_t at, uint64_t end) {
    if (at < model->size) return at >= 32 && at < 64 ? 0 : model->blob[at];
    if (at == model->size) return 0x80;
    return at + 8 < end ? 0 : (uint8_t)((uint64_t)model->size * 8 >> (8 * (end - 1 - at)));
}

/* The file's digest, its place in the file taken for zeros. */
static void digest_of(const nl_model *model, uint8_t digest[32]) {
    uint32_t state[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                         0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    const uint64_t end = ((uint64_t)model->size + 9 + 63) / 64 * 64;
    uint8_t chunk[64];
    for (uint64_t at = 0; at < end; at += 64) {
        if (at > 0 && at + 64 <= model->size) {
            add_chunk(state, model->blob + at);
            continue;
        }
        for (uint64_t i = 0; i < 64; i++) chunk[i] = padded(model, at + i, end);
        add_chunk(state, chunk);
    }
    for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static int digest_fits(const nl_model *model) {
    uint8_t digest[32], differs = 0;
    digest_of(model, digest);
    for (int i = 0; i < 32; i++) differs |= (uint8_t)(model->blob[32 + i] ^ digest[i]);
    return differs == 0;
}

int nl_weights_fit(const int8_t *weights, int64_t size) {
    int bad = 0;
    for (int64_t i = 0; i < size; i++) bad |= weights[i] < -63 || weights[i] > 63;
    return !bad;
}

int32_t nl_verify(const nl_model *model) {
    if (model == NULL) return NL_NULL;
    if (!digest_fits(model)) return NL_BAD_DIGEST;
    const int32_t *shape = model->shape;
    const int64_t e = shape[F_E], h = shape[F_H], s = shape[F_S], c = shape[F_C], words = shape[F_WORDS];
    int fits = nl_weights_fit(nl_part(model, P_WINDOW), (2 * shape[F_W] + 1) * e * h);
    if (nl_generates(model)) fits = fits && nl_generation_weights_fit(model);
    else if (shape[F_NP]) fits = fits && nl_weights_fit(nl_part(model, P_HEAD), (int64_t)nl_text_size(model) * shape[F_NP]);
    if (shape[F_BAG]) fits = fits && nl_weights_fit(nl_part(model, P_JOINED), h * e);
    const int32_t kind = shape[F_BACKBONE];
    for (int32_t b = 0; fits && b < shape[F_B]; b++) {
        if (kind == NL_MIXER)
            fits = nl_weights_fit(nl_block_part(model, b, P_WORD_EXPAND), s * ((words + 15) / 16 * 16)) &&
                   nl_weights_fit(nl_block_part(model, b, P_WORD_CONTRACT), s * ((words + 15) / 16 * 16));
        else if (NL_BACKBONES) fits = nl_backbone_weights_fit(model, b);
        if (kind <= NL_HYPERMIXER)
            fits = fits && nl_weights_fit(nl_block_part(model, b, P_EXPAND), c * h) &&
                   nl_weights_fit(nl_block_part(model, b, P_CONTRACT), c * h);
    }
    return fits && (!NL_MODULES || nl_module_weights_fit(model)) ? NL_OK : NL_DAMAGED;
}
