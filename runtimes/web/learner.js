/* Labels that a user teaches by examples, over any model that gives an embedding, in a file that every platform reads:
 * docs/learning.md. Nothing is written anywhere: keep what `save` gives after each change. */
import { joined } from "./bytes.js";
import { NeuroLiteError, shown } from "./errors.js";
import { halfBits, halfValue, halvesKey } from "./halves.js";
import { combined, scored } from "./learned.js";
import { Memory } from "./memory.js";
import { dot } from "./prototypes.js";
import {
  CORRECTION, encodeRecord, FORGET, LABEL, MAX_DIMENSION, MAX_EXAMPLES, MAX_ID, MAX_LABELS, MERGE, NO_LABEL,
  problemOfName, RELABEL, REMOVAL, USE,
} from "./records.js";
import { cutVector, similarityOf } from "./similarity.js";
import { areSettings, encodeHeader, readStore, SETTINGS } from "./store.js";
import { cut, toBytes } from "./texts.js";

const HEARD = 8; // stored examples that a correction strengthens or weakens
const EVIDENCE = 3;

export class Learner {
  #metadata;
  #memory;
  #parts; // bytes of the file
  /** Bytes of an unfinished addition, which were left out when the store was opened. */
  torn = 0;

  constructor(metadata, memory, parts, torn) {
    this.#metadata = metadata;
    this.#memory = memory;
    this.#parts = parts;
    this.torn = torn;
  }

  /** A new store for a model. */
  static begin(metadata, { texts = true, dimension = undefined, settings = SETTINGS } = {}) {
    const header = headerFor(metadata, texts, dimension, settings);
    return new Learner(metadata, new Memory(header), [encodeHeader(header)], 0);
  }

  /** Goes on with a store of the same encoder. */
  static open(content, metadata) {
    const { memory, whole, torn } = readStore(content);
    checkEncoder(memory.header, metadata);
    if (memory.fitted) {
      throw new NeuroLiteError("This store answers by a fit, which is Python's alone. An example more ends it there.");
    }
    const found = new Learner(metadata, memory, [whole], torn);
    if (memory.isWasteful(whole.length)) found.compact();
    return found;
  }

  /** Those that were learned, in the order in which they came. */
  labels() {
    const memory = this.#memory;
    return [...memory.names].map(([number, name]) => ({
      name,
      examples: memory.living().filter(({ label }) => label === number).length,
      prototypes: memory.prototypes(number).means.length,
      trained: this.#metadata.labels.includes(name),
    }));
  }

