/* Numbers for people. */

/** Of a share from 0 to 1; below a tenth with a digit more. */
export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${Math.round(count / 1000)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** Of milliseconds, with two or three digits that count. */
export function time(ms) {
  return ms < 0.9995 ? `${digits(1000 * ms)} µs` : `${digits(ms)} ms`;
}

const digits = (value) => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)));

export const count = (number, one, more = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
