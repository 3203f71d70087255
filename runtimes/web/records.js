/* The records of a store (.nls), to bytes and back: docs/learning.md, "The format". */
import { joined, viewOf, words } from "./bytes.js";
import { crc32 } from "./checksums.js";
import { halfBits, halfValue } from "./halves.js";

export const LABEL = 1, EXAMPLE = 2, REMOVAL = 3, RELABEL = 4, USE = 5, MERGE = 6, FORGET = 7, FIT = 8, CORRECTION = 9;

export const PREFIX = 12; // bytes before a payload: its length, its kind, and the sum of both
export const MAX_DIMENSION = 4096;
export const MAX_LABELS = 10_000;
export const MAX_ID = 2 ** 31 - 1;
export const MAX_EXAMPLES = 1_000_000;
export const NO_LABEL = 2 ** 32 - 1;
const MAX_NAME = 256;
const MAX_TEXT = 65_536;
const MAX_USES = 64;
const MAX_PAYLOAD = 4 * 2 ** 24 + 8 * MAX_LABELS + 4;
const HEAD = 20; // bytes of an example before its vector
const SLACK = 0.01; // of a vector's length

/** What no writer of this format makes. */
export class MalformedError extends Error {}

const malformed = (what) => new MalformedError(what);

/** A record as it stands in the file. */
export function encodeRecord(record) {
  const payload = WRITERS[record.kind](record), head = words(payload.length, record.kind);
  return joined([head, words(crc32(head)), payload, words(crc32(payload))]);
}

/** The record at a place, and where it ends; undefined where nothing but an unfinished addition is left. */
export function recordAt(content, place, dimension) {
  const start = place + PREFIX, view = viewOf(content);
  if (start > content.length) return undefined;
  const length = view.getUint32(place, true), kind = view.getUint32(place + 4, true);
  if (crc32(content.subarray(place, place + 8)) !== view.getUint32(place + 8, true)) {
    if (content.subarray(place).every((byte) => byte === 0)) return undefined;
    throw malformed("the beginning of a record has a wrong checksum");
  }
  if (length > MAX_PAYLOAD) throw malformed("a record of more bytes than any can have");
  const end = start + length + 4;
  if (end > content.length) return undefined;
  const payload = content.subarray(start, start + length);
  if (view.getUint32(start + length, true) !== crc32(payload)) {
    if (end === content.length) return undefined;
    throw malformed("a record has a wrong checksum");
  }
  if (!READERS[kind]) throw malformed(`a record of the kind ${kind}, which this version does not know`);
  return { record: { kind, ...READERS[kind](payload, viewOf(payload), dimension) }, end };
}

/** Why a label cannot be called that; undefined where it can. */
export function problemOfName(name) {
  const size = [...name].length;
  if (size < 1 || size > MAX_NAME) return `it must have 1 to ${MAX_NAME} characters`;
  return /\p{Cs}/u.test(name) ? "it has half a character (a lone surrogate)" : undefined;
}

const WRITERS = {
  [LABEL]: ({ number, name }) => joined([words(number), new TextEncoder().encode(name)]),
  [EXAMPLE]: writeExample,
  [REMOVAL]: ({ id }) => words(id),
  [RELABEL]: ({ id, label }) => words(id, label),
  [USE]: ({ rewards }) => joined([words(rewards.length), ...rewards.flatMap(([id, by]) => [words(id), float(by)])]),
  [MERGE]: ({ label, into }) => words(label, into),
  [FORGET]: ({ label }) => words(label),
  [CORRECTION]: ({ id, answered }) => words(id, answered),
};

const READERS = {
  [LABEL]: readLabel,
  [EXAMPLE]: readExample,
  [REMOVAL]: (payload, view) => ({ id: numbers(payload, view, 1)[0] }),
  [RELABEL]: (payload, view) => pair(payload, view, "id", "label"),
  [USE]: readUse,
  [MERGE]: (payload, view) => pair(payload, view, "label", "into"),
  [FORGET]: (payload, view) => ({ label: numbers(payload, view, 1)[0] }),
  [FIT]: readFit,
  [CORRECTION]: (payload, view) => pair(payload, view, "id", "answered"),
};

function float(value) {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value, true);
  return new Uint8Array(view.buffer);
}

function numbers(payload, view, count) {
  if (payload.length !== 4 * count) throw malformed("a record of the wrong length");
  return Array.from({ length: count }, (_, place) => view.getUint32(4 * place, true));
}

function pair(payload, view, first, second) {
  const [one, other] = numbers(payload, view, 2);
  return { [first]: one, [second]: other };
}

function readLabel(payload, view) {
  if (payload.length < 4) throw malformed("a label that is cut short");
  const number = view.getUint32(0, true);
  let name;
  try {
    name = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload.subarray(4));
  } catch {
    throw malformed("a label whose name is no text");
  }
  if (number >= MAX_LABELS || problemOfName(name)) throw malformed("a label whose number or name cannot be");
  return { number, name };
}

function writeExample({ id, label, clock, strength, vector, text }) {
  const halves = new DataView(new ArrayBuffer(2 * vector.length));
  vector.forEach((value, place) => halves.setUint16(2 * place, halfBits(value), true));
  const head = joined([words(id, label, clock), float(strength), words(text.length)]);
  return joined([head, new Uint8Array(halves.buffer), text]);
}

function readExample(payload, view, dimension) {
  const start = HEAD + 2 * dimension, size = payload.length < HEAD ? 0 : view.getUint32(HEAD - 4, true);
  if (payload.length !== start + size || size > MAX_TEXT) {
    throw malformed("an example whose length is not that of its vector and text");
  }
  const [id, label, clock] = [0, 4, 8].map((at) => view.getUint32(at, true)), strength = view.getFloat32(12, true);
  const halves = { length: dimension };
  const vector = Float32Array.from(halves, (_, place) => halfValue(view.getUint16(HEAD + 2 * place, true)));
  const length = Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));
  if (!(Math.abs(length - 1) <= SLACK)) throw malformed("an example whose vector is not of length 1");
  if (id < 1 || id > MAX_ID || !(strength >= 0 && strength <= 1)) {
    throw malformed("an example whose id or strength is out of range");
  }
  return { id, label, clock, strength, vector, text: payload.slice(start) };
}

function readUse(payload, view) {
  const count = payload.length < 4 ? -1 : view.getUint32(0, true);
  if (count < 0 || count > MAX_USES || payload.length !== 4 + 8 * count) {
    throw malformed("uses whose number is not that of their record");
  }
  const rewards = Array.from({ length: count }, (_, row) => [
    view.getUint32(4 + 8 * row, true),
    view.getFloat32(8 + 8 * row, true),
  ]);
  if (!rewards.every(([, reward]) => reward >= -1 && reward <= 1)) throw malformed("a reward that is not from -1 to 1");
  return { rewards };
}

/* Of a fit an app needs to know no more than what it is of: it has none, and refuses a store that answers by one. */
function readFit(payload, view, dimension) {
  const count = payload.length < 4 ? 0 : view.getUint32(0, true), start = 4 * (count + 1);
  if (count < 2 || count > MAX_LABELS || payload.length !== start + 4 * (dimension + 1) * count) {
    throw malformed("weights whose number is not that of their record");
  }
  const labels = Array.from({ length: count }, (_, place) => view.getUint32(4 + 4 * place, true));
  for (let at = start; at < payload.length; at += 4) {
    if (!Number.isFinite(view.getFloat32(at, true))) throw malformed("weights that are not finite");
  }
  if (new Set(labels).size < count) throw malformed("weights of one label twice");
  return { labels };
}
