/* Words to table indices: sections 6 and 7 of docs/hash-spec.md. */
#ifndef NEUROLITE_HASH_H
#define NEUROLITE_HASH_H

#include "words.h"

/* Writes the num_hashes indices of one word. */
typedef void nl_hasher(const nl_word *word, int32_t num_hashes, int32_t table_size, int32_t *indices);

nl_hasher nl_hash_scalar;
nl_hasher nl_hash_vector;
nl_hasher nl_hash_avx2;
nl_hasher nl_hash_avx512;

/* The path's function, or NULL where library or processor lack it. */
nl_hasher *nl_find_hasher(int32_t path);

/* x86: what the processor has, and the system saves. */
int nl_has_ssse3(void);
int nl_has_avx2(void);
int nl_has_avx_vnni(void);
int nl_has_avx512_vnni(void); /* with VL and BW */

#endif
