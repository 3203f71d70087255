/* Numbers of tables that come as float32, and sizes of tables. */
#ifndef NEUROLITE_WHOLE_H
#define NEUROLITE_WHOLE_H

#include <stdint.h>

/* Whether a number is a power of two, as sizes of tables are: 32-bit targets take a remainder from a library. */
static inline int nl_is_size(int64_t size) {
    return size > 0 && size <= 1 << 24 && (size & (size - 1)) == 0;
}

/* A whole number from 0 below 2^24, or -1 for any other; by its bits, as compilers may take for granted that there is
 * no NaN. */
static inline int32_t nl_whole(float value) {
    const union {
        float number;
        uint32_t bits;
    } own = {value};
    return own.bits < 0x4B800000u ? (int32_t)value : -1;
}

#endif
