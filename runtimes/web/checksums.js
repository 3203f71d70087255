/* What tells of files that they are whole. */
import { viewOf } from "./bytes.js";

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1;
  return byte;
});

/** CRC-32 as zlib has it. */
export function crc32(bytes) {
  let sum = -1;
  for (const byte of bytes) sum = (sum >>> 8) ^ CRC_TABLE[(sum ^ byte) & 255];
  return ~sum >>> 0;
}

// FIPS 180-4: of the first primes, 32 bits behind the point of cube roots and of square roots.
const PRIMES = Array.from({ length: 310 }, (_, at) => at + 2).filter((n) => {
  for (let factor = 2; factor * factor <= n; factor++) if (n % factor === 0) return false;
  return true;
});
const fraction = (root) => Math.floor((root % 1) * 2 ** 32) >>> 0;
const ROUNDS = Uint32Array.from(PRIMES.slice(0, 64), (prime) => fraction(Math.cbrt(prime)));
const BEGINNING = Uint32Array.from(PRIMES.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
const turn = (value, by) => (value >>> by) | (value << (32 - by));

/** SHA-256. Browsers have it for pages of https and of localhost alone, and a phone at home is sent neither. */
export function sha256(bytes) {
  const padded = new Uint8Array(Math.ceil((bytes.length + 9) / 64) * 64);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = viewOf(padded);
  view.setUint32(padded.length - 8, Math.floor(bytes.length / 2 ** 29));
  view.setUint32(padded.length - 4, bytes.length << 3);
  const sums = BEGINNING.slice(), row = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += 64) addChunk(sums, row, view, at);
  const found = new DataView(new ArrayBuffer(32));
  sums.forEach((sum, place) => found.setUint32(4 * place, sum));
  return new Uint8Array(found.buffer);
}

function addChunk(sums, row, view, at) {
  for (let i = 0; i < 16; i++) row[i] = view.getUint32(at + 4 * i);
  for (let i = 16; i < 64; i++) {
    const one = row[i - 15], two = row[i - 2];
    const low = turn(one, 7) ^ turn(one, 18) ^ (one >>> 3), high = turn(two, 17) ^ turn(two, 19) ^ (two >>> 10);
    row[i] = row[i - 16] + low + row[i - 7] + high;
  }
  let [a, b, c, d, e, f, g, h] = sums;
  for (let i = 0; i < 64; i++) {
    const one = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + row[i];
    const two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + two) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((value, place) => (sums[place] += value));
}
