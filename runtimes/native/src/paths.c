/* Which of the hash functions this processor can run. */
#include "hash.h"
#include "neurolite.h"

#if defined(NL_HAVE_X86_PATHS)
#if defined(_MSC_VER)
#include <intrin.h>
static void cpuid_of(uint32_t leaf, uint32_t part, uint32_t r[4]) { __cpuidex((int *)r, (int)leaf, (int)part); }
static uint32_t enabled_state(void) { return (uint32_t)_xgetbv(0); }
#else
#include <cpuid.h>
static void cpuid_of(uint32_t leaf, uint32_t part, uint32_t r[4]) {
    __cpuid_count(leaf, part, r[0], r[1], r[2], r[3]);
}
static uint32_t enabled_state(void) {
    uint32_t low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}
#endif

static void cpuid(uint32_t leaf, uint32_t r[4]) { cpuid_of(leaf, 0, r); }

/* The best x86 path: the processor has it, and the system saves its registers. */
static int32_t x86_path(void) {
    uint32_t r[4];
    cpuid(0, r);
    if (r[0] < 7) return NEUROLITE_PATH_VECTOR;
    cpuid(1, r);
    if (!(r[2] >> 27 & 1)) return NEUROLITE_PATH_VECTOR; /* OSXSAVE */
    uint32_t state = enabled_state();
    cpuid(7, r);
    if ((r[1] >> 16 & 1) && (state & 0xE6) == 0xE6) return NEUROLITE_PATH_AVX512;
    if ((r[1] >> 5 & 1) && (state & 0x06) == 0x06) return NEUROLITE_PATH_AVX2;
    return NEUROLITE_PATH_VECTOR;
}
/* What is asked for beside the paths of the hash. */
int nl_has_ssse3(void) {
    uint32_t r[4];
    cpuid(1, r);
    return r[2] >> 9 & 1;
}
int nl_has_avx2(void) { return x86_path() >= NEUROLITE_PATH_AVX2; }
int nl_has_avx_vnni(void) {
    uint32_t r[4];
    cpuid(7, r);
    if (!nl_has_avx2() || r[0] < 1) return 0;
    cpuid_of(7, 1, r);
    return r[0] >> 4 & 1;
}
int nl_has_avx512_vnni(void) {
    uint32_t r[4];
    if (x86_path() != NEUROLITE_PATH_AVX512) return 0;
    cpuid(7, r);
    return (r[1] >> 31 & 1) && (r[1] >> 30 & 1) && (r[2] >> 11 & 1); /* VL, BW, VNNI */
}
#else
static int32_t x86_path(void) { return NEUROLITE_PATH_VECTOR; }
#endif

int32_t neurolite_best_path(void) { return x86_path(); }

nl_hasher *nl_find_hasher(int32_t path) {
    if (path == NEUROLITE_PATH_SCALAR) return nl_hash_scalar;
    if (path == NEUROLITE_PATH_VECTOR) return nl_hash_vector;
#if defined(NL_HAVE_X86_PATHS)
    if (path == NEUROLITE_PATH_AVX2) return nl_hash_avx2;
    if (path == NEUROLITE_PATH_AVX512) return nl_hash_avx512;
#endif
    return NULL;
}

const char *neurolite_path_name(int32_t path) {
    if (path == NEUROLITE_PATH_SCALAR) return "scalar";
    if (path == NEUROLITE_PATH_VECTOR) {
#if defined(__aarch64__) || defined(__ARM_NEON) || defined(_M_ARM64)
        return "neon";
#elif defined(__SSE2__) || defined(_M_X64)
        return "sse2";
#else
        return "generic";
#endif
    }
    if (path < 0 || path > x86_path()) return NULL;
    return path == NEUROLITE_PATH_AVX2 ? "avx2" : "avx512";
}
