/* Numbers for people. */

/** Of a share from 0 to 1; below a tenth with a digit more. */
export const percent = (share) => `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;

export function bytes(count) {
  if (count < 1000) return `${count} B`;
  return count < 1e6 ? `${Math.round(count / 1000)} kB` : `${(count / 1e6).toFixed(1)} MB`;
}

/** Of milliseconds. */
export function time(ms) {
  if (ms < 0.001) return "no time";
  if (ms < 1) return `${(1000 * ms).toPrecision(ms < 0.1 ? 2 : 3)} µs`;
  return `${ms < 100 ? ms.toPrecision(2) : Math.round(ms)} ms`;
}

export const count = (number, one, more = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : more}`;
