import type { Text } from "./neurolite.js";

/** [bytes, words] of a file's fixed shape. */
export type Bucket = readonly [number, number];

/** The UTF-8 of a string, in which half of a pair keeps three bytes of its own; or the bytes that were given. */
export function toBytes(text: Text): Uint8Array;

/** At most so many bytes, cut at a word border, and whether more than blanks was cut off. */
export function cut(bytes: Uint8Array, maxBytes: number): { bytes: Uint8Array; truncated: boolean };

/** [first byte, byte behind its last] of each word that a model reads. */
export function wordsOf(bytes: Uint8Array): [number, number][];

/** The fixed shapes of a model, smallest first. */
export function bucketsOf(maxBytes: number, maxWords: number): Bucket[];

/** The place of the smallest bucket that takes so many bytes. */
export function firstBucket(buckets: readonly Bucket[], bytes: number): number;

/** Where to run a text again that turned out to have so many words; the same place where they fitted. */
export function nextBucket(buckets: readonly Bucket[], place: number, words: number): number;
