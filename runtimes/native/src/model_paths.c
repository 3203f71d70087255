/* The instruction sets of this library, and which of them the processor has. A set is a file net_*.c and a row here. */
#include "hash.h"
#include "model.h"

typedef struct {
    const char *name;
    const nl_kernels *kernels;
    int (*has)(void); /* NULL: every processor that the library was compiled for */
} row;

enum { NO, YES, UNKNOWN };

#if defined(NL_HAVE_SDOT)
#if defined(__APPLE__)
extern int sysctlbyname(const char *name, void *old, size_t *old_size, void *new, size_t new_size);
static int has_sdot(void) { /* untested */
    int32_t found = 0;
    size_t size = sizeof found;
    return sysctlbyname("hw.optional.arm.FEAT_DotProd", &found, &size, NULL, 0) == 0 && found ? YES : NO;
}
#else
/* The C library's, of which this library needs nothing: where the program has none, the caller has to know. */
extern unsigned long getauxval(unsigned long type) __attribute__((weak));
static int has_sdot(void) {
    enum { AT_HWCAP = 16, ASIMDDP = 20 };
    return getauxval == NULL ? UNKNOWN : getauxval(AT_HWCAP) >> ASIMDDP & 1 ? YES : NO;
}
#endif
#endif

static const row rows[NL_PATHS] = {
#if defined(NL_HAVE_SCALAR)
    [NL_PATH_SCALAR] = {"scalar", &nl_kernels_scalar, NULL},
#endif
#if defined(NL_HAVE_SSE2)
    [NL_PATH_SSE2] = {"sse2", &nl_kernels_sse2, NULL},
#endif
#if defined(NL_HAVE_SSSE3)
    [NL_PATH_SSSE3] = {"ssse3", &nl_kernels_ssse3, nl_has_ssse3},
#endif
#if defined(NL_HAVE_AVX2)
    [NL_PATH_AVX2] = {"avx2", &nl_kernels_avx2, nl_has_avx2},
#endif
#if defined(NL_HAVE_AVX_VNNI)
    [NL_PATH_AVX_VNNI] = {"avx-vnni", &nl_kernels_avx_vnni, nl_has_avx_vnni},
#endif
#if defined(NL_HAVE_AVX512_VNNI)
    [NL_PATH_AVX512_VNNI] = {"avx512-vnni", &nl_kernels_avx512_vnni, nl_has_avx512_vnni},
#endif
#if defined(NL_HAVE_NEON)
    [NL_PATH_NEON] = {"neon", &nl_kernels_neon, NULL},
#endif
#if defined(NL_HAVE_SDOT)
    [NL_PATH_SDOT] = {"sdot", &nl_kernels_sdot, has_sdot},
#endif
#if defined(NL_HAVE_SMLAD)
    [NL_PATH_SMLAD] = {"smlad", &nl_kernels_smlad, NULL},
#endif
#if defined(NL_HAVE_WASM_SIMD)
    [NL_PATH_WASM_SIMD] = {"wasm-simd", &nl_kernels_wasm_simd, NULL},
#endif
};

const nl_kernels *nl_kernels_of(int32_t path) { return rows[path].kernels; }

static int has(int32_t path) {
    if (path < 0 || path >= NL_PATHS || rows[path].kernels == NULL) return NO;
    return rows[path].has == NULL ? YES : rows[path].has();
}

const char *nl_path_name(int32_t path) { return has(path) == YES ? rows[path].name : NULL; }

int32_t nl_best_path(void) {
    int32_t path = NL_PATHS - 1;
    while (path > 0 && has(path) != YES) path--;
    return path;
}

int32_t nl_choose_path(nl_model *model, int32_t path) {
    if (model == NULL) return NL_NULL;
    if (has(path) == NO) return NL_BAD_PATH;
    model->path = path;
    return NL_OK;
}
