/* Numbers of 16 bits (IEEE 754 binary16), which the vectors of a store are kept in. */

const exact = new Float32Array(1), exactBits = new Uint32Array(exact.buffer);

/** The bits of the nearest, of two equally near the even one, of a float32. */
export function halfBits(value) {
  exact[0] = value;
  const bits = exactBits[0], sign = (bits >>> 16) & 0x8000, size = Math.abs(value);
  if (!(size < 65520)) return sign | (Number.isNaN(value) ? 0x7e00 : 0x7c00);
  const power = Math.max(((bits >>> 23) & 255) - 127, -14), scaled = size * 2 ** (10 - power);
  const below = Math.floor(scaled), rest = scaled - below;
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below;
  return sign | (rounded + ((power + 14) << 10));
}

/** The bits of several numbers, as a key. */
export const halvesKey = (values) => String.fromCharCode(...Uint16Array.from(values, halfBits));

/** The number of some bits. */
export function halfValue(bits) {
  const power = (bits >> 10) & 31, rest = bits & 1023, sign = bits & 0x8000 ? -1 : 1;
  if (power === 31) return rest ? NaN : sign * Infinity;
  return sign * (power ? (1024 + rest) * 2 ** (power - 25) : rest * 2 ** -24);
}
