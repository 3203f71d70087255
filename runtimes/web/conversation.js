/* One conversation with a model that keeps a state: what is remembered goes on from text to text. */
import { NeuroLiteError } from "./errors.js";
import { initialState } from "./state.js";
import { decodeState, encodeState } from "./state_file.js";

/** Texts in their order, each answered in the light of those that were remembered before it.
 *
 * The model is one of neurolite.js, or anything else with its metadata and its `run`, which may give promises; then
 * `ask` and `remember` give promises too, and the next call waits for the one before. */
export class Conversation {
  #model;
  #state;
  /** Texts that are remembered. */
  turns = 0;

  constructor(model) {
    if (model.metadata.state.length === 0) {
      throw new NeuroLiteError("This model keeps no state: each of its texts stands alone.");
    }
    this.#model = model;
    this.#state = initialState(model.metadata.state);
  }

  /** The answer to a text, which is not remembered. */
  ask(text) {
    return this.#model.run(text, { state: this.#state });
  }

  /** The answer to a text, which is remembered: the next one is answered in its light. */
  remember(text) {
    const found = this.ask(text);
    return typeof found.then === "function" ? found.then((answer) => this.#keep(answer)) : this.#keep(found);
  }

  #keep(answer) {
    this.#state = answer.state;
    this.turns += 1;
    return answer;
  }

  /** Begins anew. */
  forget() {
    this.#state = initialState(this.#model.metadata.state);
    this.turns = 0;
  }

  /** The bytes of a .nlstate file, which every runtime of NeuroLite goes on with. */
  save() {
    return encodeState(this.#model.metadata, this.#state, this.turns);
  }

  /** Goes on with a saved conversation of this model, in any target and precision. */
  static open(content, model) {
    const found = new Conversation(model), { state, turns } = decodeState(content, model.metadata);
    found.#state = state;
    found.turns = turns;
    return found;
  }
}
