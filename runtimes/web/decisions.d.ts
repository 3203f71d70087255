import type { Answer, State } from "./neurolite.js";
import type { Metadata } from "./metadata.js";

/** What a model computed of one text, by any engine; what it does not give is left out. */
export interface Outputs {
  /** Words of the text, and whether something of it was not read: it was cut, or has more than max_words. */
  readonly words: number;
  readonly truncated: boolean;
  readonly logits?: Float32Array;
  readonly embedding?: Float32Array;
  /** 1 for each rule that fired. */
  readonly rules?: ArrayLike<number>;
  /** Logits of the tags of each word that was read, word by word, and its first byte and the one behind its last. */
  readonly tags?: Float32Array;
  readonly offsets?: Int32Array;
  readonly experts?: readonly number[];
  readonly state?: State;
}

/** The answer to a text, as `run` of neurolite.js gives it; bytes are a Uint8Array. */
export function answerOf(outputs: Outputs, metadata: Metadata, text: string | Uint8Array): Answer;

/** Places of scores, the highest first, of equals the first. */
export function ranked(scores: ArrayLike<number>): number[];

/** The probability of each label, of one label a text. */
export function softmax(logits: Float32Array | Float64Array): Float64Array;

/** The probability that a text has a label, of several labels a text. */
export function sigmoid(logit: number): number;

/** How surely a text has any of the labels; it is held against the threshold. */
export function inScope(logits: Float32Array | Float64Array): number;
