/** A rule of a file, in the order of its output `rules`. */
export interface Rule {
  readonly name: string;
  readonly effect: "force" | "forbid" | "evidence" | "abstain" | "nothing";
  readonly labels: readonly string[];
  readonly strength: number;
  readonly weight: number | null;
  readonly asks: boolean;
  readonly reason: string;
}

/** What cosines of vectors that are cut to so many numbers mean: docs/learning.md. */
export interface Similarity {
  readonly dimension: number;
  readonly agreement: number;
  readonly scale: number;
  readonly offset: number;
  readonly sharpness: number;
  readonly threshold: number;
}

/** A tensor that is remembered. */
export interface StateSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: "float32" | "int32";
  readonly initial: number;
}

/** What a file says of itself (docs/artifacts.md), frozen; lists of what it has not are empty. */
export interface Metadata {
  readonly task: "classification" | "multi_label" | "embedding" | "spans" | "generation";
  readonly name: string;
  readonly precision: string;
  readonly parameters: number;
  readonly labels: readonly string[];
  readonly outputs: readonly string[];
  readonly threshold: number | null;
  readonly max_words: number;
  readonly max_bytes: number;
  readonly embedding_size: number;
  readonly model_id: string | null;
  readonly similarities: readonly Similarity[];
  readonly rules: readonly Rule[];
  readonly spans: { readonly types: readonly string[]; readonly thresholds: readonly number[] } | null;
  readonly state: readonly StateSpec[];
  readonly [entry: string]: unknown;
}

/** Metadata of its JSON, checked. Raises NeuroLiteError. */
export function readMetadata(json: string): Metadata;
