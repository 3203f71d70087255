/* What compilers call by themselves; a project with a C library has them. */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t size) {
    unsigned char *target = to;
    const unsigned char *source = from;
    while (size--) *target++ = *source++;
    return to;
}

void *memset(void *to, int value, size_t size) {
    unsigned char *target = to;
    while (size--) *target++ = (unsigned char)value;
    return to;
}
