import type { Metadata } from "./metadata.js";

/** What is wrong with a file, a text or a call; the message is for people. */
export class NeuroLiteError extends Error {}

/** A text: a string, or its UTF-8 bytes, which may be any bytes. */
export type Text = string | ArrayBuffer | ArrayBufferView;

/** What is remembered of a conversation: a tensor's numbers, row by row, by the names of metadata.state. */
export type State = Readonly<Record<string, Float32Array | Int32Array>>;

/** A label and its score, 0 to 1. */
export interface Scored {
  readonly label: string;
  readonly score: number;
}

/** A part of a text that is of a type. */
export interface Span {
  readonly type: string;
  /** Its first UTF-16 unit and the one behind its last: text.slice(start, end). Of bytes, the text is what TextDecoder
   * makes of them. */
  readonly start: number;
  readonly end: number;
  readonly startByte: number;
  readonly endByte: number;
  readonly text: string;
  /** The smallest probability of its words' tags, 0 to 1. */
  readonly score: number;
}

/** A rule that fired. */
export interface FiredRule {
  readonly name: string;
  /** In words, such as "force alarm". */
  readonly does: string;
  /** Why the rule is there, for people; it may be empty. */
  readonly reason: string;
  /** It had no effect, as a stronger one fired. */
  readonly overruled: boolean;
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
   * where the model has none; where a rule refuses the text, true. */
  readonly inScope?: number;
  readonly abstained?: boolean | null;
  /** Of several labels a text: those that reach the model's threshold, best first. */
  readonly labels?: readonly Scored[];
  /** Of a model with rules: those that fired, the strongest first, and whether they leave the text unanswered. */
  readonly rules?: readonly FiredRule[];
  readonly refusedByRules?: boolean;
  /** Of a model that finds them, in the order of the text. */
  readonly spans?: readonly Span[];
  /** Of a model whose texts choose among experts: the numbers of those that this one chose, in order. */
  readonly experts?: readonly number[];
  /** Of a model that keeps one: what is remembered then, for the next text. */
  readonly state?: State;
}

/** An open model. */
export interface Model {
  readonly labels: readonly string[];
  /** What the file says of itself: docs/artifacts.md. */
  readonly metadata: Metadata;
  /** What computes it: "wasm simd128" or "wasm". */
  readonly runtime: string;
  /** Answers a text; in the light of a conversation where `state` is given (conversation.js keeps it). */
  run(text: Text, given?: { state?: State | null }): Answer;
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
