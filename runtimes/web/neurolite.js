/* NeuroLite models in a page or in node: text to answers from one .nlm file, by the C library as WebAssembly.
 *
 *     import { open } from "./neurolite.js";
 *     const model = await open(await (await fetch("model.nlm")).arrayBuffer());
 *     model.run("wake me up at seven").label;
 *
 * neurolite.d.ts has the types. Each model has a WebAssembly memory of its own; nothing is shared, kept or sent. */
import { asBytes, toBytes } from "./bytes.js";
import { answerOf } from "./decisions.js";
import { kindOf, NeuroLiteError } from "./errors.js";
import { readMetadata } from "./metadata.js";
import { checkState, initialState, sizeOf } from "./state.js";

export { NeuroLiteError };

const PAGE = 65536;
const FILES = "node:fs/promises"; // of node alone: bundlers shall not look for it

// Numbers of nl_status in neurolite_model.h.
const DAMAGED = 3;
const REASONS = new Map([
  [2, "it is not a .nlm file, or one of a version that this release does not know"],
  [DAMAGED, "it is damaged: it has sizes, places or values that no model has"],
  [4, "its model has a part or a size that this release cannot compute"],
  [5, "it is damaged: its digest is that of other bytes"],
  [8, "it has 2^30 bytes or more"],
]);

// A function with one SIMD instruction: engines without SIMD refuse it.
const SIMD_PROBE = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15, 253, 98, 11,
);

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
  #places = {}; // of what is written for each text: bytes from the start of the memory
  #sizes;
  #end; // behind all that, text and scratch

  constructor(wasm, content, runtime) {
    this.#wasm = wasm;
    this.runtime = runtime;
    const blob = wasm.start();
    this.#reserve(blob + content.length, `a model of ${content.length} bytes`);
    this.#bytes(blob, content.length).set(content);
    const status = wasm.open(blob, content.length);
    if (status !== 0) throw unopened(reason(status));
    this.metadata = this.#read();
    this.labels = this.metadata.labels;
    this.#sizes = this.#checkedSizes();
    this.#end = up(blob + content.length);
    for (const [name, size] of Object.entries(this.#sizes)) {
      this.#places[name] = size > 0 ? this.#end : 0;
      this.#end = up(this.#end + 4 * size);
    }
  }

  run(text, { state } = {}) {
    const wasm = this.#opened(), bytes = toBytes(text), { state: specs } = this.metadata;
    if (state !== undefined && state !== null) checkState(specs, state);
    const room = up(this.#end + bytes.length), size = wasm.scratch(Math.min(bytes.length, 2 ** 30));
    this.#reserve(room + size, `a text of ${bytes.length} bytes`);
    this.#bytes(this.#end, bytes.length).set(bytes);
    if (specs.length > 0) this.#put(state ?? initialState(specs));
    const { logits, embedding, rules, tags, offsets, experts, state: kept } = this.#places;
    const outputs = [logits, embedding, rules, tags, offsets, experts];
    const status = wasm.run(this.#end, bytes.length, kept, ...outputs, room, size);
    if (status !== 0) throw new NeuroLiteError(`The text cannot be answered: ${reason(status)}.`);
    return answerOf(this.#outputs(), this.metadata, typeof text === "string" ? text : bytes);
  }

  close() {
    this.#wasm = undefined; // its memory goes with it
  }

  /* What was written, copied. */
  #outputs() {
    const wasm = this.#wasm, words = wasm.words(), read = Math.min(words, this.metadata.max_words);
    const found = { words, truncated: wasm.truncated() !== 0 };
    const { outputs, state: specs } = this.metadata;
    const kinds = { logits: Float32Array, embedding: Float32Array, rules: Int32Array };
    for (const [name, Kind] of Object.entries(kinds)) if (outputs.includes(name)) found[name] = this.#copy(name, Kind);
    if (outputs.includes("tags")) {
      found.tags = this.#copy("tags", Float32Array, read * wasm.tags());
      found.offsets = this.#copy("offsets", Int32Array, 2 * read);
    }
    if (this.#sizes.experts > 0) found.experts = Array.from(this.#copy("experts", Int32Array));
    if (specs.length > 0) found.state = this.#parted(this.#copy("state", Float32Array));
    return found;
  }

  #copy(name, Kind, size = this.#sizes[name]) {
    return new Kind(this.#wasm.memory.buffer, this.#places[name], size).slice();
  }

  /* The library's state is all tensors in their order, one behind the other. */
  #put(state) {
    const room = new Float32Array(this.#wasm.memory.buffer, this.#places.state, this.#sizes.state);
    let at = 0;
    for (const { name } of this.metadata.state) {
      room.set(state[name], at);
      at += state[name].length;
    }
  }

  #parted(values) {
    let at = 0;
    return Object.fromEntries(
      this.metadata.state.map((spec) => [spec.name, values.slice(at, (at += sizeOf(spec)))]),
    );
  }

  #opened() {
    if (this.#wasm === undefined) throw new NeuroLiteError("The model was closed; open it again.");
    return this.#wasm;
  }

  /* Views end with the memory that they are of, so each is made when it is used. */
  #bytes(at, size) {
    return new Uint8Array(this.#wasm.memory.buffer, at, size);
  }

  #read() {
    const at = this.#wasm.metadata() >>> 0;
    try {
      return readMetadata(new TextDecoder("utf-8", { ignoreBOM: true }).decode(this.#bytes(at, this.#wasm.size())));
    } catch (error) {
      throw error instanceof NeuroLiteError ? unopened(`${reason(DAMAGED)} (${error.message})`) : error;
    }
  }

  /* 32-bit numbers of each output, which are those of the library; the metadata has to tell of the same. */
  #checkedSizes() {
    const wasm = this.#wasm, { labels, outputs, rules, spans, state, max_words: most } = this.metadata;
    const kept = state.reduce((sum, spec) => sum + sizeOf(spec), 0), types = spans?.types.length ?? 0;
    const told = [labels.length, rules.length, types && 1 + 2 * types, 4 * kept, most];
    const known = [wasm.labels(), wasm.rules(), wasm.tags(), wasm.state_size(), wasm.max_words()];
    const isOne = told.every((number, place) => number === known[place]);
    if (!isOne || state.some(({ dtype }) => dtype !== "float32")) throw unopened(reason(DAMAGED));
    return {
      logits: labels.length,
      embedding: outputs.includes("embedding") ? wasm.width() : 0,
      rules: rules.length,
      tags: most * wasm.tags(),
      offsets: types && 2 * most,
      experts: wasm.experts(),
      state: kept,
    };
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
const unopened = (why) => new NeuroLiteError(`The model cannot be opened: ${why}. Export it again, or copy it again.`);
