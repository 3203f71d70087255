/* NeuroLite models in a page or in node: text to answers from one .nlm file, by the C library as WebAssembly.
 *
 *     import { open } from "./neurolite.js";
 *     const model = await open(await (await fetch("model.nlm")).arrayBuffer());
 *     model.run("wake me up at seven").label;
 *
 * neurolite.d.ts has the types. Each model has a WebAssembly memory of its own; nothing is shared, kept or sent. */

const PAGE = 65536;
const SEVERAL_THRESHOLD = 0.5; // of a model of several labels a text that has none of its own
const FILES = "node:fs/promises"; // of node alone: bundlers shall not look for it
const LONE_SURROGATE = /(\p{Cs})/u;

// Numbers of nl_status in neurolite_model.h.
const REASONS = new Map([
  [2, "it is not a .nlm file, or one of a version that this release does not know"],
  [3, "it is damaged: it has sizes, places or values that no model has"],
  [4, "its model has a part or a size that this release cannot compute"],
  [5, "it is damaged: its digest is that of other bytes"],
  [8, "it has 2^30 bytes or more"],
]);

// A function with one SIMD instruction: engines without SIMD refuse it.
const SIMD_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

/** What is wrong with a file, a text or a call. */
export class NeuroLiteError extends Error {
  name = "NeuroLiteError";
}

/** Whether this engine takes the build with SIMD, which is faster and gives the same bits. */
export function hasSimd() {
  return WebAssembly.validate(SIMD_PROBE);
}

/** Opens a model of the bytes of its .nlm file; raises NeuroLiteError where they are not one, or are damaged. */
export async function open(content, { simd = hasSimd(), wasm = undefined } = {}) {
  const bytes = asBytes(content);
  if (bytes === undefined) {
    throw new NeuroLiteError(`open() takes the file's bytes, an ArrayBuffer or a view of one, not ${kindOf(content)}.`);
  }
  const build = wasm ?? (simd ? "neurolite-simd.wasm" : "neurolite.wasm");
  const module = build instanceof WebAssembly.Module ? build : await compiled(build);
  const { exports } = await WebAssembly.instantiate(module, {});
  return new Model(exports, bytes, simd ? "wasm simd128" : "wasm");
}

const modules = new Map();

function compiled(source) {
  if (asBytes(source) !== undefined) return WebAssembly.compile(source);
  const url = new URL(source, import.meta.url), place = String(url);
  if (!modules.has(place)) {
    const found = load(url).then((code) => WebAssembly.compile(code));
    modules.set(place, found);
    found.catch(() => modules.delete(place)); // the next call tries again
  }
  return modules.get(place);
}

async function load(url) {
  if (url.protocol === "file:" && globalThis.process?.versions?.node !== undefined) {
    return (await import(/* webpackIgnore: true */ /* @vite-ignore */ FILES)).readFile(url);
  }
  const response = await fetch(url);
  if (!response.ok) throw new NeuroLiteError(`${url} cannot be loaded: the server says ${response.status}.`);
  return response.arrayBuffer();
}

class Model {
  #wasm;
  #end; // of the file, its logits and its embedding: behind it, text and scratch
  #logits = 0;
  #embedding = 0;

