import type { Answer, State, Text } from "./neurolite.js";
import type { Metadata } from "./metadata.js";

/** What answers: a model of neurolite.js, or one of another engine, which may answer later. */
export interface Answering<Given extends Answer | Promise<Answer> = Answer | Promise<Answer>> {
  readonly metadata: Metadata;
  run(text: Text, given: { state: State }): Given;
}

/** Texts in their order, each answered in the light of those that were remembered before it. Of a model that answers
 * later, the next call waits for the one before. */
export class Conversation<Given extends Answer | Promise<Answer> = Answer> {
  /** Raises NeuroLiteError where the model keeps no state. */
  constructor(model: Answering<Given>);
  /** Texts that are remembered. */
  readonly turns: number;
  /** The answer to a text, which is not remembered. */
  ask(text: Text): Given;
  /** The answer to a text, which is remembered. */
  remember(text: Text): Given;
  /** Begins anew. */
  forget(): void;
  /** The bytes of a .nlstate file. */
  save(): Uint8Array;
  /** Goes on with a saved conversation of the same model, in any target and precision. Raises NeuroLiteError. */
  static open<Given extends Answer | Promise<Answer>>(
    content: ArrayBuffer | ArrayBufferView,
    model: Answering<Given>,
  ): Conversation<Given>;
}
