/* How the C runtime is built here: instruction sets that every processor of the target has, chosen at run time for
 * sdot, and each operation of floats rounded by itself, so that all builds give the same bits. */
#ifndef NEUROLITE_SWIFT_LIBRARY_H
#define NEUROLITE_SWIFT_LIBRARY_H

#pragma STDC FP_CONTRACT OFF

#if defined(__aarch64__)
#define NL_HAVE_NEON
#define NL_HAVE_SDOT
#elif defined(__x86_64__)
#define NL_HAVE_SSE2
#else
#define NL_HAVE_SCALAR
#endif

#endif
