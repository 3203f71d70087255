/* Classes of characters, docs/hash-spec.md: what a word is made of, for texts that are cut outside of the C library. */

export const SEPARATOR = 0, LETTER = 1, PUNCTUATION = 2, ISOLATED = 3, MARK = 4, APOSTROPHE = 5, ACCENT = 6;
export const IGNORABLE = 7;

// Where a run of characters of one class begins, times 8, plus the class: differences from one run to the next.
const RUNS = [
  0, 266, 51, 5, 63, 81, 55, 209, 47, 209, 30, 274, 71, 9, 21, 3, 31, 17, 7, 9, 23, 17, 7, 25, 7, 185, 7, 249, 7,
  4165, 633, 7, 251, 169, 7, 2029, 51, 1665, 47, 329, 15, 53, 356, 12, 4, 12, 12, 12, 11, 13, 3, 345, 15, 185, 15,
  105, 13, 3, 23, 349, 163, 81, 31, 21, 3, 793, 7, 4925, 3, 313, 15, 693, 3, 1021, 3, 2045, 3, 5658, 375, 9, 9, 7, 17,
  55, 97, 62, 9, 79, 17, 681, 7, 17, 71, 89, 55, 390, 87, 81, 1882, 345, 159, 87, 49, 49, 31, 33, 23, 9, 23, 97, 31,
  105, 95, 142, 729, 7, 798, 10, 4095, 10, 55, 6327, 9, 2042, 420, 13, 238, 57, 17, 7, 270, 94, 34, 5381, 243, 6029,
  507, 3593, 7, 345, 15, 135, 95, 35, 67, 13, 110, 23, 33, 10, 374, 15, 122, 385, 388, 259, 1273, 9089, 3583, 8703,
  4097, 1025, 2814, 255, 10, 33, 23, 201, 119, 9, 95, 25, 715, 14, 15, 751, 10, 7, 406, 422, 2, 474, 57598, 514,
  167934, 182274, 4094, 6150, 123, 132, 124, 511, 1150, 2, 9, 51, 5, 63, 81, 55, 209, 47, 209, 89, 81, 7, 361, 19, 2,
  505, 55, 78, 65, 57, 34261, 3, 352046, 26, 42622, 58, 62506, 8153, 39, 14334, 10242, 6291460, 32764,
];
let sum = 0;
const runs = RUNS.map((difference) => (sum += difference));

/** The class of a character, by its code. */
export function classOf(code) {
  let low = 0, high = runs.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (runs[middle] >> 3 <= code) low = middle;
    else high = middle;
  }
  return runs[low] & 7;
}
