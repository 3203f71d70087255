/* An int32 sum as a variable. */
typedef int32_t nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return *p; }
static inline nl_acc nl_same(int32_t value) { return value; }
static inline void nl_store(int32_t *p, nl_acc a) { *p = a; }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return a + b; }
static inline nl_acc nl_dot_weights(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    const int8_t *w = (const int8_t *)b;
    return acc + a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
}
static inline nl_acc nl_dot_values(nl_acc acc, const uint8_t *a, const uint8_t *b) {
    return nl_dot_weights(acc, b, a);
}
