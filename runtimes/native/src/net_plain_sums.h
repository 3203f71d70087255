/* An int32 sum as a variable. */
typedef int32_t nl_acc;
static inline nl_acc nl_load(const int32_t *p) { return *p; }
static inline nl_acc nl_same(int32_t value) { return value; }
static inline void nl_store(int32_t *p, nl_acc a) { *p = a; }
static inline nl_acc nl_plus(nl_acc a, nl_acc b) { return a + b; }
typedef const uint8_t *nl_bytes; /* which are read where they are multiplied */
static inline nl_bytes nl_four(const uint8_t *a) { return a; }
static inline nl_bytes nl_many(const uint8_t *b) { return b; }
static inline nl_acc nl_dot4(nl_acc acc, nl_bytes a, nl_bytes b) {
    const int8_t *w = (const int8_t *)b;
    return acc + a[0] * w[0] + a[1] * w[1] + a[2] * w[2] + a[3] * w[3];
}
