import type { Answer, Text } from "./neurolite.js";
import type { Metadata } from "./metadata.js";

/** What a model gave for a text: any answer that has an embedding. */
export type Embedded = Pick<Answer, "embedding" | "logits">;

/** How a store learns: docs/learning.md. */
export interface Settings {
  readonly rate: number;
  readonly most_prototypes: number;
  readonly split_from: number;
  readonly split_gain: number;
  readonly join_gain: number;
  readonly half_life: number;
  readonly learning: number;
  readonly focus: number;
}

/** A learned label. */
export interface Label {
  readonly name: string;
  readonly examples: number;
  readonly prototypes: number;
  /** The model has a label of this name too. */
  readonly trained: boolean;
}

/** A stored example. */
export interface Example {
  readonly id: number;
  readonly label: string;
  /** null in a store without texts. */
  readonly text: string | null;
}

/** What one side alone says; null where nothing says how sure to be. */
export interface Side {
  readonly label: string;
  readonly score: number | null;
  readonly inScope: number | null;
}

/** An answer of what was learned, and of a classifier's own labels. */
export interface Learned extends Side {
  /** Better not to act on the label; null where there is no threshold to tell. */
  readonly abstained: boolean | null;
  /** Which side gave more. */
  readonly source: "learned" | "trained";
  readonly learned: Side | null;
  readonly trained: Side | null;
  /** The nearest stored examples, the nearest first. */
  readonly evidence: readonly (Example & { readonly cosine: number })[];
}

/** Labels that a user teaches by examples. Every method raises NeuroLiteError of what cannot be, and changes nothing
 * then; `answer` is what the model's `run` gave for the text. Keep what `save` gives after each change. */
export class Learner {
  private constructor();
  /** Bytes of an unfinished addition, which were left out when the store was opened. */
  readonly torn: number;
  /** A new store for a model. texts: keep them beside their vectors. dimension: to which vectors are cut. */
  static begin(metadata: Metadata, options?: { texts?: boolean; dimension?: number; settings?: Settings }): Learner;
  /** Goes on with the bytes of a .nls file of the same encoder, from any platform. */
  static open(content: ArrayBuffer | ArrayBufferView, metadata: Metadata): Learner;
  labels(): Label[];
  /** Of one label or of all, in the order of their ids. */
  examples(label?: string): Example[];
  /** Stores an example; its id, or that of the stored one where the label has exactly this text already. */
  add(label: string, text: Text, answer: Embedded): number;
  /** The user says which label a text has: it is stored, or gets the label where it is stored already. */
  correct(label: string, text: Text, answer: Embedded): number;
  /** Forgets an example; `compact` takes it from the file. */
  remove(id: number): void;
  /** A label is gone with its examples, from the file too. */
  forget(label: string): void;
  /** A label's examples get another label, which may be new. */
  merge(label: string, into: string): void;
  /** Takes over the examples of another .nls file of the same encoder; their ids here. */
  importStore(content: ArrayBuffer | ArrayBufferView): number[];
  /** Writes the file anew without what is gone. */
  compact(): void;
  /** The answer to a text; of an encoder only where there are examples. */
  classify(answer: Embedded, options?: { evidence?: number }): Learned;
  /** The bytes of the .nls file. */
  save(): Uint8Array;
}