  constructor(wasm, content, runtime) {
    this.#wasm = wasm;
    this.runtime = runtime;
    const blob = wasm.start();
    this.#reserve(blob + content.length, `a model of ${content.length} bytes`);
    this.#bytes(blob, content.length).set(content);
    const status = wasm.open(blob, content.length);
    if (status !== 0) {
      throw new NeuroLiteError(`The model cannot be opened: ${reason(status)}. Export it again, or copy it again.`);
    }
    this.metadata = freeze(this.#json());
    this.labels = Object.freeze(Array.from({ length: wasm.labels() }, (_, number) => this.#text(wasm.label(number))));
    this.#end = up(blob + content.length);
    if (this.labels.length > 0) [this.#logits, this.#end] = [this.#end, up(this.#end + 4 * this.labels.length)];
    if (this.metadata.outputs.includes("embedding")) {
      [this.#embedding, this.#end] = [this.#end, up(this.#end + 4 * wasm.width())];
    }
  }

  run(text) {
    const wasm = this.#opened();
    const bytes = typeof text === "string" ? encode(text) : asBytes(text);
    if (bytes === undefined) throw new NeuroLiteError(`A text is a string or its UTF-8 bytes, not ${kindOf(text)}.`);
    const room = up(this.#end + bytes.length), size = wasm.scratch(Math.min(bytes.length, 2 ** 30));
    this.#reserve(room + size, `a text of ${bytes.length} bytes`);
    this.#bytes(this.#end, bytes.length).set(bytes);
    const status = wasm.run(this.#end, bytes.length, this.#logits, this.#embedding, room, size);
    if (status !== 0) throw new NeuroLiteError(`The text cannot be answered: ${reason(status)}.`);
    const found = { words: wasm.words(), truncated: wasm.truncated() !== 0 };
    if (this.#embedding !== 0) found.embedding = this.#floats(this.#embedding, wasm.width());
    return this.#logits === 0 ? found : { ...this.#answer(this.#floats(this.#logits, this.labels.length)), ...found };
  }

  close() {
    this.#wasm = undefined; // its memory goes with it
  }

  #answer(logits) {
    const best = this.#wasm.best(), { task, threshold } = this.metadata, several = task === "multi_label";
    const probabilities = several ? Float64Array.from(logits, sigmoid) : softmax(logits);
    const answer = { best, label: this.labels[best], score: probabilities[best], logits, probabilities };
    if (several) return { ...answer, labels: this.#given(probabilities, threshold ?? SEVERAL_THRESHOLD) };
    const abstained = threshold === null ? null : this.#wasm.abstains() !== 0;
    return { ...answer, inScope: inScope(logits), abstained };
  }

  /* Of several labels a text, those that it is given, best first. */
  #given(scores, threshold) {
    const found = this.labels.map((label, number) => ({ label, score: scores[number] }));
    return found.filter(({ score }) => score >= threshold).sort((one, other) => other.score - one.score);
  }

  #opened() {
    if (this.#wasm === undefined) throw new NeuroLiteError("The model was closed; open it again.");
    return this.#wasm;
  }

  /* Views end with the memory that they are of, so each is made when it is used. */
  #bytes(at, size) {
    return new Uint8Array(this.#wasm.memory.buffer, at, size);
  }

  #floats(at, size) {
    return new Float32Array(this.#wasm.memory.buffer, at, size).slice();
  }

  #text(at) {
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes(at >>> 0, this.#wasm.size()));
  }

  #json() {
    let found;
    try {
      found = JSON.parse(this.#text(this.#wasm.metadata()));
    } catch {
      found = undefined;
    }
    if (!Array.isArray(found?.outputs)) {
      throw new NeuroLiteError(`The model cannot be opened: ${reason(3)}. Export it again, or copy it again.`);
    }
    return { ...found, threshold: found.threshold ?? null };
  }

  #reserve(end, what) {
    const { memory } = this.#wasm, missing = end - memory.buffer.byteLength;
    if (missing <= 0) return;
    try {
      memory.grow(Math.ceil(missing / PAGE));
    } catch {
      throw new NeuroLiteError(`There is no memory for ${what}.`);
    }
  }
}

const up = (place) => Math.ceil(place / 64) * 64;
const reason = (status) => REASONS.get(status) ?? `the library says ${status}`;
const kindOf = (value) => (value === null ? "null" : (value?.constructor?.name ?? typeof value));

function freeze(value) {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);
  return value;
}

function asBytes(value) {
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  // By its name, as another frame's is no instance of this one's.
  return Object.prototype.toString.call(value) === "[object ArrayBuffer]" ? new Uint8Array(value) : undefined;
}

/* UTF-8, in which a surrogate that has lost its other half keeps its three bytes, as everywhere in NeuroLite. */
function encode(text) {
  const encoder = new TextEncoder();
  if (!LONE_SURROGATE.test(text)) return encoder.encode(text);
  const parts = text.split(LONE_SURROGATE).map((part, number) => (number % 2 ? alone(part) : encoder.encode(part)));
  return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
}

function alone(surrogate) {
  const code = surrogate.charCodeAt(0);
  return [0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f)];
}

function sigmoid(logit) {
  const power = Math.exp(-Math.abs(logit));
  return (logit >= 0 ? 1 : power) / (1 + power);
}

function powers(logits, highest) {
  return Float64Array.from(logits, (logit) => Math.exp(logit - highest));
}

const sum = (values) => values.reduce((total, value) => total + value, 0);
const highest = (logits) => logits.reduce((most, logit) => Math.max(most, logit), -Infinity);

function softmax(logits) {
  const found = powers(logits, highest(logits)), total = sum(found);
  return found.map((power) => power / total);
}

/* How surely the text has any of the labels: softmax with one more, "none of these", whose logit is 0. */
function inScope(logits) {
  const most = Math.max(highest(logits), 0), known = sum(powers(logits, most));
  return known / (known + Math.exp(-most));
}
