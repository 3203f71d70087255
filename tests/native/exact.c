/* Tries the remainders of src/arithmetic.h on every value that can occur, and says how many. */
#include <stdint.h>
#include <stdio.h>

#include "arithmetic.h"

enum { LARGEST_SUM = 1 << 24, LARGEST_VALUE = NL_MODULUS - 1 + NL_TAIL_STEP * (NL_TAIL_BASE - 1) };

static int check_table(int32_t size, int32_t value) {
    if (value < 0 || value > LARGEST_VALUE) return 1;
    float found = nl_mod_table((float)value, (float)size, 1.0f / (float)size);
    if ((int32_t)found == value % size) return 1;
    printf("%d mod %d gave %d\n", value, size, (int32_t)found);
    return 0;
}

int main(void) {
    for (int32_t sum = 0; sum < LARGEST_SUM; sum++) {
        if (nl_mod_power((float)sum) != sum % NL_MODULUS) {
            printf("%d mod %d gave %d\n", sum, NL_MODULUS, nl_mod_power((float)sum));
            return 1;
        }
    }
    /* The quotient grows with the value, so it is right everywhere if it is right on both sides of
     * each multiple of the size. */
    long tried = 0;
    for (int32_t size = 64; size <= 65536; size++) {
        for (int32_t multiple = 0; multiple <= LARGEST_VALUE; multiple += size, tried += 3) {
            for (int32_t by = -1; by <= 1; by++) {
                if (!check_table(size, multiple + by)) return 1;
            }
        }
        if (!check_table(size, LARGEST_VALUE)) return 1;
    }
    printf("%d sums, %ld borders\n", LARGEST_SUM, tried);
    return 0;
}
