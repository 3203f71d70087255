/* What the vectors of tests/golden/apps are written in, and where they are. */
import { readFile } from "node:fs/promises";

const GOLDEN = new URL("../../golden/apps/", import.meta.url);
const WEB = new URL("../../../runtimes/web/", import.meta.url);

export const golden = async (name) => JSON.parse(await readFile(new URL(`${name}.json`, GOLDEN), "utf-8"));
export const goldenBytes = async (name) => Uint8Array.from(await readFile(new URL(name, GOLDEN)));
export const module = (name) => import(new URL(`${name}.js`, WEB));

const numbersOf = (hex, digits) => (hex.match(digits) ?? []).map((each) => parseInt(each, 16));
export const bytesOf = (hex) => Uint8Array.from(numbersOf(hex, /../g));
export const stringOf = (hex) => numbersOf(hex, /..../g).map((unit) => String.fromCharCode(unit)).join("");

/** float32 numbers, little-endian. */
export function floatsOf(hex) {
  const view = new DataView(bytesOf(hex).buffer);
  return Float32Array.from({ length: view.byteLength / 4 }, (_, place) => view.getFloat32(4 * place, true));
}

/** Refuses values that differ by more; null is near to null alone. */
export function assertNear(assert, found, wanted, tolerance, what) {
  if (wanted === null || found === null || found === undefined) return assert.equal(found, wanted, what);
  if (typeof wanted === "number") {
    return assert.ok(Math.abs(found - wanted) <= tolerance, `${what}: ${found}, not ${wanted}`);
  }
  assert.equal(found.length, wanted.length, what);
  wanted.forEach((value, place) => assertNear(assert, found[place], value, tolerance, `${what}, number ${place}`));
}