  /** Those that are stored, of one label or of all, in the order of their ids. */
  examples(label) {
    const number = label === undefined ? undefined : this.#number(label);
    const found = this.#memory.living().filter((example) => number === undefined || example.label === number);
    return found.map((example) => this.#told(example));
  }

  /** Stores an example; its id, or that of the stored one where the label has exactly this text already. */
  add(label, text, answer) {
    return this.#additions([{ label, text: this.#read(text), vector: this.#stored(answer) }])[0];
  }

  /** The user says which label a text has: it is stored, or gets the label where it is stored already. */
  correct(label, text, answer) {
    const memory = this.#memory, vector = this.#stored(answer), data = this.#read(text);
    const before = memory.size > 0 ? this.classify(answer, { evidence: HEARD }) : undefined;
    const [number, records] = this.#named(label, new Map()), same = memory.sameAs(vector);
    for (const id of same) if (memory.example(id).label !== number) records.push({ kind: RELABEL, id, label: number });
    if (same.length === 0) records.push(this.#example(number, vector, data, 0));
    const id = same[0] ?? memory.nextId;
    const near = (before?.evidence ?? []).filter((example) => !same.includes(example.id));
    const rewards = near.map((example) => [example.id, example.label === label ? 1 : -1]);
    if (rewards.length > 0) records.push({ kind: USE, rewards });
    const answered = before === undefined ? undefined : memory.number(before.label);
    this.#write([...records, { kind: CORRECTION, id, answered: answered ?? NO_LABEL }]);
    return id;
  }

  /** Forgets an example; `compact` takes it from the file. */
  remove(id) {
    if (!this.#memory.has(id)) throw new NeuroLiteError(`The store has no example ${shown(id)}.`);
    this.#write([{ kind: REMOVAL, id }]);
  }

  /** A label is gone with its examples, from the file too. */
  forget(label) {
    this.#write([{ kind: FORGET, label: this.#number(label) }]);
    this.compact();
  }

  /** A label's examples get another label, which may be new. */
  merge(label, into) {
    const number = this.#number(label);
    if (label === into) throw new NeuroLiteError(`${shown(label)} is merged with itself; name two labels.`);
    const [target, records] = this.#named(into, new Map());
    this.#write([...records, { kind: MERGE, label: number, into: target }]);
  }

  /** Takes over the examples of another store of the same encoder and length; their ids here. */
  importStore(content) {
    const { memory: other } = readStore(content), own = this.#memory.header;
    checkEncoder(other.header, this.#metadata);
    if (other.header.dimension !== own.dimension) {
      throw new NeuroLiteError(`That store holds vectors of ${other.header.dimension} numbers, not ${own.dimension}.`);
    }
    if (own.texts && !other.header.texts) throw new NeuroLiteError("That store keeps no texts, and this one does.");
    const examples = other.living().map(({ label, ...example }) => ({ ...example, label: other.names.get(label) }));
    return this.#additions(examples);
  }

  /** Writes the file anew without what is gone. */
  compact() {
    const { header, records } = this.#memory.compacted();
    this.#parts = [encodeHeader(header), ...records.map(encodeRecord)];
    this.#memory = new Memory(header);
    for (const record of records) this.#memory.apply(record);
  }

  /** The answer to a text, of what the model gave for it: its embedding, and a classifier's logits. */
  classify({ embedding, logits }, { evidence = EVIDENCE } = {}) {
    const memory = this.#memory, { labels, threshold, task } = this.#metadata;
    const trained = task === "classification" && logits ? { labels, logits, threshold } : undefined;
    if (memory.size === 0) {
      if (trained === undefined) throw new NeuroLiteError("The store has no examples yet; add some.");
      return { ...combined(undefined, trained), evidence: [] };
    }
    const vector = cutVector(embedding, memory.header.dimension);
    const similarity = similarityOf(memory), id = memory.sameAs(vector).at(-1);
    const known = id === undefined ? undefined : memory.names.get(memory.example(id).label);
    const found = combined(scored(memory, vector, similarity), trained, similarity?.threshold, known);
    return { ...found, evidence: this.#near(vector, evidence) };
  }

  /** The bytes of the .nls file. */
  save() {
    this.#parts = [joined(this.#parts)];
    return this.#parts[0].slice();
  }

  /* The nearest stored examples, of equals the older. */
  #near(vector, count) {
    const all = this.#memory.living().map((example) => ({ example, cosine: dot(example.vector, vector) }));
    const nearest = all.sort((one, other) => other.cosine - one.cosine).slice(0, count);
    return nearest.map(({ example, cosine }) => ({ ...this.#told(example), cosine }));
  }

  #told({ id, label, text }) {
    const { header, names } = this.#memory;
    return { id, label: names.get(label), text: header.texts ? new TextDecoder().decode(text) : null };
  }

  #additions(examples) {
    const memory = this.#memory, made = [], fresh = new Map(), here = new Map();
    const ids = examples.map(({ label, text, vector }) => {
      const [number, named] = this.#named(label, fresh), key = `${number} ${halvesKey(vector)}`;
      const known = here.get(key) ?? memory.sameAs(vector).find((id) => memory.example(id).label === number);
      if (known !== undefined) return known;
      made.push(...named, this.#example(number, vector, text, here.size));
      here.set(key, memory.nextId + here.size);
      return here.get(key);
    });
    this.#write(made);
    return ids;
  }

  /* The number of a label, and the record that makes it where it is new. */
  #named(label, fresh) {
    const known = this.#memory.number(label) ?? fresh.get(label);
    if (known !== undefined) return [known, []];
    const problem = typeof label === "string" ? problemOfName(label) : "it is no string";
    if (problem) throw new NeuroLiteError(`Label ${shown(label)} cannot be used: ${problem}.`);
    const number = this.#memory.nextLabel + fresh.size;
    if (number >= MAX_LABELS) throw new NeuroLiteError(`A store takes ${MAX_LABELS} labels. Forget one.`);
    fresh.set(label, number);
    return [number, [{ kind: LABEL, number, name: label }]];
  }

  #example(label, vector, text, place) {
    const memory = this.#memory;
    if (memory.nextId + place > MAX_ID) throw new NeuroLiteError(`A store gives ${MAX_ID} ids; begin a new one.`);
    if (memory.examples.length + place >= MAX_EXAMPLES) {
      throw new NeuroLiteError(`A store takes ${MAX_EXAMPLES} examples, those that were removed too. Compact it.`);
    }
    return memory.newExample(label, vector, memory.header.texts ? text : new Uint8Array(), place);
  }

  #number(label) {
    const number = this.#memory.number(label);
    if (number === undefined) throw new NeuroLiteError(`The store has no label ${shown(label)}.`);
    return number;
  }

  /* As much of a text as the model reads. */
  #read(text) {
    return cut(toBytes(text), this.#metadata.max_bytes).bytes.slice();
  }

  /* The vector as it is kept. */
  #stored({ embedding }) {
    const vector = cutVector(embedding, this.#memory.header.dimension);
    if (vector.every((value) => value === 0)) throw new NeuroLiteError("The text has no words to learn from.");
    return vector.map((value) => halfValue(halfBits(value)));
  }

  #write(records) {
    this.#parts.push(...records.map(encodeRecord));
    for (const record of records) this.#memory.apply(record);
  }
}

function headerFor(metadata, texts, dimension, settings) {
  const { embedding_size: size, similarities } = metadata;
  if (!metadata.outputs.includes("embedding")) {
    throw new NeuroLiteError("This model gives no embedding, from which examples are learned.");
  }
  if (metadata.model_id === null) throw new NeuroLiteError("This model does not name its encoder. Export it again.");
  if (!areSettings(settings)) throw new NeuroLiteError("One of the settings is out of range: docs/learning.md.");
  const length = dimension ?? size, known = similarities.map((one) => one.dimension);
  const isLength = Number.isInteger(length) && length >= 1 && length <= Math.min(size, MAX_DIMENSION);
  if (!isLength || (known.length > 0 && !known.includes(length))) {
    throw new NeuroLiteError(`dimension is ${shown(length)}; this model's vectors have ${known.join(", ") || size}.`);
  }
  return {
    model_id: metadata.model_id,
    encoder: metadata.name,
    encoder_dimension: size,
    dimension: length,
    texts: Boolean(texts),
    similarity: similarities.find((one) => one.dimension === length) ?? null,
    own_first: metadata.labels.length > 0,
    settings: { ...settings },
    labels: [],
    clock: 0,
    next_id: 1,
  };
}

function checkEncoder(header, metadata) {
  if (header.model_id !== metadata.model_id) {
    throw new NeuroLiteError(
      `This store holds vectors of the encoder ${header.model_id} (${shown(header.encoder)}), and the model is of ` +
        `${metadata.model_id} (${shown(metadata.name)}): they do not compare. It is another encoder's.`,
    );
  }
  if (header.encoder_dimension !== metadata.embedding_size) {
    throw new NeuroLiteError(
      `This store is of another encoder: of vectors of ${header.encoder_dimension} numbers, and the model gives ` +
        `${metadata.embedding_size}.`,
    );
  }
}
