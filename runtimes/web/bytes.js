/* Bytes: of texts, and of numbers that stand one behind the other. */
import { kindOf, NeuroLiteError } from "./errors.js";

const LONE_SURROGATE = /(\p{Cs})/u;

/** A view of a buffer's or a view's bytes; undefined of anything else. */
export function asBytes(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // By its name, as another frame's is no instance of this one's.
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]" ? new Uint8Array(value) : undefined;
}

/** The UTF-8 of a string, or the bytes that were given. */
export function toBytes(text) {
  const bytes = typeof text === "string" ? encode(text) : asBytes(text);
  if (bytes === undefined) throw new NeuroLiteError(`A text is a string or its UTF-8 bytes, not ${kindOf(text)}.`);
  return bytes;
}

/** UTF-8, in which a surrogate that has lost its other half keeps its three bytes, as everywhere in NeuroLite. */
export function encode(text) {
  const encoder = new TextEncoder();
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  const parts = text.split(LONE_SURROGATE).map((part, number) => (number % 2 ? alone(part) : encoder.encode(part)));
  return joined(parts);
}

function alone(surrogate) {
  const code = surrogate.charCodeAt(0);
  return Uint8Array.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}

/** Several pieces as one. */
export function joined(parts) {
  const found = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    found.set(part, at);
    at += part.length;
  }
  return found;
}

/** uint32 numbers, little-endian. */
export function words(...numbers) {
  const found = new DataView(new ArrayBuffer(4 * numbers.length));
  numbers.forEach((number, place) => found.setUint32(4 * place, number, true));
  return new Uint8Array(found.buffer);
}

export const viewOf = (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

export const equalBytes = (one, other) =>
  one.length === other.length && one.every((byte, place) => byte === other[place]);

/** Lower case, two digits a byte. */
export const hexOf = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
