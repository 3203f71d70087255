/* What follows a text, by a generator: next words, the rest of a word that is being typed, a text that goes on.
 *
 * neurolite_core/answer/writing.py says the same in Python; docs/app-contract.md, "Next words". */
import { joined, toBytes } from "./bytes.js";
import { NeuroLiteError } from "./errors.js";
import { reading, typedBehind } from "./reading_words.js";
import { best, draw, penalised, sampling, shares } from "./sampling.js";
import { BORDER, isWhole, Speller, weightsOf } from "./spelling.js";

const UNKNOWN = 0; // a word that is no entry
const END = 1; // the text is over
const FIRST = ["<unk>", "</s>", "<0x00>"]; // and 255 bytes more
const FIRST_WORD = 258;
const LONGEST = 64; // bytes that a spelled word has, and up to three more for its last character
const GAPS = [" "]; // what a word may have before it
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** What follows texts, of one model: of neurolite.js, or anything else with its metadata and its `run`. */
export class Generator {
  #words;
  #gaps;
  #numbers;
  #reader;
  #speller;

  constructor(model) {
    const { task, labels } = model.metadata;
    if (task !== "generation") {
      throw new NeuroLiteError(`This model is of the task ${task}, which writes nothing. Open a generator.`);
    }
    if (FIRST.some((name, place) => labels[place] !== name) || labels.length <= FIRST_WORD) {
      throw new NeuroLiteError("This generator's labels are no vocabulary. Export the model again.");
    }
    this.#words = labels.slice(FIRST_WORD);
    this.#gaps = this.#words.map(gapOf);
    this.#numbers = new Map(this.#words.map((word, place) => [word, FIRST_WORD + place]));
    this.#reader = reading(model);
  }

  /** The most probable words behind a text, best first; the end of a text is none. */
  async suggest(text, count = 3) {
    const bytes = toBytes(text);
    return this.#scored(await this.#following(bytes), count, (entry) => this.#piece(bytes, entry));
  }

  /** Rests of the word that a text ends in; where nothing is being typed, as `suggest`. */
  async complete(text, count = 3) {
    const bytes = toBytes(text), typed = typedBehind(bytes, this.#reader.most);
    return typed.length === 0 ? this.suggest(bytes, count) : this.#rests(bytes, typed, count);
  }

  /** What a keyboard shows: rests of a word, and the words behind it as far as it is whole. */
  async offer(text, count = 3) {
    const bytes = toBytes(text), typed = typedBehind(bytes, this.#reader.most);
    const rests = typed.length === 0 ? [] : await this.#rests(bytes, typed, count);
    if (rests.length === 0) return this.suggest(bytes, count);
    const whole = await this.#whole(bytes, typed);
    const found = rests.map((rest) => ({ ...rest, score: rest.score * (1 - whole) }));
    // What follows is less probable than the word itself.
    if (whole > 0 && (rests.length < count || found.at(-1).score < whole)) {
      const next = await this.suggest(bytes, count);
      const others = next.filter(({ text: piece }) => rests.every((rest) => rest.text !== piece));
      found.push(...others.map((other) => ({ ...other, score: other.score * whole })));
    }
    return found.sort((one, other) => other.score - one.score).slice(0, count);
  }

  /** Pieces that go on with a prompt, until the text is over or has so many more. */
  async *write(prompt, { words = 40, random = Math.random, spell = true, ...given } = {}) {
    const how = sampling(given), written = new Set();
    let bytes = toBytes(prompt);
    for (let count = 0; count < words; count += 1) {
      const { logits: all, rest } = await this.#reader.behind(bytes), allowed = this.#allowed(all, rest);
      if (spell) allowed[UNKNOWN] = all[UNKNOWN];
      const logits = penalised(allowed, written, how.repetitionPenalty);
      const entry = draw(shares(logits, how), random());
      if (entry === END) return;
      if (entry !== UNKNOWN) written.add(entry);
      const piece = entry === UNKNOWN ? this.#spelled(logits, rest, how, random) : this.#piece(bytes, entry);
      bytes = joined([bytes, toBytes(piece)]);
      yield piece;
    }
  }

  /* A word that is no entry, without the separators that stand there already. */
  #spelled(logits, rest, how, random) {
    this.#speller ??= new Speller(this.#words);
    const weights = weightsOf(logits.slice(FIRST_WORD)), word = [...rest];
    while (word.length - rest.length < LONGEST || !isWhole(word)) {
      const symbol = draw(shares(this.#speller.shares(weights, word, rest.length).map(Math.log), how), random());
      if (symbol === BORDER) break;
      word.push(symbol);
    }
    return decoder.decode(Uint8Array.from(word.slice(rest.length)));
  }

  /* Of what may follow a text, -Infinity for what may not: a word with another gap than the text ends in. */
  async #following(bytes) {
    const { logits, rest } = await this.#reader.behind(bytes);
    return this.#allowed(logits, rest);
  }

  #allowed(logits, rest) {
    const found = new Float64Array(logits);
    for (let entry = 0; entry < FIRST_WORD; entry += 1) if (entry !== END) found[entry] = -Infinity;
    if (rest.length === 0) return found;
    const gap = GAPS.find((own) => own === decoder.decode(rest)) ?? "";
    this.#gaps.forEach((own, place) => {
      if (own !== gap) found[FIRST_WORD + place] = -Infinity;
    });
    return found;
  }

  /* What an entry writes, without the gap that stands there already. */
  #piece(bytes, entry) {
    const word = this.#words[entry - FIRST_WORD], gap = this.#gaps[entry - FIRST_WORD];
    return gap !== "" && bytes.at(-1) === gap.charCodeAt(0) ? word.slice(gap.length) : word;
  }

  async #rests(bytes, typed, count) {
    const logits = await this.#following(bytes.subarray(0, bytes.length - typed.length)), own = decoder.decode(typed);
    const longer = this.#longer(own), kept = new Float64Array(logits.length).fill(-Infinity);
    for (const entry of longer) kept[entry] = logits[entry];
    return this.#scored(kept, count, (entry) => this.#words[entry - FIRST_WORD].slice(own.length));
  }

  #longer(typed) {
    const found = [];
    this.#words.forEach((word, place) => {
      if (word.length > typed.length && word.startsWith(typed)) found.push(FIRST_WORD + place);
    });
    return found;
  }

  /* The share that the word has, as an entry, among all entries that begin with it. */
  async #whole(bytes, typed) {
    const own = decoder.decode(typed), entry = this.#numbers.get(own);
    const logits = await this.#following(bytes.subarray(0, bytes.length - typed.length));
    if (entry === undefined || logits[entry] === -Infinity) return 0;
    const rows = [entry, ...this.#longer(own)].map((each) => logits[each]), most = Math.max(...rows);
    return Math.exp(rows[0] - most) / rows.reduce((total, logit) => total + Math.exp(logit - most), 0);
  }

  #scored(logits, count, pieceOf) {
    logits[END] = -Infinity;
    const places = best(logits, count);
    if (places.length === 0) return [];
    const most = logits[places[0]], total = logits.reduce((sum, logit) => sum + Math.exp(logit - most), 0);
    return places.map((entry) => {
      const own = entry - FIRST_WORD, word = this.#words[own].slice(this.#gaps[own].length);
      return { text: pieceOf(entry), word, score: Math.exp(logits[entry] - most) / total };
    });
  }
}

const gapOf = (word) => GAPS.find((gap) => word.startsWith(gap)) ?? "";
