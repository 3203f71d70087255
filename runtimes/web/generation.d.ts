import type { Answer, State, Text } from "./neurolite.js";
import type { Metadata } from "./metadata.js";

/** A generator of any engine, which may answer later: the next words' logits are in its answer. */
export interface Generating {
  readonly metadata: Metadata;
  run(text: Text, given?: { state?: State }): Answer | Promise<Answer>;
}

/** What is put behind a text as it stands, gap included; the whole word, which is shown; and its probability. */
export interface Suggestion {
  readonly text: string;
  readonly word: string;
  readonly score: number;
}

/** How words are drawn; what nobody gives is 40 words, 0.8, 40, 0.95, 1.1 and Math.random. */
export interface Writing {
  /** At most. */
  readonly words?: number;
  /** 0 takes the most probable word; up to 100. */
  readonly temperature?: number;
  /** Of so many of the most probable words; 0 of all. */
  readonly topK?: number;
  /** Of the fewest that have this share; above 0, up to 1. */
  readonly topP?: number;
  /** Makes words that were written less probable; 1 does not. */
  readonly repetitionPenalty?: number;
  /** Whether words are written, letter by letter, that are not in the vocabulary; true. */
  readonly spell?: boolean;
  /** Gives a number from 0 up to 1 for each word, and for each byte and end of one that is spelled. */
  readonly random?: () => number;
}

/** What follows texts. One call after another, as a model takes one text at a time. */
export class Generator {
  /** Raises NeuroLiteError where the model is no generator. */
  constructor(model: Generating);
  /** The most probable words behind a text, best first. */
  suggest(text: Text, count?: number): Promise<Suggestion[]>;
  /** Rests of the word that a text ends in; where nothing is being typed, as suggest. */
  complete(text: Text, count?: number): Promise<Suggestion[]>;
  /** What a keyboard shows: rests of a word, and the words behind it as far as it is whole. */
  offer(text: Text, count?: number): Promise<Suggestion[]>;
  /** Pieces that go on with a prompt, until the text is over or has so many more words. Raises NeuroLiteError. */
  write(prompt: Text, how?: Writing): AsyncGenerator<string, void, void>;
}
