/* What a generator reads of a text: the last words at once, or word by word with a state. */
import { equalBytes } from "./bytes.js";
import { wordsOf } from "./texts.js";

const LINE_BREAK = 0x0a, READ_AS = 0x7c; // generators read line breaks as words
const KEPT = 8; // answers that are kept: who types a word, or takes it back, asks again

/** {most: bytes that are looked at, behind(bytes): {logits, rest: separators behind the last word}} of a model. */
export function reading(model) {
  return model.metadata.state.length > 0 ? new Stream(model) : new Window(model);
}

/** The word that a text ends in, with what stands before it; nothing where its end is a separator or a line. */
export function typedBehind(bytes, most) {
  const tail = bytes.subarray(Math.max(0, bytes.length - most)), words = spoken(tail), end = words.at(-1)?.[1];
  if (end !== tail.length || tail.at(-1) === LINE_BREAK) return tail.subarray(0, 0);
  return tail.subarray(words.at(-2)?.[1] ?? 0);
}

/* Words of a text as a generator has them. */
const spoken = (bytes) => wordsOf(bytes.map((byte) => (byte === LINE_BREAK ? READ_AS : byte)));

const keyOf = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");

/** A model without a state: it is given the end of a text. */
class Window {
  #model;
  #answers = new Map();

  constructor(model) {
    this.#model = model;
    this.most = model.metadata.max_bytes;
  }

  async behind(bytes) {
    const { max_words: mostWords, max_bytes: mostBytes } = this.#model.metadata;
    const tail = bytes.subarray(Math.max(0, bytes.length - mostBytes)), words = spoken(tail);
    // The first word of a tail may be the end of one.
    const first = Math.max(words.length - mostWords, tail.length < bytes.length ? 1 : 0, 0);
    const start = first === 0 ? 0 : (words[first]?.[0] ?? tail.length);
    return { logits: await this.#answer(tail.subarray(start)), rest: tail.subarray(words.at(-1)?.[1] ?? 0) };
  }

  async #answer(read) {
    const key = keyOf(read);
    if (!this.#answers.has(key)) kept(this.#answers, key, (await this.#model.run(read)).logits);
    return this.#answers.get(key);
  }
}

/** A model with a state: each word is read once, and a text that goes on from there. */
class Stream {
  #model;
  #marks = []; // {read: bytes, logits, state}, the newest last

  constructor(model) {
    this.#model = model;
    this.most = model.metadata.max_bytes;
  }

  async behind(bytes) {
    const words = spoken(bytes), ends = [0, ...words.map(([, end]) => end)];
    let mark = this.#longest(bytes, ends) ?? (await this.#read(bytes.subarray(0, 0), 0));
    let place = ends.indexOf(mark.read.length);
    while (place < words.length) {
      const next = this.#upTo(words, place);
      mark = await this.#read(bytes.subarray(0, ends[next]), words[place][0], mark.state);
      place = next;
    }
    return { logits: mark.logits, rest: bytes.subarray(ends.at(-1)) };
  }

  /* Of what was read the longest that a text begins with, up to the end of a word. */
  #longest(bytes, ends) {
    const own = this.#marks.filter(
      ({ read }) => ends.includes(read.length) && equalBytes(read, bytes.subarray(0, read.length)),
    );
    return own.sort((one, other) => other.read.length - one.read.length)[0];
  }

  /* As many words as the model takes at once, one at least. The last is read by itself: it is the one that is typed. */
  #upTo(words, place) {
    const { max_words: mostWords, max_bytes: mostBytes } = this.#model.metadata, [from] = words[place];
    const fits = (next) => next < words.length && next - place <= mostWords && words[next - 1][1] - from <= mostBytes;
    let next = place + 1;
    while (fits(next + 1)) next += 1;
    return next;
  }

  /* A text whose beginning was read before; a word that is longer than the model takes is left out. */
  async #read(read, from, state) {
    const own = read.length - from > this.#model.metadata.max_bytes ? new Uint8Array() : read.subarray(from);
    const { logits, state: next } = await this.#model.run(own, state === undefined ? {} : { state });
    const mark = { read: read.slice(), logits, state: next };
    if (this.#marks.length >= KEPT) this.#marks.shift();
    this.#marks.push(mark);
    return mark;
  }
}

/* The oldest goes where there are enough. */
function kept(found, key, value) {
  if (found.size >= KEPT) found.delete(found.keys().next().value);
  found.set(key, value);
}
