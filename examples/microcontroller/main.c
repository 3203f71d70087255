/* A microcontroller that answers lines on its UART: the label, its probability, and what the answer took.
 *
 * The model lies in flash, as neurolite-export --source wrote it; FIRMWARE_HEADER, FIRMWARE_MODEL and FIRMWARE_CAPITALS
 * are its names, which the Makefile gives. Nothing is allocated: all memory is the three arrays below, and the
 * stack. */
#include "board.h"
#include "neurolite_model.h"
#include FIRMWARE_HEADER

#define JOINED(a, b) a##b
#define NAMED(prefix, suffix) JOINED(prefix, suffix)
#define OWN(suffix) NAMED(FIRMWARE_CAPITALS, suffix)

enum {
    LABELS = OWN(_LABELS),
    TEXT = OWN(_MAX_BYTES) + 32 /* where the library cuts a text depends on a few bytes behind the limit */
};

static _Alignas(8) uint8_t scratch[OWN(_SCRATCH)];
static float logits[LABELS > 0 ? LABELS : 1];
static uint8_t text[TEXT];

static void put_text(const char *text, size_t size) {
    for (size_t i = 0; i < size; i++) board_put((uint8_t)text[i]);
}

static void put(const char *text) {
    while (*text) board_put((uint8_t)*text++);
}

static void put_number(uint32_t value) {
    char digits[10];
    int count = 0;
    do digits[count++] = (char)('0' + value % 10);
    while (value /= 10);
    while (count) board_put((uint8_t)digits[--count]);
}

static void put_hex(uint32_t value) {
    for (int shift = 28; shift >= 0; shift -= 4) board_put((uint8_t)"0123456789abcdef"[value >> shift & 15]);
}

/* e^v for v at most 0, without a C library: e^(v / 1024), squared ten times. */
static float power_of_e(float v) {
    if (v < -40.0f) return 0.0f;
    const float x = v / 1024.0f;
    float e = 1.0f + x * (1.0f + x / 2);
    for (int i = 0; i < 10; i++) e *= e;
    return e;
}

/* The probability of a label, where none of them is possible too and has the logit 0. */
static float probability_of(int32_t label) {
    const float top = logits[label] > 0.0f ? logits[label] : 0.0f;
    float sum = power_of_e(-top);
    for (int32_t i = 0; i < LABELS; i++) sum += power_of_e((logits[i] > top ? top : logits[i]) - top);
    return power_of_e(logits[label] - top) / sum;
}

static int32_t digit_of(uint8_t byte) {
    if (byte >= '0' && byte <= '9') return byte - '0';
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

/* Reads a line into `text`, and returns its bytes; what has no room is left out. A line that begins with # is hex
 * digits, so that a test can give any bytes, and wants its answer in numbers. */
static size_t read_line(int *in_numbers) {
    size_t size = 0;
    int32_t high = -1;
    uint8_t byte = board_get();
    *in_numbers = byte == '#';
    if (*in_numbers) byte = board_get();
    for (; byte != '\n'; byte = board_get()) {
        if (byte == '\r') continue;
        int32_t value = byte;
        if (*in_numbers) {
            int32_t digit = digit_of(byte);
            if (digit < 0) continue;
            value = high < 0 ? -1 : high * 16 + digit;
            high = high < 0 ? digit : -1;
        }
        if (value >= 0 && size < TEXT) text[size++] = (uint8_t)value;
    }
    return size;
}

static void answer(const nl_model *model, const nl_out *out, uint32_t took) {
    const int32_t best = nl_best(model, logits);
    size_t size;
    const char *label = nl_label(model, best, &size);
    if (nl_abstains(model, logits)) put("(none of its labels) ");
    if (label != NULL) {
        put_text(label, size);
        put(" ");
        put_number((uint32_t)(100.0f * probability_of(best) + 0.5f));
        put(" %");
    }
    put(", ");
    put_number((uint32_t)out->words);
    put(out->truncated ? " words, of which some were not read, " : " words, ");
    put_number(took);
    put(" ticks\n");
}

static void answer_in_numbers(const nl_model *model, const nl_out *out, uint32_t took) {
    put_number((uint32_t)out->words);
    board_put(' ');
    put_number((uint32_t)nl_best(model, logits));
    board_put(' ');
    put_number((uint32_t)nl_abstains(model, logits));
    board_put(' ');
    put_number(took);
    board_put(' ');
    put_number((uint32_t)board_stack_used());
    board_put(' ');
    for (int32_t i = 0; i < LABELS; i++) {
        uint32_t bits;
        __builtin_memcpy(&bits, &logits[i], sizeof bits);
        put_hex(bits);
    }
    board_put('\n');
}

static int failed(const char *what, int32_t status) {
    if (status == NL_OK) return 0;
    put(what), put(": "), put(nl_status_text(status)), put("\n");
    return 1;
}

int main(void) {
    static nl_model opened;
    board_start();
    if (failed("the model", nl_open(&opened, FIRMWARE_MODEL, NAMED(FIRMWARE_MODEL, _size)))) return 1;
    if (failed("the model", nl_verify(&opened))) return 1;
    put("ready\n");
    for (;;) {
        int in_numbers;
        const size_t size = read_line(&in_numbers);
        nl_out out = {.logits = logits};
        const uint32_t start = board_counter();
        const int32_t status = nl_run(&opened, text, size, NULL, &out, scratch, sizeof scratch);
        const uint32_t took = (board_counter() - start) & COUNTER_MASK;
        if (failed("the text", status)) continue;
        (in_numbers ? answer_in_numbers : answer)(&opened, &out, took);
    }
}
