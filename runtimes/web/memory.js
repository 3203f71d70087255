/* What a store's records come to: the examples that are there, their labels, strengths and prototypes. */
import { halvesKey } from "./halves.js";
import { Prototypes, unit } from "./prototypes.js";
import {
  CORRECTION, EXAMPLE, FIT, FORGET, LABEL, MalformedError, MAX_EXAMPLES, MERGE, NO_LABEL, RELABEL, REMOVAL, USE,
} from "./records.js";

const BEGINNING = 0.5; // strength of a new example
const LAST_EVENT = 2 ** 32 - 1;
// An example carries its own time, a correction goes with one or the other, and the rest changes no strength.
const EVENTS = [REMOVAL, RELABEL, USE, MERGE, FORGET];
const EACH = 36; // bytes of an example beside its vector and text
const WASTE = 2 ** 16; // bytes that may always be there in vain

export class Memory {
  /** Of all examples, those that are gone too, by row; the vector is a Float32Array. */
  examples = [];
  vectors = [];
  /** A fit of the examples as they are answers, in place of prototypes. */
  fitted = false;
  #rows = new Map(); // by id
  #numbers = new Map(); // by name
  #same = new Map(); // ids by vector
  #prototypes = new Map();
  #corrections = [];
  #kept = new Map();
  #lastId = 0;
  #takers = {
    [LABEL]: (record) => this.#name(record),
    [EXAMPLE]: (record) => this.#remember(record),
    [REMOVAL]: ({ id }) => this.#remove(this.#row(id)),
    [RELABEL]: ({ id, label }) => this.#move(this.#row(id), label),
    [USE]: (record) => this.#use(record),
    [MERGE]: (record) => this.#merge(record),
    [FORGET]: ({ label }) => this.#forget(label),
    [FIT]: (record) => this.#fit(record),
    [CORRECTION]: (record) => this.#correct(record),
  };

  constructor(header) {
    this.header = header;
    this.names = new Map(header.labels.map((name, number) => [number, name]));
    this.clock = header.clock;
    this.nextId = header.next_id;
    this.nextLabel = header.labels.length;
    for (const [number, name] of this.names) this.#numbers.set(name, number);
  }

  /** Examples that are there. */
  get size() {
    return this.#rows.size;
  }

  /** Takes a record; raises MalformedError of what it speaks of that is not there. */
  apply(record) {
    if (EVENTS.includes(record.kind)) this.clock += 1;
    this.#takers[record.kind](record);
    if (record.kind !== LABEL) this.#kept.clear();
  }

  number(name) {
    return this.#numbers.get(name);
  }

  has(id) {
    return this.#rows.has(id);
  }

  /** The example of an id that is there. */
  example(id) {
    return this.examples[this.#rows.get(id)];
  }

  /** Those that are there, in the order of their ids. */
  living() {
    return this.examples.filter(({ gone }) => !gone);
  }

  /** Ids of the examples that have exactly this vector, in 16 bits. */
  sameAs(vector) {
    return this.#same.get(halvesKey(vector)) ?? [];
  }

  prototypes(label) {
    let found = this.#prototypes.get(label);
    if (found === undefined) {
      found = new Prototypes(this.header.settings);
      for (const { row, label: own } of this.living()) if (own === label) found.observe(row, this.vectors);
      this.#prototypes.set(label, found);
    }
    return found;
  }

  /** The prototypes of all labels that have examples, in order of their numbers: length 1, and of how many examples. */
  table() {
    return this.remembered("table", () => {
      const labels = [...new Set(this.living().map(({ label }) => label))].sort((one, other) => one - other);
      return labels.map((label) => {
        const found = this.prototypes(label), counts = found.counts();
        return { label, prototypes: found.means.map((mean, place) => ({ unit: unit(mean), count: counts[place] })) };
      });
    });
  }

  /** What was computed of this state under a name, once until it changes. */
  remembered(name, compute) {
    if (!this.#kept.has(name)) this.#kept.set(name, compute());
    return this.#kept.get(name);
  }

  /** A record for `apply`; `place` counts those of one batch from 0. */
  newExample(label, vector, text, place) {
    const clock = Math.min(this.clock + 1 + place, LAST_EVENT);
    return { kind: EXAMPLE, id: this.nextId + place, label, clock, strength: BEGINNING, vector, text };
  }

  /** A header and records that come to the same, without what is gone. */
  compacted() {
    const numbers = new Map([...this.names.keys()].map((old, place) => [old, place]));
    const header = {
      ...this.header,
      labels: [...this.names.values()],
      clock: Math.min(this.clock, LAST_EVENT),
      next_id: this.nextId,
    };
    // As a reader of the file finds them, so that who goes on and who opens it again come to the same.
    const examples = this.living().map(({ row, gone, ...example }) => ({
      ...example,
      clock: Math.min(example.clock, LAST_EVENT),
      strength: Math.fround(example.strength),
      kind: EXAMPLE,
      label: numbers.get(example.label),
    }));
    const corrections = this.#corrections.map(({ id, answered }) => ({
      kind: CORRECTION,
      id,
      answered: numbers.get(answered) ?? NO_LABEL,
    }));
    return { header, records: [...examples, ...corrections] };
  }

  /** Whether more than half of a file of so many bytes is of what is gone. */
  isWasteful(size) {
    const texts = this.living().reduce((sum, { text }) => sum + text.length, 0);
    return size > 2 * (this.size * (2 * this.header.dimension + EACH) + texts) + WASTE;
  }

  #name({ number, name }) {
    if (number !== this.nextLabel || this.#numbers.has(name)) {
      throw new MalformedError("a label that is there already, or whose number is not the next");
    }
    this.names.set(number, name);
    this.#numbers.set(name, number);
    this.nextLabel += 1;
  }

  #remember({ id, label, clock, strength, vector, text }) {
    this.#checkLabel(label);
    if (id <= this.#lastId) throw new MalformedError("an example whose id is not above those before it");
    const row = this.examples.length;
    if (row === MAX_EXAMPLES) throw new MalformedError(`more than ${MAX_EXAMPLES} examples`);
    this.examples.push({ row, id, label, clock, strength, vector, text, gone: false });
    this.vectors.push(vector);
    this.#rows.set(id, row);
    const key = halvesKey(vector);
    this.#same.set(key, [...(this.#same.get(key) ?? []), id]);
    this.#lastId = id;
    this.nextId = Math.max(this.nextId, id + 1);
    this.clock = Math.max(this.clock, clock);
    this.fitted = false;
    this.#prototypes.get(label)?.observe(row, this.vectors);
  }

  #remove(example) {
    const { id, label, vector } = example;
    this.#rows.delete(id);
    this.#same.set(halvesKey(vector), this.sameAs(vector).filter((other) => other !== id));
    Object.assign(example, { gone: true, text: new Uint8Array() });
    this.#corrections = this.#corrections.filter((item) => item.id !== id);
    this.#changed(label);
  }

  #correct({ id, answered }) {
    this.#row(id);
    this.#corrections.push({ id, answered });
  }

  #move(example, label) {
    this.#checkLabel(label);
    this.#changed(example.label, label);
    example.label = label;
  }

  #changed(...labels) {
    for (const label of labels) this.#prototypes.delete(label);
    this.fitted = false;
  }

  #use({ rewards }) {
    const { half_life: halfLife, learning } = this.header.settings;
    for (const [id, reward] of rewards) {
      const example = this.#row(id), since = Math.max(0, this.clock - example.clock);
      const strength = example.strength * 2 ** (-since / halfLife), goal = reward > 0 ? 1 : 0;
      example.strength = strength + learning * Math.abs(reward) * (goal - strength);
      example.clock = this.clock;
    }
  }

  #merge({ label, into }) {
    this.#checkLabel(label);
    this.#checkLabel(into);
    if (label === into) throw new MalformedError("a label that is merged with itself");
    for (const example of this.examples) if (example.label === label) example.label = into;
    this.#changed(label, into);
    this.#dropLabel(label);
  }

  #forget(label) {
    this.#checkLabel(label);
    for (const example of this.living()) if (example.label === label) this.#remove(example);
    this.#changed(label);
    this.#dropLabel(label);
  }

  #dropLabel(label) {
    this.#numbers.delete(this.names.get(label));
    this.names.delete(label);
  }

  #fit({ labels }) {
    const there = new Set(this.living().map(({ label }) => label));
    if (there.size !== labels.length || !labels.every((label) => there.has(label))) {
      throw new MalformedError("weights of other labels than those that have examples");
    }
    this.fitted = true;
  }

  #checkLabel(label) {
    if (!this.names.has(label)) throw new MalformedError(`the label number ${label}, which is not there`);
  }

  #row(id) {
    if (!this.#rows.has(id)) throw new MalformedError(`the example ${id}, which is not there`);
    return this.example(id);
  }
}
