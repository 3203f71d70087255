/* Tries src/root.h's whole numbers against the C library's root, and says how many. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#undef __NO_MATH_ERRNO__ /* with it, processors have an instruction */
#include "root.h"

int main(void) {
    long tried = 0;
    for (uint64_t bits = 0; bits <= UINT32_MAX; bits += 211, tried++) {
        uint32_t given = (uint32_t)bits, one, other;
        float v, wanted, found;
        memcpy(&v, &given, sizeof v);
        wanted = sqrtf(v);
        found = nl_plain_root(v);
        memcpy(&one, &wanted, sizeof one);
        memcpy(&other, &found, sizeof other);
        if (one != other && !(wanted != wanted && found != found)) {
            printf("the root of %08x is %08x, and %08x was found\n", given, one, other);
            return 1;
        }
    }
    printf("%ld roots\n", tried);
    return 0;
}
