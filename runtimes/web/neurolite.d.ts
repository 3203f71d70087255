/** What is wrong with a file, a text or a call. */
export class NeuroLiteError extends Error {}

/** A label and its score, 0 to 1. */
export interface Scored {
  readonly label: string;
  readonly score: number;
}

/** The answer to one text. */
export interface Answer {
  /** Words of the text, those that were not read included. */
  readonly words: number;
  /** Something of the text was not read: the model's limits are metadata.max_words and max_bytes. */
  readonly truncated: boolean;
  /** Of a model that gives one: the text's vector, of length 1. */
  readonly embedding?: Float32Array;
  /** Of a model with labels: number, name and score of the best one; of equal ones the first. */
  readonly best?: number;
  readonly label?: string;
  readonly score?: number;
  readonly logits?: Float32Array;
  /** Of each label: softmax, or sigmoid where a text may have several labels. */
  readonly probabilities?: Float64Array;
  /** Of one label a text: how surely it has any of the labels, and whether that is below the model's threshold; null
   * where the model has none. */
  readonly inScope?: number;
  readonly abstained?: boolean | null;
  /** Of several labels a text: those that reach the model's threshold, best first. */
  readonly labels?: readonly Scored[];
}

/** An open model. */
export interface Model {
  readonly labels: readonly string[];
  /** What the file says of itself: docs/artifacts.md. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What computes it: "wasm simd128" or "wasm". */
  readonly runtime: string;
  /** Answers a text: a string, or its UTF-8 bytes, which may be any bytes. */
  run(text: string | ArrayBuffer | ArrayBufferView): Answer;
  /** Gives the memory back. */
  close(): void;
}

export interface Options {
  /** false: the build without SIMD, in engines that have it as well. */
  simd?: boolean;
  /** The build itself, or its address from neurolite.js, where it does not lie beside it. */
  wasm?: WebAssembly.Module | ArrayBuffer | ArrayBufferView | string | URL;
}

/** Whether this engine takes the build with SIMD, which is faster and gives the same bits. */
export function hasSimd(): boolean;

/** Opens a model of the bytes of its .nlm file, after its digest was checked. Raises NeuroLiteError. */
export function open(content: ArrayBuffer | ArrayBufferView, options?: Options): Promise<Model>;
